//! Passwords that go along: lent for the time of a copy, or kept for good.

use std::collections::BTreeMap;

use k8s_openapi::{
    ByteString, api::core::v1::Secret, apimachinery::pkg::apis::meta::v1::OwnerReference,
};
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, ListParams, ObjectMeta, PostParams, Preconditions},
};
use pg_core::names;
use zeroize::Zeroize;

use crate::{
    cluster::Cluster,
    connect::Context,
    error::{Error, Kind, Result},
    preflight::{Right, rights},
    target::Target,
};

/// The role that replicas log in with.
const REPLICATION: &str = "standby";

/// Secrets of roles, by the role's part of their names; they are overwritten when they go.
#[derive(Default)]
pub struct Passwords(Vec<Found>);

struct Found {
    role: String,
    labels: BTreeMap<String, String>,
    data: BTreeMap<String, ByteString>,
}

impl Drop for Found {
    fn drop(&mut self) {
        for value in self.data.values_mut() {
            value.0.zeroize();
        }
    }
}

fn tail(cluster: &str) -> String {
    format!(".{cluster}.credentials.postgresql.acid.zalan.do")
}

impl Passwords {
    /// Those of all roles of a cluster.
    pub async fn of_all(source: &Cluster) -> Result<Self> {
        let api: Api<Secret> = source.context.api(&source.namespace);
        let labels = format!("cluster-name={}", source.name);
        let list = ListParams::default().labels(&labels);
        let all = source.context.ask(api.list(&list)).await?;
        let found: Vec<Found> = all
            .items
            .into_iter()
            .filter_map(|it| Found::new(it, source))
            .collect();
        let needed = ["postgres", REPLICATION];
        match needed
            .iter()
            .find(|role| !found.iter().any(|one| one.role == **role))
        {
            Some(role) => Err(missing(source, role)),
            None => Ok(Self(found)),
        }
    }

    /// That of the role which replicas log in with.
    pub async fn of_replication(source: &Cluster) -> Result<Self> {
        let api: Api<Secret> = source.context.api(&source.namespace);
        let name = format!("{REPLICATION}{}", tail(&source.name));
        let secret = source.context.ask_opt(api.get(&name)).await?;
        let found = secret.and_then(|it| Found::new(it, source));
        Ok(Self(vec![
            found.ok_or_else(|| missing(source, REPLICATION))?,
        ]))
    }

    /// Refuses where another password stands under a name that one is to go to.
    pub async fn fit(&self, context: &Context, target: &Target) -> Result<()> {
        let api: Api<Secret> = context.api(target.namespace.as_deref().unwrap_or_default());
        for one in &self.0 {
            let name = format!("{}{}", one.role, tail(&target.name));
            let Some(there) = context.ask_opt(api.get(&name)).await? else {
                continue;
            };
            if there.data.unwrap_or_default().get("password") != one.data.get("password") {
                let message = format!("the Secret {name} is there with another password");
                return Err(Error::new(Kind::Refused, message)
                    .hint("delete it if nothing uses it, or choose another name"));
            }
        }
        Ok(())
    }

    /// Writes them as the copy's own; gives what was made.
    pub async fn keep(
        &self,
        context: &Context,
        target: &Target,
        request: &str,
    ) -> Result<Vec<Made>> {
        let mut made = Vec::new();
        for one in &self.0 {
            let name = format!("{}{}", one.role, tail(&target.name));
            let mut labels = one.labels.clone();
            labels.insert("cluster-name".to_owned(), target.name.clone());
            match create(context, target, &name, labels, one, request).await {
                Ok(Some(new)) => made.push(new),
                Ok(None) => {}
                Err(error) => {
                    remove(context, target, &made).await;
                    return Err(error);
                }
            }
        }
        Ok(made)
    }

    /// Lends the one of replication for the time of the copy. What this request lent earlier, when
    /// its program died, is lent still.
    pub async fn lend(
        &self,
        context: &Context,
        target: &Target,
        request: &str,
    ) -> Result<Vec<Made>> {
        let Some(one) = self.0.iter().find(|one| one.role == REPLICATION) else {
            return Ok(Vec::new());
        };
        let name = names::loan(&target.name);
        let made = create(context, target, &name, BTreeMap::new(), one, request).await?;
        match made {
            Some(made) => Ok(vec![made]),
            None => Err(
                Error::new(Kind::Refused, format!("the Secret {name} is there already")).hint(
                    "another copy of this name is on its way, or its terminal died; delete it then",
                ),
            ),
        }
    }
}

impl Found {
    fn new(secret: Secret, source: &Cluster) -> Option<Self> {
        let name = secret.name_any();
        let role = name.strip_suffix(&tail(&source.name))?.to_owned();
        let data = secret.data?;
        data.get("password")?;
        Some(Self {
            role,
            labels: secret.metadata.labels.unwrap_or_default(),
            data,
        })
    }
}

fn missing(source: &Cluster, role: &str) -> Error {
    let name = format!("{role}{}", tail(&source.name));
    Error::new(Kind::Refused, format!("the source has no Secret {name}"))
        .context(&source.context.name)
        .object(&source.namespace, &source.name)
}

/// Whether they may be written there: what is lent is given to the copy by a patch.
pub async fn may_write(context: &Context, namespace: &str, lends: bool) -> Result<()> {
    let right = |verb: &&'static str| Right {
        verb,
        group: "",
        resource: "secrets",
        namespace,
        name: "",
    };
    let needed: Vec<Right<'_>> = verbs(lends).iter().map(right).collect();
    rights(context, &needed).await
}

fn verbs(lends: bool) -> &'static [&'static str] {
    match lends {
        true => &["get", "create", "patch", "delete"],
        false => &["get", "create", "delete"],
    }
}

/// Whether a copy finds no passwords under its name; who may not look does not know.
pub async fn are_none(context: &Context, target: &Target) -> bool {
    let api: Api<Secret> = context.api(target.namespace.as_deref().unwrap_or_default());
    let name = format!("postgres{}", tail(&target.name));
    matches!(context.ask_opt(api.get_metadata(&name)).await, Ok(None))
}

/// What this request lent to a copy that it made earlier.
pub async fn lent_before(context: &Context, target: &Target, request: &str) -> Result<Vec<Made>> {
    let api: Api<Secret> = context.api(target.namespace.as_deref().unwrap_or_default());
    let name = names::loan(&target.name);
    let found = context.ask_opt(api.get_metadata(&name)).await?;
    let ours = found.and_then(|there| Made::before(&there.metadata, request));
    Ok(ours.into_iter().collect())
}

/// A Secret that was made here.
pub struct Made {
    name: String,
    uid: String,
}

impl Made {
    /// One that is there, if this request made it.
    fn before(there: &ObjectMeta, request: &str) -> Option<Self> {
        let label = there.labels.as_ref()?.get(names::REQUEST_LABEL)?;
        (label == request).then(|| Self {
            name: there.name.clone().unwrap_or_default(),
            uid: there.uid.clone().unwrap_or_default(),
        })
    }
}

/// None where another one is there already.
async fn create(
    context: &Context,
    target: &Target,
    name: &str,
    mut labels: BTreeMap<String, String>,
    one: &Found,
    request: &str,
) -> Result<Option<Made>> {
    let api: Api<Secret> = context.api(target.namespace.as_deref().unwrap_or_default());
    labels.insert(names::REQUEST_LABEL.to_owned(), request.to_owned());
    let mut secret = Secret {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            labels: Some(labels),
            ..ObjectMeta::default()
        },
        type_: Some("Opaque".to_owned()),
        data: Some(one.data.clone()),
        ..Secret::default()
    };
    let created = context
        .ask(api.create(&PostParams::default(), &secret))
        .await;
    for value in secret.data.iter_mut().flat_map(|data| data.values_mut()) {
        value.0.zeroize();
    }
    match created {
        Ok(created) => Ok(Some(Made {
            name: name.to_owned(),
            uid: created.uid().unwrap_or_default(),
        })),
        Err(error) if error.kind == Kind::AlreadyExists => {
            let there = context.ask_opt(api.get(name)).await?;
            Ok(there.and_then(|there| earlier(there, one, request)))
        }
        Err(error) => Err(error),
    }
}

/// What this request made when it was begun before, if it has what is to be in it.
fn earlier(mut there: Secret, one: &Found, request: &str) -> Option<Made> {
    let is_same = there.data.as_ref() == Some(&one.data);
    for value in there.data.iter_mut().flat_map(|data| data.values_mut()) {
        value.0.zeroize();
    }
    let made = Made::before(&there.metadata, request);
    made.filter(|_| is_same)
}

/// What was lent goes with the copy, whatever becomes of this program.
pub async fn bind(context: &Context, made: &[Made], copy: &Cluster) -> Result<()> {
    let api: Api<Secret> = context.api(&copy.namespace);
    for one in made {
        let owner = OwnerReference {
            api_version: "acid.zalan.do/v1".to_owned(),
            kind: "postgresql".to_owned(),
            name: copy.name.clone(),
            uid: copy.uid().to_owned(),
            ..OwnerReference::default()
        };
        let patch =
            serde_json::json!({ "metadata": { "uid": one.uid, "ownerReferences": [owner] } });
        let patch = kube::api::Patch::Merge(patch);
        let parameters = kube::api::PatchParams::default();
        context
            .ask(api.patch_metadata(&one.name, &parameters, &patch))
            .await?;
    }
    Ok(())
}

/// Removes what was made: these, and none that somebody made anew.
pub async fn remove(context: &Context, target: &Target, made: &[Made]) {
    let api: Api<Secret> = context.api(target.namespace.as_deref().unwrap_or_default());
    for one in made {
        let parameters = DeleteParams {
            preconditions: Some(Preconditions {
                uid: Some(one.uid.clone()),
                resource_version: None,
            }),
            ..DeleteParams::default()
        };
        // It may be gone already; the copy's own deletion takes it along otherwise.
        let _ = context.ask(api.delete(&one.name, &parameters)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(password: &str) -> BTreeMap<String, ByteString> {
        BTreeMap::from([("password".to_owned(), ByteString(password.into()))])
    }

    #[test]
    fn what_the_same_request_made_is_its_own() {
        let one = Found {
            role: REPLICATION.to_owned(),
            labels: BTreeMap::new(),
            data: data("secret"),
        };
        let there = |request: Option<&str>, password: &str| Secret {
            metadata: ObjectMeta {
                name: Some("new.clone.pgfleet.io".to_owned()),
                uid: Some("uid".to_owned()),
                labels: request
                    .map(|id| BTreeMap::from([(names::REQUEST_LABEL.to_owned(), id.to_owned())])),
                ..ObjectMeta::default()
            },
            data: Some(data(password)),
            ..Secret::default()
        };
        let table = [
            (Some("ours"), "secret", true),
            (Some("another"), "secret", false),
            (None, "secret", false),
            // The source's was changed meanwhile: with this one nobody logs in.
            (Some("ours"), "former", false),
        ];
        for (request, password, is_ours) in table {
            let made = earlier(there(request, password), &one, "ours");
            assert_eq!(made.is_some(), is_ours, "{request:?} {password}");
            assert!(made.is_none_or(|made| made.uid == "uid"));
        }
    }

    #[test]
    fn only_what_is_lent_is_patched() {
        assert!(verbs(true).contains(&"patch"));
        assert!(!verbs(false).contains(&"patch"));
    }
}
