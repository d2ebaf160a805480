//! What the help of each verb says beside its flags: examples, the rights it needs, where all
//! other flags are. One screen of 80x24 where it can be.

mod told;

use std::ffi::OsString;

use clap::{Arg, ArgAction, Args, Command};

use super::{Change, Common, Waves};
use told::{PARTS, VERBS};

/// Flags under these headings stand in `kubectl pg options`, not in the help of each verb.
const ELSEWHERE: [&str; 5] = ["Targets", "Change", "Rollout", "Output", "Connect"];

/// `help VERB` in the words of `VERB -h`, whose text is the short one; and `--version`, as most
/// programs have it, in those of the verb.
pub fn in_own_words(words: Vec<OsString>) -> Vec<OsString> {
    match words.as_slice() {
        [program, flag, rest @ ..] if flag == "--version" || flag == "-V" => {
            let verb = [program.clone(), OsString::from("version")];
            verb.into_iter().chain(rest.iter().cloned()).collect()
        }
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
