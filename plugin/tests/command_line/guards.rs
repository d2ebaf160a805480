//! Guard rails: each keeps a change from being sent. That a request would be seen is shown by the
//! same lines with what they lack.

use std::path::PathBuf;

use super::{
    api::{Api, There},
    closed, home, kubeconfig, run_at, text,
};

/// API servers under these names, and the kubeconfig that leads to them.
struct World {
    apis: Vec<Api>,
    kubeconfig: PathBuf,
    home: PathBuf,
}

impl World {
    fn new(name: &str, contexts: Vec<(&str, There)>) -> Self {
        let apis: Vec<Api> = contexts
            .iter()
            .map(|(_, there)| Api::start(there.clone()))
            .collect();
        let dead = closed();
        let mut list: Vec<(&str, &str)> = contexts
            .iter()
            .zip(&apis)
            .map(|((name, _), api)| (*name, api.address.as_str()))
            .collect();
        list.push(("dead", &dead));
        Self {
            kubeconfig: kubeconfig(name, &list),
            home: home(name),
            apis,
        }
    }

    fn two(name: &str) -> Self {
        let west = There {
            uid: "two",
            clusters: vec![("main", 3)],
            ..There::default()
        };
        Self::new(name, vec![("east", There::default()), ("west", west)])
    }

    /// What could have changed something, SQL among it.
    fn acts(&self) -> Vec<String> {
        let acts = |api: &Api| [api.writes(), api.execs()].concat();
        self.apis.iter().flat_map(acts).collect()
    }

    /// Ends with this code, says this, and has sent nothing.
    fn stops(&self, line: &str, code: i32, words: &str) {
        let output = run_at(&self.home, &self.kubeconfig, line);
        let said = format!("{}{}", text(&output.stderr), text(&output.stdout));
        assert_eq!(output.status.code(), Some(code), "{line}: {said}");
        assert!(said.contains(words), "{line}: {words:?} is not in: {said}");
        assert_eq!(self.acts(), [""; 0], "{line}");
    }

    /// Sends what would change something.
    fn sends(&self, line: &str) {
        let before = self.acts().len();
        let output = run_at(&self.home, &self.kubeconfig, line);
        let said = text(&output.stderr);
        assert!(self.acts().len() > before, "{line}: {said}");
    }
}

/// Copies in two places.
const NEW: &str = "copy copy@west --host elsewhere --copy-passwords";

/// A file with a manifest of `main` that wants another team.
fn manifest(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-main.yaml"));
    let yaml = "apiVersion: acid.zalan.do/v1\nkind: postgresql\nmetadata: {name: main}\n\
                spec: {teamId: shop, numberOfInstances: 2, postgresql: {version: '17'}, volume: {size: 5Gi}}\n";
    std::fs::write(&path, yaml).expect("a file");
    path.display().to_string()
}

/// The table of cli.md, without a terminal.
#[test]
fn what_is_not_confirmed_is_not_sent() {
    let world = World::two("guards-table");
    let manifest = manifest("guards-table");
    let both = "--context east,west";
    for (line, words) in [
        (format!("scale main --replicas 4 {both}"), "--yes"),
        (format!("reload main {both}"), "--yes"),
        (
            format!("scale main --replicas 4 {both} --yes --expect-count 3"),
            "--expect-count says 3",
        ),
        ("restart main".to_owned(), "--yes"),
        ("switchover main".to_owned(), "--yes"),
        ("maintenance on main".to_owned(), "--yes"),
        ("scale main --replicas 2".to_owned(), "--yes"),
        ("hibernate on main".to_owned(), "--yes"),
        (format!("restart main {both} --yes"), "--expect-count 2"),
        (
            format!("switchover main {both} --yes --expect-count 1"),
            "--expect-count says 1",
        ),
        (
            format!("set main schedulerName=x {both} --yes"),
            "--expect-count 2",
        ),
        (
            "delete main --yes".to_owned(),
            "--confirm default/main@east",
        ),
        (
            "delete main --confirm default/main@west".to_owned(),
            "--confirm says",
        ),
        (
            "failover main --accept-data-loss --yes".to_owned(),
            "--confirm default/main@east",
        ),
        (
            "reinit main 1 --yes".to_owned(),
            "--confirm default/main@east",
        ),
        (format!("create new {both}"), "--yes"),
        (format!("clone main {NEW}"), "--yes"),
        (format!("apply -f {manifest} {both}"), "--yes"),
        (format!("apply -f {manifest}"), "--yes"),
        (format!("set main teamId=shop {both}"), "--yes"),
        (format!("resize main --size 20Gi {both}"), "--yes"),
        ("resize main --cpu 1".to_owned(), "--yes"),
        ("resize main --memory 1Gi:2Gi".to_owned(), "--yes"),
        (format!("user add main bob {both}"), "--yes"),
        ("user drop main eve".to_owned(), "--yes"),
        ("user rotate main eve".to_owned(), "--yes"),
        (
            format!("user rotate main eve {both} --yes"),
            "--expect-count 2",
        ),
        (format!("db add main app --owner ada {both}"), "--yes"),
        ("upgrade main --image new:1".to_owned(), "--yes"),
        ("upgrade main --to 18".to_owned(), "--yes"),
        (format!("upgrade main --to 18 --check {both}"), "--yes"),
        (
            format!("upgrade main --to 18 {both} --yes"),
            "--expect-count 2",
        ),
        (format!("install {both}"), "--yes"),
        ("uninstall".to_owned(), "--yes"),
        (format!("uninstall {both} --yes"), "--expect-count 2"),
        (format!("psql main -c X --write {both}"), "--yes"),
        (
            format!("psql main -c X --write {both} --yes"),
            "--expect-count 2",
        ),
    ] {
        world.stops(&line, 5, words);
    }
    for line in [
        format!("scale main --replicas 4 {both} --yes --wait=false"),
        format!("reload main {both} --yes --wait=false"),
        "restart main --yes --wait=false".to_owned(),
        format!("switchover main {both} --yes --expect-count 2 --wait=false"),
        "maintenance on main --yes --wait=false".to_owned(),
        "scale main --replicas 2 --yes --wait=false".to_owned(),
        "delete main --confirm default/main@east --wait=false".to_owned(),
        "failover main --accept-data-loss --confirm default/main@east --wait=false".to_owned(),
        "reinit main 1 --confirm default/main@east --wait=false".to_owned(),
        // Low, and one target: nobody is asked.
        "reload main --wait=false".to_owned(),
        "create new --wait=false".to_owned(),
        "clone main copy --wait=false".to_owned(),
        format!("apply -f {manifest} --yes --wait=false"),
        "resize main --size 20Gi --wait=false".to_owned(),
        "resize main --cpu 1 --yes --wait=false".to_owned(),
        "user add main bob --wait=false".to_owned(),
        "user drop main eve --yes --wait=false".to_owned(),
        "user rotate main ada eve --yes --wait=false".to_owned(),
        "db add main app --owner ada --wait=false".to_owned(),
        "upgrade main --image new:1 --yes --wait=false".to_owned(),
        "upgrade main --to 18 --check --wait=false".to_owned(),
        "install --wait=false".to_owned(),
        "uninstall --yes".to_owned(),
        format!("psql main -c X --write {both} --yes --expect-count 2"),
    ] {
        world.sends(&line);
    }
}

/// Operations are taken back and asked again under the same rules, and so are standbys promoted and
/// clusters released.
#[test]
fn what_is_under_way_is_not_sent_unconfirmed() {
    let both = "--context east,west";
    let with = |name: &str, there: There| {
        let west = There {
            uid: "two",
            ..there.clone()
        };
        World::new(name, vec![("east", there), ("west", west)])
    };
    let running = with(
        "guards-running",
        There {
            phase: "Running",
            ..There::default()
        },
    );
    let id = "k3j9x2m4aq";
    running.stops(&format!("ops cancel {id} {both}"), 5, "--yes");
    running.stops(
        &format!("ops cancel {id} {both} --yes --expect-count 3"),
        5,
        "--expect-count says 3",
    );
    running.stops(
        &format!("ops cancel {id} --context east,dead"),
        5,
        "refused",
    );
    running.stops(&format!("ops retry {id} --yes"), 5, "not ended");
    running.stops("ops cancel other", 5, "no operation");
    running.sends(&format!("ops cancel {id} --wait=false"));

    let failed = with(
        "guards-failed",
        There {
            phase: "Failed",
            ..There::default()
        },
    );
    failed.stops(&format!("ops cancel {id}"), 5, "it has ended");
    failed.stops(&format!("ops retry {id}"), 5, "--yes");
    failed.stops(
        &format!("ops retry {id} {both} --yes"),
        5,
        "--expect-count 2",
    );
    failed.sends(&format!("ops retry {id} --yes --wait=false"));

    let standby = with(
        "guards-standby",
        There {
            clusters: vec![("main", 3), ("follower", 2)],
            id: "pg-fleet",
            ..There::default()
        },
    );
    for (line, words) in [
        ("promote main --yes", "follows nobody"),
        ("promote follower --yes", "cannot be fenced"),
        ("promote follower --source main --yes", "--accept-data-loss"),
        (
            "promote follower --source main --accept-data-loss --yes",
            "--confirm default/follower@east",
        ),
        ("adopt main", "--yes"),
        (&format!("adopt main {both} --yes"), "--expect-count 2"),
        ("release main --yes", "it is not pg-fleet's"),
    ] {
        standby.stops(line, 5, words);
    }
    standby.stops(&format!("promote follower {both}"), 2, "one");
    standby.sends(
        "promote follower --source main --accept-data-loss --confirm default/follower@east --wait=false",
    );
    standby.sends("adopt main --yes --wait=false");

    let adopted = with(
        "guards-adopted",
        There {
            clusters: vec![("adopted", 2)],
            id: "pg-fleet",
            ..There::default()
        },
    );
    adopted.stops("release adopted", 5, "--yes");
    adopted.stops(
        &format!("release adopted {both} --yes"),
        5,
        "--expect-count 2",
    );
    adopted.sends("release adopted --yes --wait=false");
}

/// A policy of one context that refuses is heard before anything is sent to another.
#[test]
fn what_one_context_refuses_is_sent_to_none() {
    let west = There {
        uid: "two",
        refuses: true,
        ..There::default()
    };
    let world = World::new(
        "guards-policy",
        vec![("east", There::default()), ("west", west)],
    );
    let both = "--context east,west --yes --expect-count 2 --wait=false";
    for verb in ["switchover main", "reload main", "maintenance on main"] {
        world.stops(&format!("{verb} {both}"), 5, "Forbidden");
    }
}

/// Whoever changes something leaves a name and a reason, also where it goes.
#[test]
fn who_and_why_is_written() {
    let running = There {
        phase: "Running",
        ..There::default()
    };
    for (line, keys) in [
        (
            "delete main --confirm default/main@east",
            &["requested-by", "request"][..],
        ),
        ("ops cancel k3j9x2m4aq", &["cancelled-by"]),
    ] {
        let world = World::new("guards-who", vec![("east", running.clone())]);
        world.sends(&format!("{line} --reason cleanup --wait=false"));
        let bodies = world.apis[0].bodies();
        let notes = &bodies[0]["metadata"]["annotations"];
        assert_eq!(notes["pgfleet.io/reason"], "cleanup", "{line}: {notes}");
        for key in keys {
            let own = &notes[format!("pgfleet.io/{key}")];
            assert!(own.is_string(), "{line}: {key}: {notes}");
        }
    }
}

/// Who would wait says so to the controller, and nobody else does.
#[test]
fn queues_are_for_who_asks() {
    for (flag, queued) in [("", false), ("--queue", true)] {
        let world = World::two(&format!("guards-queue{flag}"));
        world.sends(&format!("switchover main --yes --wait=false {flag}"));
        let bodies = world.apis[0].bodies();
        let spec = &bodies[0]["spec"];
        assert_eq!(
            spec["queue"].as_bool().unwrap_or_default(),
            queued,
            "{spec}"
        );
    }
    World::two("guards-queue-edit").stops("restart main --queue", 5, "--yes");
}

/// Several are a rollout, which this program drives: what would not be driven is not begun.
#[test]
fn a_rollout_is_driven_from_here() {
    let world = World::two("guards-rollout");
    let both = "--context east,west --yes --expect-count 2";
    for (line, words) in [
        (format!("restart main {both} --wait=false"), "--plan FILE"),
        (
            format!("restart main {both} --request k3j9x2m4aq"),
            "rollout resume",
        ),
        (
            format!("restart main {both} --max-parallel 0"),
            "max-parallel",
        ),
        (format!("restart main {both} --waves 0%"), "share"),
        (format!("restart main {both} --window noon"), "window"),
        (format!("restart main {both} --gate hope"), "approval"),
        (format!("restart main {both} --wave-by moon"), "label=KEY"),
    ] {
        world.stops(&line, 2, words);
    }
    // What goes over its targets at once has no plan, and says where there is one.
    for line in [
        "scale main --replicas 4",
        "switchover main",
        "delete main",
        "ops retry k3j9x2m4aq",
        "apply -f /nowhere",
    ] {
        for flag in ["--plan p.yaml", "--canary 1", "--gate approval"] {
            let line = format!("{line} {flag}");
            world.stops(&line, 2, "in waves: restart, set and upgrade");
            world.stops(&line, 2, "--dry-run=server");
        }
    }
    let line = format!("restart main --plan - {both}");
    let ended = run_at(&world.home, &world.kubeconfig, &line);
    let text = String::from_utf8_lossy(&ended.stdout);
    assert!(
        ended.status.success() && text.contains("RolloutPlan"),
        "{ended:?}"
    );
    assert!(
        text.contains("soakSeconds: 30"),
        "few soak for less: {text}"
    );
}

#[test]
fn a_protected_context_asks_for_more() {
    let world = World::two("guards-protected");
    let add = "fleet add prod east --protected";
    assert!(run_at(&world.home, &world.kubeconfig, add).status.success());
    world.stops("scale main --replicas 4", 5, "--yes");
    world.stops("restart main --yes", 5, "--confirm default/main@east");
    world.stops(
        "user rotate main eve --yes",
        5,
        "--confirm default/main@east",
    );
    world.stops(
        "restart main --yes --context east,west --expect-count 2",
        5,
        "one target at a time",
    );
    world.sends("restart main@west --yes --wait=false");
    world.sends("restart main --confirm default/main@east --wait=false");
}

/// Every target is there, reachable, looked after and allowed, or nothing happens anywhere.
#[test]
fn one_that_cannot_be_stops_all() {
    let sound = || {
        (
            "east",
            There {
                uid: "sound",
                ..There::default()
            },
        )
    };
    let with = |name: &str, there: There| World::new(name, vec![sound(), ("west", there)]);
    let sure = "--yes --expect-count 2 --wait=false";
    for (name, there, line, words) in [
        (
            "guards-right",
            There {
                allowed: false,
                ..There::default()
            },
            "switchover main --context east,west",
            "missing right",
        ),
        (
            "guards-stale",
            There {
                heard: Some(600),
                ..There::default()
            },
            "switchover main --context east,west",
            "controller is down",
        ),
        (
            "guards-none",
            There {
                heard: None,
                ..There::default()
            },
            "switchover main --context east,west",
            "not installed",
        ),
        (
            "guards-missing",
            There {
                clusters: vec![],
                ..There::default()
            },
            "switchover main --context east,west",
            "no such Postgres cluster",
        ),
        (
            "guards-missing-edit",
            There {
                clusters: vec![],
                ..There::default()
            },
            "scale main --replicas 4 --context east,west",
            "no such Postgres cluster",
        ),
        (
            "guards-going",
            There {
                going: true,
                ..There::default()
            },
            "restart main --context east,west",
            "being deleted",
        ),
        (
            "guards-alone",
            There {
                clusters: vec![("main", 1)],
                ..There::default()
            },
            "switchover main --context east,west",
            "no replica",
        ),
    ] {
        with(name, there).stops(&format!("{line} {sure}"), 5, words);
    }
    let world = World::two("guards-dead");
    for line in ["switchover main", "scale main --replicas 4", "reload main"] {
        let line = format!("{line} --context east,dead {sure}");
        world.stops(&line, 5, "cannot be reached");
    }
    let world = with(
        "guards-found",
        There {
            clusters: vec![],
            ..There::default()
        },
    );
    world.sends("scale main --replicas 4 --context east,west --where-found --yes --wait=false");
}

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
