//! What is to be completed, from the words so far and the definition of the command line. Pure.

use clap::{Arg, Command};

use crate::args::FORMS;

/// What the last word may become.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Wanted {
    /// One of these, with what they mean.
    Words(Vec<(String, String)>),
    /// A context.
    Context,
    /// A fleet.
    Fleet,
    /// A namespace.
    Namespace,
    /// A Postgres cluster.
    Target,
    /// A file.
    File,
    /// Whatever somebody thinks of.
    Anything,
}

/// The question that a shell asks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Question {
    /// What is wanted.
    pub wanted: Wanted,
    /// What stands before the part that is completed, in the same word.
    pub before: String,
    /// The part that is there.
    pub part: String,
    /// Words that say where: flags of contexts, namespace and kubeconfig.
    pub place: Vec<String>,
}

/// Flags that say where.
const PLACE: [&str; 8] = [
    "context",
    "not_context",
    "all_contexts",
    "context_selector",
    "fleet",
    "namespace",
    "all_namespaces",
    "kubeconfig",
];

/// Reads the words; the last one is the one to complete and may be empty.
pub fn question(root: &Command, words: &[String]) -> Question {
    let (last, done) = match words.split_last() {
        Some((last, done)) => (last.as_str(), done),
        None => ("", words),
    };
    let mut path = vec![root];
    let mut place = Vec::new();
    let mut position = 0;
    let mut rest = done.iter();
    let mut open: Option<&Arg> = None;
    let mut only_positions = false;
    while let Some(word) = rest.next() {
        if word == "--" {
            only_positions = true;
        } else if word.starts_with('-') && word.len() > 1 && !only_positions {
            let Some((arg, value)) = flag(&path, word) else {
                continue;
            };
            let is_place = PLACE.contains(&arg.get_id().as_str());
            let mut said = vec![word.clone()];
            if takes_next(arg) && value.is_none() {
                match rest.next() {
                    Some(next) => said.push(next.clone()),
                    None => open = Some(arg),
                }
            }
            if is_place && open.is_none() {
                place.extend(said);
            }
        } else if let Some(inner) = path.last().and_then(|here| here.find_subcommand(word))
            && position == 0
        {
            path.push(inner);
        } else {
            position += 1;
        }
    }
    let asked = |wanted: Wanted, before: &str, part: &str| Question {
        wanted,
        before: before.to_owned(),
        part: part.to_owned(),
        place: place.clone(),
    };
    if let Some(arg) = open {
        return value(arg, &path, "", last, asked);
    }
    if last.starts_with('-') && !only_positions {
        if let Some((name, text)) = last.split_once('=')
            && let Some((arg, _)) = flag(&path, name)
        {
            return value(arg, &path, &format!("{name}="), text, asked);
        }
        return asked(Wanted::Words(flags(&path)), "", last);
    }
    let here = path.last().copied().unwrap_or(root);
    let verbs: Vec<(String, String)> = here
        .get_subcommands()
        .filter(|verb| !verb.is_hide_set())
        .map(|verb| {
            let about = verb.get_about().map(ToString::to_string);
            (verb.get_name().to_owned(), about.unwrap_or_default())
        })
        .collect();
    if !verbs.is_empty() {
        return asked(Wanted::Words(verbs), "", last);
    }
    let positions: Vec<&Arg> = here.get_positionals().collect();
    match positions.get(position).or(positions.last()) {
        Some(arg) => value(arg, &path, "", last, asked),
        None => asked(Wanted::Anything, "", last),
    }
}

/// The flag that a word names, and the value it bears.
fn flag<'a>(path: &[&'a Command], word: &'a str) -> Option<(&'a Arg, Option<&'a str>)> {
    let (name, value) = match word.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (word, None),
    };
    let long = name.strip_prefix("--");
    let short = name.strip_prefix('-').and_then(|rest| rest.chars().next());
    let arg = visible(path).find(|arg| match long {
        Some(long) => arg.get_long() == Some(long),
        None => short.is_some() && arg.get_short() == short,
    })?;
    // `-npg` bears its value as well.
    let stuck = long.is_none() && name.len() > 2;
    Some((arg, value.or(stuck.then_some(""))))
}

/// The flags of a verb, and those of the verbs around it that all have.
fn visible<'a>(path: &[&'a Command]) -> impl Iterator<Item = &'a Arg> {
    let own = path.last().copied();
    let around = path.iter().rev().skip(1).copied().collect::<Vec<_>>();
    own.into_iter().flat_map(Command::get_arguments).chain(
        around
            .into_iter()
            .flat_map(Command::get_arguments)
            .filter(|arg| arg.is_global_set()),
    )
}

fn takes_next(arg: &Arg) -> bool {
    arg.get_action().takes_values() && !arg.is_require_equals_set()
}

fn flags(path: &[&Command]) -> Vec<(String, String)> {
    visible(path)
        .filter(|arg| !arg.is_hide_set())
        .filter_map(|arg| {
            let help = arg.get_help().map(ToString::to_string);
            Some((format!("--{}", arg.get_long()?), help.unwrap_or_default()))
        })
        .collect()
}

fn value(
    arg: &Arg,
    path: &[&Command],
    before: &str,
    text: &str,
    asked: impl Fn(Wanted, &str, &str) -> Question,
) -> Question {
    let wanted = wanted(arg, path);
    let is_list = wanted == Wanted::Context && arg.get_long().is_some()
        || arg.get_value_delimiter().is_some();
    let mark = match wanted {
        Wanted::Target => Some('@'),
        _ if is_list => Some(','),
        _ => None,
    };
    match mark.and_then(|mark| text.rfind(mark)) {
        Some(at) => {
            let (head, part) = text.split_at(at + 1);
            // What stands behind the @ of a target is a context.
            let wanted = if wanted == Wanted::Target {
                Wanted::Context
            } else {
                wanted
            };
            asked(wanted, &format!("{before}{head}"), part)
        }
        None => asked(wanted, before, text),
    }
}

fn wanted(arg: &Arg, path: &[&Command]) -> Wanted {
    let verb = path.get(1).map_or("", |verb| verb.get_name());
    let values = arg.get_possible_values();
    if !values.is_empty() && arg.get_action().takes_values() {
        return Wanted::Words(
            values
                .iter()
                .filter(|value| !value.is_hide_set())
                .map(|value| {
                    let help = value.get_help().map(ToString::to_string);
                    (value.get_name().to_owned(), help.unwrap_or_default())
                })
                .collect(),
        );
    }
    match arg.get_id().as_str() {
        "context" | "not_context" | "contexts" => Wanted::Context,
        "fleet" => Wanted::Fleet,
        "name" if verb == "fleet" => Wanted::Fleet,
        "namespace" | "system_namespace" => Wanted::Namespace,
        "targets" | "target" | "against" | "confirm" | "words" => Wanted::Target,
        "files" | "file" | "from" | "out" | "kubeconfig" => Wanted::File,
        "output" => Wanted::Words(
            FORMS
                .iter()
                .map(|form| ((*form).to_owned(), String::new()))
                .collect(),
        ),
        _ => Wanted::Anything,
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::args::Cli;

    fn of(line: &str) -> Question {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        question(&Cli::command(), &words)
    }

    fn words(line: &str) -> Vec<String> {
        match of(line).wanted {
            Wanted::Words(words) => words.into_iter().map(|(word, _)| word).collect(),
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn each_place_wants_its_own() {
        let table = [
            ("switchover ", Wanted::Target),
            ("switchover main ", Wanted::Target),
            ("switchover main@", Wanted::Context),
            ("delete --confirm ", Wanted::Target),
            ("list --context ", Wanted::Context),
            ("list --context=ea", Wanted::Context),
            ("list --context a,b", Wanted::Context),
            ("list -n ", Wanted::Namespace),
            ("list --fleet ", Wanted::Fleet),
            ("fleet show ", Wanted::Fleet),
            ("fleet add prod ", Wanted::Context),
            ("apply -f ", Wanted::File),
            ("scale main --replicas ", Wanted::Anything),
            ("scale --replicas 3 ", Wanted::Target),
            ("--context east list ", Wanted::Target),
        ];
        for (line, wanted) in table {
            assert_eq!(of(line).wanted, wanted, "{line}");
        }
    }

    #[test]
    fn words_that_are_known() {
        assert!(words("").contains(&"switchover".to_owned()));
        assert!(words("user ").contains(&"add".to_owned()));
        assert!(words("list --pro").contains(&"--problems".to_owned()));
        assert!(words("list --pro").contains(&"--context".to_owned()));
        assert!(words("list -o ").contains(&"jsonpath=".to_owned()));
        assert_eq!(words("hibernate "), ["on", "off"]);
        assert_eq!(words("scale main --dry-run "), ["none", "client", "server"]);
        assert_eq!(words("delete main --with data,"), ["data", "secrets"]);
    }

    #[test]
    fn what_stands_before_stays() {
        let question = of("list --context east,we");
        assert_eq!(
            (question.before.as_str(), question.part.as_str()),
            ("east,", "we")
        );
        let question = of("list --context=east,we");
        assert_eq!(question.before, "--context=east,");
        let question = of("status pg/main@we");
        assert_eq!(
            (question.before.as_str(), question.part.as_str()),
            ("pg/main@", "we")
        );
    }

    #[test]
    fn flags_that_say_where_are_kept() {
        let question = of("switchover --context east -n pg --to 1 ma");
        assert_eq!(question.place, ["--context", "east", "-n", "pg"]);
        assert_eq!(question.part, "ma");
    }
}
