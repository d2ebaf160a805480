//! `pg_basebackup` of a source, and what it says.

use super::{Source, child};
use crate::node::Error;
use crate::node::prepare::Account;
use crate::node::supervise::as_account;
use rustix::fs::syncfs;
use std::convert::Infallible;
use std::fs::File;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Child;
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tracing::info;

/// Between two times that what has arrived is brought to the disk.
const FLUSH: Duration = Duration::from_millis(200);

/// Takes it. What has arrived is brought to the disk meanwhile: at its end, where the network and the processor wait for the
/// disk, little is left.
pub async fn backup(
    source: &Source,
    scope: &str,
    copy: &Path,
    account: Account,
) -> Result<(), Error> {
    let mut process = child(as_account(account, "pg_basebackup")?)
        .args([
            "--no-password",
            "--progress",
            "--checkpoint=fast",
            "--wal-method=stream",
        ])
        .arg("--pgdata")
        .arg(copy)
        .envs(source.variables(scope))
        .stderr(Stdio::piped())
        .spawn()
        .map_err(Error::io("run pg_basebackup"))?;
    let said = tokio::select! {
        said = told(process.stderr.take()) => said,
        never = flush(copy) => match never {},
    };
    ended("pg_basebackup", process, said).await
}

/// Brings to the disk what has arrived, until nobody waits for it.
async fn flush(copy: &Path) -> Infallible {
    loop {
        sleep(FLUSH).await;
        let copy = copy.to_owned();
        // Where this does not work, pg_basebackup does all of it at its end, and says what is wrong.
        let _ = spawn_blocking(move || Ok::<_, io::Error>(syncfs(File::open(copy)?)?)).await;
    }
}

/// Its progress goes on to the log; gives the last thing that it said beside.
pub async fn told(pipe: Option<impl AsyncRead + Unpin>) -> String {
    let mut last = String::new();
    let Some(pipe) = pipe else { return last };
    let mut lines = BufReader::new(pipe).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        match progress(&line) {
            Some((done, of)) => info!("base backup: {done} of {of} kB"),
            None => {
                info!("{line}");
                last = line;
            }
        }
    }
    last
}

/// `  1234/5678 kB (21%), 0/1 tablespace`
fn progress(line: &str) -> Option<(u64, u64)> {
    let (done, rest) = line.trim().split_once('/')?;
    let (of, _) = rest.split_once(" kB (")?;
    Some((done.parse().ok()?, of.parse().ok()?))
}

async fn ended(program: &'static str, mut process: Child, said: String) -> Result<(), Error> {
    let status = process.wait().await.map_err(Error::io("wait for a copy"))?;
    if status.success() {
        Ok(())
    } else {
        Err(Error::Program {
            program,
            output: format!("{status}: {said}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_read() {
        let line = "  1234/5678 kB (21%), 0/1 tablespace (/home/postgres/pg)";
        assert_eq!(progress(line), Some((1234, 5678)));
        assert_eq!(progress("pg_basebackup: error: a/b"), None);
    }
}
