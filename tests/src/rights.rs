//! The rights that the help of a verb names, and users who have some of them.

use k8s_openapi::api::{
    authorization::v1::{ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec},
    rbac::v1::{ClusterRole, ClusterRoleBinding, Role, RoleBinding},
};
use kube::{Api, Client, api::PostParams};
use serde_json::{Value, json};

use crate::{Result, plugin::Plugin};

/// A verb and a resource.
pub type Right = (String, String);

/// Words of rights; all others are resources.
const VERBS: [&str; 15] = [
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "switchover",
    "failover",
    "restart",
    "reload",
    "maintenance",
    "reinit",
    "scale",
    "upgrade",
];

/// What the help of a line's verb says.
pub async fn told(plugin: &Plugin, line: &str, conditions: &[&str]) -> Result<Vec<Right>> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let within = matches!(words[0], "ops" | "user" | "db" | "rollout");
    let verb = words[..if within { 2 } else { 1 }].join(" ");
    let help = plugin.ok(&format!("{verb} --help")).await?;
    let rest = help.split_once("Rights: ").map(|(_, rest)| rest);
    let text = rest.and_then(|rest| rest.split("Flags of all verbs").next());
    let text = text.ok_or(format!("{verb} names no rights"))?;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    Ok(rights(&text, conditions))
}

/// `get, list a, b; of c: get d`: verbs and what they are on; behind a condition, if it holds.
fn rights(text: &str, conditions: &[&str]) -> Vec<Right> {
    let mut all = Vec::new();
    for clause in text.split(';') {
        let clause = without_asides(clause);
        let clause = match clause.split_once(": ") {
            Some((when, rest)) if conditions.contains(&when.trim()) => rest.to_owned(),
            Some(_) => continue,
            None => clause,
        };
        let mut verbs: Vec<String> = Vec::new();
        let mut named = false;
        for word in clause.split([' ', ',']).filter(|word| !word.is_empty()) {
            let word = if word == "VERB" { "restart" } else { word };
            if VERBS.contains(&word) {
                if named {
                    (verbs, named) = (Vec::new(), false);
                }
                verbs.push(word.to_owned());
            } else {
                named = true;
                let on = |verb: &String| (verb.clone(), word.to_owned());
                all.extend(verbs.iter().map(on));
            }
        }
    }
    all
}

/// Without what stands in brackets.
fn without_asides(text: &str) -> String {
    let mut parts = text.split('(');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + part.split_once(')').map_or("", |(_, rest)| rest)
    })
}

fn group(resource: &str) -> &'static str {
    match resource {
        "postgresqls" => "acid.zalan.do",
        "operations" | "rollouts" | "rollups" => "pgfleet.io",
        "events" => "events.k8s.io",
        "poddisruptionbudgets" => "policy",
        _ => "",
    }
}

/// Whether a user may do this in a namespace, as the API server says.
pub async fn may(client: &Client, user: &str, namespace: &str, right: &Right) -> Result<bool> {
    let (verb, resource) = right;
    let (whole, part) = match resource.split_once('/') {
        Some((whole, part)) => (whole, Some(part)),
        None => (&**resource, None),
    };
    let review = SubjectAccessReview {
        spec: SubjectAccessReviewSpec {
            user: Some(user.to_owned()),
            resource_attributes: Some(ResourceAttributes {
                group: Some(group(whole).to_owned()),
                resource: Some(whole.to_owned()),
                subresource: part.map(str::to_owned),
                verb: Some(verb.clone()),
                namespace: Some(namespace.to_owned()),
                ..ResourceAttributes::default()
            }),
            ..SubjectAccessReviewSpec::default()
        },
        ..SubjectAccessReview::default()
    };
    let answer = Api::<SubjectAccessReview>::all(client.clone())
        .create(&PostParams::default(), &review)
        .await?;
    Ok(answer.status.is_some_and(|status| status.allowed))
}

/// A user who has these rights: in one namespace, or everywhere.
pub async fn give(
    client: &Client,
    namespace: Option<&str>,
    user: &str,
    rights: &[Right],
) -> Result {
    let rules: Vec<Value> = rights
        .iter()
        .map(|(verb, resource)| {
            json!({ "apiGroups": [group(resource)], "resources": [resource], "verbs": [verb] })
        })
        .collect();
    let kind = match namespace {
        Some(_) => "Role",
        None => "ClusterRole",
    };
    let role = json!({ "metadata": { "name": user }, "rules": rules });
    let binding = json!({
        "metadata": { "name": user },
        "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": user },
        "subjects": [{ "apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user }],
    });
    let how = PostParams::default();
    match namespace {
        Some(namespace) => {
            Api::<Role>::namespaced(client.clone(), namespace)
                .create(&how, &serde_json::from_value(role)?)
                .await?;
            Api::<RoleBinding>::namespaced(client.clone(), namespace)
                .create(&how, &serde_json::from_value(binding)?)
                .await?;
        }
        None => {
            Api::<ClusterRole>::all(client.clone())
                .create(&how, &serde_json::from_value(role)?)
                .await?;
            Api::<ClusterRoleBinding>::all(client.clone())
                .create(&how, &serde_json::from_value(binding)?)
                .await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_of_help_are_read() {
        let text = "get, list a, b (c); at night: get d; of one: VERB e (the act's), get f";
        let read = |conditions: &[&str]| {
            let all = rights(text, conditions);
            let all: Vec<String> = all
                .iter()
                .map(|(verb, on)| format!("{verb} {on}"))
                .collect();
            all.join(", ")
        };
        assert_eq!(read(&[]), "get a, list a, get b, list b");
        assert_eq!(
            read(&["of one"]),
            "get a, list a, get b, list b, restart e, get f"
        );
    }
}
