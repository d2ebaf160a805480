//! Slices where they lie: found by the rollout's id over all chosen contexts, told apart by the uids
//! of their Kubernetes clusters and never by names of contexts; read and written one request each.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use futures::future::join_all;
use k8s_openapi::api::core::v1::Namespace;
use kube::{
    Api,
    api::{ListParams, Patch, PatchParams},
};
use pg_core::{
    names,
    operation::Operation,
    rollout::{Control, Rollout, Seen, is_genuine},
};
use serde_json::{Map, Value, json};

use crate::{
    commands::{change::first_of, create::MANAGER},
    connect::{Context, Dated},
    error::{Error, Kind, Result},
    preflight,
    session::Session,
};

/// One slice of a rollout, and the way there.
#[derive(Clone, Debug)]
pub struct Site {
    /// The context.
    pub context: Arc<Context>,
    /// Uid of its Kubernetes cluster.
    pub cluster_uid: String,
    /// Where the slice lies.
    pub namespace: String,
    /// The rollout's id.
    pub id: String,
    /// Namespaces of the targets.
    pub namespaces: BTreeSet<String>,
}

impl Site {
    /// The site of a slice.
    pub fn of(context: &Arc<Context>, slice: &Rollout) -> Self {
        let plan = &slice.spec.plan;
        Self {
            context: Arc::clone(context),
            cluster_uid: plan.cluster_uid.clone(),
            namespace: slice.metadata.namespace.clone().unwrap_or_default(),
            id: slice.metadata.name.clone().unwrap_or_default(),
            namespaces: plan.targets.iter().map(|it| it.namespace.clone()).collect(),
        }
    }

    /// The slices beside this one.
    pub fn api(&self) -> Api<Rollout> {
        self.context.api(&self.namespace)
    }

    /// The slice as it is now, with that API server's time.
    pub async fn read(&self) -> Result<Dated<Rollout>> {
        let path = format!(
            "/apis/pgfleet.io/v1alpha1/namespaces/{}/rollouts/{}",
            self.namespace, self.id
        );
        self.context
            .get(&path, &ListParams::default(), "", None)
            .await
    }

    /// All operations of the rollout here.
    pub async fn operations(&self) -> Result<Vec<Operation>> {
        let list = ListParams::default().labels(&format!("{}={}", names::ROLLOUT_LABEL, self.id));
        let mut all = Vec::new();
        for namespace in &self.namespaces {
            let api: Api<Operation> = self.context.api(namespace);
            all.extend(self.context.ask(api.list(&list)).await?);
        }
        all.retain(|one| one.spec.rollout.as_ref().is_some_and(|of| of.id == self.id));
        Ok(all)
    }

    /// The slice, and after it its operations: what was asked for under an older epoch is among them,
    /// or will be refused. Without that API server's time the slice's own say nothing: the clock here
    /// is another one, so that is no answer.
    pub async fn seen(&self) -> Result<Seen> {
        let Dated { body: slice, at } = self.read().await?;
        let at = at.ok_or_else(|| {
            let what = "its answer bears no date, by which a rollout tells how long things take";
            Error::new(Kind::Answer, what).context(&self.context.name)
        })?;
        Ok(Seen {
            operations: self.operations().await?,
            slice,
            at,
            silent: None,
        })
    }

    /// Writes the control, if the slice is still as it was read.
    pub async fn write(&self, read: &Rollout, control: &Control) -> Result<Rollout> {
        let tree = |control: &Control| serde_json::to_value(control).unwrap_or_default();
        let patch = json!({
            "metadata": {
                "uid": read.metadata.uid,
                "resourceVersion": read.metadata.resource_version,
            },
            "spec": { "control": difference(&tree(&read.spec.control), &tree(control)) },
        });
        let parameters = PatchParams {
            field_manager: Some(MANAGER.to_owned()),
            ..PatchParams::default()
        };
        let api = self.api();
        self.context
            .ask(api.patch(&self.id, &parameters, &Patch::Merge(&patch)))
            .await
    }

    /// Changes the control of the slice as it is, again when somebody else wrote meanwhile.
    pub async fn change(
        &self,
        change: impl Fn(&Rollout) -> Result<Option<Control>>,
    ) -> Result<Rollout> {
        loop {
            let read = self.read().await?.body;
            let Some(control) = change(&read)? else {
                return Ok(read);
            };
            match self.write(&read, &control).await {
                Err(error) if error.kind == Kind::Conflict => {}
                written => return written,
            }
        }
    }
}

/// The merge patch that makes one tree of another.
fn difference(before: &Value, after: &Value) -> Value {
    let (Value::Object(old), Value::Object(new)) = (before, after) else {
        return after.clone();
    };
    let mut patch = Map::new();
    for key in old.keys().filter(|key| !new.contains_key(*key)) {
        patch.insert(key.clone(), Value::Null);
    }
    for (key, value) in new {
        match old.get(key) {
            Some(old) if old == value => {}
            Some(old) => {
                patch.insert(key.clone(), difference(old, value));
            }
            None => {
                patch.insert(key.clone(), value.clone());
            }
        }
    }
    Value::Object(patch)
}

/// Slices as they were found, and what could not be asked.
#[derive(Default)]
pub struct Found {
    /// Each with its context and that API server's time.
    pub slices: Vec<(Arc<Context>, Dated<Rollout>)>,
    /// Contexts that did not answer.
    pub errors: Vec<Error>,
    /// How many did.
    pub answered: usize,
}

/// Slices in all chosen contexts: of one rollout, or of all.
pub async fn find(session: &Session, id: Option<&str>) -> Result<Found> {
    let selection = session.select(&[])?;
    let results = session
        .read_each(
            &selection.contexts,
            |context| async move {
                let slices = in_context(session, &context, id).await?;
                Ok((context, slices))
            },
            |_, _| (),
        )
        .await?;
    let mut found = Found::default();
    let mut seen: BTreeMap<String, (String, Vec<Vec<u8>>)> = BTreeMap::new();
    for (_, result) in results {
        let (context, slices) = match result {
            Ok(found) => found,
            Err(error) => {
                found.errors.push(error);
                continue;
            }
        };
        found.answered += 1;
        for slice in slices {
            let uid = slice.body.metadata.uid.clone().unwrap_or_default();
            let here = (context.name.clone(), context.authority.clone());
            let first = seen.entry(uid).or_insert_with(|| here.clone());
            if first.0 == here.0 {
                found.slices.push((Arc::clone(&context), slice));
            } else if first.1 != here.1 {
                return Err(Error::new(
                    Kind::Refused,
                    format!(
                        "{} and {} hold the same slice but have different certificates: one is a copy of the other",
                        first.0, context.name
                    ),
                )
                .hint("leave one of the contexts out"));
            }
        }
    }
    Ok(found)
}

async fn in_context(
    session: &Session,
    context: &Context,
    id: Option<&str>,
) -> Result<Vec<Dated<Rollout>>> {
    #[derive(serde::Deserialize)]
    struct List {
        items: Vec<Rollout>,
    }
    let label = id.map_or_else(
        || names::ROLLOUT_LABEL.to_owned(),
        |id| format!("{}={id}", names::ROLLOUT_LABEL),
    );
    let list = ListParams::default().labels(&label);
    let root = "/apis/pgfleet.io/v1alpha1";
    let of = |namespace: &str| format!("{root}/namespaces/{namespace}/rollouts");
    let path = match &session.flags.namespace {
        Some(namespace) => of(namespace),
        None => format!("{root}/rollouts"),
    };
    let answer = match context.get::<List>(&path, &list, "", None).await {
        // Whoever has rights in one namespace alone.
        Err(error) if error.kind == Kind::Forbidden && session.flags.namespace.is_none() => {
            context
                .get::<List>(&of(&context.namespace), &list, "", None)
                .await
        }
        answer => answer,
    };
    let answer = match answer {
        Err(error) if error.kind == Kind::NotFound => {
            return Err(
                Error::new(Kind::NotInstalled, "pg-fleet is not installed here")
                    .context(&context.name)
                    .hint(format!("kubectl pg install --context {}", context.name)),
            );
        }
        answer => answer?,
    };
    let (items, at) = (answer.body.items, answer.at);
    let genuine = items.into_iter().filter(is_genuine);
    Ok(genuine.map(|body| Dated { body, at }).collect())
}

/// A Kubernetes cluster that may get a slice.
pub struct Home {
    /// The way there.
    pub context: Arc<Context>,
    /// Where its controller lives; empty where nobody says.
    pub namespace: String,
}

/// The uid of a Kubernetes cluster, whose controller has to know rollouts, and where that one lives.
/// Whoever has rights in single namespaces alone goes by what is `told` there of the uid.
async fn identity(
    context: &Context,
    told: &impl AsyncFn(&Context) -> Option<String>,
) -> Result<(String, String)> {
    let reported = match preflight::report(context).await {
        Ok(Some(report)) if !report.body.capabilities.iter().any(|it| it == "rollout") => {
            return Err(
                Error::new(Kind::Refused, "the controller there knows no rollouts")
                    .context(&context.name)
                    .hint(format!("kubectl pg install --context {}", context.name)),
            );
        }
        Ok(report) => report.map(|report| (report.body.cluster_uid, report.body.namespace)),
        Err(error) if error.kind == Kind::Forbidden => None,
        Err(error) => return Err(error),
    };
    let reported = reported.unwrap_or_default();
    if !reported.0.is_empty() {
        return Ok(reported);
    }
    let api: Api<Namespace> = Api::all(context.client.clone());
    match context.ask(api.get_metadata("kube-system")).await {
        Ok(namespace) => Ok((namespace.metadata.uid.unwrap_or_default(), reported.1)),
        Err(error) if error.kind != Kind::Forbidden => Err(error),
        Err(_) => match told(context).await {
            Some(uid) => Ok((uid, reported.1)),
            None => Err(Error::new(
                Kind::Forbidden,
                "missing right: get rollups.pgfleet.io, by which a rollout tells Kubernetes clusters apart",
            )
            .context(&context.name)
            .hint("a ClusterRoleBinding to pg-viewer gives it; ask an administrator")),
        },
    }
}

/// Contexts by the uids of their Kubernetes clusters.
pub async fn by_uid(
    session: &Session,
    contexts: Vec<Arc<Context>>,
    told: impl AsyncFn(&Context) -> Option<String>,
) -> Result<BTreeMap<String, Home>> {
    let told = &told;
    let asked = join_all(contexts.into_iter().map(|context| async move {
        let (uid, namespace) = identity(&context, told).await?;
        Ok::<_, Error>((uid, Home { context, namespace }))
    }));
    let (mut found, mut failed) = (BTreeMap::new(), Vec::new());
    for answer in asked.await {
        match answer {
            Ok((uid, home)) => {
                found.entry(uid).or_insert(home);
            }
            Err(error) => failed.push(error),
        }
    }
    first_of(session, failed)?;
    Ok(found)
}

/// The ways to them alone.
pub fn ways(homes: BTreeMap<String, Home>) -> BTreeMap<String, Arc<Context>> {
    let all = homes.into_iter();
    all.map(|(uid, home)| (uid, home.context)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changes_is_written() {
        let before = json!({"epoch": 1, "driver": {"id": "a", "renewedAt": "x"}, "words": [1], "by": "anna"});
        let after = json!({"epoch": 2, "driver": {"id": "b"}, "words": [1, 2]});
        assert_eq!(
            difference(&before, &after),
            json!({"by": null, "epoch": 2, "driver": {"renewedAt": null, "id": "b"}, "words": [1, 2]})
        );
        assert_eq!(difference(&before, &before), json!({}));
    }
}
