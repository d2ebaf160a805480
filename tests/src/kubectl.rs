//! kubectl itself, where what it does is the point.

use std::process::Stdio;

use tokio::{io::AsyncWriteExt, process::Command};

use crate::{Result, ensure, site::Site};

/// Runs it in a context with a text on stdin; gives its stdout, and its failure is an error.
pub async fn run(site: &Site, line: &str, stdin: &str) -> Result<String> {
    let mut child = Command::new("kubectl")
        .arg("--kubeconfig")
        .arg(&site.kubeconfig)
        .args(["--context", &site.context])
        .args(line.split_whitespace())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut to = child.stdin.take().ok_or("no stdin")?;
    to.write_all(stdin.as_bytes()).await?;
    drop(to);
    let output = child.wait_with_output().await?;
    let why = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "kubectl {line}: {}", why.trim());
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// `kubectl apply` of a text.
pub async fn apply(site: &Site, text: &str) -> Result {
    run(site, "apply -f -", text).await.map(drop)
}
