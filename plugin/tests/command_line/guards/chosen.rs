//! What is chosen, and what cannot be meant.

use super::{There, World};
use crate::{run_at, text};

#[test]
fn what_cannot_be_meant_is_not_sent() {
    let world = World::two("guards-meant");
    for (line, code, words) in [
        ("delete main --context east,west", 2, ""),
        ("delete main -A", 2, ""),
        ("failover main --accept-data-loss --all-contexts", 2, ""),
        ("failover main", 2, "--accept-data-loss"),
        ("reinit main 1 --context e*", 2, ""),
        ("scale main@west --replicas 4 --context east", 2, ""),
        ("scale main", 2, "--replicas"),
        ("set main numberOfInstances=4", 2, "scale"),
        ("set main volume.size=9Gi", 2, "resize"),
        ("resize main --size 1Gi --yes", 5, "cannot shrink"),
        ("resize main --cpu 2:1 --yes", 2, "more than its limit"),
        ("resize main", 2, "--size"),
        ("create Main", 2, "lower-case"),
        ("create main", 5, "the name is taken"),
        ("create new --version 12", 2, "--version"),
        ("create new -A", 2, ""),
        ("clone main main", 5, "a name or a place of its own"),
        ("clone main copy copy", 2, "twice"),
        ("clone main copy --version 16", 5, "older version"),
        ("clone main copy --size 1Gi", 5, "smaller than"),
        ("clone main copy --replicas 0", 2, "at least one"),
        ("apply -f /nonexistent", 2, "/nonexistent"),
        ("user add main Bob", 2, "lower-case"),
        ("user add main bob --flags king", 2, "king"),
        ("user drop main bob --yes", 0, "no role bob"),
        ("user drop main ada --yes", 5, "owns databases"),
        ("user rotate main", 2, "ROLE"),
        ("user rotate main bob --yes", 5, "no role bob"),
        (
            "user rotate main eve standby --yes",
            5,
            "role of the system",
        ),
        (
            "user rotate main ada --dry-run=client",
            0,
            "new passwords of ada",
        ),
        ("db add main app --owner bob", 5, "no role bob"),
        ("db add main shop --owner bob", 5, "no role bob"),
        ("upgrade main", 2, "--to"),
        ("upgrade main --to 12", 2, "major version"),
        ("upgrade main --to 17 --yes", 0, "already"),
        ("promote main -A", 2, ""),
        ("psql main -A -c X --write", 2, ""),
        ("psql -A -c X --write --yes", 2, "by name"),
        ("psql main -l !a -c X --write", 2, "by name"),
        ("psql --where name=main -c X --write", 2, "by name"),
        ("logs --controller -l a=b", 2, "cannot be used with"),
        (
            "psql main@east none@west -c X --write",
            5,
            "nothing was run",
        ),
        ("install --replicas 9", 2, "replicas"),
        ("switchover main --to 9 --yes", 5, "no member"),
        ("switchover small --yes", 5, "one member"),
        ("reinit main 9 --confirm default/main@east", 5, "no member"),
        // It is so already.
        ("scale main --replicas 3 --yes", 0, "already"),
        ("switchover main --to 0 --yes", 0, "already"),
        ("maintenance off main", 0, "not in maintenance"),
        // Asked what would be.
        ("scale main --replicas 2 --dry-run=client", 0, ""),
        ("scale main --replicas 2 --dry-run=server", 0, ""),
        ("switchover main --dry-run=client", 0, "would switchover"),
        (
            "restart main --dry-run=client --context east,west",
            0,
            "WAVE",
        ),
    ] {
        world.stops(line, code, words);
    }
    let yaml = std::fs::read_to_string(&world.kubeconfig).expect("a file");
    let yaml = yaml.replace("cluster: 'west',", "cluster: 'west', namespace: other,");
    std::fs::write(&world.kubeconfig, yaml).expect("a file");
    let line = "scale main --replicas 4 --context east,west --yes";
    world.stops(line, 2, "-n");
}

/// Logs and SQL go to all that is chosen in all contexts, and to no other.
#[test]
fn what_is_chosen_is_read_and_nothing_else() {
    let world = World::two("guards-chosen");
    let both = "--context east,west";
    for (line, in_east) in [
        (format!("psql -A -c X {both}"), &["main", "small"][..]),
        (format!("psql -l !a -c X {both}"), &["main", "small"]),
        (format!("psql --where name=sm* -c X {both}"), &["small"]),
        (
            format!("psql main small --where ready=3/3 -c X {both}"),
            &["main"],
        ),
        ("psql --where name=main -f /dev/null".to_owned(), &["main"]),
    ] {
        let before = world.apis[0].execs().len();
        run_at(&world.home, &world.kubeconfig, &line);
        let execs = world.apis[0].execs().split_off(before);
        assert_eq!(execs.len(), in_east.len(), "{line}: {execs:?}");
        // One alone that was chosen is no other than several.
        let read_only = |exec: &String| exec.contains("default_transaction_read_only");
        assert!(execs.iter().all(read_only), "{line}: {execs:?}");
    }
    assert_eq!(world.apis[1].execs().len(), 3, "there is no other there");
    for (line, names) in [
        ("logs -A", &["main", "small"][..]),
        ("logs --where name=small --postgres", &["small"]),
        ("logs main-1 small -l !a", &["main", "small"]),
    ] {
        let line = format!("{line} {both}");
        for api in &world.apis {
            let before = api.heads().len();
            run_at(&world.home, &world.kubeconfig, &line);
            let heads = api.heads().split_off(before);
            for name in ["main", "small"] {
                let read = heads.iter().any(|head| {
                    head.contains("/pods?") && head.contains(&format!("cluster-name%3d{name}"))
                });
                let there = name == "main" || api.address == world.apis[0].address;
                assert_eq!(
                    read,
                    names.contains(&name) && there,
                    "{line}: {name}: {heads:?}"
                );
            }
        }
    }
}

/// What flags choose is changed, and no neighbour; with a name beside them both have to hold, and
/// what is left out is told.
#[test]
fn what_is_chosen_is_changed_and_nothing_else() {
    let there = There {
        labelled: true,
        ..There::default()
    };
    let world = World::new("guards-selectors", &[("east", there)]);
    for verb in [
        "scale --replicas 4",
        "resize --size 20Gi",
        "set teamId=shop",
        "hibernate on",
        "switchover",
        "restart",
        "reload",
        "maintenance on",
        "upgrade --image new:1",
        "psql -c X",
    ] {
        for choice in ["-l app=shop", "-l app=shop -A", "--where name=ma*"] {
            let writes = world.apis[0].writes().len();
            let execs = world.apis[0].execs().len();
            let sure = if verb.starts_with("psql") {
                ""
            } else {
                "--yes --wait=false"
            };
            let line = format!("{verb} {choice} {sure}");
            run_at(&world.home, &world.kubeconfig, &line);
            let bodies = world.apis[0].bodies().split_off(writes);
            let writes = world.apis[0].writes().split_off(writes);
            let is_own = |(write, body): (&String, &serde_json::Value)| {
                write.ends_with("/main") || body["spec"]["target"]["name"] == "main"
            };
            let own = writes.iter().zip(&bodies).all(is_own);
            let sent = writes.len() + world.apis[0].execs().len() - execs;
            assert!(own && sent == 1, "{line}: {sent} {writes:?}");
        }
        if verb.starts_with("psql") {
            continue;
        }
        let before = world.acts();
        for (choice, words) in [
            ("-l app=none", "no Postgres cluster was found"),
            ("--where name=none", "no Postgres cluster was found"),
            ("small -l app=shop", "left out: default/small@east"),
        ] {
            let line = format!("{verb} {choice} --yes");
            let output = run_at(&world.home, &world.kubeconfig, &line);
            let said = text(&output.stderr);
            assert_eq!(output.status.code(), Some(5), "{line}: {said}");
            assert!(said.contains(words), "{line}: no {words:?} in {said}");
            assert_eq!(world.acts(), before, "{line}");
        }
    }
}

/// What chooses is looked at, or refused: never passed over.
#[test]
fn no_choice_is_passed_over() {
    let world = World::two("guards-choice");
    for (line, words) in [
        ("ops list -l a=b", "-l"),
        ("status -l a=b", "-l"),
        ("status -n shop", "whole contexts"),
        ("history main -l a=b", "-l"),
        ("apply -f /nowhere -A", "-A"),
        ("install -A --dry-run=server", "-A"),
        ("list -l =b", "not like"),
    ] {
        world.stops(line, 2, words);
    }
    // The clusters there have no labels.
    for (line, code) in [
        ("doctor -l a=b", 1),
        ("report -l a=b --out -", 1),
        ("df main -l a=b", 1),
        ("logs main -l a=b", 1),
        ("logs main-0 -l a=b", 1),
        ("logs -l a=b", 1),
        ("psql main -l a=b -c X", 1),
        ("psql -A --where version=15 -c X", 1),
        ("user list main -l a=b", 1),
        ("db list main --where version=15", 1),
    ] {
        world.stops(line, code, "no such Postgres cluster");
    }
    let output = run_at(
        &world.home,
        &world.kubeconfig,
        "report -n default -l !a --out -",
    );
    assert!(
        text(&output.stdout).contains("default/main@east"),
        "{output:?}"
    );
    let output = run_at(&world.home, &world.kubeconfig, "doctor -l !a");
    assert!(text(&output.stdout).contains("default/main"), "{output:?}");
    // A context that does not answer is no full bundle.
    let output = run_at(
        &world.home,
        &world.kubeconfig,
        "report main --context east,dead --out -",
    );
    assert_eq!(output.status.code(), Some(3));
}

/// SQL stands in no request's URL: psql's own arguments do.
#[test]
fn sql_is_in_no_url() {
    let world = World::two("guards-url");
    for own in ["-c TABLE", "-Atc TABLE", "-cTABLE", "--command=TABLE"] {
        let words = "write -c before the two dashes";
        world.stops(&format!("psql main -- {own}"), 2, words);
        world.stops(&format!("psql main -c TABLE -- {own}"), 2, words);
    }
    world.sends("psql main -c TABLE -- --csv");
    let api = &world.apis[0];
    let asked = [api.execs(), api.heads()].concat();
    assert!(
        asked
            .iter()
            .all(|it| !it.to_lowercase().contains("command=table"))
    );
}
