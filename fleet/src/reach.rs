//! Where the controller may act, when it has rights in some namespaces alone (`--scope
//! namespaces`). Of each namespace with a manifest it asks what it may do there, when it first sees
//! it and every [`AGAIN`] from then on: rights that are given act without a restart, and where they
//! are taken nothing is done any more. Watches do not tell: they go on until they break, and one
//! that is refused looks like one that finds nothing.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
    time::Duration,
};

use futures::StreamExt;
use k8s_openapi::api::authorization::v1::{
    ResourceRule, SelfSubjectRulesReview, SelfSubjectRulesReviewSpec,
};
use kube::{api::PostParams, core::Request};
use pg_core::{
    configuration::Configuration,
    names,
    postgresql::{Postgresql, status::condition},
};
use tokio::time::{Instant, sleep};

use crate::{
    act::{Actor, Error, lock},
    controller::Controller,
    observe::facts::{Facts, Key},
    plan::{self, View},
    sources::{self, Reach, Scope},
    status,
};

/// How soon a namespace that is new is seen.
const LOOK: Duration = Duration::from_millis(250);
/// How often it is asked what may be done in a namespace.
const AGAIN: Duration = Duration::from_secs(10);
/// The same, where there was no answer.
const UNANSWERED: Duration = Duration::from_secs(2);
/// Namespaces about which is asked at the same time.
const AT_ONCE: usize = 8;

/// What is needed in a namespace: group, resource, verbs. As in the ClusterRole that is bound there
/// (`manifests/install/20-rights.yaml`).
const NEEDED: [(&str, &str, &[&str]); 14] = [
    ("", "pods", &["get", "list", "watch", "patch", "delete"]),
    ("", "pods/exec", &["create", "get"]),
    ("", "configmaps", &["get", "list", "watch", "delete"]),
    ("", "endpoints", FULL),
    ("", "services", FULL),
    (
        "",
        "serviceaccounts",
        &["get", "list", "watch", "create", "patch"],
    ),
    ("", "secrets", &["get", "create", "patch", "delete"]),
    (
        "",
        "persistentvolumeclaims",
        &["get", "list", "watch", "patch", "delete"],
    ),
    ("apps", "statefulsets", FULL),
    ("apps", "controllerrevisions", &["get"]),
    ("policy", "poddisruptionbudgets", FULL),
    (
        "rbac.authorization.k8s.io",
        "rolebindings",
        &["get", "list", "watch", "create", "patch"],
    ),
    ("rbac.authorization.k8s.io", "clusterroles", &["bind"]),
    ("events.k8s.io", "events", &["create", "patch"]),
];
/// The one role that it may give to others: that of the database pods.
const POD_ROLE: &str = "postgres-pod";
const FULL: &[&str] = &["get", "list", "watch", "create", "patch", "delete"];

/// The first of the rights needed that these rules do not give, in words.
fn missing(rules: &[ResourceRule]) -> Option<String> {
    NEEDED.iter().find_map(|(group, resource, verbs)| {
        let verb = verbs.iter().find(|verb| {
            let name = (**verb == "bind").then_some(POD_ROLE);
            !rules
                .iter()
                .any(|rule| gives(rule, group, resource, verb, name))
        })?;
        Some(format!("{verb} {resource}"))
    })
}

fn gives(rule: &ResourceRule, group: &str, resource: &str, verb: &str, name: Option<&str>) -> bool {
    let has = |list: Option<&Vec<String>>, word: &str| {
        list.is_some_and(|list| list.iter().any(|one| one == "*" || one == word))
    };
    let named = rule.resource_names.as_deref().unwrap_or_default();
    let names_it = named.is_empty() || named.iter().any(|one| Some(one.as_str()) == name);
    names_it
        && has(Some(&rule.verbs), verb)
        && has(rule.api_groups.as_ref(), group)
        && has(rule.resources.as_ref(), resource)
}

fn is_going(manifest: &Postgresql) -> bool {
    manifest.metadata.deletion_timestamp.is_some()
}

/// What is said of clusters in a namespace where a right is missing.
fn refusal(missing: &str, namespace: &str, own_namespace: &str) -> String {
    let home = match own_namespace {
        names::SYSTEM_NAMESPACE => String::new(),
        other => format!("-n {other} "),
    };
    format!(
        "pg-fleet may not {missing} in the namespace {namespace}; an administrator allows it: \
         kubectl pg install {home}--namespaces {namespace}"
    )
}

impl Actor {
    /// What may be done in a namespace.
    async fn rules_in(&self, namespace: &str) -> Result<Vec<ResourceRule>, Error> {
        let review = SelfSubjectRulesReview {
            spec: SelfSubjectRulesReviewSpec {
                namespace: Some(namespace.to_owned()),
            },
            ..SelfSubjectRulesReview::default()
        };
        let body =
            serde_json::to_vec(&review).map_err(|error| Error::Missing(error.to_string()))?;
        let path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
        let answer: SelfSubjectRulesReview = self
            .send(
                format!("ask what may be done in {namespace}"),
                Request::new(path).create(&PostParams::default(), body),
            )
            .await?;
        // Webhooks cannot list what they allow; rights here are given by RBAC, which can.
        let status = answer.status;
        status
            .map(|status| status.resource_rules)
            .ok_or_else(|| Error::Missing("no answer about rights".to_owned()))
    }
}

/// Keeps to the namespaces where it may act, until the process ends.
pub async fn keep(controller: Arc<Controller>) {
    if controller.feed.reach == Reach::Cluster {
        return;
    }
    let mut next: HashMap<String, Instant> = HashMap::new();
    loop {
        sleep(LOOK).await;
        let there = lock(&controller.actor.world).namespaces();
        next.retain(|namespace, _| there.contains(namespace));
        controller.leave_others(&there);
        let now = Instant::now();
        let is_due = |namespace: &String| {
            next.get(namespace).is_none_or(|at| *at <= now) || !controller.has_judged(namespace)
        };
        let due: Vec<String> = there.into_iter().filter(is_due).collect();
        let actor = &controller.actor;
        let mut answers = futures::stream::iter(due)
            .map(|namespace| async move {
                let rules = actor.rules_in(&namespace).await;
                (namespace, rules)
            })
            .buffer_unordered(AT_ONCE);
        let mut answered = true;
        while let Some((namespace, rules)) = answers.next().await {
            match rules {
                Ok(rules) => {
                    controller.judge(&namespace, missing(&rules));
                    next.insert(namespace, Instant::now() + AGAIN);
                }
                Err(error) => {
                    tracing::warn!(namespace, %error, "not known what may be done there");
                    answered = false;
                }
            }
        }
        if !answered {
            sleep(UNANSWERED).await;
        }
    }
}

impl Controller {
    /// Whether it is known, since the watches were last started, what may be done in a namespace.
    fn has_judged(&self, namespace: &str) -> bool {
        lock(&self.watches).within.contains_key(namespace)
            || lock(&self.actor.world).refusal_in(namespace).is_some()
    }

    /// Ends the watches in namespaces that have no manifest any more.
    fn leave_others(&self, there: &std::collections::BTreeSet<String>) {
        let mut watches = lock(&self.watches);
        let mut world = lock(&self.actor.world);
        watches.within.retain(|namespace, _| {
            let stays = there.contains(namespace);
            if !stays {
                world.unseen_in(namespace);
            }
            stays
        });
    }

    /// Enters a namespace, or leaves it alone from now on.
    fn judge(&self, namespace: &str, missing: Option<String>) {
        let mut watches = lock(&self.watches);
        let Some(missing) = missing else {
            if let Entry::Vacant(place) = watches.within.entry(namespace.to_owned()) {
                tracing::info!(namespace, "rights are there");
                lock(&self.actor.world).unseen_in(namespace);
                let scope = Scope::of(&self.configuration());
                place.insert(sources::start_within(&self.feed, &scope, namespace));
            }
            return;
        };
        drop(watches.within.remove(namespace));
        let why = refusal(&missing, namespace, &self.actor.own_namespace);
        let clusters = lock(&self.actor.world).refused_in(namespace, &why);
        if !clusters.is_empty() {
            tracing::warn!(namespace, missing, "rights are missing");
        }
        clusters.into_iter().for_each(|key| self.queue.now(key));
    }

    /// A cluster in a namespace that may not be entered: that is said, and a finalizer taken off
    /// when all goes with its namespace (safety.md §4). Nothing else.
    pub(crate) async fn look_from_outside(
        &self,
        key: &Key,
        why: &str,
        configuration: &Configuration,
    ) -> Option<Duration> {
        // Where the namespace stands is read first, then it is acted on.
        for _ in 0..3 {
            let facts = lock(&self.actor.world).facts(key).cloned()?.with_ghost();
            // That is written down in our own namespace.
            let deletion = self.look_at_deletion(key, &facts, configuration).await;
            if let Some(look_again) = deletion {
                return look_again;
            }
            let Some(manifest) = facts.postgresql() else {
                return self.without_manifest(key, &facts).await;
            };
            if !self.is_ours(manifest) {
                return None;
            }
            let view = View {
                key,
                facts: &facts,
                manifest,
                configuration,
                children: &[],
                secrets: &[],
                now: self.now(),
                policies: None,
                unsettled_since: facts.unsettled_since,
            };
            let plan = plan::deletion::from_outside(&view);
            if plan.actions.is_empty() && plan.look_again.is_none() && is_going(manifest) {
                return None;
            }
            if plan.actions.is_empty() {
                let told = self.tell_refused(&view, why).await;
                return if told {
                    plan.look_again
                } else {
                    Some(UNANSWERED)
                };
            }
            for action in plan.actions {
                if let Err(error) = self.perform(key, &facts, configuration, action).await {
                    tracing::warn!(cluster = %key, %error, "failed");
                    return Some(UNANSWERED);
                }
            }
        }
        Some(UNANSWERED)
    }

    /// Says that nothing can be done, in status and to those who wait for an operation to begin.
    /// One that has begun may be past its point of no return: it goes on when rights are back.
    async fn tell_refused(&self, view: &View<'_>, why: &str) -> bool {
        let mut waiting = Facts::default();
        waiting.operations.clone_from(&view.facts.operations);
        waiting.operations.retain(|_, operation| {
            let status = operation
                .object
                .as_ref()
                .ok()
                .and_then(|it| it.status.as_ref());
            status.is_none_or(|status| status.phase != pg_core::operation::Phase::Running)
        });
        let ends = plan::operations::refused(&waiting, view.now, condition::NOT_PERMITTED, why);
        let ended = self.end(view.key, view.facts, ends).await;
        ended && self.say_only(view, &status::not_permitted(view, why)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rules of the role that `install` binds in a namespace.
    fn bound() -> Vec<ResourceRule> {
        let text = include_str!("../../manifests/install/20-rights.yaml");
        let objects: Vec<serde_json::Value> =
            serde_saphyr::from_multiple(text).expect("sound manifests");
        let role = objects.iter().find(|object| {
            object["kind"] == "ClusterRole" && object["metadata"]["name"] == "pg-fleet-namespace"
        });
        serde_json::from_value(role.expect("the role")["rules"].clone()).expect("rules")
    }

    #[test]
    fn the_role_that_is_bound_gives_what_is_needed_and_no_more() {
        assert_eq!(missing(&bound()), None);
        let mut given: Vec<String> = Vec::new();
        for rule in bound() {
            for (group, resource) in rule
                .api_groups
                .iter()
                .flatten()
                .flat_map(|group| rule.resources.iter().flatten().map(move |one| (group, one)))
            {
                let verbs = rule.verbs.iter();
                given.extend(verbs.map(|verb| format!("{group}/{resource} {verb}")));
            }
        }
        let mut needed: Vec<String> = NEEDED
            .iter()
            .flat_map(|(group, resource, verbs)| {
                verbs
                    .iter()
                    .map(move |verb| format!("{group}/{resource} {verb}"))
            })
            .collect();
        given.sort();
        needed.sort();
        assert_eq!(given, needed);
    }

    #[test]
    fn what_is_missing_is_named() {
        let rule = |group: &str, resource: &str, verbs: &[&str]| ResourceRule {
            api_groups: Some(vec![group.to_owned()]),
            resources: Some(vec![resource.to_owned()]),
            verbs: verbs.iter().map(|verb| (*verb).to_owned()).collect(),
            resource_names: None,
        };
        assert_eq!(missing(&[]).as_deref(), Some("get pods"));
        assert_eq!(missing(&[rule("*", "*", &["*"])]), None);
        let without = |resource: &str, verb: &str| {
            let mut rules = bound();
            for rule in &mut rules {
                if rule.resources.iter().flatten().any(|one| one == resource) {
                    rule.verbs.retain(|one| one != verb);
                }
            }
            missing(&rules)
        };
        assert_eq!(
            without("statefulsets", "patch").as_deref(),
            Some("patch statefulsets")
        );
        assert_eq!(
            without("clusterroles", "bind").as_deref(),
            Some("bind clusterroles")
        );
        // A right on one object by its name is none on the others.
        let mut named = bound();
        for rule in &mut named {
            if rule.resources.iter().flatten().any(|one| one == "secrets") {
                rule.resource_names = Some(vec!["one".to_owned()]);
            }
        }
        assert_eq!(missing(&named).as_deref(), Some("get secrets"));
    }

    #[test]
    fn the_mending_command_is_named() {
        assert_eq!(
            refusal("get pods", "team", "pg-fleet"),
            "pg-fleet may not get pods in the namespace team; an administrator allows it: \
             kubectl pg install --namespaces team"
        );
        assert!(refusal("get pods", "team", "own").ends_with("install -n own --namespaces team"));
    }
}
