//! Applications that write: each through the Service, numbered rows, a fresh connection after each
//! error. Afterwards every row that was acknowledged must be on every member.

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Child,
    task::JoinHandle,
};

use crate::{Result, cluster::Cluster, ensure, kubernetes::service_address, wait};

/// What the writer prints for each row.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Answer {
    /// Its number.
    pub row: i64,
    /// When the answer came, in milliseconds of Unix time.
    pub at: u64,
    /// Why the row was not acknowledged; it may be there all the same.
    pub error: Option<String>,
}

/// A writer that runs.
pub struct Writer {
    cluster: Cluster,
    table: String,
    child: Child,
    answers: Arc<Mutex<Vec<Answer>>>,
    reader: JoinHandle<()>,
}

impl Writer {
    /// Starts one on a node of the cluster, through a Service's address there.
    pub async fn start(
        cluster: &Cluster,
        program: &Path,
        node: &str,
        table: &str,
        milliseconds: u32,
    ) -> Result<Self> {
        let primary = cluster.primary().await?;
        let create = format!("CREATE TABLE IF NOT EXISTS {table} (n bigint PRIMARY KEY)");
        cluster.sql(&primary, &create).await?;
        let address = service_address(&cluster.site, &cluster.namespace, &cluster.name).await?;
        let interval = milliseconds.to_string();
        let program = program.to_str().ok_or("a path that is no text")?;
        let password = cluster.password().await?;
        let mut child = cluster.site.lab()?.on_node(
            node,
            &[program, "write", &address, table, &interval],
            ("WRITER_PASSWORD", &password),
        )?;
        let out = child.stdout.take().ok_or("the writer has no stdout")?;
        let answers = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&answers);
        let reader = tokio::spawn(async move {
            let mut lines = BufReader::new(out).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                if let Ok(answer) = serde_json::from_str::<Answer>(&line) {
                    kept.lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(answer);
                }
            }
        });
        let writer = Self {
            cluster: cluster.clone(),
            table: table.to_owned(),
            child,
            answers,
            reader,
        };
        writer.goes_on().await?;
        Ok(writer)
    }

    /// All answers so far.
    pub fn answers(&self) -> Vec<Answer> {
        let answers = self.answers.lock();
        answers.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until ten more rows are acknowledged: writes work now.
    pub async fn goes_on(&self) -> Result {
        let before = self.acknowledged().len();
        wait::until(&format!("rows go on into {}", self.table), async || {
            let now = self.acknowledged().len();
            let error = self.answers().pop().and_then(|answer| answer.error);
            ensure!(now >= before + 10, "{before} rows, then {now}; {error:?}");
            Ok(())
        })
        .await
    }

    fn acknowledged(&self) -> BTreeSet<i64> {
        let answers = self.answers();
        let good = answers.iter().filter(|answer| answer.error.is_none());
        good.map(|answer| answer.row).collect()
    }

    /// Ends it; gives all answers.
    pub async fn stop(mut self) -> Result<Vec<Answer>> {
        drop(self.child.stdin.take());
        self.child.wait().await?;
        self.reader.await?;
        let answers = self.answers.lock();
        Ok(answers.unwrap_or_else(PoisonError::into_inner).clone())
    }

    /// Ends it and requires every acknowledged row on every member; replicas may take their time.
    pub async fn stop_and_compare(self) -> Result<Vec<Answer>> {
        let (cluster, table) = (self.cluster.clone(), self.table.clone());
        let acknowledged = self.acknowledged();
        let answers = self.stop().await?;
        ensure!(!acknowledged.is_empty(), "not one row was acknowledged");
        for member in cluster.status().await?.members {
            let what = format!("every acknowledged row of {table} is on {}", member.name);
            wait::until(&what, async || {
                let text = cluster
                    .sql(&member.name, &format!("SELECT n FROM {table}"))
                    .await?;
                let there: BTreeSet<i64> = text.lines().filter_map(|n| n.parse().ok()).collect();
                let lost: Vec<&i64> = acknowledged.difference(&there).take(10).collect();
                ensure!(
                    lost.is_empty(),
                    "of {} acknowledged rows it lacks {lost:?}",
                    acknowledged.len()
                );
                Ok(())
            })
            .await?;
        }
        Ok(answers)
    }
}

/// SQL through a Service, from a node.
pub async fn query(
    cluster: &Cluster,
    program: &Path,
    node: &str,
    service: &str,
    sql: &str,
) -> Result<Vec<String>> {
    let address = service_address(&cluster.site, &cluster.namespace, service).await?;
    let program = program.to_str().ok_or("a path that is no text")?;
    let password = cluster.password().await?;
    let child = cluster.site.lab()?.on_node(
        node,
        &[program, "query", &address, sql],
        ("WRITER_PASSWORD", &password),
    )?;
    let output = child.wait_with_output().await?;
    ensure!(output.status.success(), "query through {service} failed");
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().map(str::to_owned).collect())
}
