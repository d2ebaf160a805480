//! What every verb shows: in a pipe, on a terminal of 80 columns, in colours, and on one of 40.

use std::{
    collections::BTreeSet,
    fmt::Write,
    path::{Path, PathBuf},
};

use regex_lite::Regex;

use super::{
    api::{Api, There},
    home, kubeconfig, manifest_in, run_at,
    terminal::{on_terminal, without_colour},
    text,
};

/// A line of each verb, and of each part of one; of those that change something as far as they go
/// without doing it.
pub const LINES: &[&str] = &[
    "list",
    "status --context east,west",
    "status main",
    "logs main",
    "history main",
    "df main",
    "diff main@east --against main@west",
    "doctor",
    "report main --out -",
    "psql main -c TABLE",
    "create new --dry-run=client",
    "clone main copy --dry-run=server",
    "apply -f MANIFEST --dry-run=server",
    "set main teamId=shop --dry-run=server",
    "scale main --replicas 4 --dry-run=server",
    "resize main --size 20Gi --dry-run=server",
    "user list main",
    "user add main bob --dry-run=server",
    "user drop main ada --dry-run=server",
    "user rotate main ada eve --dry-run=server",
    "db list main",
    "db add main app --owner ada --dry-run=server",
    "switchover main --dry-run=server",
    "failover main --accept-data-loss --dry-run=server",
    "promote main --dry-run=server",
    "restart main --dry-run=server",
    "reload main --dry-run=server",
    "reinit main 1 --dry-run=server",
    "maintenance on main --dry-run=server",
    "upgrade main --image registry/new:1 --dry-run=server",
    "hibernate on main --dry-run=server",
    "delete main --dry-run=server",
    "rollout list",
    "rollout show none",
    "rollout start /nowhere",
    "rollout watch none",
    "rollout pause none",
    "rollout resume none",
    "rollout abort none",
    "rollout retry none",
    "rollout skip none main",
    "rollout approve none",
    "ops list",
    "ops show k3j9x2m4aq",
    "ops watch k3j9x2m4aq",
    "ops cancel k3j9x2m4aq",
    "ops retry k3j9x2m4aq --dry-run=server",
    "fleet list",
    "fleet show",
    "fleet add prod east west",
    "fleet remove prod west",
    "install --dry-run=client",
    "uninstall",
    "adopt main --dry-run=server",
    "release main --dry-run=server",
    "version --server --context east,west",
];
/// The same of more that is asked for, and of what is really sent, where it is accepted.
const MORE: &[&str] = &[
    "status main -v",
    "list -o wide",
    "list --context east,west",
    "status none",
];
pub const SENT: &[&str] = &[
    "create new --wait=false",
    "apply -f MANIFEST --yes",
    "set main teamId=shop",
    "scale main --replicas 4 --wait=false",
    "resize main --size 20Gi",
    "user add main bob",
    "user drop main eve --yes",
    "user rotate main eve --yes",
    "db add main app --owner ada",
    "switchover main --to 1 --yes",
    "restart main --yes",
    "reload main --context east,west --yes",
    "maintenance on main --yes --wait=false",
    "hibernate on main --yes --wait=false",
    "reinit main 1 --confirm default/main@east",
    "failover main --accept-data-loss --confirm default/main@east",
];

/// What is seen where pods answer, and where a rollout is under way.
const INSIDE: &[&str] = &[
    "list -o wide",
    "status main",
    "status main -v",
    "df",
    "df main --threshold 90",
    "doctor main",
    "diff main@east --against main@west",
    "psql main -c TABLE",
    "psql main small -c TABLE",
    "logs main",
    "logs main@east main@west --include ERROR",
    "rollout list --context east,west",
    "rollout show restart-20261121-100000-k7f3 --context east,west",
    "rollout watch restart-20261121-100000-k7f3",
];

/// What shows nothing of a cluster.
const OTHERS: [&str; 3] = ["completion", "options", "help"];

pub struct World {
    apis: Vec<Api>,
    pub kubeconfig: PathBuf,
    pub home: PathBuf,
    manifest: PathBuf,
}

impl World {
    pub fn new(name: &str, accepts: bool) -> Self {
        Self::of(
            name,
            &There {
                accepts,
                ..There::default()
            },
        )
    }

    /// One whose members have pods, and where a rollout is under way.
    pub fn inhabited(name: &str) -> Self {
        Self::of(
            name,
            &There {
                pods: true,
                rollout: true,
                ..There::default()
            },
        )
    }

    fn of(name: &str, there: &There) -> Self {
        let api = |uid| {
            Api::start(There {
                uid,
                heard: Some(65),
                ..there.clone()
            })
        };
        let apis = vec![api("one"), api("two")];
        let list = [("east", &*apis[0].address), ("west", &*apis[1].address)];
        let home = home(name);
        let manifest = manifest_in(&home, 3);
        Self {
            kubeconfig: kubeconfig(name, &list),
            apis,
            home,
            manifest,
        }
    }

    /// Requests that would have changed something.
    fn writes(&self) -> Vec<String> {
        self.apis.iter().flat_map(Api::writes).collect()
    }

    pub fn line(&self, line: &str) -> String {
        line.replace("MANIFEST", &self.manifest.display().to_string())
    }

    fn on_terminal(&self, line: &str, columns: u16) -> String {
        // Nobody is asked in CI, and what moves is no picture.
        let line = format!("{} --no-progress", self.line(line));
        let ci = [("CI", "1")];
        let (_, said) = on_terminal(&self.home, &self.kubeconfig, &line, columns, &[], &ci);
        said.replace("\r\n", "\n")
    }
}

/// Without what differs from run to run.
pub fn steady(text: &str, home: &Path) -> String {
    let text = text.replace(&home.display().to_string(), "HOME");
    let rules = [
        (r"http://127\.0\.0\.1:\d+", "SERVER"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"),
        (r"(request:? )[a-z0-9]{10}\b", "${1}REQUEST"),
        (r"(accepted as |ops watch )[a-z0-9]{10}\b", "${1}OPERATION"),
        (r"\b\d+s ago", "Ns ago"),
        (r"\b\d s between", "0 s between"),
        ("\u{1b}\\[([0-9;]*)m", "<$1>"),
    ];
    rules.iter().fold(text, |text, (rule, word)| {
        let rule = Regex::new(&format!("(?m){rule}")).expect("a rule");
        rule.replace_all(&text, *word).into_owned()
    })
}

#[test]
fn every_verb_on_every_screen() {
    let world = World::new("screens", false);
    shown(&world, "screen", LINES);
    // Those that could change something have only told what they would.
    assert_eq!(world.writes(), [""; 0]);
}

/// What pods say, and how far rollouts are.
#[test]
fn what_is_inside_on_every_screen() {
    shown(&World::inhabited("screens-inside"), "inside", INSIDE);
}

/// What shows nothing of a cluster looks the same everywhere, but for its colours.
#[test]
fn what_needs_no_cluster_on_a_terminal() {
    let world = World::new("screens-others", false);
    for line in [
        "options",
        "help",
        "help switchover",
        "ops --help",
        "completion bash",
        "completion zsh",
        "completion fish",
    ] {
        let piped = run_at(&world.home, &world.kubeconfig, line);
        assert_eq!(piped.status.code(), Some(0), "{line}");
        let (code, said) = on_terminal(&world.home, &world.kubeconfig, line, 80, &[], &[]);
        assert_eq!(code, Some(0), "{line}: {said}");
        let plain: Vec<String> = said.lines().map(without_colour).collect();
        let piped = text(&piped.stdout);
        let rows: Vec<&str> = piped.lines().collect();
        assert_eq!(plain, rows, "{line}");
    }
}

/// What is long or wide, and what is not there.
#[test]
fn more_on_every_screen() {
    shown(&World::new("screens-more", false), "more", MORE);
}

/// What is said of what was accepted.
#[test]
fn what_was_accepted_on_every_screen() {
    shown(&World::new("screens-sent", true), "sent", SENT);
}

fn shown(world: &World, kind: &str, lines: &[&str]) {
    let mut too_wide = Vec::new();
    for line in lines {
        let piped = run_at(&world.home, &world.kubeconfig, &world.line(line));
        let (out, err) = (text(&piped.stdout), text(&piped.stderr));
        assert!(
            !out.contains('\u{1b}') && !err.contains('\u{1b}'),
            "{line}: {out}{err}"
        );
        let code = piped.status.code().expect("a code");
        let mut all = format!("$ kubectl pg {line}\nends with {code}\n");
        let mut part = |title: &str, text: &str| {
            if !text.is_empty() {
                let _ = write!(all, "--- {title}\n{}", steady(text, &world.home));
            }
        };
        part("stdout", &beginning(&out));
        part("stderr", &err);
        let piped = steady(&format!("{err}{out}"), &world.home);
        if is_document(line) {
            let said = world.on_terminal(line, 80);
            let plain: Vec<String> = said.lines().map(without_colour).collect();
            let plain = steady(&plain.join("\n"), &world.home);
            assert_eq!(sorted(&plain), sorted(&piped), "{line}");
        }
        // What fits 40 columns looks the same there.
        let narrow = out
            .lines()
            .chain(err.lines())
            .all(|row| row.chars().count() <= 40);
        let screens = if narrow { &[80][..] } else { &[80, 40] };
        for columns in screens.iter().copied().filter(|_| !is_document(line)) {
            let said = world.on_terminal(line, columns);
            let plain: Vec<String> = said.lines().map(without_colour).collect();
            // Sentences may go on in the next line.
            let rows = plain.iter().filter(|row| !err.contains(row.trim_end()));
            for row in rows.filter(|_| is_table(line)) {
                let width = row.trim_end().chars().count();
                if width > usize::from(columns) {
                    too_wide.push(format!("{line}: {width} of {columns} columns: {row}"));
                }
            }
            let plain = steady(&plain.join("\n"), &world.home);
            if said.contains('\u{1b}') || plain.trim_end() != piped.trim_end() {
                part(&format!("{columns} columns"), &said);
            }
        }
        keep(kind, line, &all);
    }
    assert!(too_wide.is_empty(), "{too_wide:#?}");
}

/// Its rows, whichever of the two ways out each came by.
fn sorted(text: &str) -> Vec<&str> {
    let mut rows: Vec<&str> = text.lines().map(str::trim_end).collect();
    rows.sort_unstable();
    rows
}

/// So much of a text that it can be read; the custom resources are tested where they are made.
pub fn beginning(text: &str) -> String {
    match text.match_indices('\n').nth(90) {
        Some((end, _)) => format!("{}…\n", &text[..=end]),
        None => text.to_owned(),
    }
}

/// Compares what a line shows with what it did.
pub fn keep(kind: &str, line: &str, shown: &str) {
    let name = line.split(" --").next().unwrap_or_default();
    let name = name.replace(|char: char| !char.is_ascii_alphanumeric(), "-");
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(format!("{kind}-{name}"), shown);
    });
}

/// What is the same on every screen.
fn is_document(line: &str) -> bool {
    let verbs = ["report", "create", "install"];
    verbs.iter().any(|verb| line.starts_with(verb))
}

/// Tables fit; sentences may go on in the next line.
fn is_table(line: &str) -> bool {
    let verbs = [
        "list",
        "status --",
        "history",
        "df",
        "diff",
        "doctor",
        "user list",
        "db list",
        "ops list",
        "rollout list",
        "fleet list",
        "fleet show",
        "version",
    ];
    // What is wide by wish is not cut.
    verbs.iter().any(|verb| line.starts_with(verb)) && !line.contains("-o wide")
}

/// Whatever has a help of its own has a line.
#[test]
fn no_verb_is_left_out() {
    for one in verbs() {
        let has = LINES
            .iter()
            .any(|line| *line == one || line.starts_with(&format!("{one} ")));
        assert!(has, "{one} has no line");
    }
}

/// All verbs that show something of a cluster, and those within them, as the help tells them.
pub fn verbs() -> Vec<String> {
    let names = |words: &str| -> BTreeSet<String> {
        let help = super::run(None, &format!("{words} --help"));
        let help = text(&help.stdout);
        let commands = help.split("Commands:\n").nth(1).unwrap_or_default();
        let lines = commands.lines().take_while(|line| !line.is_empty());
        let names = lines.filter_map(|line| {
            let own = line.strip_prefix("  ")?;
            own.split(' ').next().filter(|name| !name.is_empty())
        });
        names.map(str::to_owned).collect()
    };
    let verbs = names("");
    assert!(verbs.len() > 30, "{verbs:?}");
    let mut all = Vec::new();
    for verb in verbs.iter().filter(|verb| !OTHERS.contains(&verb.as_str())) {
        let parts = names(verb);
        if parts.is_empty() {
            all.push(verb.clone());
        }
        let parts = parts.iter().filter(|part| *part != "help");
        all.extend(parts.map(|part| format!("{verb} {part}")));
    }
    all
}
