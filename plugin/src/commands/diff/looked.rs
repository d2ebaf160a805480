//! What is compared beside the manifest: the version and the image that run, and the extensions that
//! are installed. The controller's defaults differ from context to context, and no manifest tells.

use std::{collections::BTreeMap, time::Duration};

use pg_core::difference::differences;
use serde_json::{Value, json};

use crate::{
    cluster::Cluster,
    commands::{
        exec::{pods, script},
        psql::pod,
        status::{image, images},
    },
    error::{Error, Kind, Result},
    fanout,
    session::Session,
};

/// How long a primary is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
const VERSION: &str = "(running version)";
const IMAGE: &str = "(running image)";
const EXTENSION: &str = "(extension) ";

/// A line `database|extension|version` for each.
const SCRIPT: &str = r#"
ask() { psql -XAtq -h /var/run/postgresql -U postgres -d "$1" -c "$2"; }
ask postgres 'select datname from pg_database where datallowconn and not datistemplate' | while IFS= read -r db; do
  ask "$db" "select current_database(), extname, extversion from pg_extension"
done
"#;

/// A cluster with what was seen of it.
pub struct Looked {
    /// The cluster.
    pub cluster: Cluster,
    /// Every field that is compared, by its path.
    pub leaves: BTreeMap<String, Value>,
    /// Beginnings of fields of which nobody can tell.
    unseen: Vec<&'static str>,
}

impl Looked {
    /// With this image and these extensions, where they are known.
    pub fn new(cluster: Cluster, image: Option<String>, extensions: Option<&str>) -> Self {
        let manifest = cluster.spec(&[]).cloned().unwrap_or_else(|| json!({}));
        // Against an empty manifest every field is a difference: all fields there are.
        let all = differences(&json!({}), &manifest).into_iter();
        let mut leaves: BTreeMap<String, Value> =
            all.map(|(path, _, value)| (path, value)).collect();
        let mut unseen = Vec::new();
        match &cluster.status.running_version {
            Some(version) => drop(leaves.insert(VERSION.to_owned(), json!(version))),
            None => unseen.push(VERSION),
        }
        match image {
            Some(image) => drop(leaves.insert(IMAGE.to_owned(), json!(image))),
            None => unseen.push(IMAGE),
        }
        match extensions {
            Some(lines) => leaves.extend(lines.lines().filter_map(extension)),
            None => unseen.push(EXTENSION),
        }
        Self {
            cluster,
            leaves,
            unseen,
        }
    }

    /// Its value of a field; none where it cannot be told.
    pub fn value(&self, field: &str) -> Option<Value> {
        let hidden = self.unseen.iter().any(|begin| field.starts_with(begin));
        (!hidden).then(|| self.leaves.get(field).cloned().unwrap_or(Value::Null))
    }
}

fn extension(line: &str) -> Option<(String, Value)> {
    let (rest, version) = line.rsplit_once('|')?;
    let (database, name) = rest.rsplit_once('|')?;
    Some((format!("{EXTENSION}{database}.{name}"), json!(version)))
}

/// Looks at all of them at once; what cannot be seen is said.
pub async fn look(session: &Session, clusters: Vec<Cluster>) -> Result<Vec<Looked>> {
    let work = fanout::each(
        clusters,
        fanout::READS,
        |cluster| async move { (look_at(&cluster).await, cluster) },
        |_| (),
    );
    let seen = session.within(async { Ok(work.await) }).await?;
    let looked = seen.into_iter().map(|((image, extensions), cluster)| {
        let target = cluster.target();
        let known = |what: &str, seen: Result<Option<String>>| {
            seen.unwrap_or_else(|error| {
                let why = format!("{target}: its {what} not compared: {}", error.message);
                session.screen.note(&why);
                None
            })
        };
        let image = known("image is", image);
        let extensions = known("extensions are", extensions);
        Looked::new(cluster, image, extensions.as_deref())
    });
    Ok(looked.collect())
}

type Seen = Result<Option<String>>;

/// Its image and its extensions; of one that is stopped there are none to see.
async fn look_at(cluster: &Cluster) -> (Seen, Seen) {
    if cluster.members_wanted() == 0 {
        return (Ok(None), Ok(None));
    }
    let of_pods = async {
        let pods = pods(cluster).await?;
        let found = images(pods.iter().filter_map(image));
        Ok(Some(found).filter(|found| !found.is_empty()))
    };
    let inside = async {
        let pod = pod(cluster, false).await?;
        script(cluster, &pod, SCRIPT, &[]).await.map(Some)
    };
    let inside = async {
        let late = || {
            Err(Error::new(
                Kind::TimedOut,
                format!("no answer within {PATIENCE:?}"),
            ))
        };
        let answer = tokio::time::timeout(PATIENCE, inside).await;
        answer.unwrap_or_else(|_| late())
    };
    tokio::join!(of_pods, inside)
}
