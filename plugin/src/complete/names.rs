//! Names of Postgres clusters for completion: as they were last seen, and fresh ones from API
//! servers that answer at once.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    time::Duration,
};

use jiff::Timestamp;
use kube::{Api, api::ListParams, core::PartialObjectMeta};
use pg_core::postgresql::Postgresql;
use serde::{Deserialize, Serialize};

use super::{Question, flags};
use crate::{connect::Connector, fanout, settings};

/// Who presses a key waits no longer.
pub const PATIENCE: Duration = Duration::from_millis(200);
/// What was seen so long ago is good enough.
const FRESH_SECONDS: i64 = 30;
/// More contexts than this are not asked for a key press.
const ASKED: usize = 8;
/// So many names are kept of a context: more are no help to anybody.
const KEPT: usize = 300;

/// What is kept between two runs.
#[derive(Clone, Debug, Default)]
pub struct Names {
    file: Option<PathBuf>,
    known: BTreeMap<String, Known>,
    changed: bool,
}

#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
struct Known {
    /// By namespace.
    names: BTreeMap<String, BTreeSet<String>>,
    /// When each namespace was looked at; `*` is all of them.
    at: BTreeMap<String, Timestamp>,
}

impl Names {
    /// As they were left; what cannot be read is as if it were not there.
    pub fn read() -> Self {
        let file = settings::cache_file("names.json");
        Self {
            known: settings::cached(file.as_deref()),
            file,
            changed: false,
        }
    }

    /// Notes all names of a namespace, or of all, as they are now.
    pub fn note<'a>(
        &mut self,
        context: &str,
        namespace: Option<&str>,
        names: impl Iterator<Item = (&'a str, &'a str)>,
        now: Timestamp,
    ) {
        let known = self.known.entry(context.to_owned()).or_default();
        match namespace {
            Some(namespace) => {
                known.names.remove(namespace);
            }
            None => *known = Known::default(),
        }
        let scope = namespace.unwrap_or("*").to_owned();
        known.at.insert(scope, now);
        for (namespace, name) in names.take(KEPT) {
            let here = known.names.entry(namespace.to_owned()).or_default();
            here.insert(name.to_owned());
        }
        self.changed = true;
    }

    /// Keeps it for the next time; where it cannot be written, nothing is lost but a hint.
    pub fn keep(&self) {
        if let Some(file) = self.file.as_ref().filter(|_| self.changed)
            && let Ok(text) = serde_json::to_string(&self.known)
        {
            let _ = settings::replace(file, &text);
        }
    }

    fn is_fresh(&self, context: &str, namespace: Option<&str>, now: Timestamp) -> bool {
        let seen = |scope: &str| self.known.get(context)?.at.get(scope);
        let young = |at: &Timestamp| now.duration_since(*at).as_secs() < FRESH_SECONDS;
        seen("*").is_some_and(young) || namespace.and_then(seen).is_some_and(young)
    }

    /// The targets of a context as a person writes them: without the namespace where it is the
    /// one that counts.
    fn of(&self, context: &str, namespace: &str) -> BTreeSet<String> {
        let all = self.known.get(context).map(|known| &known.names);
        all.into_iter()
            .flatten()
            .flat_map(|(of, names)| {
                names.iter().map(move |name| {
                    if of == namespace {
                        name.clone()
                    } else {
                        format!("{of}/{name}")
                    }
                })
            })
            .collect()
    }
}

/// Targets in the contexts that the line names.
pub fn targets(connector: Option<&Connector>, question: &Question) -> Vec<String> {
    let Some((connector, contexts)) = places(connector, question) else {
        return Vec::new();
    };
    let given = flags(question).and_then(|flags| flags.namespace);
    let namespace = |context: &str| {
        let default = || connector.default_namespace(context);
        given.clone().unwrap_or_else(default)
    };
    // With a slash any namespace is meant.
    let scope = |context: &str| (!question.part.contains('/')).then(|| namespace(context));
    let mut names = Names::read();
    refresh(&mut names, connector, &contexts, scope);
    let found: BTreeSet<String> = contexts
        .iter()
        .flat_map(|context| names.of(context, &namespace(context)))
        .collect();
    found.into_iter().collect()
}

/// Namespaces that were seen to hold Postgres clusters, and those of contexts.
pub fn namespaces(connector: Option<&Connector>, question: &Question) -> Vec<String> {
    let Some((connector, contexts)) = places(connector, question) else {
        return Vec::new();
    };
    let names = Names::read();
    let found: BTreeSet<String> = contexts
        .iter()
        .flat_map(|context| {
            let known = names.known.get(context).map(|known| known.names.keys());
            let seen = known.into_iter().flatten().cloned();
            seen.chain([connector.default_namespace(context)])
        })
        .collect();
    found.into_iter().collect()
}

fn places<'a>(
    connector: Option<&'a Connector>,
    question: &Question,
) -> Option<(&'a Connector, Vec<String>)> {
    let connector = connector?;
    let contexts = connector.contexts.choose(&flags(question)?.wanted()).ok()?;
    Some((connector, contexts))
}

/// Asks those API servers that need no login program, all at once and not for long.
fn refresh(
    names: &mut Names,
    connector: &Connector,
    contexts: &[String],
    scope: impl Fn(&str) -> Option<String>,
) {
    let now = Timestamp::now();
    let old: Vec<(&String, Option<String>)> = contexts
        .iter()
        .map(|context| (context, scope(context)))
        .filter(|(context, scope)| !names.is_fresh(context, scope.as_deref(), now))
        .filter(|(context, _)| !connector.needs_program(context))
        .collect();
    if old.is_empty() || old.len() > ASKED {
        return;
    }
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    else {
        return;
    };
    let work = fanout::each(
        old,
        ASKED,
        |(context, scope)| async move {
            let found = ask(connector, context, scope.as_deref()).await;
            (context, scope, found)
        },
        |_| (),
    );
    let seen = runtime.block_on(work);
    // A name look-up that hangs keeps nobody waiting.
    runtime.shutdown_background();
    for (context, scope, found) in seen {
        if let Some(found) = found {
            let pairs = found.iter().map(|(of, name)| (of.as_str(), name.as_str()));
            names.note(context, scope.as_deref(), pairs, now);
        }
    }
    names.keep();
}

async fn ask(
    connector: &Connector,
    context: &str,
    namespace: Option<&str>,
) -> Option<Vec<(String, String)>> {
    let asking = async {
        let context = connector.open(context).await.ok()?;
        let api: Api<Postgresql> = match namespace {
            Some(namespace) => context.api(namespace),
            None => Api::all(context.client.clone()),
        };
        let list = ListParams::default().limit(u32::try_from(KEPT).unwrap_or(u32::MAX));
        api.list_metadata(&list).await.ok()
    };
    let list = tokio::time::timeout(PATIENCE, asking).await.ok()??;
    let pair =
        |one: PartialObjectMeta<Postgresql>| Some((one.metadata.namespace?, one.metadata.name?));
    Some(list.items.into_iter().filter_map(pair).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_by_context_and_namespace() {
        let now: Timestamp = "2026-11-21T10:00:00Z".parse().expect("a time");
        let later = now + jiff::SignedDuration::from_secs(FRESH_SECONDS);
        let mut names = Names::default();
        names.note(
            "east",
            None,
            [("pg", "main"), ("pg", "old"), ("x", "main")].into_iter(),
            now,
        );
        assert!(names.is_fresh("east", Some("pg"), now) && names.is_fresh("east", None, now));
        assert!(!names.is_fresh("east", None, later) && !names.is_fresh("west", None, now));
        let of =
            |names: &Names, namespace| names.of("east", namespace).into_iter().collect::<Vec<_>>();
        assert_eq!(of(&names, "pg"), ["main", "old", "x/main"]);
        names.note("east", Some("pg"), [("pg", "main")].into_iter(), later);
        assert_eq!(
            of(&names, "pg"),
            ["main", "x/main"],
            "what went is forgotten"
        );
        assert!(names.is_fresh("east", Some("pg"), later) && !names.is_fresh("east", None, later));
        assert_eq!(of(&names, "x"), ["main", "pg/main"]);
    }
}
