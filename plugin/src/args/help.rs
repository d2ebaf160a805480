//! What the help of each verb says beside its flags: examples, the rights it needs, where all
//! other flags are. One screen of 80x24 where it can be.

use std::ffi::OsString;

use clap::{Arg, ArgAction, Args, Command};

use super::{Change, Common, Waves};

/// Flags under these headings stand in `kubectl pg options`, not in the help of each verb.
const ELSEWHERE: [&str; 5] = ["Targets", "Change", "Rollout", "Output", "Connect"];

/// Examples and rights, by verb.
const VERBS: [(&str, &[&str], &str); VERB_COUNT] = [
    (
        "list",
        &[
            "list -A --context 'prod-*' --problems",
            "list --where version=15 --sort-by age",
            "list -o jsonpath='{.items[*].cluster.metadata.name}'",
        ],
        "list postgresqls",
    ),
    (
        "status",
        &[
            "status --all-contexts",
            "status team/main@east --watch",
            "status team/main@east -v",
        ],
        "fleet: get rollups; cluster: get postgresqls; for all of it: get rollups, list operations, events, pods, poddisruptionbudgets, get, create pods/exec",
    ),
    (
        "logs",
        &[
            "logs main -f --since 10m",
            "logs -A -l team=shop --fleet prod --postgres -i ERROR",
        ],
        "get postgresqls, list pods; -A, -l, --where: list postgresqls; without --postgres: get pods/log; --postgres: get, create pods/exec; -f: get, watch pods",
    ),
    (
        "history",
        &["history team/main@east"],
        "get postgresqls; for all of it: list operations, events, get configmaps (endpoints)",
    ),
    (
        "df",
        &["df --all-contexts -A", "df main"],
        "get postgresqls, list pods, get, create pods/exec",
    ),
    (
        "diff",
        &[
            "diff main --context east,west",
            "diff main@west --against main@east",
        ],
        "get postgresqls; for all of it: list pods, get, create pods/exec",
    ),
    (
        "doctor",
        &["doctor --all-contexts", "doctor team/main@east"],
        "fleet: get rollups; cluster: get postgresqls; for all of it: list pods, get, create pods/exec",
    ),
    (
        "report",
        &["report team/main@east --out main.yaml"],
        "get postgresqls; for all of it: get rollups, list operations, events, pods",
    ),
    (
        "psql",
        &["psql -l app=shop --user app --db shop -c 'TABLE t' --fleet prod"],
        "get (list) postgresqls, list pods, get, create pods/exec; --user, --local: get, create pods/portforward, get secrets",
    ),
    (
        "create",
        &[
            "create pg/main --context east,west --version 17 --size 20Gi",
            "create main@east main@west --from main.yaml",
        ],
        "create postgresqls; to wait: get postgresqls",
    ),
    (
        "clone",
        &["clone team/main@east copy @west --host db.east.example"],
        "get, create postgresqls (delete); elsewhere: get, create, patch, delete secrets (get, create pods/exec, portforward); --standby: list secrets; for all of it: list persistentvolumeclaims, resourcequotas, get services, pods/log",
    ),
    (
        "apply",
        &[
            "apply -f main.yaml --context east,west",
            "apply -f clusters/",
        ],
        "get, create, patch postgresqls",
    ),
    (
        "set",
        &[
            "set main postgresql.parameters.work_mem=16MB",
            "set main postgresql.parameters.max_connections=300 --dry-run=server",
        ],
        "get, patch postgresqls",
    ),
    (
        "scale",
        &[
            "scale team/main --replicas 3",
            "scale main --replicas 2 --context east,west",
        ],
        "get, patch postgresqls (policy: scale)",
    ),
    (
        "resize",
        &[
            "resize main --size 50Gi",
            "resize main --cpu 500m:2 --memory 1Gi:2Gi",
        ],
        "get, patch postgresqls",
    ),
    ("user", &[], ""),
    ("db", &[], ""),
    (
        "switchover",
        &["switchover team/main@east", "switchover main --to 1 --yes"],
        "get, switchover postgresqls; create operations; to wait: get operations; for the lag of candidates: list pods, get, create pods/exec",
    ),
    (
        "failover",
        &["failover team/main@east --accept-data-loss"],
        "get, failover postgresqls; create operations; to wait: get operations; for the lag of candidates: list pods, get, create pods/exec",
    ),
    (
        "promote",
        &[
            "promote team/main@west",
            "promote main@west --source team/main@east",
        ],
        "get, patch postgresqls (policy: promote); get configmaps (or endpoints); to fence: list pods",
    ),
    (
        "restart",
        &[
            "restart main --if-pending",
            "restart -A -l app=shop --context 'prod-*' --soak 10m",
        ],
        "get, restart postgresqls; create operations; to wait: get operations; several: a rollout's",
    ),
    (
        "reload",
        &["reload team/main@east", "reload main --context east,west"],
        "get, reload postgresqls; create operations; to wait: get operations",
    ),
    (
        "maintenance",
        &[
            "maintenance on team/main@east",
            "maintenance off team/main@east",
        ],
        "get, maintenance postgresqls; create operations; to wait: get operations",
    ),
    (
        "reinit",
        &["reinit team/main@east 2"],
        "get, reinit postgresqls; create operations; to wait: get operations",
    ),
    (
        "upgrade",
        &[
            "upgrade team/main@east --to 17 --check",
            "upgrade -A -l app=shop --to 17 --waves 10%,50% --plan plan.yaml",
        ],
        "get, upgrade postgresqls; create operations; to wait: get operations; several: a rollout's",
    ),
    (
        "hibernate",
        &[
            "hibernate on team/main@east",
            "hibernate off team/main@east",
        ],
        "get, patch postgresqls (policy: scale)",
    ),
    (
        "delete",
        &[
            "delete team/main@east",
            "delete team/main@east --with data,secrets --confirm team/main@east",
        ],
        "get, patch, delete postgresqls; what stays: list persistentvolumeclaims",
    ),
    ("rollout", &[], ""),
    ("ops", &[], ""),
    ("fleet", &[], ""),
    (
        "install",
        &[
            "install --context east,west --set enable_secrets_deletion=true",
            "install --config default/postgres-operator",
            "install --scope namespaces --namespaces shop,team",
        ],
        "those of a cluster's administrator",
    ),
    (
        "uninstall",
        &["uninstall --context west"],
        "those of a cluster's administrator",
    ),
    (
        "adopt",
        &[
            "adopt team/main@east --dry-run=server",
            "adopt -A -l team=pg",
        ],
        "get, patch postgresqls; get rollups; list pods (of all namespaces)",
    ),
    (
        "release",
        &["release team/main@east"],
        "get, patch postgresqls; get rollups",
    ),
    (
        "version",
        &["version --server --all-contexts"],
        "--server: get rollups",
    ),
    (
        "completion",
        &["completion bash", "completion install"],
        "of names: list postgresqls",
    ),
];
const VERB_COUNT: usize = 36;

/// The same for verbs within verbs.
const PARTS: [(&str, &str, &[&str], &str); 25] = [
    (
        "rollout",
        "list",
        &["rollout list --all-contexts"],
        "list rollouts",
    ),
    (
        "rollout",
        "show",
        &["rollout show restart-20261121-031207-k7f3"],
        "list rollouts; for all of it: list operations",
    ),
    (
        "rollout",
        "start",
        &["rollout start plan.yaml --context east,west"],
        "get, create, patch, delete rollouts; VERB postgresqls (the act's); create, list operations; get rollups; gates: get postgresqls, list pods, get, create pods/exec",
    ),
    (
        "rollout",
        "watch",
        &["rollout watch restart-20261121-031207-k7f3"],
        "list rollouts; for all of it: list operations",
    ),
    (
        "rollout",
        "pause",
        &["rollout pause restart-20261121-031207-k7f3 --reason lunch"],
        "list, get, patch rollouts",
    ),
    (
        "rollout",
        "resume",
        &[
            "rollout resume restart-20261121-031207-k7f3 --context east,west",
            "rollout resume restart-20261121-031207-k7f3 --without west",
        ],
        "list, get, patch rollouts; VERB postgresqls (the act's); create, list operations; gates: get postgresqls, list pods, get, create pods/exec",
    ),
    (
        "rollout",
        "abort",
        &["rollout abort restart-20261121-031207-k7f3"],
        "list, get, patch rollouts",
    ),
    (
        "rollout",
        "retry",
        &["rollout retry restart-20261121-031207-k7f3 team/main@east"],
        "list, get, patch rollouts; VERB postgresqls (the act's); create, list operations; gates: get postgresqls, list pods, get, create pods/exec",
    ),
    (
        "rollout",
        "skip",
        &["rollout skip restart-20261121-031207-k7f3 team/main@east"],
        "list, get, patch rollouts",
    ),
    (
        "rollout",
        "approve",
        &["rollout approve restart-20261121-031207-k7f3"],
        "list, get, patch rollouts",
    ),
    ("ops", "list", &["ops list -A --mine"], "list operations"),
    ("ops", "show", &["ops show k3j9x2m4aq"], "list operations"),
    (
        "ops",
        "watch",
        &["ops watch", "ops watch k3j9x2m4aq"],
        "list operations; of one: get operations",
    ),
    (
        "ops",
        "cancel",
        &["ops cancel k3j9x2m4aq --yes"],
        "list, patch operations; VERB postgresqls (the act's); to wait: get operations",
    ),
    (
        "ops",
        "retry",
        &["ops retry k3j9x2m4aq"],
        "list, create operations; get, VERB postgresqls (the act's); to wait: get operations",
    ),
    ("fleet", "list", &["fleet list"], "none"),
    ("fleet", "show", &["fleet show", "fleet show prod"], "none"),
    (
        "fleet",
        "add",
        &[
            "fleet add prod 'prod-*' --label env=prod --protected",
            "fleet add edge a b c",
        ],
        "none",
    ),
    (
        "fleet",
        "remove",
        &["fleet remove prod west", "fleet remove prod"],
        "none",
    ),
    ("user", "list", &["user list main"], "get postgresqls"),
    (
        "user",
        "add",
        &["user add main bob --flags login,createdb"],
        "get, patch postgresqls",
    ),
    (
        "user",
        "drop",
        &["user drop main bob"],
        "get, patch postgresqls",
    ),
    (
        "user",
        "rotate",
        &[
            "user rotate team/main@east app",
            "user rotate main app reader --context east,west",
        ],
        "get, patch postgresqls",
    ),
    ("db", "list", &["db list main"], "get postgresqls"),
    (
        "db",
        "add",
        &["db add main app --owner bob"],
        "get, patch postgresqls",
    ),
];

/// `help VERB` in the words of `VERB -h`, whose text is the short one.
pub fn as_flag(words: Vec<OsString>) -> Vec<OsString> {
    match words.as_slice() {
        [program, help, path @ ..]
            if help == "help" && path.first().is_none_or(|word| word != "help") =>
        {
            let program = std::iter::once(program.clone());
            let line = program.chain(path.iter().cloned());
            line.chain([OsString::from("-h")]).collect()
        }
        _ => words,
    }
}

/// Puts examples and rights behind each verb's flags, and takes the flags that all have away.
pub fn dress(command: Command) -> Command {
    let mut command = one_help(command.mut_args(elsewhere))
        .mut_subcommand("options", |options| one_help(options.mut_args(elsewhere)));
    for (verb, examples, rights) in VERBS {
        command = command.mut_subcommand(verb, |verb_command| {
            let dressed = one_help(verb_command.mut_args(elsewhere));
            if examples.is_empty() {
                return dressed;
            }
            dressed.after_help(said(examples, rights))
        });
    }
    for (verb, part, examples, rights) in PARTS {
        command = command.mut_subcommand(verb, |verb_command| {
            verb_command.mut_subcommand(part, |part| {
                one_help(part.mut_args(elsewhere)).after_help(said(examples, rights))
            })
        });
    }
    command
}

/// `-h` and `--help` say the same, which is short.
fn one_help(command: Command) -> Command {
    command.disable_help_flag(true).arg(
        Arg::new("help")
            .short('h')
            .long("help")
            .action(ArgAction::HelpShort)
            .hide(true)
            .help("Print help"),
    )
}

fn elsewhere(arg: Arg) -> Arg {
    let hide = arg
        .get_help_heading()
        .is_some_and(|heading| ELSEWHERE.contains(&heading));
    arg.hide_short_help(hide).hide_long_help(hide)
}

fn said(examples: &[&str], rights: &str) -> String {
    let lines: String = examples
        .iter()
        .map(|example| format!("  kubectl pg {example}\n"))
        .collect();
    let rights = if rights == "none" {
        String::new()
    } else {
        format!("Rights: {rights}\n")
    };
    format!("Examples:\n{lines}{rights}Flags of all verbs and of changes: kubectl pg options")
}

/// `kubectl pg options`: the flags that the help of each verb leaves out.
pub fn options() -> String {
    let command = Command::new("kubectl pg VERB")
        .disable_help_flag(true)
        .max_term_width(80)
        .help_template("{all-args}");
    let command = Waves::augment_args(Change::augment_args(Common::augment_args(command)));
    command.clone().render_help().to_string()
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    fn all(command: &Command, name: &str, seen: &mut Vec<(String, String)>) {
        let text = command.clone().render_help().to_string();
        seen.push((name.to_owned(), text));
        for inner in command.get_subcommands() {
            all(inner, &format!("{name} {}", inner.get_name()), seen);
        }
    }

    fn helps() -> Vec<(String, String)> {
        let mut command = super::super::command();
        command.build();
        let mut seen = Vec::new();
        all(&command, "kubectl pg", &mut seen);
        seen.retain(|(name, _)| !name.split(' ').any(|word| word == "help"));
        seen
    }

    #[test]
    fn no_line_of_any_help_is_wider_than_80() {
        let mut texts = helps();
        texts.push(("options".to_owned(), options()));
        for (name, text) in texts {
            for line in text.lines() {
                assert!(line.chars().count() <= 80, "{name}: {line:?}");
            }
        }
    }

    #[test]
    fn the_help_of_a_verb_fits_a_screen() {
        // The verbs themselves are a screen and a half.
        let helps = helps();
        let long: Vec<&String> = helps
            .iter()
            .skip(1)
            .filter(|(_, text)| text.lines().count() > 24)
            .map(|(_, text)| text)
            .collect();
        assert!(long.is_empty(), "{long:#?}");
    }

    /// The words of an example, as a shell reads them.
    fn words(example: &str) -> Vec<OsString> {
        let (mut words, mut quoted) = (vec![String::new()], false);
        for letter in format!("kubectl-pg {example}").chars() {
            match (letter, words.last_mut()) {
                ('\'', _) => quoted = !quoted,
                (' ', _) if !quoted => words.push(String::new()),
                (letter, Some(word)) => word.push(letter),
                (_, None) => {}
            }
        }
        words.into_iter().map(OsString::from).collect()
    }

    #[test]
    fn every_example_is_read() {
        let verbs = VERBS.iter().flat_map(|(_, examples, _)| *examples);
        let parts = PARTS.iter().flat_map(|(.., examples, _)| *examples);
        let mut refused = Vec::new();
        for example in verbs.chain(parts) {
            if let Err(error) = super::super::parse(words(example)) {
                refused.push(format!("{example}: {error}"));
            }
        }
        assert!(refused.is_empty(), "{refused:#?}");
    }

    /// Not only as it could be put together: as it is printed, however it is asked for.
    #[test]
    fn every_way_to_ask_for_help_prints_one_screen() {
        let printed = |words: Vec<&str>| {
            let words = words.into_iter().map(OsString::from).collect();
            let error = super::super::parse(words).expect_err("a help");
            assert_eq!(error.kind(), clap::error::ErrorKind::DisplayHelp, "{error}");
            error.to_string()
        };
        for (name, _) in helps() {
            let path: Vec<&str> = name.split(' ').skip(2).collect();
            let line = |first: &[&'static str], last: &[&'static str]| {
                printed([first, &path, last].concat())
            };
            let text = line(&["kubectl-pg"], &["-h"]);
            assert_eq!(line(&["kubectl-pg", "help"], &[]), text, "{name}");
            assert_eq!(line(&["kubectl-pg"], &["--help"]), text, "{name}");
            assert!(path.is_empty() || text.lines().count() <= 24, "{text}");
        }
    }

    #[test]
    fn every_verb_has_examples() {
        for (name, text) in helps().iter().skip(1) {
            let has_parts = text.contains("Commands:");
            assert!(
                has_parts || name.ends_with("options") || text.contains(&format!("  {name}")),
                "{name}:\n{text}"
            );
        }
    }
}
