//! Clusters for verbs that look at several: those that were named, or all that flags choose. Read
//! in every context at once; one that does not answer is told and keeps nobody waiting.

use kube::api::ListParams;

use super::{
    change::{all_in, get},
    list::without_resource,
    once::Once,
};
use crate::{
    cluster::Cluster,
    error::{Error, Kind, Result},
    exit::Exit,
    output::text::count,
    session::Session,
    target::{Selection, TargetArg},
};

/// What was found.
pub struct Found {
    /// The clusters, by context, namespace and name.
    pub clusters: Vec<Cluster>,
    /// Contexts that did not answer; they have been told.
    pub errors: Vec<Error>,
    /// Clusters that were named and are not there, in contexts that answered.
    pub absent: usize,
    /// Of two that may be copies of one another, what to know; it has been told.
    pub copied: Option<String>,
    answered: usize,
}

impl Found {
    /// How the read ends.
    pub fn exit(&self, session: &Session) -> Exit {
        Exit::of_read(
            self.answered,
            self.errors.len(),
            session.flags.allow_unreachable,
        )
    }
}

/// Finds them; an error when there are none.
pub async fn gather(session: &Session, words: &[TargetArg]) -> Result<Found> {
    gather_in(session, &session.select(words)?).await
}

/// The same of what is selected already.
pub async fn gather_in(session: &Session, selection: &Selection) -> Result<Found> {
    let results = session
        .read_each(
            &selection.contexts,
            |context| async move {
                let mut clusters = Vec::new();
                let mut absent = 0;
                if selection.named.is_empty() {
                    clusters = all_in(session, &context)
                        .await
                        .map_err(|error| without_resource(error, &context))?;
                }
                for one in selection.named_in(&context.name) {
                    match get(&context, one).await {
                        Ok(cluster) => clusters.push(cluster),
                        Err(error) if error.kind == Kind::NotFound => absent += 1,
                        Err(error) => return Err(error),
                    }
                }
                clusters.retain(|cluster| session.chooses_cluster(cluster));
                clusters.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
                Ok((clusters, absent))
            },
            |_, _| (),
        )
        .await?;
    let mut found = Found {
        clusters: Vec::new(),
        errors: Vec::new(),
        absent: 0,
        copied: None,
        answered: 0,
    };
    let mut once = Once::default();
    for (_, result) in results {
        match result {
            Ok((mut clusters, absent)) => {
                clusters.retain(|cluster| once.is_new_cluster(cluster));
                found.answered += 1;
                found.absent += absent;
                found.clusters.extend(clusters);
            }
            Err(error) => {
                session.screen.error(&error);
                found.errors.push(error);
            }
        }
    }
    once.say(&session.screen);
    for (double, first) in once.doubles() {
        session.stands_for(first, double);
    }
    found.copied = once.copied();
    if found.clusters.is_empty() && found.errors.is_empty() {
        return Err(
            Error::new(Kind::NotFound, "there is no such Postgres cluster")
                .hint("kubectl pg list -A"),
        );
    }
    if found.absent > 0 && !found.clusters.is_empty() {
        session
            .screen
            .note(&format!("not in {}", count(found.absent, "context")));
    }
    Ok(found)
}

/// Lists with the selector of one cluster's label.
pub fn labelled(key: &str, value: &str) -> ListParams {
    ListParams::default().labels(&format!("{key}={value}"))
}
