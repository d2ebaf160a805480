//! `psql --user` and `--local`: what the psql of this machine is started with, and that nothing of
//! it stays.

use std::{os::unix::fs::PermissionsExt, path::Path, process::Stdio};

use super::{answering::live, home, kubeconfig, program, text};

/// Says what it was started with.
const TELLS: &str = r#"#!/bin/sh
echo "argv: $*"
echo "folder: $(stat -c %a "$2") $(ls -A "$2" | tr '\n' ' ')"
if [ -n "$PGPASSFILE" ]; then echo "pass: $(stat -c %a "$PGPASSFILE") $(cat "$PGPASSFILE")"; fi
echo "elsewhere: ${PGPASSWORD:-none} ${PGHOSTADDR:-none} options: ${PGOPTIONS:-none}"
echo "$2" >"$HOME/folder"
echo "sql: $(cat)"
"#;

/// Says where it is, and stays.
const STAYS: &str = "#!/bin/sh\necho \"$2\" >\"$HOME/folder.new\"\nmv \"$HOME/folder.new\" \"$HOME/folder\"\nexec sleep 600\n";

/// A folder with this psql.
fn with_psql(home: &Path, script: &str) {
    let path = home.join("psql");
    std::fs::write(&path, script).expect("a file");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a mode");
}

fn started(home: &Path, kubeconfig: &Path, line: &str) -> assert_cmd::Command {
    let mut command = program(Some(kubeconfig));
    command
        .env("HOME", home)
        .env("PATH", format!("{}:/usr/bin:/bin", home.display()))
        .env("PGPASSWORD", "of another server")
        .env("PGHOSTADDR", "192.0.2.1")
        .args(line.split_whitespace());
    command
}

fn folder(home: &Path) -> std::path::PathBuf {
    let folder = std::fs::read_to_string(home.join("folder")).expect("it was started");
    folder.trim().into()
}

#[test]
fn psql_here_gets_a_socket_and_a_password_file() {
    let home = home("psql-here");
    with_psql(&home, TELLS);
    let path = kubeconfig("psql-here", &[("east", &live())]);
    let said = |line: &str| {
        let output = started(&home, &path, line).output().expect("the program");
        let said = text(&output.stdout);
        assert!(
            output.status.success(),
            "{line}: {said}{}",
            text(&output.stderr)
        );
        assert!(!folder(&home).exists(), "{line}: its folder stays");
        format!("{said}{}", text(&output.stderr))
    };
    let as_role = said("psql main --user app_owner --db shop -c TABLE -- --csv");
    for part in [
        "-p 5432 -U app_owner -d shop --csv -X -w -v ON_ERROR_STOP=1 -f -",
        "folder: 700 .s.PGSQL.5432 pgpass",
        "pass: 600 *:*:*:*:a\\:b",
        "elsewhere: none none options: none",
        "sql: TABLE;",
    ] {
        assert!(as_role.contains(part), "{part:?} is not in {as_role}");
    }
    let argv = as_role.lines().next().unwrap_or_default();
    assert!(!argv.contains("a:b"), "{argv}");
    // A role without a Secret may still be let in.
    let without = said("psql main --local -c TABLE");
    assert!(without.contains("-U postgres -d postgres"), "{without}");
    assert!(
        without.contains("without a password of postgres"),
        "{without}"
    );
    assert!(!without.contains("pass: "), "{without}");
    let several = said("psql main@east default/main@east -c TABLE --user app_owner");
    assert!(
        several.contains("default_transaction_read_only=on"),
        "{several}"
    );

    std::fs::remove_file(home.join("psql")).expect("it was there");
    let mut command = started(&home, &path, "psql main --local -c TABLE");
    let output = command.env("PATH", &home).output().expect("the program");
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(said.contains("no psql on this machine"), "{said}");
}

#[test]
fn a_signal_leaves_no_password_behind() {
    let path = kubeconfig("psql-signal", &[("east", &live())]);
    for (signal, code) in [
        ("-INT", Some(130)),
        ("-TERM", Some(130)),
        ("-HUP", Some(130)),
    ] {
        let home = home(&format!("psql-signal{signal}"));
        with_psql(&home, STAYS);
        // Who runs this test may ignore hang-ups, which is inherited.
        let mut child = std::process::Command::new("/usr/bin/env")
            .arg(format!("--default-signal={}", &signal[1..]))
            .arg(env!("CARGO_BIN_EXE_kubectl-pg"))
            .args("psql main --user app_owner -c TABLE".split(' '))
            .env_clear()
            .env("HOME", &home)
            .env("PATH", format!("{}:/usr/bin:/bin", home.display()))
            .env("KUBECONFIG", &path)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program");
        while !home.join("folder").exists() {
            assert!(child.try_wait().expect("a state").is_none(), "it ended");
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        let folder = folder(&home);
        assert!(folder.join("pgpass").exists());
        let sent = std::process::Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status();
        assert!(sent.expect("kill").success());
        assert_eq!(child.wait().expect("an end").code(), code, "{signal}");
        assert!(!folder.exists(), "{signal}: {} stays", folder.display());
    }
}
