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

    fn writes(&self) -> Vec<String> {
        self.apis.iter().flat_map(Api::writes).collect()
    }

    /// Ends with this code, says this, and has sent nothing.
    fn stops(&self, line: &str, code: i32, words: &str) {
        let output = run_at(&self.home, &self.kubeconfig, line);
        let said = format!("{}{}", text(&output.stderr), text(&output.stdout));
        assert_eq!(output.status.code(), Some(code), "{line}: {said}");
        assert!(said.contains(words), "{line}: {words:?} is not in: {said}");
        assert_eq!(self.writes(), [""; 0], "{line}");
    }

    /// Sends what would change something.
    fn sends(&self, line: &str) {
        let before = self.writes().len();
        let output = run_at(&self.home, &self.kubeconfig, line);
        let said = text(&output.stderr);
        assert!(self.writes().len() > before, "{line}: {said}");
    }
}

/// The table of cli.md, without a terminal.
#[test]
fn what_is_not_confirmed_is_not_sent() {
    let world = World::two("guards-table");
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
    ] {
        world.sends(&line);
    }
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
