//! Login programs of the kubeconfig (`exec`): each distinct one runs once, within a time limit of
//! its own, and never beside another that may talk to the terminal.

use std::{io::IsTerminal, process::Stdio, time::Duration};

use k8s_openapi::ByteString;
use kube::config::{AuthInfo, ExecConfig, ExecInteractiveMode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::{process::Command, sync::Mutex};

use crate::error::{Error, Kind, Result};

/// Longest time that a login program may take.
pub const LIMIT: Duration = Duration::from_secs(30);

/// What a login program gave. Has no Debug: it is a secret.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Login {
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    client_certificate_data: Option<String>,
    #[serde(default)]
    client_key_data: Option<String>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    status: Option<Login>,
}

impl Login {
    /// Puts it where the client looks for it.
    pub fn fill(self, auth: &mut AuthInfo) {
        if let (Some(certificate), Some(key)) = (self.client_certificate_data, self.client_key_data)
        {
            auth.client_certificate_data = base64(certificate);
            auth.client_key_data = base64(key).map(Into::into);
        }
        if let Some(token) = self.token {
            auth.token = Some(token.into());
        }
    }
}

fn base64(text: String) -> Option<String> {
    match serde_json::to_value(ByteString(text.into_bytes())) {
        Ok(Value::String(encoded)) => Some(encoded),
        _ => None,
    }
}

/// What makes two login programs the same.
pub fn key(exec: &ExecConfig) -> String {
    #[derive(Serialize)]
    struct Key<'a> {
        command: &'a Option<String>,
        args: &'a Option<Vec<String>>,
        env: Vec<(&'a str, &'a str)>,
        version: &'a Option<String>,
        cluster: Option<Value>,
    }
    let mut env = variables(exec);
    env.sort_unstable();
    let key = Key {
        command: &exec.command,
        args: &exec.args,
        env,
        version: &exec.api_version,
        cluster: exec
            .cluster
            .as_ref()
            .and_then(|cluster| serde_json::to_value(cluster).ok()),
    };
    serde_json::to_string(&key).unwrap_or_default()
}

fn variables(exec: &ExecConfig) -> Vec<(&str, &str)> {
    exec.env
        .iter()
        .flatten()
        .filter_map(|pair| Some((pair.get("name")?.as_str(), pair.get("value")?.as_str())))
        .collect()
}

/// Runs it. `terminal` is held by whichever may ask something.
pub async fn run(exec: ExecConfig, terminal: &Mutex<()>, limit: Duration) -> Result<Login> {
    let name = exec.command.clone().unwrap_or_default();
    let failed = |why: String| {
        let error = Error::new(
            Kind::Unauthorized,
            format!("the login program {name:?} of the kubeconfig {why}"),
        );
        match &exec.install_hint {
            Some(hint) => error.hint(hint.trim().to_owned()),
            None => error,
        }
    };
    if name.is_empty() {
        return Err(failed("is not named".to_owned()));
    }
    let person = std::io::stdin().is_terminal();
    let mode = exec.interactive_mode.as_ref();
    if mode == Some(&ExecInteractiveMode::Always) && !person {
        return Err(failed("needs a terminal".to_owned()));
    }
    let interactive = person && mode != Some(&ExecInteractiveMode::Never);
    let mut command = Command::new(&name);
    command
        .args(exec.args.iter().flatten())
        .envs(variables(&exec))
        .env("KUBERNETES_EXEC_INFO", info(&exec, interactive))
        .stdin(if interactive {
            Stdio::inherit()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .kill_on_drop(true);
    let _turn = if interactive {
        Some(terminal.lock().await)
    } else {
        // Its children end with it; one that asks must stay in the terminal's own group.
        #[cfg(unix)]
        command.process_group(0);
        None
    };
    let child = command
        .spawn()
        .map_err(|error| failed(format!("cannot be started: {error}")))?;
    let mut group = Group(child.id().filter(|_| !interactive));
    let Ok(output) = tokio::time::timeout(limit, child.wait_with_output()).await else {
        return Err(failed(format!("did not end within {limit:?}")));
    };
    group.0 = None;
    let output = output.map_err(|error| failed(format!("failed: {error}")))?;
    if !output.status.success() {
        return Err(failed(format!("failed with {}", output.status)));
    }
    let answer: Answer = serde_json::from_slice(&output.stdout)
        .map_err(|_| failed("did not print an ExecCredential".to_owned()))?;
    answer
        .status
        .ok_or_else(|| failed("gave no credentials".to_owned()))
}

fn info(exec: &ExecConfig, interactive: bool) -> String {
    let mut spec = json!({ "interactive": interactive });
    if let Some(cluster) = exec.cluster.as_ref().filter(|_| exec.provide_cluster_info) {
        spec["cluster"] = serde_json::to_value(cluster).unwrap_or_default();
    }
    json!({
        "apiVersion": exec.api_version.as_deref().unwrap_or("client.authentication.k8s.io/v1"),
        "kind": "ExecCredential",
        "spec": spec,
    })
    .to_string()
}

/// A program with all that it started: ended when this goes, however that comes.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(group) = self
            .0
            .and_then(|id| i32::try_from(id).ok())
            .and_then(rustix::process::Pid::from_raw)
        {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exec(command: &str, args: &[&str]) -> ExecConfig {
        serde_json::from_value(json!({
            "command": command, "args": args, "interactiveMode": "Never",
        }))
        .expect("an exec stanza")
    }

    #[test]
    fn the_same_program_has_the_same_key() {
        assert_eq!(key(&exec("a", &["b"])), key(&exec("a", &["b"])));
        assert_ne!(key(&exec("a", &["b"])), key(&exec("a", &["c"])));
    }

    #[tokio::test]
    async fn a_token_is_taken() {
        let script = r#"echo '{"kind":"ExecCredential","status":{"token":"t0k3n"}}'"#;
        let login = run(exec("sh", &["-c", script]), &Mutex::default(), LIMIT)
            .await
            .expect("a login");
        assert_eq!(login.token.as_deref(), Some("t0k3n"));
    }

    #[tokio::test]
    async fn failures_name_the_program() {
        let missing = run(exec("no-such-login", &[]), &Mutex::default(), LIMIT).await;
        assert!(missing.is_err_and(|error| error.message.contains("no-such-login")));
        let failing = run(exec("false", &[]), &Mutex::default(), LIMIT).await;
        assert!(failing.is_err_and(|error| error.kind == Kind::Unauthorized));
    }

    /// A program that hangs ends with what it started, and what it started holds no pipe open.
    #[cfg(unix)]
    #[tokio::test]
    async fn a_program_that_hangs_is_ended_with_its_children() {
        let file = std::env::temp_dir().join(format!("kubectl-pg-login-{}", std::process::id()));
        let script = format!("sleep 600 & echo $! > {}; wait", file.display());
        let limit = Duration::from_secs(1);
        let ended = run(exec("sh", &["-c", &script]), &Mutex::default(), limit).await;
        assert!(ended.is_err_and(|error| error.message.contains("1s")));
        let child = std::fs::read_to_string(&file).expect("a child");
        std::fs::remove_file(&file).expect("removed");
        // Killed, it is gone, or waits as a zombie for whoever inherited it.
        let stat = || std::fs::read_to_string(format!("/proc/{}/stat", child.trim()));
        while stat().is_ok_and(|stat| !stat.contains(") Z ")) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
