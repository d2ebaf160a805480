//! A Kubernetes API server without nodes: etcd, kube-apiserver, and of the controllers those that
//! make pods of StatefulSets and clear away what lost its owner. Processes on loopback, with the
//! lab's programs; they end with this one.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use k8s_openapi::api::{
    core::v1::{ConfigMap, Namespace},
    storage::v1::StorageClass,
};
use kube::{
    Api, Client, Config,
    api::PostParams,
    config::{KubeConfigOptions, Kubeconfig},
};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::{
    Error, Result, ensure,
    lab::{Lab, root},
    port, wait,
};

/// The user that all tokens here stand for.
pub const USER: &str = "sweep";
/// Their token.
pub const TOKEN: &str = "loopback-only";
/// What makes pods, and takes away what has no owner.
const CONTROLLERS: &str = "statefulset-controller,garbage-collector-controller,namespace-controller,\
    persistentvolumeclaim-protection-controller";

/// A running API server.
pub struct ApiServer {
    /// As its administrator.
    pub client: Client,
    /// Everything that it keeps, and what others put there; goes with it.
    pub directory: PathBuf,
    /// Its kubeconfig.
    pub kubeconfig: PathBuf,
    /// Its address.
    pub address: SocketAddr,
    processes: Vec<Child>,
}

impl ApiServer {
    /// Starts one, with the custom resources, rights and policies of an installation.
    pub async fn start() -> Result<Self> {
        Self::start_with(None).await
    }

    /// The same, with an audit log by this policy.
    pub async fn start_audited(policy: &Value) -> Result<Self> {
        Self::start_with(Some(policy)).await
    }

    /// Makes a namespace.
    pub async fn namespace(&self, name: &str) -> Result {
        let object = serde_json::from_value(json!({"metadata": {"name": name}}))?;
        Api::<Namespace>::all(self.client.clone())
            .create(&PostParams::default(), &object)
            .await?;
        Ok(())
    }

    /// Makes a namespace for a controller, with its configuration.
    pub async fn home(&self, namespace: &str, configuration: Value) -> Result {
        self.namespace(namespace).await?;
        let object = serde_json::from_value(json!({
            "metadata": {"name": "pg-fleet"},
            "data": configuration,
        }))?;
        Api::<ConfigMap>::namespaced(self.client.clone(), namespace)
            .create(&PostParams::default(), &object)
            .await?;
        Ok(())
    }

    /// Where the audit log is.
    pub fn audit_log(&self) -> PathBuf {
        self.directory.join("audit.log")
    }

    /// What its certificate is held to.
    pub fn authority(&self) -> PathBuf {
        self.directory.join("pki/apiserver.crt")
    }

    async fn start_with(audit: Option<&Value>) -> Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let directory =
            std::env::temp_dir().join(format!("pg-tests-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&directory)?;
        let programs = programs().await?;
        let [etcd, peer, port] = [port::free()?, port::free()?, port::free()?];
        let here = |name: &str| directory.join(name).display().to_string();
        std::fs::write(
            here("tokens"),
            format!("{TOKEN},{USER},{USER},system:masters\n"),
        )?;
        let kubeconfig = directory.join("kubeconfig");
        write_kubeconfig(&kubeconfig, &format!("https://127.0.0.1:{port}"))?;
        make_key(&here("accounts.key")).await?;

        let (client_url, peer_url) = (
            format!("http://127.0.0.1:{etcd}"),
            format!("http://127.0.0.1:{peer}"),
        );
        let mut processes = Vec::new();
        let mut start = |name: &str, arguments: &[&str]| -> Result {
            let log = std::fs::File::create(directory.join(format!("{name}.log")))?;
            processes.push(spawn(&programs.join(name), arguments, log)?);
            Ok(())
        };
        start(
            "etcd",
            &[
                "--data-dir",
                &here("etcd"),
                "--unsafe-no-fsync",
                "--log-level=warn",
                "--listen-client-urls",
                &client_url,
                "--advertise-client-urls",
                &client_url,
                "--listen-peer-urls",
                &peer_url,
                "--initial-advertise-peer-urls",
                &peer_url,
                "--initial-cluster",
                &format!("default={peer_url}"),
            ],
        )?;
        let (secure_port, pki, tokens, key) = (
            port.to_string(),
            here("pki"),
            here("tokens"),
            here("accounts.key"),
        );
        let (policy, log) = (here("audit.json"), here("audit.log"));
        let mut words = vec![
            "--etcd-servers",
            &client_url,
            "--bind-address=127.0.0.1",
            // It may not be loopback; nobody calls it.
            "--advertise-address=192.0.2.1",
            "--secure-port",
            &secure_port,
            "--cert-dir",
            &pki,
            "--token-auth-file",
            &tokens,
            "--authorization-mode=RBAC",
            "--service-cluster-ip-range=10.96.0.0/16",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-account-key-file",
            &key,
            "--service-account-signing-key-file",
            &key,
        ];
        if let Some(audit) = audit {
            std::fs::write(&policy, audit.to_string())?;
            words.extend(["--audit-policy-file", &policy, "--audit-log-path", &log]);
            words.push("--audit-log-maxsize=4000");
        }
        start("kube-apiserver", &words)?;
        let client = client(&kubeconfig).await?;
        wait::until("the API server answers", async || {
            let request = http::Request::get("/readyz").body(Vec::new())?;
            Ok(client.request_text(request).await.map(drop)?)
        })
        .await
        .map_err(|error| with_log(&error, &directory.join("kube-apiserver.log")))?;
        start(
            "kube-controller-manager",
            &[
                "--kubeconfig",
                &kubeconfig.display().to_string(),
                "--controllers",
                CONTROLLERS,
                "--leader-elect=false",
                "--secure-port=0",
                "--kube-api-qps=1000",
                "--kube-api-burst=2000",
            ],
        )?;
        let server = Self {
            client,
            directory,
            kubeconfig,
            address: SocketAddr::from(([127, 0, 0, 1], port)),
            processes,
        };
        server.install(&programs).await?;
        server.make_storage_class().await?;
        Ok(server)
    }

    /// Volumes that can grow.
    async fn make_storage_class(&self) -> Result {
        let object = serde_json::from_value(json!({
            "metadata": {
                "name": "standard",
                "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
            },
            "provisioner": "standin",
            "allowVolumeExpansion": true,
        }))?;
        Api::<StorageClass>::all(self.client.clone())
            .create(&PostParams::default(), &object)
            .await?;
        Ok(())
    }

    async fn install(&self, programs: &Path) -> Result {
        let mut command = Command::new(programs.join("kubectl"));
        command.arg("--kubeconfig").arg(&self.kubeconfig);
        command.args(["apply", "--server-side"]);
        for part in [
            "crds",
            "install/10-namespace.yaml",
            "install/20-rights.yaml",
            "install/30-roles.yaml",
            "install/40-policies.yaml",
        ] {
            command.arg("-f").arg(root().join("manifests").join(part));
        }
        let done = command.stdin(Stdio::null()).output().await?;
        let why = String::from_utf8_lossy(&done.stderr);
        ensure!(done.status.success(), "kubectl apply: {}", why.trim());
        Ok(())
    }
}

impl Drop for ApiServer {
    fn drop(&mut self) {
        for process in &mut self.processes {
            let _ = process.start_kill();
        }
        if std::env::var_os("KEEP").is_none() {
            let _ = std::fs::remove_dir_all(&self.directory);
        }
    }
}

/// Starts a program that ends with this one, however that ends.
pub fn spawn(program: &Path, arguments: &[&str], log: std::fs::File) -> Result<Child> {
    let mut command = dies_with_us(program);
    command.args(arguments).stdin(Stdio::null());
    command.stdout(log.try_clone()?).stderr(log);
    command
        .spawn()
        .map_err(|error| format!("{}: {error}", program.display()).into())
}

/// A command that is killed when this process ends, however that ends.
pub fn dies_with_us(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command.kill_on_drop(true);
    command
}

/// A kubeconfig that leads to this URL.
pub fn write_kubeconfig(path: &Path, url: &str) -> Result {
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": USER,
        "clusters": [{"name": USER, "cluster": {"server": url, "insecure-skip-tls-verify": true}}],
        "users": [{"name": USER, "user": {"token": TOKEN}}],
        "contexts": [{"name": USER, "context": {"cluster": USER, "user": USER}}],
    });
    std::fs::write(path, config.to_string())?;
    Ok(())
}

async fn client(kubeconfig: &Path) -> Result<Client> {
    let kubeconfig = Kubeconfig::read_from(kubeconfig)?;
    let mut config =
        Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    config.connect_timeout = Some(Duration::from_secs(5));
    config.default_retry = false;
    Ok(Client::try_from(config)?)
}

/// Where the lab's programs are.
pub async fn programs() -> Result<PathBuf> {
    match std::env::var_os("LAB_PROGRAMS") {
        Some(path) => Ok(PathBuf::from(path)),
        None => {
            let path = Lab::of_this_checkout().run(&["programs"]).await?;
            Ok(PathBuf::from(path.trim()))
        }
    }
}

async fn make_key(path: &str) -> Result {
    let words = [
        "ecparam",
        "-name",
        "prime256v1",
        "-genkey",
        "-noout",
        "-out",
        path,
    ];
    let made = Command::new("openssl").args(words).output().await?;
    let why = String::from_utf8_lossy(&made.stderr);
    ensure!(made.status.success(), "openssl: {}", why.trim());
    Ok(())
}

fn with_log(error: &Error, log: &Path) -> Error {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let last = text.lines().last().unwrap_or_default();
    format!("{error}; its log ends with: {last}").into()
}
