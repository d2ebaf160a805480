//! A request that is made a second time.

use serde_json::{Value, json};

use super::{
    api::{Api, There},
    home, kubeconfig, manifest_in, run_at, text,
};

/// It changes a manifest once, whatever somebody made of it since.
#[test]
fn a_request_changes_a_manifest_once() {
    let home = home("again");
    let manifest = manifest_in(&home, 4);
    for line in [
        "scale main --replicas 4".to_owned(),
        "set main schedulerName=x".to_owned(),
        "resize main --size 10Gi".to_owned(),
        "db add main third --owner ada".to_owned(),
        "hibernate on main".to_owned(),
        format!("apply -f {}", manifest.display()),
    ] {
        let there = There {
            accepts: true,
            ..There::default()
        };
        let line = format!("{line} --request aaa --yes --wait=false");
        let api = Api::start(there.clone());
        let path = kubeconfig("again", &[("east", &api.address)]);
        let run = |path: &std::path::Path, line: &str| {
            let output = run_at(&home, path, line);
            let said = text(&output.stderr) + &text(&output.stdout);
            (output.status.code(), said)
        };
        let (code, said) = run(&path, &line);
        assert_eq!(code, Some(0), "{line}: {said}");
        let bodies = api.bodies();
        let [body] = bodies.as_slice() else {
            panic!("{line}: {bodies:?}");
        };
        // What a patch makes null is not there after it.
        let mut annotations = body["metadata"]["annotations"].clone();
        if let Some(all) = annotations.as_object_mut() {
            all.retain(|_, value| !value.is_null());
        }
        // Somebody made it again what it was.
        let api = Api::start(There {
            annotations,
            ..there
        });
        let path = kubeconfig("again", &[("east", &api.address)]);
        let (code, said) = run(&path, &line);
        assert_eq!(code, Some(0), "{line}: {said}");
        assert_eq!(api.writes(), [""; 0], "{line}: {said}");
        // A new request is not held up, nor is the old one taken for another change.
        let (code, said) = run(&path, &line.replace("aaa", "bbb"));
        assert_eq!((code, api.writes().len()), (Some(0), 1), "{line}: {said}");
        let (code, said) = run(&path, "scale main --replicas 9 --request aaa --yes");
        assert_eq!((code, api.writes().len()), (Some(5), 1), "{line}: {said}");
        assert!(said.contains("another change"), "{line}: {said}");
    }
}

/// A password is made once for a request, whoever came after it.
#[test]
fn a_request_makes_a_password_once() {
    let home = home("again-rotate");
    // The controller's answer to all that was asked so far.
    let mut annotations = json!({});
    let mut run = |line: &str| {
        let api = Api::start(There {
            accepts: true,
            annotations: annotations.clone(),
            ..There::default()
        });
        let path = kubeconfig("again-rotate", &[("east", &api.address)]);
        let output = run_at(&home, &path, &format!("user rotate main {line} --yes"));
        let said = text(&output.stderr) + &text(&output.stdout);
        let bodies = api.bodies();
        for body in &bodies {
            let written = body["metadata"]["annotations"].as_object();
            for (key, value) in written.into_iter().flatten() {
                let told = key.replace("rotate.pgfleet.io", "rotated.pgfleet.io");
                if let Value::String(value) = value {
                    annotations[told] = json!(value);
                }
            }
        }
        (output.status.code(), bodies.len(), said)
    };
    let (code, sent, said) = run("eve --request aaa");
    assert_eq!((code, sent), (Some(0), 1), "{said}");
    let (code, sent, said) = run("eve --request bbb");
    assert_eq!((code, sent), (Some(0), 1), "{said}");
    // The older one again, and once more in other company.
    let (code, sent, said) = run("eve --request aaa");
    assert_eq!((code, sent), (Some(0), 0), "{said}");
    let (code, sent, said) = run("eve ada --request aaa");
    assert_eq!((code, sent), (Some(5), 0), "{said}");
    assert!(said.contains("another change"), "{said}");
    for _ in 0..20 {
        let (code, sent, said) = run("eve");
        assert_eq!((code, sent), (Some(0), 1), "{said}");
    }
    let (code, sent, said) = run("eve --request aaa");
    assert_eq!((code, sent), (Some(0), 0), "after twenty others: {said}");
    // One of the caller's own choice is not held up by them.
    let (code, sent, said) = run("eve --request monday");
    assert_eq!((code, sent), (Some(0), 1), "{said}");
}
