//! `adopt`: Postgres clusters of Zalando's operator become those of pg-fleet. Only the name of the
//! controller changes here; the controller takes the fields of the objects over, and no pod is
//! restarted by that. What the other operator would have restarted is restarted all the same, and
//! what the controller is configured to make otherwise.

use std::time::Duration;

use k8s_openapi::api::{apps::v1::StatefulSet, core::v1::Service, policy::v1::PodDisruptionBudget};
use kube::{Api, Resource, ResourceExt, core::NamespaceResourceScope};
use pg_core::{
    configuration::Configuration,
    names::{self, ADOPTED_FROM, CONTROLLER_ANNOTATION, RELEASE},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::edit::{Edit, Step, Write, run_asking as edit};
use crate::{
    args::Adopt,
    cluster::Cluster,
    connect::Context,
    error::{Error, Kind, Result},
    exit::Exit,
    operators::{Other, others},
    output::{prompt::Class, text::count},
    preflight,
    session::Session,
};

/// Adopts.
pub async fn run(session: &Session, args: Adopt) -> Result<Exit> {
    let selection = session.select(&args.targets)?;
    let verb = Edit {
        title: "Adopt",
        done: "adopted",
        time: Duration::from_secs(600),
        change: &args.change,
    };
    edit(session, &selection, verb, async |cluster: &Cluster| {
        let own = own_id(&cluster.context).await?;
        let others = others(&cluster.context).await?;
        plan(cluster, &own, &others, objects(cluster).await.as_deref())
    })
    .await
}

/// The controller that clusters must name for pg-fleet to act on them; empty: those without a name.
pub async fn own_id(context: &Context) -> Result<String> {
    let report = preflight::report(context).await?;
    let Some(report) = report.map(|report| report.body) else {
        return Err(Error::new(
            Kind::NotInstalled,
            "pg-fleet is not installed here, or has never reported",
        ));
    };
    if !report.capabilities.iter().any(|word| word == "adopt") {
        return Err(Error::new(
            Kind::Refused,
            "pg-fleet here is too old to adopt or release",
        )
        .hint(format!("kubectl pg install --context {}", context.name)));
    }
    Ok(report.controller_id)
}

/// A controller's name in words.
pub fn named(id: &str) -> String {
    if id.is_empty() {
        "the controller without a name".to_owned()
    } else {
        format!("the controller {id}")
    }
}

/// The value of an annotation that is not there when empty.
pub fn value(text: &str) -> Value {
    if text.is_empty() {
        Value::Null
    } else {
        json!(text)
    }
}

fn plan(
    cluster: &Cluster,
    own: &str,
    others: &[Other],
    objects: Option<&[String]>,
) -> Result<Step> {
    if let Some(other) = others.iter().find(|other| other.serves(own)) {
        let what = format!(
            "the operator in pod {} serves the same clusters as pg-fleet, those of {}",
            other.pod,
            named(own)
        );
        return Err(Error::new(Kind::Refused, what).hint(
            "stop that operator, or install pg-fleet anew beside it: it then takes a name of its own",
        ));
    }
    let before = cluster
        .annotation(CONTROLLER_ANNOTATION)
        .unwrap_or_default();
    let going = cluster.annotation(RELEASE).is_some();
    if before == own && !going {
        return Ok(Step::Same("is pg-fleet's already".to_owned()));
    }
    if before == own {
        return Ok(Step::Write(Write {
            annotations: vec![(RELEASE.into(), Value::Null)],
            class: Class::Low,
            effect: "stays pg-fleet's: it is not given back".to_owned(),
            done: "stays".to_owned(),
            ..Write::default()
        }));
    }
    let fields = match objects {
        None => "the fields of its objects".to_owned(),
        Some([]) => "nothing of its objects".to_owned(),
        Some(objects) => format!(
            "the fields of {} ({})",
            count(objects.len(), "object"),
            objects.join(", ")
        ),
    };
    Ok(Step::Write(Write {
        annotations: vec![
            (CONTROLLER_ANNOTATION.into(), value(own)),
            (ADOPTED_FROM.into(), value(before)),
            (RELEASE.into(), Value::Null),
        ],
        class: Class::Disruptive,
        effect: format!(
            "from {} to {}; {fields} change hands; no pod restarts, \
             unless a restart was due or pg-fleet is configured otherwise",
            named(before),
            named(own)
        ),
        done: "adopted".to_owned(),
        ..Write::default()
    }))
}

/// Objects of which Zalando's operator holds fields; nothing where they may not be read.
async fn objects(cluster: &Cluster) -> Option<Vec<String>> {
    let name = &cluster.name;
    let mut held = Vec::new();
    held.extend(held_in::<StatefulSet>(cluster, name).await?);
    for service in [names::primary_service(name), names::replica_service(name)] {
        held.extend(held_in::<Service>(cluster, &service).await?);
    }
    let budgets = [budget(cluster).await, names::critical_budget(name)];
    for budget in budgets {
        held.extend(held_in::<PodDisruptionBudget>(cluster, &budget).await?);
    }
    Some(held)
}

/// The name of a cluster's disruption budget: as configured, where the controller's report says.
async fn budget(cluster: &Cluster) -> String {
    let report = preflight::report(&cluster.context).await.ok().flatten();
    let format = report
        .and_then(|mut report| report.body.configuration.remove("pdb_name_format"))
        .unwrap_or_else(|| Configuration::default().pdb_name_format);
    budget_by(&format, &cluster.name)
}

fn budget_by(format: &str, name: &str) -> String {
    names::fill(format, &[("cluster", name)])
}

async fn held_in<K>(cluster: &Cluster, name: &str) -> Option<Option<String>>
where
    K: Resource<Scope = NamespaceResourceScope> + Clone + DeserializeOwned + std::fmt::Debug,
    K::DynamicType: Default,
{
    let api: Api<K> = cluster.context.api(&cluster.namespace);
    let object = cluster.context.ask_opt(api.get_metadata(name)).await.ok()?;
    let held = object.is_some_and(|object| {
        object.managed_fields().iter().any(|entry| {
            entry.manager.as_deref() == Some(names::ZALANDO_MANAGER) && entry.subresource.is_none()
        })
    });
    Some(held.then(|| format!("{} {name}", K::kind(&K::DynamicType::default()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cluster(annotations: Value) -> Cluster {
        Cluster::nowhere(json!({"metadata": {"annotations": annotations}}))
    }

    fn other(id: &str) -> Other {
        Other {
            pod: "z/op".to_owned(),
            id: Some(id.to_owned()),
        }
    }

    #[test]
    fn the_budget_has_the_configured_name() {
        assert_eq!(
            budget_by("postgres-{cluster}-pdb", "main"),
            "postgres-main-pdb"
        );
        assert_eq!(budget_by("{cluster}-budget", "main"), "main-budget");
    }

    #[tokio::test]
    async fn another_operator_of_the_same_clusters_refuses() {
        for annotations in [json!({}), json!({CONTROLLER_ANNOTATION: "us"})] {
            let one = cluster(annotations);
            let refused = plan(&one, "us", &[other(""), other("us")], None).err();
            let error = refused.expect("refused");
            assert_eq!(error.kind, Kind::Refused);
            assert!(error.message.contains("z/op"), "{error}");
        }
        assert!(plan(&cluster(json!({})), "us", &[other("")], None).is_ok());
    }

    #[tokio::test]
    async fn what_is_written() {
        let written = |annotations, own: &str| match plan(&cluster(annotations), own, &[], None) {
            Ok(Step::Write(write)) => Some(write.annotations),
            _ => None,
        };
        let all = |own, before| {
            Some(vec![
                (CONTROLLER_ANNOTATION.into(), own),
                (ADOPTED_FROM.into(), before),
                (RELEASE.into(), Value::Null),
            ])
        };
        let theirs = json!({CONTROLLER_ANNOTATION: "them"});
        assert_eq!(written(json!({}), "us"), all(json!("us"), Value::Null));
        assert_eq!(
            written(theirs.clone(), "us"),
            all(json!("us"), json!("them"))
        );
        assert_eq!(written(theirs, ""), all(Value::Null, json!("them")));
        assert_eq!(written(json!({CONTROLLER_ANNOTATION: "us"}), "us"), None);
        let going = json!({CONTROLLER_ANNOTATION: "us", RELEASE: ""});
        assert_eq!(
            written(going, "us"),
            Some(vec![(RELEASE.into(), Value::Null)])
        );
    }

    #[tokio::test]
    async fn what_changes_hands_is_said() {
        let objects = ["StatefulSet main".to_owned(), "Service main".to_owned()];
        let one = cluster(json!({}));
        let Ok(Step::Write(write)) = plan(&one, "us", &[], Some(&objects)) else {
            panic!("nothing is written");
        };
        assert_eq!(
            write.effect,
            "from the controller without a name to the controller us; \
             the fields of 2 objects (StatefulSet main, Service main) change hands; \
             no pod restarts, unless a restart was due or pg-fleet is configured otherwise"
        );
    }
}
