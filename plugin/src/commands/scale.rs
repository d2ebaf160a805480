//! `scale`: the number of members, absolute.

use std::time::Duration;

use kube::api::{Patch, PatchParams};
use serde_json::json;

use super::{
    change::{Outcome, Request, ask, find, first_of, one_namespace, open, report},
    create::MANAGER,
    wait,
};
use crate::{
    args::{DryRun, Scale},
    cluster::Cluster,
    error::{Error, Kind, Result},
    exit::Exit,
    fanout,
    output::{prompt::Class, text::shown},
    preflight::{Right, rights},
    session::Session,
    target::Target,
};

/// How often a write is tried again that met another, such as the controller's of the status.
const ATTEMPTS: usize = 5;

/// Scales.
pub async fn run(session: &Session, args: Scale) -> Result<Exit> {
    let selection = session.select(&args.targets)?;
    one_namespace(session, &selection.named)?;
    let change = &args.change;
    let request = Request::begin(session, change, Duration::from_secs(600));
    let sites = open(session, &selection.contexts, !change.wait).await?;
    let clusters = find(session, &selection, &sites, change.where_found).await?;
    let wanted = i64::from(args.replicas);
    let judged = fanout::each(
        clusters
            .iter()
            .filter(|cluster| cluster.members_wanted() != wanted),
        fanout::READS,
        |cluster| async move {
            let right = Right {
                verb: "patch",
                group: "acid.zalan.do",
                resource: "postgresqls",
                namespace: &cluster.namespace,
                name: &cluster.name,
            };
            rights(&cluster.context, &[right]).await?;
            // The API server's own judgement: schema, quota, policies.
            patch(cluster, wanted, true)
                .await
                .map_err(|error| error.object(&cluster.namespace, &cluster.name))
        },
        |_| (),
    )
    .await;
    first_of(
        session,
        judged.into_iter().filter_map(Result::err).collect(),
    )?;
    let changing: Vec<&Cluster> = clusters
        .iter()
        .filter(|cluster| cluster.members_wanted() != wanted)
        .collect();
    let effects: Vec<String> = changing
        .iter()
        .map(|cluster| effect(cluster, wanted))
        .collect();
    if change.dry_run != DryRun::None {
        for effect in &effects {
            session
                .screen
                .data(&format!("{} (would be scaled)\n", shown(effect)));
        }
        return Ok(Exit::Done);
    }
    let down = changing
        .iter()
        .any(|cluster| cluster.members_wanted() > wanted);
    let class = if down { Class::Disruptive } else { Class::Low };
    let targets: Vec<Target> = changing.iter().map(|cluster| cluster.target()).collect();
    if !targets.is_empty() {
        ask(session, change, class, &targets, "Scale", &effects).await?;
    }
    session.touch();
    let outcomes = fanout::each(
        clusters,
        usize::from(change.max_parallel),
        |cluster| {
            let (request, args) = (&request, &args);
            async move {
                let target = cluster.target();
                Outcome::new(&target, scale(session, cluster, args, request).await)
            }
        },
        |_| (),
    )
    .await;
    report(session, &request, outcomes)
}

fn effect(cluster: &Cluster, wanted: i64) -> String {
    let now = cluster.members_wanted();
    let feel = match (now > wanted, wanted) {
        (true, 0) => "; the database stops, its volumes stay",
        (true, _) => {
            "; members of the highest numbers go, the primary moves first if it is among them"
        }
        (false, _) => "",
    };
    format!("{}: {now} → {wanted} members{feel}", cluster.target())
}

async fn scale(
    session: &Session,
    cluster: Cluster,
    args: &Scale,
    request: &Request,
) -> Result<String> {
    let wanted = i64::from(args.replicas);
    if session.stop.is_asked() {
        return Err(Error::new(
            Kind::Interrupted,
            "interrupted before it was begun",
        ));
    }
    let before = cluster.members_wanted();
    let changed = if before == wanted {
        cluster
    } else {
        patch(&cluster, wanted, false).await?
    };
    let hint = format!("follow it with: kubectl pg status {}", changed.target());
    if !args.change.wait {
        return Ok(format!("accepted; {hint}"));
    }
    let task = session
        .screen
        .progress()
        .task(&changed.target().to_string());
    let generation = changed.object.metadata.generation.unwrap_or_default();
    let ended = wait::ready(session, changed, generation, request.until, &task).await;
    task.end();
    let cluster = ended.map_err(|error| error.hint(hint))?;
    let ready = cluster.status.ready.as_deref().unwrap_or("?");
    Ok(if before == wanted {
        format!("has {wanted} members already: {ready} serve")
    } else {
        format!("scaled from {before} to {wanted}: {ready} serve")
    })
}

/// Writes the number, if the manifest is still the one that was seen.
async fn patch(seen: &Cluster, wanted: i64, dry_run: bool) -> Result<Cluster> {
    let api = seen.context.clusters(&seen.namespace);
    let mut cluster = seen.clone();
    let mut parameters = PatchParams {
        dry_run,
        ..PatchParams::default()
    };
    parameters.field_manager = Some(MANAGER.to_owned());
    for _ in 0..ATTEMPTS {
        let patch = json!({
            "metadata": {
                "uid": cluster.uid(),
                "resourceVersion": cluster.object.metadata.resource_version,
            },
            "spec": { "numberOfInstances": wanted },
        });
        let result = cluster
            .context
            .ask(api.patch(&cluster.name, &parameters, &Patch::Merge(&patch)))
            .await;
        match result {
            Ok(object) => return Ok(Cluster::new(&cluster.context, object)),
            Err(error) if error.kind == Kind::Conflict => {
                let object = cluster.context.ask(api.get(&cluster.name)).await?;
                cluster = Cluster::new(&cluster.context, object);
                let same = cluster.uid() == seen.uid()
                    && cluster.object.metadata.generation == seen.object.metadata.generation;
                if !same {
                    break;
                }
            }
            Err(error) => return Err(error),
        }
    }
    Err(Error::new(
        Kind::Conflict,
        "its manifest was changed by somebody else just now",
    )
    .hint("look at it, and ask again"))
}
