//! `doctor`: checks, each with its evidence and what mends it. Of contexts: is its kubeconfig sound,
//! does it answer, agree the clocks, lives the controller, are the rights there. Of clusters: from inside.

mod inside;
mod kubeconfig;
mod site;

use jiff::Timestamp;
use serde::Serialize;

use super::gather::gather;
use crate::{
    args::Doctor,
    error::{Error, Result},
    exit::Exit,
    fanout,
    output::{
        document::Document,
        table::{Cell, Column, Table, Tone},
    },
    session::Session,
};

/// How a check went.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub enum Verdict {
    /// All is well.
    Pass,
    /// It is not.
    Fail,
    /// Nobody can tell.
    Unknown,
}

/// One check.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Check {
    /// The kube context.
    pub context: String,
    /// The cluster, where it is of one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cluster: String,
    /// What was looked at.
    pub check: &'static str,
    /// How it went.
    pub verdict: Verdict,
    /// What was seen.
    pub evidence: String,
    /// What mends it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub mend: String,
}

impl Check {
    /// A check that passed.
    pub fn new(check: &'static str, evidence: impl Into<String>) -> Self {
        Self {
            context: String::new(),
            cluster: String::new(),
            check,
            verdict: Verdict::Pass,
            evidence: evidence.into(),
            mend: String::new(),
        }
    }

    /// The same with another verdict, and what mends it.
    pub fn but(mut self, verdict: Verdict, mend: impl Into<String>) -> Self {
        self.verdict = verdict;
        self.mend = mend.into();
        self
    }

    /// What mends it where nothing was said of that, and it did not pass.
    pub fn mended(mut self, mend: impl FnOnce() -> String) -> Self {
        if self.verdict != Verdict::Pass && self.mend.is_empty() {
            self.mend = mend();
        }
        self
    }

    /// Fails where the condition does not hold.
    pub fn holds(self, good: bool, mend: impl Into<String>) -> Self {
        if good {
            self
        } else {
            self.but(Verdict::Fail, mend)
        }
    }
}

/// Checks.
pub async fn run(session: &Session, args: Doctor) -> Result<Exit> {
    let mut errors = Vec::new();
    let checks = if args.targets.is_empty() && !session.chooses_many() {
        let selection = session.select(&[])?;
        let results = session
            .read_each(
                &selection.contexts,
                |context| async move { Ok(site::checks(session, &context).await) },
                |_, _| (),
            )
            .await?;
        let mut checks = Vec::new();
        for (context, result) in results {
            let mut of_context = result.unwrap_or_else(|error| {
                vec![
                    Check::new("connect", error.message).but(
                        Verdict::Fail,
                        error
                            .hint
                            .unwrap_or_else(|| format!("kubectl --context {context} version")),
                    ),
                ]
            });
            let part = session.connector.part(&context);
            let read = |path: &str| std::fs::read_to_string(path);
            let first = kubeconfig::check(&part, Timestamp::now(), kubeconfig::is_there, read);
            of_context.insert(0, first);
            for check in &mut of_context {
                check.context.clone_from(&context);
            }
            checks.extend(of_context);
        }
        checks
    } else {
        let found = gather(session, &args.targets).await?;
        errors = found.errors;
        let work = fanout::each(&found.clusters, 16, inside::checks, |_| ());
        let all = session.within(async { Ok(work.await) }).await?;
        all.into_iter().flatten().collect()
    };
    print(session, checks, errors)
}

/// `errors`: why not all could be looked at, which has been told.
fn print(session: &Session, checks: Vec<Check>, errors: Vec<Error>) -> Result<Exit> {
    let failed = checks.iter().any(|check| check.verdict == Verdict::Fail);
    let exit = match (errors.is_empty(), failed) {
        (false, _) => Exit::Mixed,
        (true, true) => Exit::Failed,
        (true, false) => Exit::Done,
    };
    let screen = &session.screen;
    if screen.format.is_document() {
        screen.document(&Document::new("CheckList", checks, errors))?;
        return Ok(exit);
    }
    let of_clusters = checks.iter().any(|check| !check.cluster.is_empty());
    let mut columns = vec![Column::new("CONTEXT").stays().cuts()];
    if of_clusters {
        columns.push(Column::new("CLUSTER").stays().cuts());
    }
    columns.extend([
        Column::new("CHECK").stays().cuts(),
        Column::new("RESULT").stays(),
        Column::new("EVIDENCE").stays().folds(20),
    ]);
    let mut table = Table::new(columns);
    for check in &checks {
        let (word, tone) = match check.verdict {
            Verdict::Pass => ("pass", Tone::Good),
            Verdict::Fail => ("FAIL", Tone::Bad),
            Verdict::Unknown => ("unknown", Tone::Warning),
        };
        let mut cells: Vec<Cell> = vec![session.label(&check.context).into()];
        if of_clusters {
            cells.push(check.cluster.as_str().into());
        }
        cells.extend([
            check.check.into(),
            Cell::new(word).tone(tone),
            check.evidence.as_str().into(),
        ]);
        table.row(cells);
    }
    screen.table(table)?;
    // In full, what a narrow table may have cut.
    for check in checks.iter().filter(|check| check.verdict != Verdict::Pass) {
        let mut place = check.context.clone();
        if !check.cluster.is_empty() {
            place.push_str(&format!(" {}", check.cluster));
        }
        screen.note(&format!("{place} {}: {}", check.check, check.evidence));
        if !check.mend.is_empty() {
            screen.note(&format!("  mend it: {}", check.mend));
        }
    }
    Ok(exit)
}
