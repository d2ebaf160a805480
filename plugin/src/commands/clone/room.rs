//! What must be free before anything is created: the volumes' names, the storage class. What may
//! not be looked at is said, and judged by the cluster later.

use k8s_openapi::api::{core::v1::PersistentVolumeClaim, storage::v1::StorageClass};
use kube::{Api, ResourceExt, api::ListParams};
use pg_core::names;

use super::quota::Needs;
use crate::{
    connect::Context,
    error::{Error, Kind, Result},
    target::Target,
};

/// Looks at everything; gives what could not be looked at. The class that volumes get without naming
/// one becomes what they need: quotas go by it.
pub async fn look(context: &Context, target: &Target, needs: &mut Needs) -> Result<Vec<String>> {
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
            if let Some(all) = seen(all, &mut unseen)? {
                let Some(class) = default_of(&all.items) else {
                    return Err(refused("there is no default storage class".to_owned())
                        .hint("--storage-class names one"));
                };
                needs.class = Some(class);
            }
        }
    }
    Ok(unseen)
}

/// What may not be seen is noted; other faults are faults.
pub fn seen<T>(result: Result<T>, unseen: &mut Vec<String>) -> Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind == Kind::Forbidden => {
            unseen.push(error.message);
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// Nothing was done.
pub fn refused(message: String) -> Error {
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

/// The class of volumes that name none: of several defaults the youngest, as the API server chooses.
fn default_of(classes: &[StorageClass]) -> Option<String> {
    let mut defaults: Vec<&StorageClass> = classes.iter().filter(|it| is_default(it)).collect();
    defaults.sort_by_key(|it| {
        let since = it.creation_timestamp().map(|time| time.0);
        (std::cmp::Reverse(since), it.name_any())
    });
    defaults.first().map(|it| it.name_any())
}

/// Whether volumes that name no class have this one.
pub fn is_default(class: &StorageClass) -> bool {
    let key = "storageclass.kubernetes.io/is-default-class";
    class
        .annotations()
        .get(key)
        .is_some_and(|value| value == "true")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn of_several_defaults_the_youngest_counts() {
        let class = |name: &str, is_default: bool, day: u8| -> StorageClass {
            let key = "storageclass.kubernetes.io/is-default-class";
            let class = json!({
                "metadata": {
                    "name": name,
                    "annotations": { key: is_default.to_string() },
                    "creationTimestamp": format!("2026-11-{day:02}T10:00:00Z"),
                },
                "provisioner": "none",
            });
            serde_json::from_value(class).expect("a class")
        };
        let table = [
            (vec![], None),
            (vec![class("a", false, 1)], None),
            (vec![class("a", false, 9), class("b", true, 1)], Some("b")),
            (vec![class("a", true, 1), class("b", true, 2)], Some("b")),
            (vec![class("b", true, 2), class("a", true, 2)], Some("a")),
        ];
        for (classes, expected) in table {
            assert_eq!(default_of(&classes).as_deref(), expected);
        }
    }
}
