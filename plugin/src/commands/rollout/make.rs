//! From targets to a plan.

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use pg_core::{
    operation::Action,
    rollout::{
        Amount, Candidate, Cut, Draft, Follows, LeftOut, Offline, Place, Plan, Strategy,
        Target as Aim,
    },
};
use serde_json::Value;

use super::{
    outline,
    site::{Home, by_uid, ways},
    start::{Asked, start},
};
use crate::{
    args::{self, Change, WaveBy, Waves},
    cluster::Cluster,
    commands::{
        change::new_id,
        clone::manifest::{SOURCE, service_followed},
    },
    connect::Context,
    error::{Error, Kind, Result},
    exit::Exit,
    output::document::value_of,
    preflight::who,
    session::Session,
    target::Target,
};

/// Few targets of a person at a terminal soak for less.
const FEW: usize = 3;
const SOAK_OF_FEW: Duration = Duration::from_secs(30);
const SOAK: Duration = Duration::from_secs(600);
/// On a manifest: no two of a group are in one wave.
const GROUP: &str = "pgfleet.io/rollout-group";

/// A target that was chosen.
pub struct Chosen {
    /// The Postgres cluster.
    pub cluster: Cluster,
    /// What a person should know before.
    pub effect: String,
}

/// What targets will be, in a word.
fn to(action: &Action) -> String {
    match action {
        Action::Upgrade(asked) => asked
            .to
            .clone()
            .or_else(|| asked.image.clone())
            .unwrap_or_default(),
        Action::Set(asked) => {
            let field = |field: &pg_core::operation::SetField| {
                let value = field.value.as_deref().unwrap_or("-");
                format!("{}={value}", field.path.join("."))
            };
            let all: Vec<String> = asked.fields.iter().map(field).collect();
            all.join(" ")
        }
        _ => String::new(),
    }
}

fn strategy(waves: &Waves, change: &Change, count: usize) -> Strategy {
    let soak = waves
        .soak
        .unwrap_or(if count <= FEW { SOAK_OF_FEW } else { SOAK });
    let seconds = |time: Duration| u32::try_from(time.as_secs()).unwrap_or(u32::MAX);
    Strategy {
        canary: waves.canary,
        waves: match &waves.wave_by {
            None => Cut::Sizes(waves.waves.clone()),
            Some(WaveBy::Context) => Cut::Contexts {},
            Some(WaveBy::Label(key)) => Cut::Label(key.clone()),
        },
        max_parallel: change
            .max_parallel
            .map_or(Amount::Percent(10), |most| Amount::Count(most.into())),
        max_per_context: change
            .max_per_context
            .and_then(|most| u32::from(most).try_into().ok()),
        max_failures: waves.max_failures,
        gates: waves.gates.clone(),
        soak_seconds: seconds(soak),
        deadline_seconds: seconds(waves.deadline).max(1),
        windows: waves.windows.clone(),
        offline: match waves.offline {
            args::Offline::Wait => Offline::Wait,
            args::Offline::Skip => Offline::Skip,
        },
    }
}

/// Which Postgres cluster a standby follows: the one that it was made of, by its uid, and the one
/// that its host names. Where it has an address alone, those that have the same data.
fn follows(cluster: &Cluster) -> Vec<Follows> {
    if !cluster.spec(&["standby"]).is_some_and(Value::is_object) {
        return Vec::new();
    }
    let source = cluster
        .annotation(SOURCE)
        .and_then(|told| told.split_once(' '));
    let known = match source {
        Some((_, uid)) => Some(Follows::Uid(uid.to_owned())),
        None => {
            let data = cluster.status.system_identifier.clone();
            data.map(Follows::SystemIdentifier)
        }
    };
    let named = service_followed(cluster);
    let named = named.map(|(namespace, name)| Follows::Named { namespace, name });
    known.into_iter().chain(named).collect()
}

fn draft(one: &Chosen, cluster_uid: &str, cut: &Cut, to: &str) -> Draft {
    let cluster = &one.cluster;
    let label = |key: &str| {
        let labels = cluster.object.metadata.labels.as_ref();
        labels.and_then(|labels| labels.get(key)).cloned()
    };
    let running = cluster.status.running_version.clone();
    Draft {
        candidate: Candidate {
            cluster_uid: cluster_uid.to_owned(),
            namespace: cluster.namespace.clone(),
            name: cluster.name.clone(),
            group: label(GROUP),
            follows: follows(cluster),
            system_identifier: cluster.status.system_identifier.clone(),
            uid: cluster.uid().to_owned(),
            label: match cut {
                Cut::Label(key) => label(key).unwrap_or_default(),
                _ => String::new(),
            },
        },
        target: Aim {
            wave: 0,
            order: 0,
            namespace: cluster.namespace.clone(),
            name: cluster.name.clone(),
            uid: cluster.uid().to_owned(),
            generation: cluster.object.metadata.generation.unwrap_or_default(),
            from: running.unwrap_or_else(|| cluster.version().to_owned()),
            to: to.to_owned(),
            group: label(GROUP),
        },
    }
}

/// `restart-20261121-031207-k7f3`
fn id(verb: &str) -> String {
    let now = jiff::Timestamp::now().strftime("%Y%m%d-%H%M%S").to_string();
    let chance: String = new_id().chars().take(4).collect();
    format!("{verb}-{now}-{chance}")
}

/// Goes over many targets in waves: plans, shows, asks, drives.
pub async fn begin(
    session: &Session,
    verb: &crate::commands::operate::Verb<'_>,
    waves: &Waves,
    action: Action,
    chosen: Vec<Chosen>,
    left_out: Vec<LeftOut>,
) -> Result<Exit> {
    let change = verb.change;
    for (given, flag, instead) in [
        (
            change.request.is_some(),
            "--request",
            "rollout resume ID takes one up again",
        ),
        (
            !change.wait,
            "--wait=false",
            "--plan FILE plans; rollout start FILE drives",
        ),
    ] {
        if given {
            let what = format!("{flag} is for one target: a rollout is driven by this program");
            return Err(Error::usage(what).hint(instead));
        }
    }
    let mut contexts: Vec<Arc<Context>> = Vec::new();
    for one in &chosen {
        if !contexts
            .iter()
            .any(|it| it.name == one.cluster.context.name)
        {
            contexts.push(Arc::clone(&one.cluster.context));
        }
    }
    let homes = by_uid(session, contexts, async |context| {
        let mut here = chosen
            .iter()
            .filter(|one| one.cluster.context.name == context.name);
        here.find_map(|one| one.cluster.status.cluster_uid.clone())
    });
    let homes = homes.await?;
    let mut places = BTreeMap::new();
    for (uid, Home { context, namespace }) in &homes {
        let place = Place {
            hint: session.connector.contexts.short(&context.name).to_owned(),
            requested_by: who(context).await?,
            home: namespace.clone(),
        };
        places.insert(uid.clone(), place);
    }
    let by_uid = ways(homes);
    let uid_of = |cluster: &Cluster| {
        let mut all = by_uid.iter();
        let found = all.find(|(_, context)| context.name == cluster.context.name);
        found.map(|(uid, _)| uid.clone()).unwrap_or_default()
    };
    let strategy = strategy(waves, change, chosen.len());
    let to = to(&action);
    let drafts = chosen
        .iter()
        .map(|one| draft(one, &uid_of(&one.cluster), &strategy.waves, &to))
        .collect();
    let id = id(action.verb());
    let refused = |error: pg_core::rollout::PlanError| Error::new(Kind::Refused, error.to_string());
    let mut plan = Plan::new(&id, action, strategy, drafts, &places).map_err(refused)?;
    plan.reason.clone_from(&change.reason);
    plan.created_by = format!("kubectl-pg {}", env!("CARGO_PKG_VERSION"));
    plan.left_out = left_out;
    plan.seal();
    // With its reason, which every slice carries as well.
    plan.check().map_err(refused)?;
    plan.suffers(chosen.iter().map(|one| {
        let effect = match one.cluster.status.primary.as_deref() {
            Some(primary) => {
                let named = format!("the primary {primary}");
                let effect = one.effect.replace(&named, "the primary");
                effect.replace(primary, "the primary")
            }
            None => one.effect.clone(),
        };
        (one.cluster.uid().to_owned(), effect)
    }));
    if let Some(file) = &waves.plan {
        return save(session, &plan, file);
    }
    let targets: Vec<Target> = chosen.iter().map(|one| one.cluster.target()).collect();
    start(
        session,
        &plan,
        &by_uid,
        Asked {
            change,
            class: verb.class,
            title: verb.title,
            targets,
        },
    )
    .await
}

fn save(session: &Session, plan: &Plan, file: &Path) -> Result<Exit> {
    let text = serde_saphyr::to_string(&value_of(plan)?)
        .map_err(|error| Error::new(Kind::Failed, error.to_string()))?;
    if file == Path::new("-") {
        session.screen.data(&text);
        return Ok(Exit::Done);
    }
    std::fs::write(file, text).map_err(|error| {
        Error::new(
            Kind::Failed,
            format!("{} cannot be written: {error}", file.display()),
        )
    })?;
    session
        .screen
        .plain_lines(&outline::plan(plan, session.screen.style()));
    let names = plan.slices.iter().map(|slice| slice.hint.as_str());
    session.screen.data(&format!(
        "kubectl pg rollout start {} --context {}\n",
        file.display(),
        names.collect::<Vec<_>>().join(",")
    ));
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn candidate(more: Value) -> Candidate {
        let one = Chosen {
            cluster: Cluster::nowhere(more),
            effect: String::new(),
        };
        draft(&one, "east", &Cut::Contexts {}, "17").candidate
    }

    #[tokio::test]
    async fn a_standby_and_its_source_are_two_ends() {
        let source = candidate(json!({"metadata": {"uid": "0123"}}));
        let standby = |host: &str, told: &str| {
            candidate(json!({
                "metadata": {"name": "copy", "uid": "4567", "annotations": {"pgfleet.io/cloned-from": told}},
                "spec": {"standby": {"standby_host": host, "standby_port": "5432"}},
            }))
        };
        let table = [
            ("main", "", true),
            ("main-repl", "", true),
            ("main.pg", "", true),
            ("main.pg.svc.cluster.local", "", true),
            ("main.other", "", false),
            ("orders", "", false),
            ("192.0.2.7", "pg/main@west 0123", true),
            ("192.0.2.7", "pg/main@west 89ab", false),
        ];
        for (host, told, expected) in table {
            let copy = standby(host, told);
            assert_eq!(copy.conflicts_with(&source), expected, "{host} {told}");
            assert_eq!(source.conflicts_with(&copy), expected, "{host} {told}");
        }
        let copy = json!({"metadata": {"name": "copy", "annotations": {"pgfleet.io/cloned-from": "pg/main@west 0123"}}});
        assert!(
            !candidate(copy).conflicts_with(&source),
            "a copy goes its own way"
        );
    }
    #[tokio::test]
    async fn a_standby_of_an_address_has_its_sources_data() {
        let status =
            |data: &str| json!({"PostgresClusterStatus": "Running", "systemIdentifier": data});
        let standby = |annotations: Value| {
            candidate(json!({
                "metadata": {"name": "copy", "uid": "4567", "annotations": annotations},
                "spec": {"standby": {"standby_host": "192.0.2.7"}},
                "status": status("7400000000000000001"),
            }))
        };
        let other =
            |data: &str| candidate(json!({"metadata": {"uid": "0123"}, "status": status(data)}));
        let by_address = standby(json!({}));
        assert!(by_address.conflicts_with(&other("7400000000000000001")));
        assert!(other("7400000000000000001").conflicts_with(&by_address));
        assert!(!by_address.conflicts_with(&other("7400000000000000002")));
        let unknown = candidate(json!({"metadata": {"uid": "0123"}}));
        assert!(!by_address.conflicts_with(&unknown));
        // What it was made of is known: another copy of that is none of its ends.
        let made = standby(json!({"pgfleet.io/cloned-from": "pg/main@west 89ab"}));
        assert!(!made.conflicts_with(&other("7400000000000000001")));
        let copies = [other("7400000000000000001"), other("7400000000000000001")];
        assert!(!copies[0].conflicts_with(&copies[1]), "two copies");
    }
}
