//! The program as people start it: by kubectl, which has to be on PATH or in the lab.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::Output,
    sync::{Arc, Mutex},
};

use super::{
    api::{Api, There},
    closed, home, kubeconfig, text,
};

/// kubectl: the one on PATH, else the one that the lab has built.
fn kubectl() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).map(|folder| folder.join("kubectl"));
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = std::env::home_dir().map(|home| home.join(".cache"));
    let lab = cache
        .or(home)
        .map(|cache| cache.join("kubectl-pg-lab/programs"));
    let built = lab.and_then(|lab| std::fs::read_dir(lab).ok()).into_iter();
    let built = built
        .flatten()
        .flatten()
        .map(|one| one.path().join("kubectl"));
    on_path
        .chain(built)
        .find(|path| path.is_file())
        .expect("kubectl on PATH, or built by tests/lab/lab programs")
}

/// A home with the plugin in a folder of programs, as `completion install` leaves it.
fn with_plugin(name: &str) -> PathBuf {
    let home = home(name);
    let programs = home.join("bin");
    std::fs::create_dir_all(&programs).expect("a folder");
    for link in ["kubectl-pg", "kubectl_complete-pg"] {
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_kubectl-pg"), programs.join(link))
            .expect("a link");
    }
    home
}

/// `kubectl` with these words, its KUBECONFIG, and more variables.
fn run(home: &Path, kubeconfig: &str, line: &str, more: &[(&str, &str)]) -> Output {
    let programs = home.join("bin");
    assert_cmd::Command::new(kubectl())
        .env_clear()
        .env("HOME", home)
        .env("PATH", format!("{}:/usr/bin:/bin", programs.display()))
        .env("KUBECONFIG", kubeconfig)
        .envs(more.iter().copied())
        .args(line.split_whitespace())
        .timeout(std::time::Duration::from_secs(60))
        .output()
        .expect("kubectl")
}

#[test]
fn flags_and_exit_codes_pass_through() {
    let home = with_plugin("kubectl-codes");
    let api = Api::start(There::default());
    let dead = closed();
    let path = kubeconfig("kubectl-codes", &[("east", &api.address), ("dead", &dead)]);
    for (line, code, words) in [
        ("pg list -o name", 0, "default/main@east"),
        ("pg version", 0, env!("CARGO_PKG_VERSION")),
        ("pg list --context dead", 1, "Connection refused"),
        ("pg nonsense", 2, "nonsense"),
        ("pg list --context east,dead --no-headers", 3, "Unreachable"),
        ("pg restart main", 5, "--yes"),
        ("pg scale main --replicas 2 --dry-run=client", 0, "3 → 2"),
    ] {
        let output = run(&home, &path.display().to_string(), line, &[]);
        let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{line}: {said}");
        assert!(said.contains(words), "{line}: no {words:?} in {said}");
    }
    assert_eq!(api.writes(), [""; 0]);
}

#[test]
fn kubectl_completes_our_words() {
    let home = with_plugin("kubectl-complete");
    let path = kubeconfig(
        "kubectl-complete",
        &[("east", &closed()), ("west", &closed())],
    );
    for (words, expected) in [
        (["__complete", "pg", "sw"].as_slice(), "switchover"),
        (&["__complete", "pg", "list", "--context", "we"], "west"),
        (&["__complete", "pg", "list", "-o", "ya"], "yaml"),
    ] {
        let output = run(&home, &path.display().to_string(), &words.join(" "), &[]);
        let said = text(&output.stdout);
        let first = said.split(['\t', '\n']).next();
        assert_eq!(
            first,
            Some(expected),
            "{words:?}: {said}{}",
            text(&output.stderr)
        );
    }
}

#[test]
fn kubeconfigs_are_found_and_merged() {
    let home = with_plugin("kubectl-files");
    let (one, two) = (
        Api::start(There::default()),
        Api::start(There {
            uid: "two",
            ..There::default()
        }),
    );
    let first = kubeconfig("kubectl-first", &[("east", &one.address)]);
    let second = kubeconfig("kubectl-second", &[("west", &two.address)]);
    let (first, second) = (first.display().to_string(), second.display().to_string());
    for (kubeconfig, line, expected) in [
        (format!("{first}:{second}"), "pg list -o name", "east"),
        (format!("{second}:{first}"), "pg list -o name", "west"),
        (format!("/nonexistent:{first}"), "pg list -o name", "east"),
        (
            first.clone(),
            &format!("pg list -o name --kubeconfig {second}"),
            "west",
        ),
        (
            format!("{first}:{second}"),
            "pg list -o name --context west,east",
            "east west",
        ),
    ] {
        let output = run(&home, &kubeconfig, line, &[]);
        let said = text(&output.stdout);
        let mut found: Vec<&str> = said
            .lines()
            .filter_map(|line| line.split_once('@'))
            .map(|(_, context)| context)
            .collect();
        found.sort_unstable();
        found.dedup();
        assert_eq!(
            found.join(" "),
            expected,
            "{kubeconfig} {line}: {said}{}",
            text(&output.stderr)
        );
    }
}

#[test]
fn whom_to_act_as_reaches_the_api() {
    let home = with_plugin("kubectl-as");
    let api = Api::start(There::default());
    let path = kubeconfig("kubectl-as", &[("east", &api.address)]);
    let line = "pg list --as bob --as-group dba --as-group on-call --as-uid 7";
    let output = run(&home, &path.display().to_string(), line, &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let heads = api.heads();
    assert!(!heads.is_empty());
    for head in &heads {
        for header in [
            "impersonate-user: bob\r\n",
            "impersonate-group: dba\r\n",
            "impersonate-group: on-call\r\n",
            "impersonate-uid: 7\r\n",
        ] {
            assert!(head.contains(header), "no {header:?} in {head}");
        }
    }
}

/// A program that logs in is run once, told of its cluster where it asks for that, and its token
/// reaches the API; what it says is told where it fails.
#[test]
fn login_programs_are_run() {
    let home = with_plugin("kubectl-exec");
    let (one, two) = (
        Api::start(There::default()),
        Api::start(There {
            uid: "two",
            ..There::default()
        }),
    );
    let path = kubeconfig(
        "kubectl-exec",
        &[("east", &one.address), ("west", &two.address)],
    );
    let plain = std::fs::read_to_string(&path).expect("a file");
    let with = |script: &str| {
        let exec = serde_json::json!({
            "apiVersion": "client.authentication.k8s.io/v1", "command": "sh", "args": ["-c", script],
            "env": [{"name": "PROFILE", "value": "prod"}], "interactiveMode": "IfAvailable",
            "provideClusterInfo": true,
        });
        let yaml = plain.replace("{token: t}", &format!("{{exec: {exec}}}"));
        std::fs::write(&path, yaml).expect("a file");
    };
    let seen = home.join("seen");
    with(&format!(
        "echo \"$PROFILE $KUBERNETES_EXEC_INFO\" >>{}; \
         echo '{{\"apiVersion\": \"client.authentication.k8s.io/v1\", \"kind\": \"ExecCredential\", \
         \"status\": {{\"token\": \"of-the-program\"}}}}'",
        seen.display()
    ));
    let kubeconfig = path.display().to_string();
    let line = "pg list -o name --context east,west";
    let output = run(&home, &kubeconfig, line, &[]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for api in [&one, &two] {
        let heads = api.heads();
        let login = "authorization: bearer of-the-program\r\n";
        assert!(!heads.is_empty());
        assert!(heads.iter().all(|head| head.contains(login)), "{heads:?}");
    }
    let seen = std::fs::read_to_string(&seen).expect("it ran");
    // Told of its cluster it is another one for each.
    assert_eq!(seen.lines().count(), 2, "{seen}");
    for api in [&one, &two] {
        assert!(seen.contains(&api.address), "{seen}");
    }
    assert!(seen.lines().all(|it| it.starts_with("prod {")), "{seen}");

    with("echo no ticket >&2; exit 7");
    let output = run(&home, &kubeconfig, "pg restart main --yes", &[]);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(5), "{said}");
    assert!(said.contains("no ticket"), "{said}");
    assert_eq!(one.writes(), [""; 0]);
}

/// A proxy that makes tunnels from one port to a server, wherever they are to lead, and notes who
/// asked for one; those to other ports it refuses.
fn proxy(port: u16, to: &str) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let to = to.trim_start_matches("http://").to_owned();
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let notes = Arc::clone(&asked);
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let (to, notes) = (to.clone(), Arc::clone(&notes));
            std::thread::spawn(move || tunnel(&stream, port, &to, &notes));
        }
    });
    (address, asked)
}

fn tunnel(
    mut stream: &TcpStream,
    port: u16,
    to: &str,
    notes: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head)? > 0 {}
    let first = head.lines().next().unwrap_or_default();
    notes.lock().expect("a lock").push(first.to_owned());
    if !first.starts_with("CONNECT ") || !first.contains(&format!(":{port} ")) {
        return stream.write_all(b"HTTP/1.1 502 No\r\nContent-Length: 0\r\n\r\n");
    }
    let server = TcpStream::connect(to)?;
    stream.write_all(b"HTTP/1.1 200 Yes\r\n\r\n")?;
    let (mut here, mut there) = (stream.try_clone()?, server.try_clone()?);
    std::thread::spawn(move || std::io::copy(&mut there, &mut here));
    std::io::copy(&mut reader, &mut &server).map(drop)
}

#[test]
fn proxies_are_gone_through() {
    let home = with_plugin("kubectl-proxy");
    let api = Api::start(There::default());
    let (address, asked) = proxy(8080, &api.address);
    let taken = || std::mem::take(&mut *asked.lock().expect("a lock"));
    // Nobody but the proxy knows the name.
    let path = kubeconfig(
        "kubectl-proxy",
        &[("east", "http://api.example.invalid:8080")],
    );
    let yaml = std::fs::read_to_string(&path).expect("a file");
    let yaml = yaml.replace("server: ", &format!("proxy-url: '{address}', server: "));
    std::fs::write(&path, yaml).expect("a file");
    let output = run(&home, &path.display().to_string(), "pg list -o name", &[]);
    let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert!(said.contains("default/main@east"), "{said}");
    assert!(output.status.success(), "{said}");
    let through = taken();
    assert!(
        through
            .iter()
            .any(|line| line.starts_with("CONNECT api.example.invalid:8080 ")),
        "{through:?}"
    );

    let path = kubeconfig(
        "kubectl-https",
        &[("east", "https://api.example.invalid:6443")],
    );
    let variables = [("HTTPS_PROXY", address.as_str())];
    let output = run(&home, &path.display().to_string(), "pg list", &variables);
    assert_eq!(output.status.code(), Some(1), "the proxy says no");
    let through = taken();
    assert!(
        through
            .iter()
            .any(|line| line.starts_with("CONNECT api.example.invalid:6443 ")),
        "{through:?}"
    );
}
