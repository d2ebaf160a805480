//! Guard rails: each keeps a change from being sent. That a request would be seen is shown by the
//! same lines with what they lack.

mod chosen;
mod several;

use super::{
    api::{Api, ROLLOUT, There},
    closed,
    screens::verbs,
    world::World,
};

/// API servers under these names, and `dead`, where nobody answers.
fn world(name: &str, contexts: &[(&str, There)]) -> World {
    World::beside(name, contexts, &[("dead", &closed())])
}

impl World {
    fn two(name: &str) -> Self {
        let west = There {
            uid: "two",
            clusters: vec![("main", 3)],
            ..There::default()
        };
        world(name, &[("east", There::default()), ("west", west)])
    }

    /// What could have changed something, SQL among it; what only asks is none of it.
    fn acts(&self) -> Vec<String> {
        let asks = |exec: &String| exec.contains("default_transaction_read_only%3Don%22");
        let acts = |api: &Api| {
            let mut execs = api.execs();
            execs.retain(|exec| !asks(exec));
            [api.writes(), execs].concat()
        };
        self.apis.iter().flat_map(acts).collect()
    }

    /// Ends with this code, says this, and has sent nothing.
    fn stops(&self, line: &str, code: i32, words: &str) {
        let (ended, said) = self.run(line);
        assert_eq!(ended, Some(code), "{line}: {said}");
        assert!(said.contains(words), "{line}: {words:?} is not in: {said}");
        assert_eq!(self.acts(), [""; 0], "{line}");
    }

    /// Sends what would change something.
    fn sends(&self, line: &str) {
        let before = self.acts().len();
        let (_, said) = self.run(line);
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
        world(name, &[("east", there), ("west", west)])
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

/// What is stopped before a standby is promoted has to be what it follows.
#[test]
fn only_its_source_is_stopped_for_a_standby() {
    let east = There {
        clusters: vec![
            ("follower", 1),
            ("neighbour", 1),
            ("leader", 2),
            ("stranger", 2),
        ],
        ..There::default()
    };
    let west = There {
        uid: "two",
        clusters: vec![("stranger", 2)],
        ..There::default()
    };
    let world = World::new("guards-source", &[("west", west), ("east", east)]);
    let sure = "--accept-data-loss --confirm";
    for (line, words) in [
        // It would be stopped, and has other data.
        (
            format!("promote follower@east --source stranger@west {sure} default/follower@east"),
            "other data (system identifier 7400000000000000002",
        ),
        // Nobody has said which one it follows; who has the same data may be a copy.
        (
            "promote follower@east --yes".to_owned(),
            "default/leader@east has the same data: --source default/leader@east",
        ),
        (
            "promote follower@east --source leader@east --yes".to_owned(),
            "not known to follow",
        ),
    ] {
        world.stops(&line, 5, words);
    }
    world.sends(&format!(
        "promote neighbour@east {sure} default/neighbour@east --wait=false"
    ));
    let [west, east] = world.apis.as_slice() else {
        panic!("not two");
    };
    assert_eq!(west.writes(), [""; 0]);
    let first = east.writes().first().cloned().unwrap_or_default();
    assert!(first.ends_with("/postgresqls/leader"), "{first}");
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
        let world = world("guards-who", &[("east", running.clone())]);
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

/// What people say of rollouts is asked as well, and only what is asked is sent.
#[test]
fn rollouts_are_guarded() {
    let there = There {
        rollout: true,
        ..There::default()
    };
    let world = |name: &str| {
        let west = There {
            uid: "two",
            ..there.clone()
        };
        World::new(name, &[("east", there.clone()), ("west", west)])
    };
    let both = "--context east,west";
    let guarded = world("guards-rollouts");
    let plan = guarded.home.join("plan.yaml");
    let plan = plan.display();
    guarded.stops(&format!("restart main --plan {plan} {both}"), 0, "");
    for (line, code, words) in [
        (
            format!("rollout start {plan} {both}"),
            5,
            "--expect-count 2",
        ),
        (format!("rollout start {plan} --yes"), 5, "not chosen"),
        (format!("rollout abort {ROLLOUT} {both}"), 5, "--yes"),
        (
            format!("rollout skip {ROLLOUT} main@east {both}"),
            5,
            "--yes",
        ),
        (
            format!("rollout skip {ROLLOUT} none@east --yes"),
            5,
            "no target",
        ),
        (
            format!("rollout retry {ROLLOUT} {both} --yes"),
            0,
            "Nothing to try again",
        ),
        (format!("rollout pause none {both}"), 5, "no rollout"),
        (format!("rollout approve none {both}"), 5, "no rollout"),
        (format!("rollout resume none {both} --yes"), 5, "no rollout"),
    ] {
        guarded.stops(&line, code, words);
    }
    for verb in ["abort", "approve", "pause", "resume"] {
        let line = format!("rollout {verb} {ROLLOUT} {both}");
        for how in ["client", "server"] {
            guarded.stops(&format!("{line} --dry-run={how}"), 0, "");
        }
    }
    for line in [
        format!("rollout start {plan} {both} --yes --expect-count 2"),
        format!("rollout abort {ROLLOUT} {both} --yes"),
        format!("rollout skip {ROLLOUT} main@east {both} --yes"),
        format!("rollout approve {ROLLOUT} {both}"),
        format!("rollout pause {ROLLOUT} {both}"),
    ] {
        guarded.sends(&line);
    }
}

/// What sends nothing that could change a cluster.
const READS: [&str; 21] = [
    "list",
    "status",
    "logs",
    "history",
    "df",
    "diff",
    "doctor",
    "report",
    "user list",
    "db list",
    "rollout list",
    "rollout show",
    "rollout watch",
    "ops list",
    "ops show",
    "ops watch",
    "fleet list",
    "fleet show",
    "version",
    // They change a file of the person's own.
    "fleet add",
    "fleet remove",
];

/// Each verb that changes something is held to its guard rails somewhere here, also one that is
/// new.
#[test]
fn no_changing_verb_is_without_a_guard() {
    let sources = [
        include_str!("guards.rs"),
        include_str!("guards/chosen.rs"),
        include_str!("guards/several.rs"),
    ]
    .concat();
    for verb in verbs() {
        if READS.contains(&verb.as_str()) {
            continue;
        }
        let quoted = |end| sources.contains(&format!("\"{verb}{end}"));
        assert!(quoted(' ') || quoted('"'), "{verb} has no guard");
    }
}
