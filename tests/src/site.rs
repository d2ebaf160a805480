//! The two Kubernetes clusters, and who may use them at the same time. Tests run side by side in
//! namespaces of their own; one that takes a node or the controller away has its cluster alone.

use std::{path::PathBuf, sync::OnceLock};

use k8s_openapi::api::core::v1::Node;
use kube::{
    Api, Client, Config, ResourceExt,
    config::{AuthInfo, KubeConfigOptions, Kubeconfig},
};
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::{Result, lab::Lab};

/// Which of the two.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Place {
    /// The first: three nodes in the lab. Faults happen here.
    East,
    /// The second: two nodes in the lab.
    West,
}

static EAST: RwLock<()> = RwLock::const_new(());
static WEST: RwLock<()> = RwLock::const_new(());

/// Holds a Kubernetes cluster for a test.
pub enum Hold {
    /// Beside others.
    Shared(RwLockReadGuard<'static, ()>),
    /// Alone.
    Alone(RwLockWriteGuard<'static, ()>),
}

impl Place {
    fn lock(self) -> &'static RwLock<()> {
        match self {
            Self::East => &EAST,
            Self::West => &WEST,
        }
    }

    /// Waits until it may be used beside others.
    pub async fn share(self) -> Hold {
        Hold::Shared(self.lock().read().await)
    }

    /// Waits until nobody else uses it.
    pub async fn take(self) -> Hold {
        Hold::Alone(self.lock().write().await)
    }
}

/// One of the Kubernetes clusters, with a client.
#[derive(Clone)]
pub struct Site {
    /// Its context.
    pub context: String,
    /// The kubeconfig.
    pub kubeconfig: PathBuf,
    /// As the administrator.
    pub client: Client,
    /// The lab, if it is one of its clusters.
    pub lab: Option<Lab>,
}

/// The kubeconfig and the names of both contexts.
async fn contexts() -> Result<(PathBuf, Vec<String>)> {
    static FOUND: OnceLock<(PathBuf, Vec<String>)> = OnceLock::new();
    if let Some(found) = FOUND.get() {
        return Ok(found.clone());
    }
    let found = match Lab::here() {
        Some(lab) => (
            lab.kubeconfig().await?,
            vec!["east".to_owned(), "west".to_owned()],
        ),
        None => {
            let file = std::env::var_os("KUBECONFIG").ok_or("CONTEXTS needs KUBECONFIG")?;
            let names = std::env::var("CONTEXTS")?;
            let names: Vec<String> = names.split(',').map(str::to_owned).collect();
            if names.len() != 2 {
                return Err("CONTEXTS names two contexts: CONTEXTS=a,b".into());
            }
            (PathBuf::from(file), names)
        }
    };
    Ok(FOUND.get_or_init(|| found).clone())
}

impl Site {
    /// One of the two.
    pub async fn open(place: Place) -> Result<Self> {
        let (kubeconfig, names) = contexts().await?;
        let context = names[match place {
            Place::East => 0,
            Place::West => 1,
        }]
        .clone();
        let lab = Lab::here();
        let config = config(&kubeconfig, &context).await?;
        let client = Client::try_from(config)?;
        Ok(Self {
            context,
            kubeconfig,
            client,
            lab,
        })
    }

    /// A cluster of the lab that a test brought up for itself.
    pub async fn of_the_lab(lab: &Lab, context: &str) -> Result<Self> {
        let kubeconfig = lab.kubeconfig().await?;
        Ok(Self {
            context: context.to_owned(),
            client: Client::try_from(config(&kubeconfig, context).await?)?,
            kubeconfig,
            lab: Some(lab.clone()),
        })
    }

    /// A client with other credentials: of a user, or with a token.
    pub async fn client_as(&self, who: Who<'_>) -> Result<Client> {
        let mut config = config(&self.kubeconfig, &self.context).await?;
        match who {
            Who::User(name) => config.auth_info.impersonate = Some(name.to_owned()),
            Who::Token(token) => {
                config.auth_info = AuthInfo {
                    token: Some(token.to_owned().into()),
                    ..AuthInfo::default()
                };
            }
        }
        Ok(Client::try_from(config)?)
    }

    /// The lab, for tests that cannot do without.
    pub fn lab(&self) -> Result<&Lab> {
        self.lab.as_ref().ok_or_else(|| "this needs the lab".into())
    }

    /// Names of its nodes.
    pub async fn nodes(&self) -> Result<Vec<String>> {
        let nodes = Api::<Node>::all(self.client.clone());
        let list = nodes.list(&Default::default()).await?;
        Ok(list.iter().map(ResourceExt::name_any).collect())
    }
}

/// Somebody else than the administrator.
pub enum Who<'a> {
    /// A user, by impersonation.
    User(&'a str),
    /// The bearer of a token.
    Token(&'a str),
}

async fn config(kubeconfig: &PathBuf, context: &str) -> Result<Config> {
    let options = KubeConfigOptions {
        context: Some(context.to_owned()),
        ..KubeConfigOptions::default()
    };
    let mut config =
        Config::from_custom_kubeconfig(Kubeconfig::read_from(kubeconfig)?, &options).await?;
    config.connect_timeout = Some(std::time::Duration::from_secs(5));
    config.default_retry = false;
    Ok(config)
}
