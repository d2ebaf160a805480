//! Clusters for verbs that look at several: those that were named, or all that flags choose. Read
//! in every context at once; one that does not answer is told and keeps nobody waiting.

use kube::api::ListParams;

use super::{
    change::{all_in, first_of, get},
    list::without_resource,
    once::Once,
    sought::Sought,
};
use crate::{
    cluster::Cluster,
    error::{Error, Kind, Result},
    exit::Exit,
    session::Session,
    target::{Selection, TargetArg},
};

/// What was found.
pub struct Found {
    /// The clusters, by context, namespace and name.
    pub clusters: Vec<Cluster>,
    /// Contexts that did not answer, and names that are nowhere; they have been told.
    pub errors: Vec<Error>,
    /// Clusters that were named and are not there, in contexts that answered.
    pub absent: usize,
    /// Whether a name is in none of them.
    pub nowhere: bool,
    /// Of two that may be copies of one another, what to know; it has been told.
    pub copied: Option<String>,
    answered: usize,
    dead: usize,
}

impl Found {
    /// How the read ends.
    pub fn exit(&self, session: &Session) -> Exit {
        if self.nowhere {
            return Exit::Failed;
        }
        Exit::of_read(self.answered, self.dead, session.flags.allow_unreachable)
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
                let mut looked = Vec::new();
                if selection.named.is_empty() {
                    clusters = all_in(session, &context)
                        .await
                        .map_err(|error| without_resource(error, &context))?;
                }
                for one in selection.named_in(&context.name) {
                    let cluster = match get(&context, one).await {
                        Ok(cluster) => Some(cluster),
                        Err(error) if error.kind == Kind::NotFound => None,
                        Err(error) => return Err(error),
                    };
                    looked.push((one, cluster.is_some()));
                    clusters.extend(cluster);
                }
                clusters.retain(|cluster| session.chooses_cluster(cluster));
                clusters.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
                Ok((clusters, looked))
            },
            |_, _| (),
        )
        .await?;
    let mut found = Found {
        clusters: Vec::new(),
        errors: Vec::new(),
        absent: 0,
        nowhere: false,
        copied: None,
        answered: 0,
        dead: 0,
    };
    let mut sought = Sought::default();
    let mut once = Once::default();
    for (_, result) in results {
        match result {
            Ok((mut clusters, looked)) => {
                clusters.retain(|cluster| once.is_new_cluster(cluster));
                found.answered += 1;
                for (one, there) in looked {
                    sought.looked(one, there);
                }
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
    let nowhere = sought.nowhere();
    found.dead = found.errors.len();
    found.absent = sought.absent();
    found.nowhere = !nowhere.is_empty();
    if found.clusters.is_empty() && found.errors.is_empty() {
        first_of(session, nowhere)?;
        return Err(
            Error::new(Kind::NotFound, "there is no such Postgres cluster")
                .hint("kubectl pg list -A"),
        );
    }
    for error in &nowhere {
        session.screen.error(error);
    }
    sought.say(&session.screen);
    found.errors.extend(nowhere);
    Ok(found)
}

/// Lists with the selector of one cluster's label.
pub fn labelled(key: &str, value: &str) -> ListParams {
    ListParams::default().labels(&format!("{key}={value}"))
}
