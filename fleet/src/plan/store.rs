//! What the members of a cluster find each other by: Patroni's store and its labels. It cannot
//! change while members run: one that was restarted would not see the others, and lead beside them.
//! Nor can the roles that Patroni logs in with, and the Secrets with their passwords, as long as
//! there are data: those of other names would have passwords that no database knows.
//! Where the configuration now says otherwise, the cluster goes on as it is, and nothing is done
//! to it until the configuration is set back or, for the former, no member runs.

use std::time::Duration;

use serde_json::Value;

use super::{View, action::Action};
use crate::desired::{self, ChildKind};

/// Variables of the database pods that say where members meet, and the parameter that each is of.
const MEETING: [(&str, &str); 5] = [
    ("KUBERNETES_USE_CONFIGMAPS", "kubernetes_use_configmaps"),
    ("ETCD_HOST", "etcd_host"),
    ("KUBERNETES_SCOPE_LABEL", "cluster_name_label"),
    ("KUBERNETES_ROLE_LABEL", "pod_role_label"),
    ("KUBERNETES_LABELS", "cluster_labels"),
];
/// The same of how Patroni logs in. A Secret counts by its name.
const LOGINS: [(&str, &str); 4] = [
    ("PGUSER_SUPERUSER", "super_username"),
    ("PGUSER_STANDBY", "replication_username"),
    ("PGPASSWORD_SUPERUSER", "secret_name_template"),
    ("PGPASSWORD_STANDBY", "secret_name_template"),
];
/// How old a look for the StatefulSet may be.
const LOOKED: Duration = Duration::from_secs(60);

/// Looks for the StatefulSet of a cluster that had one: not seen is not gone, and one that is made
/// anew with fewer members would give the others up at once.
pub fn look(view: &View<'_>) -> Option<Action> {
    let (kind, name) = (ChildKind::StatefulSet.kind(), view.key.name.clone());
    let id = (kind, name.clone());
    let is_known = view
        .manifest
        .status
        .as_ref()
        .is_some_and(|status| !status.postgres_cluster_status.is_empty());
    if !is_known || view.facts.children.contains_key(&id) {
        return None;
    }
    let looked = view.facts.looked_for.get(&id);
    looked
        .is_none_or(|at| view.now.age(*at) > LOOKED)
        .then_some(Action::LookFor { kind, name })
}

/// What stands against doing anything to this cluster.
pub fn objection(view: &View<'_>) -> Option<desired::Error> {
    let id = (ChildKind::StatefulSet.kind(), view.key.name.clone());
    let live = view
        .facts
        .children
        .get(&id)
        .or(view.facts.unseen.as_ref())?;
    let wanted = view
        .children
        .iter()
        .find(|child| child.kind == ChildKind::StatefulSet)?;
    let live = live.value();
    let (is, shall) = (environment(&live), environment(&wanted.body));
    let changed = |all: &[(&'static str, &'static str)]| {
        let mut all = all.iter().copied();
        all.find(|(variable, _)| is(variable) != shall(variable))
    };
    let stopped = live.pointer("/spec/replicas").and_then(Value::as_i64) == Some(0);
    let meets = changed(&MEETING).filter(|_| !stopped || !view.facts.pods.is_empty());
    let ((variable, parameter), why) = match (meets, changed(&LOGINS)) {
        (Some(one), _) => (
            one,
            "would not find each other with another value; set it back, or stop all members before \
             it is changed",
        ),
        (None, Some(one)) => (
            one,
            "their database knows no other login; set it back: it is for new clusters",
        ),
        (None, None) => return None,
    };
    let was = is(variable).unwrap_or_else(|| "nothing".to_owned());
    Some(desired::Error::Configuration {
        parameter: parameter.to_owned(),
        reason: format!("the members of this cluster run with {variable}={was} and {why}"),
    })
}

/// The variables of the container with PostgreSQL, or the Secrets that they are from, as a lookup.
fn environment(set: &Value) -> impl Fn(&str) -> Option<String> {
    let env = set.pointer("/spec/template/spec/containers/0/env");
    let env = env.and_then(Value::as_array).cloned().unwrap_or_default();
    move |name| {
        let variable = env.iter().find(|variable| variable["name"] == name)?;
        let secret = variable.pointer("/valueFrom/secretKeyRef/name");
        let value = secret.unwrap_or(&variable["value"]);
        value.as_str().map(str::to_owned)
    }
}
