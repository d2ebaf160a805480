//! Who takes writes: each member is asked directly, on its own node, so that one
//! that is cut off is asked as well.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use pg_tests::{Result, cluster::Cluster, kubernetes::node_of, tls};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::Child,
    task::JoinHandle,
    time::{sleep, timeout},
};
use tokio_postgres::{Client, Config, SimpleQueryMessage, config::SslMode};

use crate::stats::Asked;

/// Where the attempts are written, outside what is counted.
pub const TABLE: &str = "bench_probe";
/// How often, where nothing finer is needed.
pub const PAUSE: Duration = Duration::from_millis(500);
const PATIENCE: Duration = Duration::from_secs(2);

/// One answer of a member.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Answer {
    /// When it was asked, in milliseconds of Unix time.
    pub asked: u64,
    /// When it answered.
    pub answered: u64,
    /// It took a write.
    pub writable: bool,
    /// Its position in the WAL after the write, in bytes.
    pub position: Option<i64>,
}

impl From<&Answer> for Asked {
    fn from(answer: &Answer) -> Self {
        Self {
            asked: answer.asked,
            answered: answer.answered,
            writable: answer.writable,
        }
    }
}

/// Milliseconds of Unix time.
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |time| {
        u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
    })
}

/// The program on the node: asks and prints until its stdin ends.
pub async fn ask(address: &str, pause: Duration) -> Result {
    tokio::select! {
        result = for_ever(address, pause) => result,
        () = async {
            let mut rest = Vec::new();
            let _ = tokio::io::stdin().read_to_end(&mut rest).await;
        } => Ok(()),
    }
}

async fn for_ever(address: &str, pause: Duration) -> Result {
    let mut client = None;
    loop {
        let asked = now();
        let found = timeout(PATIENCE, once(&mut client, address)).await;
        let position = match found {
            Ok(Ok(position)) => position,
            _ => {
                client = None;
                None
            }
        };
        let answer = Answer {
            asked,
            answered: now(),
            writable: position.is_some(),
            position,
        };
        println!("{}", serde_json::to_string(&answer)?);
        sleep(pause).await;
    }
}

/// The position after a write; none from a member in recovery.
async fn once(client: &mut Option<Client>, address: &str) -> Result<Option<i64>> {
    let client = match client {
        Some(client) => client,
        None => client.insert(connect(address).await?),
    };
    if value(client, "SELECT pg_is_in_recovery()").await? != "f" {
        return Ok(None);
    }
    let insert = format!("INSERT INTO {TABLE} VALUES (now())");
    client.simple_query(&insert).await?;
    let position = "SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint";
    Ok(Some(value(client, position).await?.parse()?))
}

async fn value(client: &Client, sql: &str) -> Result<String> {
    let answer = client.simple_query(sql).await?;
    let row = answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    });
    row.ok_or_else(|| format!("{sql}: no row").into())
}

async fn connect(address: &str) -> Result<Client> {
    let (client, connection) = Config::new()
        .host(address)
        .user("postgres")
        .password(std::env::var("WRITER_PASSWORD")?)
        .dbname("postgres")
        .ssl_mode(SslMode::Require)
        .connect_timeout(PATIENCE)
        .connect(tls::connector()?)
        .await?;
    tokio::spawn(connection);
    // What counts is whether it takes writes, not whether another one confirms them.
    client
        .simple_query("SET synchronous_commit = local")
        .await?;
    Ok(client)
}

type Found = Arc<Mutex<BTreeMap<String, Vec<Answer>>>>;

/// The members of a cluster, those that come later too, are asked until this is stopped.
pub struct Probes {
    found: Found,
    follows: JoinHandle<()>,
}

impl Probes {
    /// Starts, to ask this often; the table is there already.
    pub async fn start(cluster: &Cluster, pause: Duration) -> Result<Self> {
        let found = Found::default();
        let password = cluster.password().await?;
        let follows = tokio::spawn(follow(cluster.clone(), password, pause, Arc::clone(&found)));
        Ok(Self { found, follows })
    }

    /// Stops; gives the answers of each member, by pod and address.
    pub async fn stop(mut self) -> BTreeMap<String, Vec<Answer>> {
        self.follows.abort();
        let _ = (&mut self.follows).await;
        let found = self.found.lock();
        found.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Probes {
    fn drop(&mut self) {
        self.follows.abort();
    }
}

/// Starts a probe for each pod that has an address. They end with their stdin, when this ends.
async fn follow(cluster: Cluster, password: String, pause: Duration, found: Found) {
    let mut running: BTreeMap<String, Child> = BTreeMap::new();
    loop {
        for pod in cluster.pods().await.unwrap_or_default() {
            let address = pod.status.as_ref().and_then(|status| status.pod_ip.clone());
            let (Some(address), Ok(node)) = (address, node_of(&pod)) else {
                continue;
            };
            let name = pod.metadata.name.unwrap_or_default();
            let member = format!("{name} {address}");
            if running.contains_key(&member) {
                continue;
            }
            match start(&cluster, &node, &address, pause, &password) {
                Ok(mut child) => {
                    if let Some(out) = child.stdout.take() {
                        tokio::spawn(keep(out, member.clone(), Arc::clone(&found)));
                    }
                    running.insert(member, child);
                }
                Err(error) => eprintln!("bench: {member} is not asked: {error}"),
            }
        }
        sleep(PAUSE).await;
    }
}

fn start(
    cluster: &Cluster,
    node: &str,
    address: &str,
    pause: Duration,
    password: &str,
) -> Result<Child> {
    let program = std::env::current_exe()?;
    let program = program.to_str().ok_or("a path that is no text")?;
    let lab = cluster.site.lab()?;
    lab.on_node(
        node,
        &[program, "probe", address, &pause.as_millis().to_string()],
        ("WRITER_PASSWORD", password),
    )
}

async fn keep(out: tokio::process::ChildStdout, member: String, found: Found) {
    let mut lines = BufReader::new(out).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if let Ok(answer) = serde_json::from_str(&line) {
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            found.entry(member.clone()).or_default().push(answer);
        }
    }
}
