//! Questions before a change: which one, is a pure table; asking it is the rest.

use std::io::ErrorKind;

use dialoguer::{Confirm, Input};

use super::{
    echo::{self, Modes},
    text::shown_lines,
};
use crate::{
    error::{Error, Kind, Result},
    target::Target,
};

/// How much a change can hurt.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum Class {
    /// Nothing changes.
    Read,
    /// Clients feel nothing.
    #[default]
    Low,
    /// Clients feel it.
    Disruptive,
    /// Data may go.
    Destructive,
}

/// All that the question depends on.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// Class of the change.
    pub class: Class,
    /// Number of targets.
    pub targets: usize,
    /// Whether a target is protected.
    pub protected: bool,
    /// Whether a person can be asked.
    pub terminal: bool,
    /// `--yes`
    pub yes: bool,
    /// `--expect-count`
    pub expect_count: Option<usize>,
    /// `--confirm`
    pub confirm: Option<&'a Target>,
    /// The one target in full, where there is one.
    pub target: Option<&'a Target>,
}

/// What to do about it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Decision {
    /// Go on.
    Proceed,
    /// Ask y/N.
    Ask,
    /// Have the number of targets typed.
    TypeNumber,
    /// Have the name of the target typed.
    TypeName,
    /// Do not; what is missing.
    Refuse(String),
}

/// The table of cli.md.
pub fn decide(case: &Case<'_>) -> Decision {
    if let Some(expected) = case.expect_count
        && expected != case.targets
    {
        return Decision::Refuse(format!(
            "--expect-count says {expected}, but {} would be changed",
            case.targets
        ));
    }
    let class = match (case.protected, case.class) {
        (true, Class::Low) => Class::Disruptive,
        (true, Class::Disruptive) => Class::Destructive,
        (_, class) => class,
    };
    let several = case.targets > 1;
    match class {
        Class::Read => Decision::Proceed,
        Class::Low if !several || case.yes => Decision::Proceed,
        Class::Low if case.terminal => Decision::Ask,
        Class::Low => Decision::Refuse("several targets need --yes".to_owned()),
        Class::Disruptive if !several && case.yes => Decision::Proceed,
        Class::Disruptive if !several && case.terminal => Decision::Ask,
        Class::Disruptive if !several => Decision::Refuse("this needs --yes".to_owned()),
        Class::Disruptive if case.yes && case.expect_count.is_some() => Decision::Proceed,
        Class::Disruptive if case.terminal => Decision::TypeNumber,
        Class::Disruptive => Decision::Refuse(format!(
            "several targets need --yes --expect-count {}",
            case.targets
        )),
        Class::Destructive => destructive(case),
    }
}

fn destructive(case: &Case<'_>) -> Decision {
    let Some(target) = case.target.filter(|_| case.targets == 1) else {
        return Decision::Refuse("this is done to one target at a time".to_owned());
    };
    match case.confirm {
        Some(typed) if typed == target => Decision::Proceed,
        Some(typed) => Decision::Refuse(format!(
            "--confirm says {typed}, but the target is {target}"
        )),
        None if case.terminal => Decision::TypeName,
        None => Decision::Refuse(format!("this needs --confirm {target}")),
    }
}

/// Asks what has to be asked. `question` tells all that a person should know.
pub async fn confirm(case: Case<'_>, question: String) -> Result<()> {
    let decision = decide(&case);
    let question = shown_lines(&question).into_owned();
    let targets = case.targets.to_string();
    let name = case
        .target
        .map(|target| target.name.clone())
        .unwrap_or_default();
    let answer = match decision {
        Decision::Proceed => return Ok(()),
        Decision::Refuse(why) => {
            return Err(Error::new(Kind::ConfirmationNeeded, why).hint(
                question
                    .lines()
                    .next()
                    .unwrap_or_default()
                    .trim()
                    .to_owned(),
            ));
        }
        Decision::Ask => blocking(move || yes_or_no(&question)).await?,
        Decision::TypeNumber => {
            blocking(move || typed(&format!("{question}\nType the number of targets"), &targets))
                .await?
        }
        Decision::TypeName => {
            blocking(move || typed(&format!("{question}\nType the name of the cluster"), &name))
                .await?
        }
    };
    if answer {
        Ok(())
    } else {
        Err(Error::new(
            Kind::Declined,
            "not confirmed; nothing was changed",
        ))
    }
}

/// Asks beside everything else. Whatever ends the question without an answer, Ctrl-C or whoever is
/// no longer waited for, the terminal is left as it was.
pub async fn blocking<T: Send + 'static>(
    ask: impl FnOnce() -> dialoguer::Result<T> + Send + 'static,
) -> Result<T> {
    let _typing = echo::typing();
    let left = LeftAsItWas::now();
    match tokio::task::spawn_blocking(ask).await {
        Ok(Ok(answer)) => {
            left.answered();
            Ok(answer)
        }
        Ok(Err(dialoguer::Error::IO(error))) if error.kind() == ErrorKind::Interrupted => {
            let why = "interrupted; nothing was changed";
            Err(Error::new(Kind::Interrupted, why))
        }
        Ok(Err(error)) => Err(Error::new(
            Kind::ConfirmationNeeded,
            format!("the question cannot be asked: {error}"),
        )),
        Err(_) => Err(Error::new(Kind::Interrupted, "interrupted")),
    }
}

/// The terminal under a question. The thread that asks may wait for a key until the program ends,
/// with the cursor hidden and each key taken raw: dropping this undoes both.
struct LeftAsItWas {
    modes: Option<Modes>,
    open: bool,
}

impl LeftAsItWas {
    fn now() -> Self {
        Self {
            modes: Modes::of(&std::io::stdin()),
            open: true,
        }
    }

    /// Whoever asked has put the terminal back.
    fn answered(mut self) {
        self.open = false;
    }
}

impl Drop for LeftAsItWas {
    fn drop(&mut self) {
        if !self.open {
            return;
        }
        if let Some(modes) = &self.modes {
            modes.set(&std::io::stdin());
        }
        let terminal = dialoguer::console::Term::stderr();
        let _ = terminal.show_cursor();
        let _ = terminal.write_line("");
    }
}

fn yes_or_no(question: &str) -> dialoguer::Result<bool> {
    let last = above(question);
    forget_typed();
    // Without Enter the word would be an answer to a slip of the hand, and the Enter that follows a
    // line for the shell.
    Confirm::new()
        .with_prompt(last)
        .default(false)
        .wait_for_newline(true)
        .interact()
}

fn typed(question: &str, expected: &str) -> dialoguer::Result<bool> {
    let last = above(question);
    forget_typed();
    let answer: String = Input::new()
        .with_prompt(last)
        .allow_empty(true)
        .interact_text()?;
    Ok(answer.trim() == expected)
}

/// Prints all lines but the last, which is the prompt.
fn above(question: &str) -> String {
    let (rest, last) = question.rsplit_once('\n').unwrap_or(("", question));
    if !rest.is_empty() {
        use std::io::Write;
        let _ = writeln!(std::io::stderr().lock(), "{rest}");
    }
    last.to_owned()
}

/// What was typed before the question is no answer to it.
pub fn forget_typed() {
    #[cfg(unix)]
    {
        let _ = rustix::termios::tcflush(std::io::stdin(), rustix::termios::QueueSelector::IFlush);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(text: &str) -> Target {
        text.parse().expect("a target")
    }

    #[test]
    fn the_table_of_questions() {
        use Class::*;
        let refuse = || Decision::Refuse(String::new());
        // class, targets, terminal, --yes, --expect-count, decision
        let table = [
            (Read, 9, false, false, None, Decision::Proceed),
            (Low, 1, false, false, None, Decision::Proceed),
            (Low, 2, true, false, None, Decision::Ask),
            (Low, 2, false, false, None, refuse()),
            (Low, 2, false, true, None, Decision::Proceed),
            (Low, 2, true, true, Some(3), refuse()),
            (Disruptive, 1, true, false, None, Decision::Ask),
            (Disruptive, 1, true, true, None, Decision::Proceed),
            (Disruptive, 1, false, false, None, refuse()),
            (Disruptive, 1, false, true, None, Decision::Proceed),
            (Disruptive, 3, true, false, None, Decision::TypeNumber),
            (Disruptive, 3, true, true, None, Decision::TypeNumber),
            (Disruptive, 3, false, true, None, refuse()),
            (Disruptive, 3, false, true, Some(3), Decision::Proceed),
            (Disruptive, 3, false, true, Some(2), refuse()),
            (Disruptive, 3, false, false, Some(3), refuse()),
            (Destructive, 1, true, false, None, Decision::TypeName),
            (Destructive, 1, true, true, None, Decision::TypeName),
            (Destructive, 1, false, true, None, refuse()),
            (Destructive, 2, true, true, None, refuse()),
        ];
        let one = target("pg/main@east");
        for (class, targets, terminal, yes, expect_count, expected) in table {
            let case = Case {
                class,
                targets,
                protected: false,
                terminal,
                yes,
                expect_count,
                confirm: None,
                target: Some(&one),
            };
            let decision = match decide(&case) {
                Decision::Refuse(_) => refuse(),
                other => other,
            };
            assert_eq!(decision, expected, "{case:?}");
        }
    }

    #[test]
    fn destruction_is_confirmed_in_full() {
        let one = target("pg/main@east");
        let other = target("pg/main@west");
        let with = |confirm| {
            decide(&Case {
                class: Class::Destructive,
                targets: 1,
                protected: false,
                terminal: false,
                yes: true,
                expect_count: None,
                confirm,
                target: Some(&one),
            })
        };
        assert_eq!(with(Some(&one)), Decision::Proceed);
        assert!(
            matches!(with(Some(&other)), Decision::Refuse(why) if why.contains("pg/main@west"))
        );
        assert!(
            matches!(with(None), Decision::Refuse(why) if why.contains("--confirm pg/main@east"))
        );
    }

    #[test]
    fn protected_targets_go_one_class_up() {
        let one = target("pg/main@east");
        let case = Case {
            class: Class::Disruptive,
            targets: 1,
            protected: true,
            terminal: true,
            yes: true,
            expect_count: None,
            confirm: None,
            target: Some(&one),
        };
        assert_eq!(decide(&case), Decision::TypeName);
    }
}
