//! What is checked in every context before the first change: the controller lives, the rights are
//! there, two contexts are not one Kubernetes cluster.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use k8s_openapi::api::{
    authentication::v1::SelfSubjectReview,
    authorization::v1::{ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec},
};
use kube::{
    Api,
    api::{ListParams, PostParams},
};
use pg_core::rollup::{NAME, RollupReport, STALE_AFTER_SECONDS};
use serde_json::Value;

use crate::{
    connect::{Context, Dated},
    error::{Error, Kind, Result},
    output::text::age_at,
    roles::ask_for,
};

/// The controller's report of one context; none when there is no controller. Read as the report
/// alone: numbers as keys do not survive the detour that a flattened root takes.
pub async fn report(context: &Context) -> Result<Option<Dated<RollupReport>>> {
    let path = format!("/apis/pgfleet.io/v1alpha1/rollups/{NAME}");
    match context.get(&path, &ListParams::default(), "", None).await {
        Ok(report) => Ok(Some(report)),
        Err(error) if error.kind == Kind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a report is of now, by the server's clock.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Freshness {
    /// Of now.
    Fresh,
    /// Of this time ago.
    Stale(Option<(Timestamp, Timestamp)>),
}

/// How fresh a report is.
pub fn freshness(report: &Dated<RollupReport>) -> Freshness {
    let observed = report.body.observed_at.as_ref().map(|time| time.0);
    match (observed, report.at) {
        (Some(observed), Some(now))
            if now.duration_since(observed).as_secs() <= STALE_AFTER_SECONDS =>
        {
            Freshness::Fresh
        }
        (Some(observed), Some(now)) => Freshness::Stale(Some((observed, now))),
        _ => Freshness::Stale(None),
    }
}

/// A controller that lives.
#[derive(Clone, Debug)]
pub struct Controller {
    /// Identity of its Kubernetes cluster.
    pub cluster_uid: String,
}

/// The identity of a Kubernetes cluster where its controller does not tell it, read as the
/// controller reads it; empty where it may not be read.
pub async fn identity(context: &Context) -> Controller {
    let path = "/api/v1/namespaces/kube-system";
    let list = ListParams::default();
    let answer = context.get::<Value>(path, &list, "", None).await.ok();
    let uid = answer.and_then(|it| it.body["metadata"]["uid"].as_str().map(str::to_owned));
    Controller {
        cluster_uid: uid.unwrap_or_default(),
    }
}

/// The controller of a context, if it lives.
pub async fn controller(context: &Context) -> Result<Controller> {
    let Some(report) = report(context).await? else {
        return Err(Error::new(
            Kind::NotInstalled,
            "pg-fleet is not installed here, or has never reported",
        )
        .context(&context.name)
        .hint(format!("kubectl pg install --context {}", context.name)));
    };
    if let Freshness::Stale(times) = freshness(&report) {
        let last = times.map_or_else(
            || "it has never reported".to_owned(),
            |(then, now)| format!("last heard of {} ago", age_at(then, now)),
        );
        return Err(Error::new(
            Kind::ControllerDown,
            format!("the controller is down: {last}"),
        )
        .context(&context.name)
        .hint(format!(
            "kubectl pg logs --controller --context {}; nothing would act on the change",
            context.name
        )));
    }
    Ok(Controller {
        cluster_uid: report.body.cluster_uid.clone(),
    })
}

/// A right that a command needs.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Right<'a> {
    /// The verb.
    pub verb: &'a str,
    /// API group.
    pub group: &'a str,
    /// Resource, in the plural; `pods/exec` for a part of one.
    pub resource: &'a str,
    /// Namespace.
    pub namespace: &'a str,
    /// Name; empty for any.
    pub name: &'a str,
}

/// Which of these rights are missing.
pub async fn lacks(context: &Context, needed: &[Right<'_>]) -> Result<Vec<String>> {
    let mut missing = Vec::new();
    for right in needed {
        if !may(context, right).await? {
            missing.push(
                format!("{} {}.{}", right.verb, right.resource, right.group)
                    .trim_end_matches('.')
                    .to_owned(),
            );
        }
    }
    Ok(missing)
}

/// Says which of these rights are missing, all in one error.
pub async fn rights(context: &Context, needed: &[Right<'_>]) -> Result<()> {
    let missing = lacks(context, needed).await?;
    let Some(first) = needed.first().filter(|_| !missing.is_empty()) else {
        return Ok(());
    };
    Err(Error::new(
        Kind::Forbidden,
        format!(
            "missing right in namespace {}: {}",
            first.namespace,
            missing.join(", ")
        ),
    )
    .context(&context.name)
    .hint(ask_for(needed)))
}

async fn may(context: &Context, right: &Right<'_>) -> Result<bool> {
    let (resource, part) = match right.resource.split_once('/') {
        Some((resource, part)) => (resource, Some(part.to_owned())),
        None => (right.resource, None),
    };
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let review = SelfSubjectAccessReview {
        spec: SelfSubjectAccessReviewSpec {
            resource_attributes: Some(ResourceAttributes {
                verb: text(right.verb),
                group: text(right.group),
                resource: text(resource),
                subresource: part,
                namespace: text(right.namespace),
                name: text(right.name),
                ..ResourceAttributes::default()
            }),
            ..SelfSubjectAccessReviewSpec::default()
        },
        ..SelfSubjectAccessReview::default()
    };
    let api: Api<SelfSubjectAccessReview> = Api::all(context.client.clone());
    let answer = context
        .ask(api.create(&PostParams::default(), &review))
        .await?;
    Ok(answer.status.is_some_and(|status| status.allowed))
}

/// The user's name, as the API server knows it.
pub async fn who(context: &Context) -> Result<String> {
    let api: Api<SelfSubjectReview> = Api::all(context.client.clone());
    let answer = context
        .ask(api.create(&PostParams::default(), &SelfSubjectReview::default()))
        .await?;
    answer
        .status
        .and_then(|status| status.user_info?.username)
        .ok_or_else(|| {
            Error::new(Kind::Answer, "the API server does not say who I am").context(&context.name)
        })
}

/// Contexts that lead to one Kubernetes cluster: each that doubles an earlier one, with that one.
/// Equal uids behind different authorities are different clusters (a restored snapshot).
pub fn doubles<'a>(
    contexts: impl IntoIterator<Item = (&'a Arc<Context>, &'a Controller)>,
) -> BTreeMap<String, String> {
    let mut first: BTreeMap<(&str, &[Vec<u8>]), &str> = BTreeMap::new();
    let mut doubles = BTreeMap::new();
    for (context, controller) in contexts {
        if controller.cluster_uid.is_empty() {
            continue;
        }
        match first.entry((&controller.cluster_uid, &context.authority)) {
            std::collections::btree_map::Entry::Occupied(earlier) => {
                doubles.insert(context.name.clone(), (*earlier.get()).to_owned());
            }
            std::collections::btree_map::Entry::Vacant(slot) => {
                slot.insert(&context.name);
            }
        }
    }
    doubles
}

/// Contexts whose Kubernetes clusters have one uid behind different authorities: each with an
/// earlier one. One of the two may be a copy of the other.
pub fn twins<'a>(
    contexts: impl IntoIterator<Item = (&'a Arc<Context>, &'a Controller)>,
) -> Vec<(&'a str, &'a str)> {
    let mut seen: Vec<(&Context, &Controller)> = Vec::new();
    let mut twins = Vec::new();
    for (context, controller) in contexts {
        if controller.cluster_uid.is_empty() {
            continue;
        }
        let earlier = seen.iter().find(|(other, one)| {
            one.cluster_uid == controller.cluster_uid && other.authority != context.authority
        });
        twins.extend(earlier.map(|(other, _)| (context.name.as_str(), other.name.as_str())));
        seen.push((context, controller));
    }
    twins
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

    use super::*;

    fn dated(observed: Option<&str>, at: Option<&str>) -> Dated<RollupReport> {
        let time = |text: &str| text.parse::<Timestamp>().expect("a time");
        let report = RollupReport {
            observed_at: observed.map(|text| Time(time(text))),
            ..RollupReport::default()
        };
        Dated {
            body: report,
            at: at.map(time),
        }
    }

    #[test]
    fn only_a_young_report_is_fresh() {
        let table = [
            (
                Some("2026-11-21T10:00:00Z"),
                Some("2026-11-21T10:03:00Z"),
                true,
            ),
            (
                Some("2026-11-21T10:00:00Z"),
                Some("2026-11-21T10:03:01Z"),
                false,
            ),
            (
                Some("2026-11-21T10:00:30Z"),
                Some("2026-11-21T10:00:00Z"),
                true,
            ),
            (None, Some("2026-11-21T10:00:00Z"), false),
            (Some("2026-11-21T10:00:00Z"), None, false),
        ];
        for (observed, at, fresh) in table {
            let is_fresh = freshness(&dated(observed, at)) == Freshness::Fresh;
            assert_eq!(is_fresh, fresh, "{observed:?} {at:?}");
        }
    }

    #[tokio::test]
    async fn one_uid_is_one_cluster_only_behind_one_authority() {
        let context = |name: &str, authority: &[u8]| {
            let mut context = Context::nowhere();
            context.name = name.to_owned();
            context.authority = vec![authority.to_vec()];
            Arc::new(context)
        };
        let controller = |uid: &str| Controller {
            cluster_uid: uid.to_owned(),
        };
        let all = [
            (context("a", b"1"), controller("x")),
            (context("again", b"1"), controller("x")),
            (context("copy", b"2"), controller("x")),
            (context("other", b"2"), controller("y")),
            (context("silent", b"1"), controller("")),
            (context("mute", b"2"), controller("")),
        ];
        let pairs = || {
            all.iter()
                .map(|(context, controller)| (context, controller))
        };
        assert_eq!(
            doubles(pairs()),
            BTreeMap::from([("again".to_owned(), "a".to_owned())])
        );
        assert_eq!(twins(pairs()), [("copy", "a")]);
    }
}
