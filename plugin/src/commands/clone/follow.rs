//! A copy on its way: its progress in bytes, and whether it will come about.

use kube::{Api, api::LogParams};
use pg_core::names;

use super::relay::{Carried, HOST, PORT, Relay};
use crate::{
    cluster::Cluster,
    commands::{
        psql::CONTAINER,
        wait::{Pace, State, state},
    },
    error::{Error, Kind, Result},
    objects::Pod,
    output::{progress::Task, text::bytes},
    session::Session,
};

/// After so many attempts of the member that copies, the copy is given up.
const ATTEMPTS: usize = 3;
/// Lines of its log that tell how far it is.
const LINES: i64 = 40;

/// What the log of the first member tells.
#[derive(Debug, Default, Eq, PartialEq)]
struct Told {
    /// Bytes copied, and in all.
    progress: Option<(i64, i64)>,
    /// Attempts that failed since then, and why the last one did.
    failed: usize,
    why: String,
    /// Whether all is copied, and brought to another version.
    upgrades: bool,
    /// Whether that was refused, and nothing tries again.
    refused: bool,
}

fn told(log: &str) -> Told {
    let mut told = Told::default();
    for line in log.lines() {
        if let Some((_, rest)) = line.split_once("base backup: ") {
            let mut words = rest.split_whitespace();
            let done = words.next().and_then(|word| word.parse::<i64>().ok());
            let of = words.nth(1).and_then(|word| word.parse::<i64>().ok());
            if let Some((done, of)) = done.zip(of) {
                told = Told {
                    progress: Some((done * 1024, of * 1024)),
                    ..Told::default()
                };
            }
        } else if let Some((_, rest)) = line.split_once("base backup failed; trying again") {
            told.failed += 1;
            told.upgrades = false;
            told.why = after(rest, "error=");
        } else if line.contains("upgrade of the copy begins") {
            told = Told {
                upgrades: true,
                ..Told::default()
            };
        } else if let Some((_, rest)) = line.split_once("the copy cannot be upgraded") {
            told = Told {
                refused: true,
                why: after(rest, "error="),
                ..Told::default()
            };
        } else if line.contains("base backup is whole") {
            told = Told::default();
        }
    }
    told
}

/// What stands behind a word of a log's line.
fn after(rest: &str, word: &str) -> String {
    let said = rest.split_once(word).map_or(rest, |(_, said)| said);
    said.trim().to_owned()
}

/// What became of a copy.
pub enum Followed {
    /// It serves, as it is then.
    Serves(Box<Cluster>),
    /// It will not come about.
    Fails(Error),
    /// The same: its base backup fails.
    CannotCopy(Error),
}

/// Waits until the copy serves, or is seen to fail. An error says that it was not seen to the end.
pub async fn follow(
    session: &Session,
    source: &Cluster,
    mut copy: Cluster,
    pace: Pace<'_>,
    carried: &mut Carried,
    task: &Task,
) -> Result<Followed> {
    let fails = |why: String| Ok(Followed::Fails(Error::new(Kind::Failed, why)));
    let generation = copy.object.metadata.generation.unwrap_or_default();
    let api = copy.context.clusters(&copy.namespace);
    let uid = copy.uid().to_owned();
    let mut pace = pace.of(&api, &copy.name);
    loop {
        let mut text = match state(&copy, generation) {
            State::Ready => return Ok(Followed::Serves(Box::new(copy))),
            State::Failed(why) => return fails(why),
            State::Going(text) => text,
        };
        if let Some(fault) = carried.fault() {
            text = format!("{text}; through this terminal: {fault}");
        }
        let told = log(&copy).await.map(|log| told(&log)).unwrap_or_default();
        if let Carried::IfUnreached = carried
            && let Some(why) = unreached(&told.why)
        {
            session.screen.note(&format!(
                "{}: its pod does not reach the source ({why}): the copy goes through this terminal, which is to stay open",
                copy.target()
            ));
            *carried = Carried::By(Relay::open(source, &copy));
        }
        // A copy that has no end here yet fails until it has.
        let attempts = match carried {
            Carried::By(_) => ATTEMPTS * 4,
            Carried::Never | Carried::IfUnreached => ATTEMPTS,
        };
        if told.failed >= attempts {
            let why = format!("the base backup fails: {}", told.why);
            return Ok(Followed::CannotCopy(Error::new(Kind::Failed, why)));
        }
        if told.refused {
            return fails(format!("the copy cannot be upgraded: {}", told.why));
        }
        if told.upgrades {
            text = "all is copied, and upgraded now".to_owned();
        } else if let Some((done, of)) = told.progress {
            text = format!("base backup: {} of {}", bytes(done), bytes(of.max(done)));
        } else if told.failed > 0 {
            text = format!("the base backup failed, and is tried again: {}", told.why);
        }
        task.says(&text);
        pace.next(&text).await?;
        match copy.context.ask_opt(api.get(&copy.name)).await {
            Ok(Some(object)) => {
                copy = Cluster::new(&copy.context, object);
                if copy.uid() != uid || copy.is_going() {
                    return Err(Error::new(
                        Kind::Conflict,
                        "it was deleted by somebody else",
                    ));
                }
            }
            Ok(None) => {
                return Err(Error::new(
                    Kind::Conflict,
                    "it was deleted by somebody else",
                ));
            }
            Err(error) if error.is_passing() => session.screen.warn(&error.to_string()),
            Err(error) => return Err(error),
        }
    }
}

/// Why a copy's pod did not reach its source, where it went on to its own end of this terminal: it
/// does so only then. One that was reached and refused it is not passed by.
fn unreached(why: &str) -> Option<&str> {
    let end = format!("connection to server at \"{HOST}\", port {PORT} failed");
    let (before, _) = why.split_once(&end)?;
    let before = before.trim_end_matches([' ', ';']);
    let before = before.strip_prefix("psql failed: ").unwrap_or(before);
    Some(before.strip_prefix("psql: error: ").unwrap_or(before))
}

/// Whoever may not read it goes without bytes.
async fn log(copy: &Cluster) -> Option<String> {
    let pods: Api<Pod> = copy.context.api(&copy.namespace);
    let parameters = LogParams {
        container: Some(CONTAINER.to_owned()),
        tail_lines: Some(LINES),
        ..LogParams::default()
    };
    let first = names::member(&copy.name, 0);
    copy.context.ask(pods.logs(&first, &parameters)).await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_that_tried_its_end_of_the_terminal_did_not_reach_the_source() {
        let first = "psql failed: psql: error: connection to server at \"192.0.2.1\", port 5432 failed: timeout expired";
        let then = "connection to server at \"127.0.0.1\", port 6432 failed: Connection refused; Is the server running on that host and accepting TCP/IP connections?";
        let both = format!("{first}; {then}");
        let why = "connection to server at \"192.0.2.1\", port 5432 failed: timeout expired";
        assert_eq!(unreached(&both), Some(why));
        let refused = "psql failed: psql: error: connection to server at \"192.0.2.1\", port 5432 failed: FATAL:  password authentication failed for user \"standby\"";
        for reached in ["", first, refused, "pg_basebackup failed: exit status: 1: "] {
            assert_eq!(unreached(reached), None, "{reached}");
        }
    }

    #[test]
    fn the_log_tells_how_far_it_is() {
        let line = |text: &str| format!("2026-11-21T10:00:00Z  INFO {text}\n");
        let begun = line("base backup begins host=h port=5432");
        let half = line("base backup: 500 of 1000 kB");
        let failed = line("base backup failed; trying again error=psql failed: no route");
        assert_eq!(told(&begun), Told::default());
        assert_eq!(
            told(&(begun.clone() + &half)).progress,
            Some((512_000, 1_024_000))
        );
        let twice = told(&(half.clone() + &failed + &failed));
        assert_eq!(
            (twice.failed, twice.why.as_str()),
            (2, "psql failed: no route")
        );
        // Progress makes up for what failed before.
        assert_eq!(told(&(failed.clone() + &half)).failed, 0);
        assert_eq!(
            told(&(failed.clone() + &line("base backup is whole"))),
            Told::default()
        );
        let upgrades = half + &line("upgrade of the copy begins from=15 to=17");
        assert!(told(&upgrades).upgrades);
        assert_eq!(told(&upgrades).progress, None);
        assert!(
            !told(&(upgrades.clone() + &failed)).upgrades,
            "it is made anew"
        );
        let refused = line(
            "the copy cannot be upgraded; a new start of this pod tries again error=pg-fleet: no",
        );
        let refused = told(&(upgrades + &refused));
        assert!(refused.refused);
        assert_eq!(refused.why, "pg-fleet: no");
    }
}
