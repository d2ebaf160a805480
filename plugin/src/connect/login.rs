//! Login programs of the kubeconfig (`exec`): each distinct one runs once, within a time limit of
//! its own, and never beside another that has the terminal.

use std::{process::Stdio, time::Duration};

use k8s_openapi::ByteString;
use kube::config::{AuthInfo, ExecConfig, ExecInteractiveMode};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::{process::Command, sync::Mutex};

use crate::{
    error::{Error, Kind, Result},
    output::echo,
};

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

/// What the kubeconfig's former `auth-provider` is answered. Some of them run programs, which
/// nothing here would watch over.
pub fn given_up(provider: &str) -> Error {
    let instead = match provider {
        "gcp" => "the exec plugin gke-gcloud-auth-plugin",
        "azure" => "the exec plugin kubelogin (kubelogin convert-kubeconfig)",
        "oidc" => "the exec plugin kubectl-oidc_login",
        _ => "an exec plugin",
    };
    let what = format!("the user's auth-provider {provider:?} is not supported, and was not run");
    Error::new(Kind::Unauthorized, what).hint(format!("use {instead} in its place"))
}

/// How a run without the terminal went.
enum Ended {
    /// With an answer, or in a way that a person cannot help.
    For(Result<Login>),
    /// It failed, maybe for want of a person.
    Alone(Error),
}

/// Runs it; `person`: one is at the terminal, which is held by whichever may ask something. One
/// that may do without it does not wait for it: it is tried without, beside the others, and gets
/// its turn only when it failed so.
pub async fn run(
    exec: ExecConfig,
    terminal: &Mutex<()>,
    person: bool,
    limit: Duration,
) -> Result<Login> {
    let mode = exec.interactive_mode.as_ref();
    if mode == Some(&ExecInteractiveMode::Always) && !person {
        return Err(failed(&exec, "needs a terminal"));
    }
    if !person || mode == Some(&ExecInteractiveMode::Never) {
        return match once(&exec, false, limit).await {
            Ended::For(result) => result,
            Ended::Alone(error) => Err(error),
        };
    }
    let turn = match terminal.try_lock() {
        Ok(turn) => turn,
        Err(_) if mode == Some(&ExecInteractiveMode::Always) => terminal.lock().await,
        Err(_) => match once(&exec, false, limit).await {
            Ended::For(result) => return result,
            Ended::Alone(_) => terminal.lock().await,
        },
    };
    let ended = once(&exec, true, limit).await;
    drop(turn);
    match ended {
        Ended::For(result) => result,
        Ended::Alone(error) => Err(error),
    }
}

fn failed(exec: &ExecConfig, why: &str) -> Error {
    let name = exec.command.as_deref().unwrap_or_default();
    let error = Error::new(
        Kind::Unauthorized,
        format!("the login program {name:?} of the kubeconfig {why}"),
    );
    match &exec.install_hint {
        Some(hint) => error.hint(hint.trim().to_owned()),
        None => error,
    }
}

/// Runs it once; its time begins when it does.
async fn once(exec: &ExecConfig, interactive: bool, limit: Duration) -> Ended {
    let failed = |why: &str| Ended::For(Err(failed(exec, why)));
    let name = exec.command.clone().unwrap_or_default();
    if name.is_empty() {
        return failed("is not named");
    }
    let mut command = Command::new(&name);
    command
        .args(exec.args.iter().flatten())
        .envs(variables(exec))
        .env("KUBERNETES_EXEC_INFO", info(exec, interactive))
        .stdin(if interactive {
            Stdio::inherit()
        } else {
            Stdio::null()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .kill_on_drop(true);
    // Its children end with it; one that asks must stay in the terminal's own group.
    #[cfg(unix)]
    if !interactive {
        command.process_group(0);
    }
    let _typing = interactive.then(echo::typing);
    let child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return failed(&format!("cannot be started: {error}")),
    };
    let mut group = Group(child.id().filter(|_| !interactive));
    let Ok(output) = tokio::time::timeout(limit, child.wait_with_output()).await else {
        return failed(&format!("did not end within {limit:?}"));
    };
    group.0 = None;
    let output = match output {
        Ok(output) => output,
        Err(error) => return failed(&format!("failed: {error}")),
    };
    if !output.status.success() {
        return Ended::Alone(self::failed(
            exec,
            &format!("failed with {}", output.status),
        ));
    }
    match serde_json::from_slice(&output.stdout) {
        Err(_) => failed("did not print an ExecCredential"),
        Ok(Answer { status: None }) => failed("gave no credentials"),
        Ok(Answer {
            status: Some(login),
        }) => Ended::For(Ok(login)),
    }
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
        let login = run(exec("sh", &["-c", script]), &Mutex::default(), false, LIMIT)
            .await
            .expect("a login");
        assert_eq!(login.token.as_deref(), Some("t0k3n"));
    }

    #[tokio::test]
    async fn failures_name_the_program() {
        let missing = run(exec("no-such-login", &[]), &Mutex::default(), false, LIMIT).await;
        assert!(missing.is_err_and(|error| error.message.contains("no-such-login")));
        let failing = run(exec("false", &[]), &Mutex::default(), false, LIMIT).await;
        assert!(failing.is_err_and(|error| error.kind == Kind::Unauthorized));
    }

    fn if_available(script: &str) -> ExecConfig {
        let mut exec = exec("sh", &["-c", script]);
        exec.interactive_mode = Some(ExecInteractiveMode::IfAvailable);
        exec
    }

    /// A folder of a test's own.
    fn folder(name: &str) -> std::path::PathBuf {
        let name = format!("kubectl-pg-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        folder
    }

    /// Each ends only when all have begun.
    #[tokio::test]
    async fn those_that_may_do_without_the_terminal_run_at_once() {
        let (folder, terminal) = (folder("at-once"), Mutex::default());
        let here = folder.display();
        let runs = (0..10).map(|number| {
            let script = format!(
                "touch {here}/{number}; while [ $(ls {here} | wc -l) -lt 10 ]; do sleep 0.01; done; \
                 echo '{{\"status\":{{\"token\":\"{number}\"}}}}'"
            );
            run(if_available(&script), &terminal, true, LIMIT)
        });
        let ended = futures::future::join_all(runs).await;
        assert!(ended.iter().all(Result::is_ok));
        std::fs::remove_dir_all(&folder).expect("removed");
    }

    /// One that hangs with the terminal holds up only who cannot do without it.
    #[tokio::test]
    async fn one_that_failed_alone_gets_its_turn() {
        let (folder, terminal) = (folder("turn"), Mutex::default());
        let here = folder.display();
        let held = terminal.lock().await;
        let script = format!(
            "echo once >> {here}/runs; case $KUBERNETES_EXEC_INFO in *'interactive\":true'*) \
             echo '{{\"status\":{{\"token\":\"t\"}}}}';; *) exit 1;; esac"
        );
        let runs = || std::fs::read_to_string(folder.join("runs")).unwrap_or_default();
        let waiting = run(if_available(&script), &terminal, true, LIMIT);
        let release = async {
            while runs().lines().count() < 1 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            let other = r#"echo '{"status":{"token":"t"}}'"#;
            let other = run(if_available(other), &terminal, true, LIMIT).await;
            assert!(other.is_ok(), "it does not wait");
            drop(held);
        };
        let (login, ()) = tokio::join!(waiting, release);
        assert!(login.is_ok());
        assert_eq!(runs().lines().count(), 2);
        std::fs::remove_dir_all(&folder).expect("removed");
    }

    /// A program that hangs ends with what it started, and what it started holds no pipe open.
    #[cfg(unix)]
    #[tokio::test]
    async fn a_program_that_hangs_is_ended_with_its_children() {
        let file = std::env::temp_dir().join(format!("kubectl-pg-login-{}", std::process::id()));
        let script = format!("sleep 600 & echo $! > {}; wait", file.display());
        let limit = Duration::from_secs(1);
        let none = Mutex::default();
        let ended = run(exec("sh", &["-c", &script]), &none, false, limit).await;
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
