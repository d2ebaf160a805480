//! What is typed at the wrong time: before the question, and Ctrl-C a second time.

use std::{
    io::Read,
    process::{Command, Stdio},
};

use super::{api::There, kubeconfig, silent, terminal::in_shell, text, world::World};

fn accepting() -> There {
    There {
        accepts: true,
        ..There::default()
    }
}

/// Nobody has read a question that was not there yet.
#[test]
fn what_was_typed_before_the_question_is_no_answer() {
    let world = World::east("typed-before", accepting());
    let program = env!("CARGO_BIN_EXE_kubectl-pg");
    for (verb, asks, early) in [
        ("scale main --replicas 2", "[y/N]", "y\r"),
        ("delete main", "Type the name of the cluster", "main\r"),
    ] {
        // It lies in the terminal long before the program begins.
        let line = format!("echo typed; sleep 1; exec {program} {verb} --wait=false");
        let talk = [("typed", early), (asks, "\r")];
        let (code, said) = in_shell(&world.home, &world.kubeconfig, &line, &talk, &[]);
        assert_eq!(code, Some(5), "{verb}: {said}");
        assert_eq!(world.writes(), [""; 0], "{verb}: {said}");
    }
}

/// Who waits for a new cluster no longer is told how to wait for it again.
#[test]
fn ctrl_c_says_how_to_go_on() {
    let there = There {
        remembers: true,
        ..accepting()
    };
    let world = World::east("typed-create", there);
    let program = env!("CARGO_BIN_EXE_kubectl-pg");
    let line = format!("exec {program} create new --yes --no-progress");
    let talk = [("waits for the controller", "\u{3}")];
    let (code, said) = in_shell(&world.home, &world.kubeconfig, &line, &talk, &[]);
    assert_eq!(code, Some(130), "{said}");
    let again = "kubectl pg create default/new@east --request ";
    assert!(said.contains(again), "{said}");
}

/// The first lets what is under way say where it stands; who cannot wait for that types it again.
#[test]
fn a_second_ctrl_c_ends_it_at_once() {
    let path = kubeconfig("typed-twice", &[("east", &silent())]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_kubectl-pg"))
        .args("scale main --replicas 3 --request-timeout 1h".split(' '))
        .env_clear()
        .env("HOME", "/nonexistent")
        .env("KUBECONFIG", &path)
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program");
    let mut said = vec![0; 1];
    let mut stderr = child.stderr.take().expect("a pipe");
    stderr.read_exact(&mut said).expect("it says something");
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child") {
            break status;
        }
        let id = child.id().to_string();
        let _ = Command::new("kill").args(["-INT", &id]).status();
        std::thread::sleep(std::time::Duration::from_millis(20));
    };
    stderr.read_to_end(&mut said).expect("all of it");
    let said = text(&said);
    assert_eq!(status.code(), Some(130), "{said}");
    // Only whoever is waited for says that it was interrupted.
    assert!(
        said.contains("request") && !said.contains("interrupted"),
        "{said}"
    );
}
