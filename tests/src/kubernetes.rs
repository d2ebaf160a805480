//! Pods and what runs in them.

use std::time::Duration;

use k8s_openapi::api::core::v1::{Pod, Secret, Service};
use kube::{
    Api, ResourceExt,
    api::{AttachParams, DeleteParams, ListParams, LogParams},
};
use tokio::{io::AsyncReadExt, time::timeout};

use crate::{Result, site::Site, wait};

/// The database's container.
const CONTAINER: &str = "postgres";
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs a command in a pod's first container and gives its stdout; its failure is an error.
pub async fn exec(site: &Site, namespace: &str, pod: &str, command: &[&str]) -> Result<String> {
    let work = exec_unbounded(site, namespace, pod, command);
    timeout(PATIENCE, work)
        .await
        .unwrap_or_else(|_| Err(format!("exec in {pod} did not end").into()))
}

async fn exec_unbounded(
    site: &Site,
    namespace: &str,
    pod: &str,
    command: &[&str],
) -> Result<String> {
    let pods = Api::<Pod>::namespaced(site.client.clone(), namespace);
    let attach = AttachParams::default()
        .container(CONTAINER)
        .stdout(true)
        .stderr(true);
    let mut process = pods.exec(pod, command.iter().copied(), &attach).await?;
    let (mut stdout, mut stderr) = (String::new(), String::new());
    let (out, err, status) = (process.stdout(), process.stderr(), process.take_status());
    let read_out = async {
        if let Some(mut out) = out {
            let _ = out.read_to_string(&mut stdout).await;
        }
    };
    let read_err = async {
        if let Some(mut err) = err {
            let _ = err.read_to_string(&mut stderr).await;
        }
    };
    tokio::join!(read_out, read_err);
    let status = match status {
        Some(status) => status.await,
        None => None,
    };
    let ok = status
        .as_ref()
        .and_then(|status| status.status.as_deref())
        .is_some_and(|word| word == "Success");
    if !ok {
        let text = format!("{pod}: {}: {}", command.join(" "), stderr.trim());
        return Err(text.into());
    }
    Ok(stdout)
}

/// Runs SQL in a member as superuser; columns are separated by `|`, rows by line ends.
pub async fn sql(site: &Site, namespace: &str, pod: &str, sql: &str) -> Result<String> {
    sql_in(site, namespace, pod, "postgres", sql).await
}

/// The same in another database.
pub async fn sql_in(
    site: &Site,
    namespace: &str,
    pod: &str,
    database: &str,
    sql: &str,
) -> Result<String> {
    let mut command = vec!["psql", "-h", "/var/run/postgresql", "-U", "postgres"];
    command.extend(["-d", database, "-XAtq", "-v", "ON_ERROR_STOP=1", "-c", sql]);
    Ok(exec(site, namespace, pod, &command)
        .await?
        .trim()
        .to_owned())
}

/// One pod.
pub async fn pod(site: &Site, namespace: &str, name: &str) -> Result<Pod> {
    let pods = Api::<Pod>::namespaced(site.client.clone(), namespace);
    Ok(pods.get(name).await?)
}

/// Pods by label.
pub async fn pods(site: &Site, namespace: &str, labels: &str) -> Result<Vec<Pod>> {
    let pods = Api::<Pod>::namespaced(site.client.clone(), namespace);
    Ok(pods
        .list(&ListParams::default().labels(labels))
        .await?
        .items)
}

/// Kills a pod: no grace, and it is gone on return.
pub async fn kill_pod(site: &Site, namespace: &str, name: &str) -> Result {
    let pods = Api::<Pod>::namespaced(site.client.clone(), namespace);
    let uid = pods.get(name).await?.uid();
    pods.delete(name, &DeleteParams::default().grace_period(0))
        .await?;
    wait::until(&format!("the old {name} is gone"), async || {
        match pods.get_opt(name).await? {
            Some(pod) if pod.uid() == uid => Err("still there".into()),
            _ => Ok(()),
        }
    })
    .await
}

/// Kills all that runs in the container of a member, from its node: the API server is not asked, and
/// the kubelet starts the container again.
pub async fn kill_container(site: &Site, namespace: &str, pod: &Pod) -> Result {
    let kill = "ctr -n k8s.io tasks kill -a -s KILL \"$id\" 2>/dev/null && killed=1";
    let script = format!(
        "killed=; {}; [ -n \"$killed\" ]",
        each(namespace, pod, kill)
    );
    on_node_of(site, pod, &script).await.map(drop)
}

/// The command lines of all that runs in the container of a member, as its node sees them.
pub async fn command_lines(site: &Site, namespace: &str, pod: &Pod) -> Result<String> {
    let show = "for pid in $(ctr -n k8s.io tasks ps \"$id\" 2>/dev/null | awk 'NR > 1 {print $1}'); do \
                tr '\\0' ' ' <\"/proc/$pid/cmdline\"; echo; done";
    on_node_of(site, pod, &each(namespace, pod, show)).await
}

/// A shell's loop over the containers that a member's server has had, but few of which run.
fn each(namespace: &str, pod: &Pod, act: &str) -> String {
    let label = |name: &str, is: &str| format!("labels.\"io.kubernetes.{name}\"=={is}");
    let which = [
        label("pod.namespace", namespace),
        label("pod.name", &pod.name_any()),
        label("container.name", "postgres"),
    ];
    format!(
        "for id in $(ctr -n k8s.io containers ls -q '{}'); do {act}; done",
        which.join(",")
    )
}

async fn on_node_of(site: &Site, pod: &Pod, script: &str) -> Result<String> {
    let node = node_of(pod)?;
    let lab = site.lab()?;
    lab.run(&["exec-node", &node, "sh", "-c", script]).await
}

/// Last lines of a pod's log.
pub async fn log(site: &Site, namespace: &str, pod: &str, lines: i64) -> Result<String> {
    let pods = Api::<Pod>::namespaced(site.client.clone(), namespace);
    let parameters = LogParams {
        tail_lines: Some(lines),
        ..LogParams::default()
    };
    Ok(pods.logs(pod, &parameters).await?)
}

/// A key of a Secret.
pub async fn secret(site: &Site, namespace: &str, name: &str, key: &str) -> Result<String> {
    let secrets = Api::<Secret>::namespaced(site.client.clone(), namespace);
    let data = secrets.get(name).await?.data.unwrap_or_default();
    let value = data.get(key).ok_or(format!("{name} has no {key}"))?;
    Ok(String::from_utf8(value.0.clone())?)
}

/// The address of a Service.
pub async fn service_address(site: &Site, namespace: &str, name: &str) -> Result<String> {
    let services = Api::<Service>::namespaced(site.client.clone(), namespace);
    let spec = services.get(name).await?.spec;
    spec.and_then(|spec| spec.cluster_ip)
        .ok_or_else(|| format!("Service {name} has no address").into())
}

/// Whether a pod runs and is not on its way out.
pub fn is_running(pod: &Pod) -> bool {
    let phase = pod
        .status
        .as_ref()
        .and_then(|status| status.phase.as_deref());
    phase == Some("Running") && pod.metadata.deletion_timestamp.is_none()
}

/// The node of a pod.
pub fn node_of(pod: &Pod) -> Result<String> {
    let node = pod.spec.as_ref().and_then(|spec| spec.node_name.clone());
    node.ok_or_else(|| format!("{} is on no node", pod.name_any()).into())
}
