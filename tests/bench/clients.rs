//! Applications: one on each node of the Kubernetes cluster, each through the Service by its name,
//! which it asks of the cluster's DNS for each connection.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use pg_tests::{Result, cluster::Cluster, ensure, wait, workload::Answer};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Child,
    task::JoinHandle,
};

const INTERVAL_MS: &str = "20";
/// The client's own mount namespace, with the name server that pods have.
const BY_NAME: &str = r#"mount --bind "$0" /etc/resolv.conf && exec "$@""#;

/// One client.
pub struct Client {
    /// Where it runs.
    pub node: String,
    table: String,
    child: Child,
    answers: Arc<Mutex<Vec<Answer>>>,
    reader: JoinHandle<()>,
}

/// What is left of it.
pub struct Done {
    /// Where it ran.
    pub node: String,
    /// Its table.
    pub table: String,
    /// All answers.
    pub answers: Vec<Answer>,
}

impl Done {
    /// When its acknowledged rows were, in milliseconds of Unix time.
    pub fn times(&self) -> Vec<u64> {
        let good = self.answers.iter().filter(|answer| answer.error.is_none());
        good.map(|answer| answer.at).collect()
    }

    /// The rows that were acknowledged.
    pub fn rows(&self) -> BTreeSet<i64> {
        let good = self.answers.iter().filter(|answer| answer.error.is_none());
        good.map(|answer| answer.row).collect()
    }
}

fn program() -> Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name("writer");
    ensure!(path.exists(), "{} is missing", path.display());
    Ok(path)
}

/// Starts one on each node, each with a table of its own; all write on return.
pub async fn start(cluster: &Cluster) -> Result<Vec<Client>> {
    let mut nodes = cluster.site.nodes().await?;
    nodes.sort();
    let primary = cluster.primary().await?;
    let password = cluster.password().await?;
    let mut clients = Vec::new();
    for (number, node) in nodes.into_iter().enumerate() {
        let table = format!("rows_{number}");
        let create =
            format!("DROP TABLE IF EXISTS {table}; CREATE TABLE {table} (n bigint PRIMARY KEY)");
        cluster.sql(&primary, &create).await?;
        clients.push(start_one(cluster, node, table, &password)?);
    }
    go_on(&clients).await?;
    Ok(clients)
}

fn start_one(cluster: &Cluster, node: String, table: String, password: &str) -> Result<Client> {
    let site = &cluster.site;
    let resolver = site
        .kubeconfig
        .with_file_name(&site.context)
        .join("hosts")
        .join(&node)
        .join("resolv.conf");
    let program = program()?;
    let (Some(resolver), Some(program)) = (resolver.to_str(), program.to_str()) else {
        return Err("a path that is no text".into());
    };
    let name = format!("{}.{}.svc.cluster.local", cluster.name, cluster.namespace);
    let mut words = vec!["unshare", "--mount", "sh", "-c", BY_NAME, resolver];
    words.extend([program, "write", &name, &table, INTERVAL_MS]);
    let mut child = site
        .lab()?
        .on_node(&node, &words, ("WRITER_PASSWORD", password))?;
    let out = child.stdout.take().ok_or("the client has no stdout")?;
    let answers = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&answers);
    let reader = tokio::spawn(async move {
        let mut lines = BufReader::new(out).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            if let Ok(answer) = serde_json::from_str::<Answer>(&line) {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.push(answer);
            }
        }
    });
    Ok(Client {
        node,
        table,
        child,
        answers,
        reader,
    })
}

impl Client {
    fn answers(&self) -> Vec<Answer> {
        let answers = self.answers.lock();
        answers.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether it was refused anything after this moment.
    pub fn felt(&self, since: u64) -> bool {
        let answers = self.answers();
        let mut later = answers.iter().rev().take_while(|answer| answer.at >= since);
        later.any(|answer| answer.error.is_some())
    }

    async fn stop(mut self) -> Result<Done> {
        drop(self.child.stdin.take());
        self.child.wait().await?;
        self.reader.await?;
        let answers = self.answers.lock();
        Ok(Done {
            node: self.node,
            table: self.table,
            answers: answers.unwrap_or_else(PoisonError::into_inner).clone(),
        })
    }
}

/// Waits until each of them has 25 acknowledged rows in a row.
pub async fn go_on(clients: &[Client]) -> Result {
    for client in clients {
        let begun = client.answers().len();
        wait::until(
            &format!("the client on {} writes", client.node),
            async || {
                let answers = client.answers();
                let new = answers.get(begun..).unwrap_or_default();
                let good = new.iter().rev().take_while(|answer| answer.error.is_none());
                let last = answers.last().and_then(|answer| answer.error.clone());
                ensure!(good.count() >= 25, "its last answer: {last:?}");
                Ok(())
            },
        )
        .await?;
    }
    Ok(())
}

/// Ends them all.
pub async fn stop(clients: Vec<Client>) -> Result<Vec<Done>> {
    futures::future::try_join_all(clients.into_iter().map(Client::stop)).await
}

/// Acknowledged rows that a member lacks, by member. Replicas may take their time to have what the
/// primary has.
pub async fn lost(cluster: &Cluster, clients: &[Done]) -> Result<Vec<(String, usize)>> {
    let status = cluster.status().await?;
    let primary = status.primary.ok_or("no primary is known")?;
    let allowed = missing(cluster, &primary, clients).await?;
    let mut all = vec![(primary.clone(), allowed)];
    for member in status.members.into_iter().map(|member| member.name) {
        if member == primary {
            continue;
        }
        let what = format!("{member} has what {primary} has");
        // A replica that never has it lacks rows: that is a result, not an error.
        let _ = wait::until(&what, async || {
            let found = missing(cluster, &member, clients).await?;
            ensure!(
                found <= allowed,
                "it lacks {found} rows, {primary} {allowed}"
            );
            Ok(())
        })
        .await;
        let found = missing(cluster, &member, clients).await?;
        all.push((member, found));
    }
    Ok(all)
}

async fn missing(cluster: &Cluster, member: &str, clients: &[Done]) -> Result<usize> {
    let mut missing = 0;
    for client in clients {
        let select = format!("SELECT n FROM {}", client.table);
        let text = cluster.sql(member, &select).await?;
        let there: BTreeSet<i64> = text.lines().filter_map(|n| n.parse().ok()).collect();
        missing += client.rows().difference(&there).count();
    }
    Ok(missing)
}
