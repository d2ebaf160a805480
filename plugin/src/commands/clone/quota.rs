//! What the copies of one namespace take of its quotas, all together.

use std::collections::BTreeMap;

use k8s_openapi::{
    api::core::v1::ResourceQuota, apimachinery::pkg::api::resource::Quantity as Amount,
};
use kube::{
    Api, ResourceExt,
    api::{DynamicObject, ListParams},
};
use serde_json::Value;

use super::room::{refused, seen};
use crate::{connect::Context, error::Result, output::quantity::amount};

/// Between a storage class and what of it a quota counts.
const OF_CLASS: &str = ".storageclass.storage.k8s.io/";

/// What a copy takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Needs {
    /// Members.
    pub members: i64,
    /// Size of each volume, as written.
    pub size: String,
    /// Storage class; none: the default one, whichever that is.
    pub class: Option<String>,
    /// Of all members' containers: `requests.cpu`, `limits.memory` … None: the manifest leaves it
    /// to the operator's configuration.
    containers: BTreeMap<String, Option<f64>>,
    /// Roles with a Secret each.
    secrets: f64,
}

impl Needs {
    /// Of a manifest.
    pub fn of(object: &DynamicObject) -> Self {
        let spec = &object.data["spec"];
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let members = spec["numberOfInstances"].as_i64().unwrap_or_default();
        let sidecars = spec["sidecars"].as_array().into_iter().flatten();
        let all: Vec<&Value> = sidecars.chain([spec]).map(|it| &it["resources"]).collect();
        let mut containers = BTreeMap::new();
        for what in ["requests", "limits"] {
            for resource in ["cpu", "memory"] {
                let each = all.iter().map(|it| amount(it[what][resource].as_str()?));
                let sum: Option<f64> = each.sum();
                let sum = sum.map(|sum| sum * members as f64);
                containers.insert(format!("{what}.{resource}"), sum);
            }
        }
        let users = spec["users"].as_object().map_or(0, |users| users.len());
        Self {
            members,
            size: text(&spec["volume"]["size"]).unwrap_or_default(),
            class: text(&spec["volume"]["storageClass"]).filter(|class| !class.is_empty()),
            containers,
            // The superuser and the replicas have one, too.
            secrets: users as f64 + 2.0,
        }
    }

    /// How much of a quota's resource it takes; `Ok(None)`: nothing; `Err`: nobody here knows.
    fn of_resource(&self, resource: &str) -> std::result::Result<Option<f64>, ()> {
        let members = self.members as f64;
        let storage = amount(&self.size).unwrap_or_default() * members;
        let resource = match resource {
            // The old names.
            "cpu" | "memory" => format!("requests.{resource}"),
            _ => resource.to_owned(),
        };
        if let Some(known) = self.containers.get(&resource) {
            return known.map(Some).ok_or(());
        }
        let counted = match resource.split_once(OF_CLASS) {
            Some((class, what)) => match &self.class {
                Some(ours) if ours == class => what,
                Some(_) => return Ok(None),
                None => return Err(()),
            },
            None => resource.strip_prefix("count/").unwrap_or(&resource),
        };
        Ok(match counted {
            "requests.storage" => Some(storage),
            "persistentvolumeclaims" | "pods" => Some(members),
            "secrets" => Some(self.secrets),
            // The primary's and the replicas'.
            "services" => Some(2.0),
            "statefulsets.apps" | "postgresqls.acid.zalan.do" => Some(1.0),
            _ => None,
        })
    }
}

/// Looks whether all of these find room in one namespace; gives what could not be looked at.
pub async fn look(context: &Context, namespace: &str, needs: &[Needs]) -> Result<Vec<String>> {
    let mut unseen = Vec::new();
    let quotas: Api<ResourceQuota> = context.api(namespace);
    let all = context.ask(quotas.list(&ListParams::default())).await;
    for quota in seen(all, &mut unseen)?.into_iter().flatten() {
        let name = quota.name_any();
        let spec = quota.spec.unwrap_or_default();
        let status = quota.status.unwrap_or_default();
        let (hard, used) = (
            status.hard.unwrap_or_default(),
            status.used.unwrap_or_default(),
        );
        if spec.scope_selector.is_some() || spec.scopes.is_some_and(|scopes| !scopes.is_empty()) {
            unseen.push(format!("the quota {name}, which is for some pods alone"));
            continue;
        }
        let judged = judge(&hard, &used, needs);
        if let Some(what) = judged.over {
            return Err(refused(format!(
                "the quota {name} of namespace {namespace} is full: {what}"
            )));
        }
        unseen.extend(judged.unknown.map(|resource| {
            format!("{resource} of the quota {name}: the manifest leaves it open")
        }));
    }
    Ok(unseen)
}

/// What a quota says to all copies.
#[derive(Debug, Default, PartialEq)]
struct Judged {
    /// The first resource of which they would take more than is left.
    over: Option<String>,
    /// The first of which nobody here knows how much they take.
    unknown: Option<String>,
}

fn judge(
    hard: &BTreeMap<String, Amount>,
    used: &BTreeMap<String, Amount>,
    needs: &[Needs],
) -> Judged {
    let mut judged = Judged::default();
    for (resource, hard) in hard {
        let each = needs.iter().map(|one| one.of_resource(resource));
        let Ok(each) = each.collect::<std::result::Result<Vec<_>, ()>>() else {
            judged.unknown.get_or_insert(resource.clone());
            continue;
        };
        let wanted: f64 = each.iter().flatten().sum();
        let used = used.get(resource);
        let taken = used.and_then(|used| amount(&used.0)).unwrap_or_default();
        let is_over = amount(&hard.0).is_some_and(|hard| taken + wanted > hard);
        if wanted > 0.0 && is_over && judged.over.is_none() {
            let used = used.map_or("0", |used| used.0.as_str());
            let more = match needs {
                [one] if resource.ends_with("requests.storage") => {
                    format!("{} of {}", one.members, one.size)
                }
                _ => said(resource, wanted),
            };
            let who = match needs.len() {
                1 => "the copy takes".to_owned(),
                many => format!("the {many} copies take"),
            };
            judged.over = Some(format!(
                "{resource} is {used} of {}, and {who} {more} more",
                hard.0
            ));
        }
    }
    judged
}

/// An amount as a person writes it.
fn said(resource: &str, wanted: f64) -> String {
    let is_bytes = resource.ends_with("memory") || resource.ends_with("storage");
    match is_bytes {
        true => format!("{}Mi", (wanted / 1024.0 / 1024.0).ceil()),
        false => format!("{wanted}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn needs(more: Value) -> Needs {
        let mut spec = json!({
            "numberOfInstances": 2,
            "volume": { "size": "10Gi", "storageClass": "fast" },
            "users": { "ann": [] },
        });
        for (key, value) in more.as_object().into_iter().flatten() {
            spec[key] = value.clone();
        }
        let object = json!({ "metadata": { "name": "copy" }, "spec": spec });
        Needs::of(&serde_json::from_value(object).expect("an object"))
    }

    fn quota(all: &[(&str, &str)]) -> BTreeMap<String, Amount> {
        let all = all.iter();
        all.map(|(key, value)| ((*key).to_owned(), Amount((*value).to_owned())))
            .collect()
    }

    #[test]
    fn quotas() {
        let full = json!({
            "resources": {
                "requests": { "cpu": "500m", "memory": "1Gi" },
                "limits": { "cpu": "1", "memory": "1Gi" },
            },
        });
        let one = vec![needs(full)];
        let two = [one.clone(), one.clone()].concat();
        type Amounts = &'static [(&'static str, &'static str)];
        let table: [(&[Needs], Amounts, Amounts, &str); 17] = [
            (&one, &[], &[], ""),
            (&one, &[("requests.storage", "20Gi")], &[], ""),
            (
                &one,
                &[("requests.storage", "20Gi")],
                &[("requests.storage", "1Mi")],
                "requests.storage is 1Mi of 20Gi, and the copy takes 2 of 10Gi more",
            ),
            (
                &one,
                &[("persistentvolumeclaims", "3")],
                &[("persistentvolumeclaims", "2")],
                "persistentvolumeclaims is 2 of 3, and the copy takes 2 more",
            ),
            (&one, &[("pods", "2")], &[("pods", "0")], ""),
            // Each finds room, and both do not.
            (&two, &[("pods", "4")], &[], ""),
            (
                &two,
                &[("pods", "3")],
                &[],
                "pods is 0 of 3, and the 2 copies take 4 more",
            ),
            (&two, &[("requests.cpu", "2")], &[], ""),
            (
                &two,
                &[("requests.cpu", "2")],
                &[("requests.cpu", "100m")],
                "requests.cpu is 100m of 2, and the 2 copies take 2 more",
            ),
            (&one, &[("cpu", "900m")], &[], "cpu is 0 of 900m"),
            (
                &two,
                &[("limits.memory", "3Gi")],
                &[],
                "limits.memory is 0 of 3Gi, and the 2 copies take 4096Mi more",
            ),
            (&one, &[("limits.cpu", "1")], &[], "limits.cpu"),
            (
                &one,
                &[("fast.storageclass.storage.k8s.io/requests.storage", "15Gi")],
                &[],
                "fast.storageclass",
            ),
            (
                &one,
                &[("slow.storageclass.storage.k8s.io/requests.storage", "1Gi")],
                &[],
                "",
            ),
            (
                &one,
                &[("count/statefulsets.apps", "1")],
                &[("count/statefulsets.apps", "1")],
                "count/statefulsets.apps",
            ),
            (&two, &[("count/secrets", "5")], &[], "count/secrets"),
            // A quota that is over already, of what no copy takes.
            (
                &one,
                &[("count/jobs.batch", "1")],
                &[("count/jobs.batch", "2")],
                "",
            ),
        ];
        for (needs, hard, used, expected) in table {
            let judged = judge(&quota(hard), &quota(used), needs);
            let over = judged.over.unwrap_or_default();
            assert!(over.starts_with(expected), "{hard:?}: {over}");
            assert_eq!(over.is_empty(), expected.is_empty(), "{hard:?}: {over}");
            assert_eq!(judged.unknown, None, "{hard:?}");
        }
    }

    #[test]
    fn volumes_without_a_class_are_of_the_default_one() {
        let hard = quota(&[("fast.storageclass.storage.k8s.io/requests.storage", "15Gi")]);
        let mut open = needs(json!({ "volume": { "size": "10Gi" } }));
        let over = |needs: &Needs| judge(&hard, &quota(&[]), std::slice::from_ref(needs));
        let unknown = over(&open).unknown.unwrap_or_default();
        assert!(unknown.starts_with("fast.storageclass"), "{unknown}");
        open.class = Some("slow".to_owned());
        assert_eq!(over(&open), Judged::default());
        open.class = Some("fast".to_owned());
        let said = over(&open).over.unwrap_or_default();
        assert!(said.ends_with("the copy takes 2 of 10Gi more"), "{said}");
    }

    #[test]
    fn what_the_manifest_leaves_open_is_not_judged() {
        let hard = quota(&[("requests.cpu", "1m"), ("pods", "2")]);
        let open = needs(json!({}));
        let judged = judge(&hard, &quota(&[]), &[open]);
        assert_eq!(judged.unknown.as_deref(), Some("requests.cpu"));
        assert_eq!(judged.over, None);
        let requests = json!({ "requests": { "cpu": "1" } });
        let sidecar = json!({ "resources": requests, "sidecars": [{ "name": "s" }] });
        let judged = judge(&hard, &quota(&[]), &[needs(sidecar)]);
        assert_eq!(judged.unknown.as_deref(), Some("requests.cpu"));
        let both = json!({ "resources": requests, "sidecars": [{ "resources": requests }] });
        let judged = judge(
            &quota(&[("requests.cpu", "3")]),
            &quota(&[]),
            &[needs(both)],
        );
        assert!(
            judged
                .over
                .is_some_and(|over| over.ends_with("takes 4 more"))
        );
    }
}
