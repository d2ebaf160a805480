//! What all changing verbs share: the request, the targets as they are found, the question, the
//! time there is, how each target ended.

mod foretell;
mod left;
mod places;

use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::Duration,
};

use pg_core::names;
use serde::Serialize;
use tokio::time::Instant;

use crate::{
    args::{Change, Format},
    connect::Context,
    error::{Error, Kind, Result},
    exit::Exit,
    fanout::{self, Noted},
    output::{
        document::Document,
        prompt::{Case, Class, Decision, confirm, decide},
        text::count,
    },
    session::Session,
    target::Target,
    turns::Turns,
};
pub use foretell::{Foretold, foretell, manifests};
pub use left::{may_go_on, operation as note_of_operation};
pub use places::{
    Sites, all_in, all_of, exactly_one, find, first_of, get, may_be_copies, one_namespace, open,
    open_bare,
};

/// One run of a changing verb.
pub struct Request {
    /// Its id; the same id takes it up again.
    pub id: String,
    /// Whether the id was given.
    pub again: bool,
    /// When to stop waiting.
    pub until: Instant,
}

impl Request {
    /// A new one, or the one to take up again; its id is the first thing printed.
    pub fn begin(session: &Session, change: &Change, time: Duration) -> Self {
        let request = Self::unsaid(change, time);
        request.say(session, change);
        request
    }

    /// The same, while it is not known whether it becomes a rollout, which has an id of its own.
    pub fn unsaid(change: &Change, time: Duration) -> Self {
        Self {
            again: change.request.is_some(),
            id: change.request.clone().unwrap_or_else(new_id),
            until: Instant::now() + change.timeout.unwrap_or(time),
        }
    }

    /// Whether something may still be begun: nobody asks to stop, and there is time.
    pub fn may_begin(&self, session: &Session) -> Result<()> {
        if session.stop.is_asked() {
            let what = "interrupted before it was begun";
            return Err(Error::new(Kind::Interrupted, what));
        }
        if Instant::now() >= self.until {
            let what = "time ran out before it was begun";
            return Err(Error::new(Kind::TimedOut, what));
        }
        Ok(())
    }

    /// Turns of its work, which are waited for no longer than the request is.
    pub fn turns<'a>(&self, session: &'a Session) -> Turns<'a> {
        session.turns().ending(self.until, session.stop.clone())
    }

    /// The same, where what terminals that are gone have left in these contexts counts.
    pub fn turns_in<'a>(
        &self,
        session: &'a Session,
        contexts: impl IntoIterator<Item = Arc<Context>>,
    ) -> Turns<'a> {
        let contexts = contexts.into_iter();
        let contexts: left::Contexts = contexts.map(|one| (one.name.clone(), one)).collect();
        let contexts = Arc::new(contexts);
        self.turns(session)
            .looking_up(move |left| Box::pin(left::has_ended(left, Arc::clone(&contexts))))
    }

    /// Prints its id.
    pub fn say(&self, session: &Session, change: &Change) {
        let id = &self.id;
        if !change.dry_run.is_dry() {
            session.screen.note(&format!("request {id}"));
        }
    }
}

/// Whoever interrupts learns how to look at what was begun on these.
pub fn goes_on(session: &Session, targets: &[Target]) {
    session.runs_on(format!("what was begun goes on: {}", look(targets)));
}

fn look(targets: &[Target]) -> String {
    let names: Vec<String> = targets.iter().map(Target::to_string).collect();
    let verb = if names.len() == 1 { "status" } else { "list" };
    format!("kubectl pg {verb} {}", names.join(" "))
}

/// The same of controllers.
pub fn goes_on_in(session: &Session, contexts: &[String]) {
    let contexts = contexts.join(",");
    session.runs_on(format!(
        "what was begun goes on: kubectl pg doctor --context {contexts}"
    ));
}

/// An id that nobody else has.
pub fn new_id() -> String {
    let chance = RandomState::new().hash_one(std::process::id());
    let now = jiff::Timestamp::now().as_nanosecond();
    names::request_id(format!("{chance}-{now}").as_bytes())
}

/// How one target ended.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// Its context, in full.
    pub context: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// One word.
    pub outcome: &'static str,
    /// What was done, in words.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// The operation that did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<Error>,
    /// For the exit code.
    #[serde(skip)]
    pub exit: Exit,
}

impl Outcome {
    /// Of a target and what became of it: words when done, else an error.
    pub fn new(target: &Target, result: Result<String>) -> Self {
        let context = target.context.clone().unwrap_or_default();
        let namespace = target.namespace.clone().unwrap_or_default();
        let (exit, message, error) = match result {
            Ok(message) => (Exit::Done, message, None),
            Err(error) => {
                let error = error.context(&context).object(&namespace, &target.name);
                (error.exit(false), String::new(), Some(error))
            }
        };
        Self {
            context,
            namespace,
            name: target.name.clone(),
            outcome: exit.word(),
            message,
            operation: None,
            error,
            exit,
        }
    }

    /// Names the operation.
    pub fn operation(mut self, name: &str) -> Self {
        self.operation = Some(name.to_owned());
        self
    }

    fn target(&self) -> Target {
        Target {
            namespace: Some(self.namespace.clone()),
            name: self.name.clone(),
            context: Some(self.context.clone()),
        }
    }
}

/// Writes manifests and follows what becomes of them: so many at once as the flags allow, with what
/// other terminals are at or have left behind.
pub async fn write_all<I, F>(
    session: &Session,
    request: &Request,
    change: &Change,
    sites: &Sites,
    items: Vec<(Target, I)>,
    work: impl Fn(I) -> F,
) -> Vec<Outcome>
where
    F: Future<Output = Result<String>>,
{
    let noted = Noted {
        note: |(target, _): &(Target, I)| left::edit(target, request),
        ended: |outcome: &Outcome| !outcome.error.as_ref().is_some_and(may_go_on),
    };
    fanout::spread_noted(
        items,
        change,
        &request.turns_in(session, sites.contexts.values().cloned()),
        |(target, _)| target.context.clone().unwrap_or_default(),
        noted,
        |(target, item)| {
            let work = work(item);
            async move { Outcome::new(&target, work.await) }
        },
    )
    .await
}

/// Prints how it ended and folds the exit codes.
pub fn report(session: &Session, request: &Request, outcomes: Vec<Outcome>) -> Result<Exit> {
    report_beside(session, request, outcomes, Vec::new())
}

/// The same beside errors of contexts, which have been told.
pub fn report_beside(
    session: &Session,
    request: &Request,
    outcomes: Vec<Outcome>,
    errors: Vec<Error>,
) -> Result<Exit> {
    let exit = Exit::of_change(outcomes.iter().map(|outcome| outcome.exit));
    let screen = &session.screen;
    for outcome in &outcomes {
        if let Some(error) = &outcome.error {
            screen.error(error);
        }
    }
    if screen.format.is_document() {
        let mut document = Document::new("Result", outcomes, errors);
        document.request = Some(request.id.clone());
        screen.document(&document)?;
        return Ok(exit);
    }
    for outcome in outcomes.iter().filter(|outcome| outcome.error.is_none()) {
        let target = outcome.target();
        if screen.format == Format::Name {
            screen.data(&format!("{target}\n"));
        } else {
            screen.data(&format!("{target} {}\n", outcome.message));
        }
    }
    Ok(exit)
}

/// Says that nothing is to be done: to a program by a document without records.
pub fn nothing(session: &Session, why: &str) -> Result<Exit> {
    let screen = &session.screen;
    screen.note(why);
    if screen.format.is_document() {
        screen.document(&Document::<Outcome>::new("Result", Vec::new(), Vec::new()))?;
    }
    Ok(Exit::Done)
}

/// Asks what the class of the change demands.
pub async fn ask(
    session: &Session,
    change: &Change,
    class: Class,
    targets: &[Target],
    what: &str,
    effects: &[String],
) -> Result<()> {
    let one = match targets {
        [one] => Some(one),
        _ => None,
    };
    let question = question(what, targets, effects);
    let case = Case {
        class,
        targets: targets.len(),
        protected: targets
            .iter()
            .filter_map(|target| target.context.as_deref())
            .any(|context| session.is_protected(context)),
        terminal: session.screen.can_ask,
        yes: change.yes,
        expect_count: change.expect_count,
        confirm: change.confirm.as_ref(),
        target: one,
    };
    // Whoever confirmed in advance has not read it in a question.
    if decide(&case) == Decision::Proceed && (change.yes || change.confirm.is_some()) {
        for effect in effects {
            session.screen.note(effect);
        }
    }
    confirm(case, question).await
}

/// What is done, to how many, and what that means; the last line is the question.
fn question(what: &str, targets: &[Target], effects: &[String]) -> String {
    let mut question = String::new();
    if targets.len() > 1 {
        let what = what.trim_end_matches(':');
        question.push_str(&format!("{what}: {}\n", count(targets.len(), "target")));
    }
    for effect in effects {
        question.push_str(&format!("  {effect}\n"));
    }
    question.push_str(&match targets {
        [target] => format!("{what} {target}?"),
        _ => format!("{what} all {}?", targets.len()),
    });
    question
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_question_is_the_last_line() {
        let targets = ["pg/a@east", "pg/b@west"].map(|it| it.parse::<Target>().expect("a target"));
        let effects = ["connections end".to_owned()];
        assert_eq!(
            question("Start r-1:", &targets, &effects),
            "Start r-1: 2 targets\n  connections end\nStart r-1: all 2?"
        );
        assert_eq!(
            question("Start r-1:", &targets[..1], &[]),
            "Start r-1: pg/a@east?"
        );
    }

    #[test]
    fn one_is_looked_at_and_many_are_listed() {
        let target = |name: &str| Target {
            namespace: Some("pg".to_owned()),
            name: name.to_owned(),
            context: Some("east".to_owned()),
        };
        assert_eq!(look(&[target("a")]), "kubectl pg status pg/a@east");
        let both = [target("a"), target("b")];
        assert_eq!(look(&both), "kubectl pg list pg/a@east pg/b@east");
    }
}
