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

/// Whether volumes that name no class have this one.
pub fn is_default(class: &StorageClass) -> bool {
    let key = "storageclass.kubernetes.io/is-default-class";
    class
        .annotations()
        .get(key)
        .is_some_and(|value| value == "true")
}
