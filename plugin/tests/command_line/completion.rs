//! Completion: by the program itself, from what it knows and what answers.

use super::{api, closed, home, kubeconfig, program, run, run_at, text, with_login};

#[test]
fn completion_tells_what_may_follow() {
    let path = kubeconfig("completion", &[("east", &closed()), ("west", &closed())]);
    let ask = |words: &[&str]| {
        let mut command = program(Some(&path));
        let output = command.arg("__complete").args(words).output();
        text(&output.expect("the program").stdout)
    };
    assert!(ask(&["sw"]).starts_with("switchover\t"));
    assert!(ask(&["sw"]).ends_with("\n:4\n"));
    assert_eq!(ask(&["list", "--context", "east,w"]), "east,west\t\n:4\n");
    assert_eq!(ask(&["list", "-o", "ya"]), "yaml\t\n:4\n");
    assert_eq!(ask(&["apply", "-f", ""]), ":0\n");
    // Nobody answers, and nobody waits.
    assert_eq!(ask(&["switchover", ""]), ":4\n");
    for (shell, part) in [
        ("bash", "complete -F"),
        ("zsh", "#compdef"),
        ("fish", "complete -c"),
    ] {
        let output = run(None, &format!("completion {shell}"));
        assert!(text(&output.stdout).contains(part), "{shell}");
    }
}

#[test]
fn completion_runs_no_login_program() {
    let home = home("completion-login");
    let (path, runs) = with_login("completion-login");
    let output = run_at(&home, &path, "__complete switchover m");
    assert_eq!(text(&output.stdout), ":4\n");
    assert_eq!(runs(), 0);
}

#[test]
fn completion_knows_clusters_of_servers_that_answer() {
    let api = api::Api::start(api::There::default());
    let path = kubeconfig("completion-live", &[("east", &api.address)]);
    let home = home("completion-live");
    // It waits for nobody longer than a person would: a machine under load may need a second try.
    let asked = || text(&run_at(&home, &path, "__complete switchover m").stdout);
    let mut told = asked();
    for _ in 0..50 {
        if told != ":4\n" {
            break;
        }
        told = asked();
    }
    assert_eq!(told, "main\t\n:4\n");
    // From now on it is remembered.
    let path = kubeconfig("completion-live", &[("east", &closed())]);
    let output = run_at(&home, &path, "__complete switchover s");
    assert_eq!(text(&output.stdout), "small\t\n:4\n");
}

/// Where a manager of plugins keeps the program elsewhere: kubectl sees only the link on the path.
#[test]
fn kubectl_asks_a_link_beside_the_entry_on_the_path() {
    let home = home("completion-krew");
    let (bin, store) = (home.join("bin"), home.join("store/v2"));
    for folder in [&bin, &store] {
        std::fs::create_dir_all(folder).expect("a folder");
    }
    let link = |to: &std::path::Path, at: &std::path::Path| {
        std::os::unix::fs::symlink(to, at).expect("a link");
    };
    let (program, entry) = (store.join("kubectl-pg"), bin.join("kubectl-pg"));
    std::fs::hard_link(env!("CARGO_BIN_EXE_kubectl-pg"), &program)
        .or_else(|_| std::fs::copy(env!("CARGO_BIN_EXE_kubectl-pg"), &program).map(drop))
        .expect("a program");
    link(&program, &entry);
    // That of an earlier version, which is gone.
    let asked = bin.join("kubectl_complete-pg");
    link(&home.join("store/v1/kubectl-pg"), &asked);
    let path = bin.display().to_string();
    for (word, path, told) in [
        (entry.as_path(), path.as_str(), "from now on"),
        (std::path::Path::new("kubectl-pg"), &path, "from now on"),
        (entry.as_path(), "/usr/bin:/bin", "is not in $PATH"),
    ] {
        let output = std::process::Command::new(word)
            .args(["completion", "install"])
            .env_clear()
            .env("HOME", &home)
            .env("PATH", path)
            .output()
            .expect("the program");
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{word:?}: {said}");
        assert!(said.contains(told), "{word:?}: {said}");
        assert_eq!(
            std::fs::read_link(&asked).ok(),
            Some(entry.clone()),
            "{said}"
        );
        assert!(!store.join("kubectl_complete-pg").exists(), "{said}");
    }
    // What somebody else put there is not taken away.
    std::fs::remove_file(&asked).expect("a link");
    std::fs::write(&asked, "mine").expect("a file");
    let output = std::process::Command::new(&entry)
        .args(["completion", "install"])
        .output()
        .expect("the program");
    assert_eq!(output.status.code(), Some(5), "{}", text(&output.stderr));
    assert_eq!(std::fs::read_to_string(&asked).expect("a file"), "mine");
}

/// The scripts are read by the shells themselves, where there are any.
#[test]
fn completion_scripts_are_sound() {
    for (shell, check) in [("bash", "-n"), ("zsh", "-n"), ("fish", "-n")] {
        let script = run(None, &format!("completion {shell}")).stdout;
        let file =
            std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("script.{shell}"));
        std::fs::write(&file, script).expect("a file");
        if let Ok(output) = std::process::Command::new(shell)
            .arg(check)
            .arg(&file)
            .output()
        {
            assert!(output.status.success(), "{shell}: {}", text(&output.stderr));
        }
    }
}

/// A folder for PATH with the program under its own name.
fn programs(name: &str) -> std::path::PathBuf {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).expect("a folder");
    let link = folder.join("kubectl-pg");
    let _ = std::fs::remove_file(&link);
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_kubectl-pg"), &link).expect("a link");
    folder
}

/// What follows a line, as zsh hands it to its menu: words, then what is told of them.
const IN_ZSH: &str = r#"
compdef() { :; }
_describe() { local -a all; all=("${(@P)3}"); print -rl -- "${(@)all}"; }
_files() { print -r -- FILES; }
source <(kubectl-pg completion zsh)
words=("$@"); CURRENT=$#words
_kubectl-pg
"#;
const IN_FISH: &str = "kubectl-pg completion fish | source; complete -C \"$argv[1]\"";

/// Where there is a zsh or a fish, it is asked what may follow.
#[test]
fn zsh_and_fish_complete() {
    let contexts = [("east", &*closed()), ("west", &*closed())];
    let path = kubeconfig("completion-shells", &contexts);
    let own = std::env::var("PATH").unwrap_or_default();
    let own = format!("{}:{own}", programs("completion-shells").display());
    let asked = |shell: &str, words: &[&str]| -> Option<String> {
        let line = format!("kubectl-pg {}", words.join(" "));
        let mut command = std::process::Command::new(shell);
        match shell {
            "zsh" => command
                .args(["-f", "-c", IN_ZSH, "zsh", "kubectl-pg"])
                .args(words),
            _ => command.args(["--no-config", "-c", IN_FISH, &line]),
        };
        let command = command.env("PATH", &own).env("KUBECONFIG", &path);
        let output = command
            .env("HOME", home("completion-shells"))
            .output()
            .ok()?;
        assert!(output.status.success(), "{shell}: {}", text(&output.stderr));
        Some(text(&output.stdout))
    };
    for shell in ["zsh", "fish"] {
        for (words, first) in [
            (&["swi"][..], "switchover"),
            (&["status", "main@we"], "main@west"),
            (&["status", "main@"], "main@east"),
            (&["list", "--context", "east,w"], "east,west"),
            (&["list", "-o", "ya"], "yaml"),
        ] {
            let Some(said) = asked(shell, words) else {
                eprintln!("skipped: there is no {shell} on this machine");
                break;
            };
            let found = said.split(['\t', '\n', ':']).next();
            assert_eq!(found, Some(first), "{shell} {words:?}: {said:?}");
        }
    }
}

#[test]
fn bash_completes_words_with_at_and_commas() {
    let path = kubeconfig(
        "completion-bash",
        &[("east", &closed()), ("west", &closed())],
    );
    let folder = programs("completion-bin");
    let complete = |line: &str, words: &str| {
        let script = format!(
            "source <(kubectl-pg completion bash); compopt() {{ :; }}\n\
             COMP_LINE='{line}' COMP_POINT=${{#COMP_LINE}}; COMP_POINT={} COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}}-1))\n\
             _kubectl_pg; echo \"${{COMPREPLY[*]}}\"",
            line.len()
        );
        let output = std::process::Command::new("bash")
            .args(["-c", &script])
            .env_clear()
            .env("HOME", "/nonexistent")
            .env("KUBECONFIG", &path)
            .env("PATH", format!("{}:/usr/bin:/bin", folder.display()))
            .output()
            .expect("bash");
        text(&output.stdout).trim().to_owned()
    };
    assert_eq!(complete("kubectl-pg swi", "kubectl-pg swi"), "switchover");
    // bash takes the line apart at @ and =.
    assert_eq!(
        complete("kubectl-pg status main@we", "kubectl-pg status main @ we"),
        "west"
    );
    assert_eq!(
        complete("kubectl-pg status main@", "kubectl-pg status main @"),
        "east west"
    );
    assert_eq!(
        complete(
            "kubectl-pg list --context=ea",
            "kubectl-pg list --context = ea"
        ),
        "east"
    );
}
