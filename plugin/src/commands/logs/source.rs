//! The pods whose logs are read: found when it begins, and those that come later.

use std::sync::Arc;

use futures::{StreamExt, stream::BoxStream};
use jiff::Timestamp;
use kube::{
    Api, ResourceExt,
    api::{ListParams, WatchEvent, WatchParams},
};
use pg_core::names;

use super::{files, read};
use crate::{
    args::Logs,
    cluster::Cluster,
    commands::change::get,
    connect::Context,
    error::{Error, Kind, Result},
    objects::Pod,
    session::Session,
    target::Chosen,
};

/// Pods of one cluster, or of a controller.
#[derive(Clone)]
pub struct Group {
    /// Where.
    pub context: Arc<Context>,
    namespace: String,
    labels: String,
    /// The cluster, of which sidecars' pods with the same labels are none.
    cluster: Option<String>,
    /// Only this pod.
    only: Option<String>,
    container: String,
    files: bool,
}

/// One pod whose log is read.
#[derive(Clone)]
pub struct Source {
    /// Where.
    pub context: Arc<Context>,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub pod: String,
    /// Its identity.
    pub uid: String,
    /// The container in it.
    pub container: String,
    /// Not what the container says, but the files that PostgreSQL writes.
    pub files: bool,
}

impl Source {
    /// The pods there are.
    pub fn pods(&self) -> Api<Pod> {
        self.context.api(&self.namespace)
    }

    /// The time and the text of a line.
    pub fn split<'a>(&self, line: &'a str) -> (Option<Timestamp>, &'a str) {
        match self.files {
            true => files::split(line),
            false => read::split(line),
        }
    }

    /// Tells where an error comes from.
    pub fn place(&self, error: Error) -> Error {
        let error = error.context(&self.context.name);
        error.object(&self.namespace, &self.pod)
    }
}

impl Group {
    /// The controllers of a context.
    pub fn of_controllers(context: &Arc<Context>, args: &Logs) -> Self {
        Self {
            context: Arc::clone(context),
            namespace: args.system_namespace.clone(),
            labels: "app.kubernetes.io/name=pg-fleet".to_owned(),
            cluster: None,
            only: None,
            container: args
                .container
                .clone()
                .unwrap_or_else(|| "pg-fleet".to_owned()),
            files: false,
        }
    }

    /// A cluster; or the one member, if the word names none of the clusters but a pod. None where
    /// `-l` and `--where` leave it out.
    pub async fn of_target(
        session: &Session,
        context: &Arc<Context>,
        one: &Chosen,
        args: &Logs,
    ) -> Result<Option<Self>> {
        let (cluster, only) = match get(context, one).await {
            Ok(cluster) => (cluster, None),
            Err(error) if error.kind == Kind::NotFound => {
                let owner = one.name.rsplit_once('-').map(|(owner, _)| owner.to_owned());
                let owner = owner.filter(|owner| names::ordinal(owner, &one.name).is_some());
                let Some(name) = owner else { return Err(error) };
                let other = Chosen {
                    name,
                    ..one.clone()
                };
                match get(context, &other).await {
                    Ok(cluster) => (cluster, Some(one.name.clone())),
                    Err(_) => return Err(error),
                }
            }
            Err(error) => return Err(error),
        };
        let is_chosen = session.chooses_cluster(&cluster);
        Ok(is_chosen.then(|| Self {
            only,
            ..Self::of_cluster(cluster, args)
        }))
    }

    /// All members of a cluster.
    pub fn of_cluster(cluster: Cluster, args: &Logs) -> Self {
        Self {
            context: cluster.context,
            labels: format!("cluster-name={}", cluster.name),
            namespace: cluster.namespace,
            cluster: Some(cluster.name),
            only: None,
            container: args
                .container
                .clone()
                .unwrap_or_else(|| "postgres".to_owned()),
            files: args.postgres,
        }
    }

    /// Whether a controller's absence is worth a word.
    pub fn is_controllers(&self) -> bool {
        self.cluster.is_none()
    }

    /// Where a controller was looked for.
    pub fn absent(&self) -> Error {
        let context = &self.context.name;
        let why = format!("no controller runs in namespace {}", self.namespace);
        Error::new(Kind::NotInstalled, why)
            .context(context)
            .hint(format!("kubectl pg install --context {context}"))
    }

    fn source(&self, pod: &Pod) -> Option<Source> {
        let name = pod.name_any();
        let other = |cluster: &String| names::ordinal(cluster, &name).is_none();
        if self.cluster.as_ref().is_some_and(other) {
            return None;
        }
        if self.only.as_ref().is_some_and(|only| *only != name) {
            return None;
        }
        Some(Source {
            context: Arc::clone(&self.context),
            namespace: self.namespace.clone(),
            uid: pod.uid().unwrap_or_default(),
            pod: name,
            container: self.container.clone(),
            files: self.files,
        })
    }

    /// The pods there are now, and the version of the list.
    pub async fn list(&self) -> Result<(Vec<Source>, String)> {
        let api: Api<Pod> = self.context.api(&self.namespace);
        let list = ListParams::default().labels(&self.labels);
        let list = self.context.ask(api.list(&list)).await?;
        let version = list.metadata.resource_version.unwrap_or_default();
        let sources = list.items.iter().filter_map(|pod| self.source(pod));
        Ok((sources.collect(), version))
    }

    /// Pods that come after a list, until the server ends it.
    pub async fn watch(self, version: &str) -> Result<BoxStream<'static, Source>> {
        let api: Api<Pod> = self.context.api(&self.namespace);
        let params = WatchParams::default().labels(&self.labels);
        let events = self.context.ask(api.watch(&params, version)).await?;
        let events = events.take_while(|event| {
            std::future::ready(!matches!(event, Err(_) | Ok(WatchEvent::Error(_))))
        });
        let sources = events.filter_map(move |event| {
            std::future::ready(match event {
                Ok(WatchEvent::Added(pod) | WatchEvent::Modified(pod)) => self.source(&pod),
                _ => None,
            })
        });
        Ok(sources.boxed())
    }
}

/// What stands before the lines of a source: as much as is needed to tell sources apart.
pub struct Prefixes {
    contexts: bool,
    namespaces: bool,
    alone: bool,
    width: usize,
}

impl Prefixes {
    /// For these sources. `alone`: no other will come.
    pub fn new(session: &Session, sources: &[Source], alone: bool) -> Self {
        let differ =
            |of: fn(&Source) -> &str| sources.windows(2).any(|two| of(&two[0]) != of(&two[1]));
        let mut all = Self {
            contexts: differ(|source| &source.context.name),
            namespaces: differ(|source| &source.namespace),
            alone: alone && sources.len() == 1,
            width: 0,
        };
        let widths = sources
            .iter()
            .map(|source| all.words(session, source).chars().count());
        all.width = widths.max().unwrap_or_default();
        all
    }

    fn words(&self, session: &Session, source: &Source) -> String {
        let mut text = String::new();
        if self.contexts {
            text.push_str(&session.label(&source.context.name));
            text.push(' ');
        }
        if self.namespaces {
            text.push_str(&source.namespace);
            text.push('/');
        }
        text.push_str(&source.pod);
        crate::output::text::shown(&text).into_owned()
    }

    /// Of one source.
    pub fn of(&self, session: &Session, source: &Source) -> String {
        if self.alone {
            return String::new();
        }
        let width = self.width;
        format!("{:<width$} | ", self.words(session, source))
    }
}
