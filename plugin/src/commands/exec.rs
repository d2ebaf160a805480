//! A fixed program in a database pod, for verbs that look inside.

use kube::{
    Api,
    api::{AttachParams, ListParams},
};
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::{
    cluster::Cluster,
    commands::psql::{CONTAINER, ended_well},
    connect::Context,
    error::{Error, Kind, Result},
    objects::Pod,
};

/// More than this is no answer to the questions asked here.
const MOST: u64 = 256 * 1024;

/// Runs a shell script that is part of this program; `arguments` are its `$1`, `$2` …
pub async fn script(
    cluster: &Cluster,
    pod: &str,
    script: &str,
    arguments: &[&str],
) -> Result<String> {
    let pods: Api<Pod> = cluster.context.api(&cluster.namespace);
    script_in(&cluster.context, &pods, pod, script, arguments, MOST).await
}

/// The same in any pod with a database; of what it prints, so many bytes are read.
pub async fn script_in(
    context: &Context,
    pods: &Api<Pod>,
    pod: &str,
    script: &str,
    arguments: &[&str],
    most: u64,
) -> Result<String> {
    let ran = async {
        let attach = AttachParams::default()
            .container(CONTAINER)
            .stdout(true)
            .stderr(true);
        let argv = argv(script, arguments);
        let mut process = context.ask(pods.exec(pod, argv, &attach)).await?;
        let (out, err) = (process.stdout(), process.stderr());
        let (out, err) = tokio::join!(all(out, most), all(err, MOST));
        if ended_well(process).await? {
            return Ok(out);
        }
        let why = err.lines().last().unwrap_or("it failed").to_owned();
        Err(Error::new(Kind::Failed, format!("in {pod}: {why}")))
    };
    let limit = context.patience();
    let late = || {
        Error::new(
            Kind::Unreachable,
            format!("{pod} did not answer within {limit:?}"),
        )
    };
    tokio::time::timeout(limit, ran)
        .await
        .unwrap_or_else(|_| Err(late()))
}

/// The command of a script with its arguments.
pub fn argv(script: &str, arguments: &[&str]) -> Vec<String> {
    let words = ["sh", "-c", script, "sh"].into_iter();
    words
        .chain(arguments.iter().copied())
        .map(str::to_owned)
        .collect()
}

async fn all(pipe: Option<impl AsyncRead + Unpin>, most: u64) -> String {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        // What came before a break is all there is; the process' end tells of the break.
        let _ = pipe.take(most).read_to_end(&mut bytes).await;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The pods of a cluster.
pub async fn pods(cluster: &Cluster) -> Result<Vec<Pod>> {
    let pods: Api<Pod> = cluster.context.api(&cluster.namespace);
    let label = format!("cluster-name={}", cluster.name);
    let mut found: Vec<Pod> = cluster
        .context
        .ask(pods.list(&ListParams::default().labels(&label)))
        .await?
        .items
        .into_iter()
        .filter(|pod| {
            let name = pod.metadata.name.as_deref().unwrap_or_default();
            pg_core::names::ordinal(&cluster.name, name).is_some()
        })
        .collect();
    found.sort_by(|a, b| a.metadata.name.cmp(&b.metadata.name));
    Ok(found)
}
