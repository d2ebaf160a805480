//! Limits hold for all terminals of a person, with what those that are gone have left behind.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{
    api::{Api, There},
    home, kubeconfig, manifest_in, run_at, text,
};

/// Starts a line, kills it when it has written something; gives the annotations that it wrote.
fn killed(home: &Path, there: &There, line: &str) -> Value {
    let api = Api::start(there.clone());
    let path = kubeconfig("left", &[("east", &api.address)]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_kubectl-pg"))
        .args(line.split(' '))
        .env_clear()
        .env("HOME", home)
        .env("KUBECONFIG", path)
        .env("PATH", "/usr/bin:/bin")
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .expect("the program");
    let began = Instant::now();
    while api.writes().is_empty() {
        assert!(began.elapsed() < Duration::from_secs(20), "{line}");
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().expect("it goes on");
    child.wait().expect("it is gone");
    let bodies = api.bodies();
    let mut annotations = bodies[0]["metadata"]["annotations"].clone();
    if let Some(all) = annotations.as_object_mut() {
        all.retain(|_, value| !value.is_null());
    }
    annotations
}

#[test]
fn what_a_killed_terminal_has_left_counts() {
    let home = home("left");
    let manifest = manifest_in(&home, 4);
    let under_way = There {
        accepts: true,
        behind: true,
        phase: "Running",
        ..There::default()
    };
    let one = "--yes --max-parallel 1";
    let apply = format!("apply -f {}", manifest.display());
    for line in [
        "scale main --replicas 4",
        "set main schedulerName=x",
        &apply,
        "switchover main",
    ] {
        let annotations = killed(&home, &under_way, &format!("{line} {one}"));
        let run = |there: &There, next: &str| {
            let api = Api::start(There {
                annotations: annotations.clone(),
                ..there.clone()
            });
            let path = kubeconfig("left", &[("east", &api.address)]);
            let output = run_at(&home, &path, next);
            let said = text(&output.stderr) + &text(&output.stdout);
            (output.status.code(), api.writes().len(), said)
        };
        let other = format!("scale small --replicas 2 {one}");
        let (code, sent, said) = run(&under_way, &format!("{other} --timeout 1s"));
        assert_eq!((code, sent), (Some(4), 0), "{line}: {said}");
        assert!(said.contains("before it was begun"), "{line}: {said}");
        let ended = There {
            behind: false,
            phase: "Succeeded",
            ..under_way.clone()
        };
        let (code, sent, said) = run(&ended, &format!("{other} --wait=false"));
        assert_eq!((code, sent), (Some(0), 1), "{line}: {said}");
        // What mends a cluster does not wait for it.
        if line != "switchover main" {
            killed(&home, &under_way, &format!("{line} {one}"));
            let mends = format!("scale main --replicas 5 {one} --wait=false");
            let (code, sent, said) = run(&under_way, &mends);
            assert_eq!((code, sent), (Some(0), 1), "{line}: {said}");
        }
    }
}
