//! Reaching API servers: kubeconfig, logins, clients, time limits. kube's own defaults wait for
//! minutes and run login programs three times; nothing here does.

mod context;
mod fault;
mod kubeconfig;
mod login;

use std::{
    collections::HashMap,
    io::IsTerminal,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

pub use context::{Context, Dated};
pub use fault::fault;
use kube::{
    Client, Config,
    config::{AuthInfo, KubeConfigOptions, Kubeconfig},
};
use pg_core::causes::innermost;
use tokio::sync::{Mutex, OnceCell};

use crate::{
    args::Common,
    error::{Error, Kind, Result},
    settings::{self, Trust},
    target::contexts::Contexts,
};

/// How long anything may take in one context.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Until TCP and TLS stand.
    pub connect: Duration,
    /// One request, from its first byte to the last of the answer.
    pub request: Duration,
}

/// As whom to act, where it is not the kubeconfig's user.
#[derive(Clone, Debug, Default)]
struct ActAs {
    user: Option<String>,
    groups: Vec<String>,
    uid: Option<String>,
}

/// What flags say in place of the kubeconfig.
#[derive(Clone, Debug, Default)]
struct Instead {
    user: Option<String>,
    cluster: Option<String>,
    server: Option<String>,
    /// A login in place of the user's.
    login: Option<AuthInfo>,
}

impl Instead {
    fn new(flags: &Common, kubeconfig: &Kubeconfig) -> Result<Self> {
        let known = |kind: &str, name: &Option<String>, names: &[&str]| match name {
            Some(name) if !names.contains(&name.as_str()) => Err(Error::usage(format!(
                "the kubeconfig has no {kind} {name:?}"
            ))),
            _ => Ok(()),
        };
        let users: Vec<&str> = kubeconfig.auth_infos.iter().map(|one| &*one.name).collect();
        let clusters: Vec<&str> = kubeconfig.clusters.iter().map(|one| &*one.name).collect();
        known("user", &flags.user, &users)?;
        known("cluster", &flags.cluster, &clusters)?;
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| shown_path(path));
        let login =
            (flags.token.is_some() || flags.client_certificate.is_some()).then(|| AuthInfo {
                token: flags
                    .token
                    .as_ref()
                    .map(|token| token.reveal().to_owned().into()),
                client_certificate: path(&flags.client_certificate),
                client_key: path(&flags.client_key),
                ..AuthInfo::default()
            });
        Ok(Self {
            user: flags.user.clone(),
            cluster: flags.cluster.clone(),
            server: flags.server.clone(),
            login,
        })
    }
}

/// Opens contexts.
pub struct Connector {
    /// The contexts there are.
    pub contexts: Contexts,
    /// Time limits.
    pub limits: Limits,
    kubeconfig: Kubeconfig,
    act_as: ActAs,
    instead: Instead,
    logins: Mutex<HashMap<String, Arc<OnceCell<Result<login::Login>>>>>,
    terminal: Mutex<()>,
    trust: Trust,
}

impl Connector {
    /// Reads the kubeconfig; connects to nothing.
    pub fn new(flags: &Common) -> Result<Self> {
        let kubeconfig = kubeconfig::read(flags.kubeconfig.as_deref())?;
        let names = kubeconfig
            .contexts
            .iter()
            .map(|context| context.name.clone())
            .collect();
        let current = flags
            .current
            .as_ref()
            .or(kubeconfig.current_context.as_ref());
        let contexts = Contexts::new(names, current.cloned()).with(settings::fleets()?)?;
        let by_pattern = contexts.is_by_pattern(&flags.wanted());
        let instead = Instead::new(flags, &kubeconfig)?;
        Ok(Self {
            contexts,
            instead,
            trust: Trust::new(by_pattern),
            limits: Limits {
                connect: flags.connect_timeout,
                request: flags.request_timeout,
            },
            kubeconfig,
            act_as: ActAs {
                user: flags.act_as.clone(),
                groups: flags.as_group.clone(),
                uid: flags.as_uid.clone(),
            },
            logins: Mutex::default(),
            terminal: Mutex::default(),
        })
    }

    /// The default namespace of a context, as the kubeconfig has it.
    pub fn default_namespace(&self, name: &str) -> String {
        self.kubeconfig
            .contexts
            .iter()
            .find(|context| context.name == name)
            .and_then(|context| context.context.as_ref()?.namespace.clone())
            .filter(|namespace| !namespace.is_empty())
            .unwrap_or_else(|| "default".to_owned())
    }

    /// Whether a login program runs for a context.
    pub fn needs_program(&self, name: &str) -> bool {
        let part = self.part(name);
        let users = part.auth_infos.iter();
        let mut logins = users.filter_map(|user| user.auth_info.as_ref());
        logins.any(|login| login.exec.is_some())
    }

    /// A client for one context. Nothing is sent yet, but a login program may run.
    pub async fn open(&self, name: &str) -> Result<Context> {
        self.try_open(name)
            .await
            .map_err(|error| error.context(name))
    }

    async fn try_open(&self, name: &str) -> Result<Context> {
        let options = KubeConfigOptions {
            context: Some(name.to_owned()),
            cluster: self.instead.cluster.clone(),
            user: self.instead.user.clone(),
        };
        let mut config = Config::from_custom_kubeconfig(self.part(name), &options)
            .await
            .map_err(|error| Error::new(Kind::Kubeconfig, innermost(&error)))?;
        config.connect_timeout = Some(self.limits.connect);
        config.read_timeout = None;
        config.default_retry = false;
        if let Some(server) = &self.instead.server {
            config.cluster_url = server
                .parse()
                .map_err(|_| Error::usage(format!("{server:?} is not a URL")))?;
        }
        if let Some(login) = &self.instead.login {
            config.auth_info = login.clone();
        }
        if let Some(user) = &self.act_as.user {
            config.auth_info.impersonate = Some(user.clone());
            config.auth_info.impersonate_groups = Some(self.act_as.groups.clone());
            config.auth_info.impersonate_uid = self.act_as.uid.clone();
        }
        if let Some(provider) = &config.auth_info.auth_provider {
            return Err(login::given_up(&provider.name));
        }
        if let Some(exec) = config.auth_info.exec.take() {
            self.login(exec).await?.fill(&mut config.auth_info);
        }
        let server = config.cluster_url.to_string();
        let authority = config.root_cert.clone().unwrap_or_default();
        // Reads files of certificates and tokens: not on the threads that all contexts share.
        let client = tokio::task::spawn_blocking(move || Client::try_from(config))
            .await
            .map_err(|_| Error::new(Kind::Interrupted, "interrupted"))?
            .map_err(|error| fault(error, &server, self.limits))?;
        Ok(Context {
            name: name.to_owned(),
            namespace: self.default_namespace(name),
            client,
            limits: self.limits,
            server,
            authority,
        })
    }

    /// The part of the kubeconfig that one context needs: files of hundreds of contexts are not
    /// copied for each.
    pub fn part(&self, name: &str) -> Kubeconfig {
        let context = self
            .kubeconfig
            .contexts
            .iter()
            .find(|context| context.name == name);
        let named = context.and_then(|context| context.context.as_ref());
        let instead = &self.instead;
        let cluster = named.map(|context| context.cluster.as_str());
        let cluster = instead.cluster.as_deref().or(cluster);
        let user = named.and_then(|context| context.user.as_deref());
        let user = instead.user.as_deref().or(user);
        Kubeconfig {
            contexts: context.into_iter().cloned().collect(),
            clusters: self
                .kubeconfig
                .clusters
                .iter()
                .find(|one| Some(one.name.as_str()) == cluster)
                .into_iter()
                .cloned()
                .collect(),
            auth_infos: self
                .kubeconfig
                .auth_infos
                .iter()
                .find(|one| Some(one.name.as_str()) == user)
                .into_iter()
                .cloned()
                .collect(),
            ..Kubeconfig::default()
        }
    }

    /// Runs a login program once, however many contexts name it, if it may run.
    async fn login(&self, exec: kube::config::ExecConfig) -> Result<login::Login> {
        let key = login::key(&exec);
        let cell = {
            let mut logins = self.logins.lock().await;
            logins.entry(key.clone()).or_default().clone()
        };
        cell.get_or_init(|| async {
            let known_as = settings::key_of(&key);
            let command = exec.command.clone().unwrap_or_default();
            self.trust.check(&command, &known_as)?;
            let person = std::io::stdin().is_terminal();
            let login = login::run(exec, &self.terminal, person, login::LIMIT).await?;
            self.trust.remember(&known_as);
            Ok(login)
        })
        .await
        .clone()
    }
}

/// Whether a file may be the cause: for hints.
fn shown_path(path: &Path) -> String {
    path.display().to_string()
}
