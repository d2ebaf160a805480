//! What must be free before anything is created: the name, the volumes' names, the storage class,
//! the quota. What may not be looked at is said, and judged by the cluster later.

use std::collections::BTreeMap;

use k8s_openapi::{
    api::{
        core::v1::{PersistentVolumeClaim, ResourceQuota},
        storage::v1::StorageClass,
    },
    apimachinery::pkg::api::resource::Quantity,
};
use kube::{
    Api, ResourceExt,
    api::{DynamicObject, ListParams},
};
use pg_core::names;

use crate::{
    connect::Context,
    error::{Error, Kind, Result},
    output::quantity::amount,
    target::Target,
};

/// What a copy takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Needs {
    /// Members.
    pub members: i64,
    /// Size of each volume, as written.
    pub size: String,
    /// Storage class; none: the default one.
    pub class: Option<String>,
}

impl Needs {
    /// Of a manifest.
    pub fn of(object: &DynamicObject) -> Self {
        let spec = &object.data["spec"];
        let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
        Self {
            members: spec["numberOfInstances"].as_i64().unwrap_or_default(),
            size: text(&spec["volume"]["size"]).unwrap_or_default(),
            class: text(&spec["volume"]["storageClass"]).filter(|class| !class.is_empty()),
        }
    }
}

/// Looks at everything; gives what could not be looked at.
pub async fn look(context: &Context, target: &Target, needs: &Needs) -> Result<Vec<String>> {
    let namespace = target.namespace.as_deref().unwrap_or_default();
    let mut unseen = Vec::new();
    if let Some(claims) = seen(claims(context, namespace, &target.name).await, &mut unseen)?
        && let Some(first) = claims.first()
    {
        return Err(refused(format!(
            "volumes of an earlier Postgres cluster of this name are there: {first} …"
        ))
        .hint("choose another name, or delete them: the copy would begin with what they hold"));
    }
    let classes: Api<StorageClass> = Api::all(context.client.clone());
    match &needs.class {
        Some(class) => {
            if let Some(None) = seen(context.ask_opt(classes.get(class)).await, &mut unseen)? {
                return Err(refused(format!("there is no storage class {class}"))
                    .hint("--storage-class names another one"));
            }
        }
        None => {
            let all = context.ask(classes.list(&ListParams::default())).await;
            if let Some(all) = seen(all, &mut unseen)?
                && !all.iter().any(is_default)
            {
                return Err(refused("there is no default storage class".to_owned())
                    .hint("--storage-class names one"));
            }
        }
    }
    let quotas: Api<ResourceQuota> = context.api(namespace);
    let all = context.ask(quotas.list(&ListParams::default())).await;
    for quota in seen(all, &mut unseen)?.into_iter().flatten() {
        let status = quota.status.clone().unwrap_or_default();
        let (hard, used) = (
            status.hard.unwrap_or_default(),
            status.used.unwrap_or_default(),
        );
        if let Some(what) = exceeded(&hard, &used, needs) {
            return Err(refused(format!(
                "the quota {} is full: {what}",
                quota.name_any()
            )));
        }
    }
    Ok(unseen)
}

/// What may not be seen is noted; other faults are faults.
fn seen<T>(result: Result<T>, unseen: &mut Vec<String>) -> Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind == Kind::Forbidden => {
            unseen.push(error.message);
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn refused(message: String) -> Error {
    Error::new(Kind::Refused, message)
}

async fn claims(context: &Context, namespace: &str, name: &str) -> Result<Vec<String>> {
    let api: Api<PersistentVolumeClaim> = context.api(namespace);
    let all = context.ask(api.list(&ListParams::default())).await?;
    let prefix = format!("{}-", names::data_claim(name, 0).trim_end_matches("-0"));
    let of_this = |claim: &String| {
        let number = claim.strip_prefix(&prefix);
        number.is_some_and(|number| number.parse::<u32>().is_ok())
    };
    Ok(all
        .iter()
        .map(ResourceExt::name_any)
        .filter(of_this)
        .collect())
}

/// Whether volumes that name no class have this one.
pub fn is_default(class: &StorageClass) -> bool {
    let key = "storageclass.kubernetes.io/is-default-class";
    class
        .annotations()
        .get(key)
        .is_some_and(|value| value == "true")
}

/// The first resource of a quota of which the copy would take more than is left.
fn exceeded(
    hard: &BTreeMap<String, Quantity>,
    used: &BTreeMap<String, Quantity>,
    needs: &Needs,
) -> Option<String> {
    let members = needs.members as f64;
    let storage = amount(&needs.size).unwrap_or_default() * members;
    let of_class = |suffix: &str| {
        let class = needs.class.as_deref().unwrap_or_default();
        format!("{class}.storageclass.storage.k8s.io/{suffix}")
    };
    let wants = [
        ("requests.storage".to_owned(), storage),
        ("persistentvolumeclaims".to_owned(), members),
        ("pods".to_owned(), members),
        ("count/pods".to_owned(), members),
        ("count/persistentvolumeclaims".to_owned(), members),
        (of_class("requests.storage"), storage),
        (of_class("persistentvolumeclaims"), members),
    ];
    wants.into_iter().find_map(|(resource, wanted)| {
        let hard = hard.get(&resource)?;
        let used = used.get(&resource);
        let taken = used.and_then(|used| amount(&used.0)).unwrap_or_default();
        let over = taken + wanted > amount(&hard.0)?;
        over.then(|| {
            let used = used.map_or("0", |used| used.0.as_str());
            let more = match resource.ends_with("storage") {
                true => format!("{} of {}", needs.members, needs.size),
                false => needs.members.to_string(),
            };
            format!(
                "{resource} is {used} of {}, and the copy takes {more} more",
                hard.0
            )
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas() {
        let quota = |all: &[(&str, &str)]| -> BTreeMap<String, Quantity> {
            let all = all.iter();
            all.map(|(key, value)| ((*key).to_owned(), Quantity((*value).to_owned())))
                .collect()
        };
        let needs = Needs {
            members: 2,
            size: "10Gi".to_owned(),
            class: Some("fast".to_owned()),
        };
        type Amounts = &'static [(&'static str, &'static str)];
        let table: [(Amounts, Amounts, Option<&str>); 6] = [
            (&[], &[], None),
            (&[("requests.storage", "20Gi")], &[], None),
            (
                &[("requests.storage", "20Gi")],
                &[("requests.storage", "1Mi")],
                Some("requests.storage"),
            ),
            (
                &[("persistentvolumeclaims", "3")],
                &[("persistentvolumeclaims", "2")],
                Some("persistentvolumeclaims"),
            ),
            (&[("pods", "2")], &[("pods", "0")], None),
            (
                &[("fast.storageclass.storage.k8s.io/requests.storage", "15Gi")],
                &[],
                Some("fast.storageclass"),
            ),
        ];
        for (hard, used, expected) in table {
            let found = exceeded(&quota(hard), &quota(used), &needs);
            match expected {
                Some(part) => assert!(
                    found.is_some_and(|found| found.starts_with(part)),
                    "{hard:?}"
                ),
                None => assert_eq!(found, None, "{hard:?}"),
            }
        }
    }
}
