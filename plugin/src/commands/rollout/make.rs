//! From targets to a plan, and from a plan to slices that have their targets for themselves.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
    time::Duration,
};

use futures::future::join_all;
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, PostParams, Preconditions},
};
use pg_core::{
    names,
    operation::Action,
    rollout::{
        Amount, Bid, Candidate, Cut, Draft, LeftOut, Offline, Place, Plan, Rollout, Strategy,
        Target as Aim,
    },
};
use serde_json::Value;
use tokio::time::Instant;

use super::{drive::Drive, report, say, site::Site};
use crate::{
    args::{self, Change, DryRun, RolloutStart, WaveBy, Waves},
    cluster::Cluster,
    commands::{
        change::{ask, first_of, new_id},
        create::MANAGER,
    },
    connect::Context,
    error::{Error, Kind, Result},
    exit::Exit,
    output::{document::value_of, prompt::Class},
    preflight::{self, Right, rights, who},
    session::Session,
    target::Target,
};

/// Few targets of a person at a terminal soak for less.
const FEW: usize = 3;
const SOAK_OF_FEW: Duration = Duration::from_secs(30);
const SOAK: Duration = Duration::from_secs(600);
/// Controllers say whether a slice has its targets within this time.
const CLAIMED_WITHIN: Duration = Duration::from_secs(30);
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

fn draft(one: &Chosen, cluster_uid: &str, cut: &Cut, to: &str) -> Draft {
    let cluster = &one.cluster;
    let label = |key: &str| {
        let labels = cluster.object.metadata.labels.as_ref();
        labels.and_then(|labels| labels.get(key)).cloned()
    };
    let host = cluster.spec(&["standby", "standby_host"]);
    let follows = host.and_then(Value::as_str).and_then(|host| {
        let mut parts = host.split('.');
        let (name, namespace) = (parts.next()?, parts.next()?);
        Some((namespace.to_owned(), name.to_owned()))
    });
    let running = cluster.status.running_version.clone();
    Draft {
        candidate: Candidate {
            cluster_uid: cluster_uid.to_owned(),
            namespace: cluster.namespace.clone(),
            name: cluster.name.clone(),
            group: label(GROUP),
            follows,
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

/// The uid of a Kubernetes cluster, whose controller has to know rollouts.
async fn cluster_uid(context: &Context) -> Result<String> {
    let told = match preflight::report(context).await {
        Ok(Some(report)) if !report.body.capabilities.iter().any(|it| it == "rollout") => {
            return Err(
                Error::new(Kind::Refused, "the controller there knows no rollouts")
                    .context(&context.name)
                    .hint(format!("kubectl pg install --context {}", context.name)),
            );
        }
        Ok(report) => report.map(|report| report.body.cluster_uid),
        Err(error) if error.kind == Kind::Forbidden => None,
        Err(error) => return Err(error),
    };
    if let Some(uid) = told.filter(|uid| !uid.is_empty()) {
        return Ok(uid);
    }
    let api: Api<k8s_openapi::api::core::v1::Namespace> = Api::all(context.client.clone());
    let namespace = context.ask(api.get_metadata("kube-system")).await.map_err(|error| {
        error.hint("a rollout has to tell Kubernetes clusters apart: that needs the right to get rollups.pgfleet.io")
    })?;
    Ok(namespace.metadata.uid.unwrap_or_default())
}

/// Contexts by the uids of their Kubernetes clusters.
async fn by_uid(
    session: &Session,
    contexts: Vec<Arc<Context>>,
) -> Result<BTreeMap<String, Arc<Context>>> {
    let asked = join_all(contexts.into_iter().map(|context| async move {
        let uid = cluster_uid(&context).await?;
        Ok::<_, Error>((uid, context))
    }));
    let (mut found, mut failed) = (BTreeMap::new(), Vec::new());
    for answer in asked.await {
        match answer {
            Ok((uid, context)) => {
                found.entry(uid).or_insert(context);
            }
            Err(error) => failed.push(error),
        }
    }
    first_of(session, failed)?;
    Ok(found)
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
    let by_uid = by_uid(session, contexts).await?;
    let mut places = BTreeMap::new();
    for (uid, context) in &by_uid {
        let place = Place {
            hint: session.connector.contexts.short(&context.name).to_owned(),
            requested_by: who(context).await?,
        };
        places.insert(uid.clone(), place);
    }
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
    let shared = |all: &BTreeSet<&str>| match all.iter().next() {
        Some(one) if all.len() == 1 => (*one).to_owned(),
        _ => names::SYSTEM_NAMESPACE.to_owned(),
    };
    let id = id(action.verb());
    let refused = |error: pg_core::rollout::PlanError| Error::new(Kind::Refused, error.to_string());
    let mut plan = Plan::new(&id, action, strategy, drafts, &places, &shared).map_err(refused)?;
    plan.reason.clone_from(&change.reason);
    plan.created_by = format!("kubectl-pg {}", env!("CARGO_PKG_VERSION"));
    plan.left_out = left_out;
    plan.seal();
    let effects: Vec<(String, String)> = chosen
        .iter()
        .map(|one| (one.cluster.uid().to_owned(), one.effect.clone()))
        .collect();
    if let Some(file) = &waves.plan {
        return save(session, &plan, &effects, file);
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
            effects,
        },
    )
    .await
}

fn save(session: &Session, plan: &Plan, effects: &[(String, String)], file: &Path) -> Result<Exit> {
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
        .plain_lines(&say::plan(plan, effects, session));
    let names = plan.slices.iter().map(|slice| slice.hint.as_str());
    session.screen.data(&format!(
        "kubectl pg rollout start {} --context {}\n",
        file.display(),
        names.collect::<Vec<_>>().join(",")
    ));
    Ok(Exit::Done)
}

/// Carries out a plan from a file.
pub async fn start_file(session: &Session, args: RolloutStart) -> Result<Exit> {
    let file = args.file.display();
    let text = std::fs::read_to_string(&args.file)
        .map_err(|error| Error::usage(format!("{file} cannot be read: {error}")))?;
    let plan: Plan = serde_saphyr::from_str(&text)
        .map_err(|error| Error::usage(format!("{file} is no plan: {error}")))?;
    plan.check()
        .map_err(|error| Error::new(Kind::Refused, format!("{file}: {error}")))?;
    let selection = session.select(&[])?;
    let contexts = session.open_all(&selection.contexts).await?;
    let mut all = by_uid(session, contexts.into_values().collect()).await?;
    let missing: Vec<&str> = plan
        .slices
        .iter()
        .filter(|slice| !all.contains_key(&slice.cluster_uid))
        .map(|slice| slice.hint.as_str())
        .collect();
    if !missing.is_empty() {
        let what = format!(
            "the plan is for contexts that were not chosen: {}",
            missing.join(", ")
        );
        let hint = "choose them with --context; they may have other names here";
        return Err(Error::new(Kind::Refused, what).hint(hint));
    }
    all.retain(|uid, _| plan.slices.iter().any(|slice| slice.cluster_uid == *uid));
    let mut targets = Vec::new();
    for slice in &plan.slices {
        let Some(context) = all.get(&slice.cluster_uid) else {
            continue;
        };
        for aim in &slice.targets {
            let verb = right_of(&plan.action);
            let right = |verb, group, resource| Right {
                verb,
                group,
                resource,
                namespace: &aim.namespace,
                name: if group == "pgfleet.io" { "" } else { &aim.name },
            };
            rights(
                context,
                &[
                    right(verb, "acid.zalan.do", "postgresqls"),
                    right("create", "pgfleet.io", "operations"),
                ],
            )
            .await?;
            targets.push(Target {
                namespace: Some(aim.namespace.clone()),
                name: aim.name.clone(),
                context: Some(context.name.clone()),
            });
        }
    }
    let title = format!("Start {}:", plan.id);
    start(
        session,
        &plan,
        &all,
        Asked {
            change: &args.change,
            class: Class::Disruptive,
            title: &title,
            targets,
            effects: Vec::new(),
        },
    )
    .await
}

/// The right that an act needs.
fn right_of(action: &Action) -> &'static str {
    match action {
        Action::Set(_) => "patch",
        other => other.verb(),
    }
}

/// What is asked before it begins.
struct Asked<'a> {
    change: &'a Change,
    class: Class,
    title: &'a str,
    targets: Vec<Target>,
    effects: Vec<(String, String)>,
}

async fn start(
    session: &Session,
    plan: &Plan,
    contexts: &BTreeMap<String, Arc<Context>>,
    asked: Asked<'_>,
) -> Result<Exit> {
    let change = asked.change;
    let slices = plan.rollouts();
    for (uid, slice) in &slices {
        let Some(context) = contexts.get(uid) else {
            continue;
        };
        let namespace = slice.namespace().unwrap_or_default();
        let right = |verb| Right {
            verb,
            group: "pgfleet.io",
            resource: "rollouts",
            namespace: &namespace,
            name: "",
        };
        rights(
            context,
            &[
                right("get"),
                right("create"),
                right("patch"),
                right("delete"),
            ],
        )
        .await?;
    }
    let shown = say::plan(plan, &asked.effects, session);
    if change.dry_run.is_dry() {
        if change.dry_run == DryRun::Server {
            create(contexts, &slices, true, &Made::default()).await?;
        }
        session.screen.data(&shown);
        return Ok(Exit::Done);
    }
    session.screen.note(&format!("rollout {}", plan.id));
    session.screen.plain_lines(&shown);
    ask(
        session,
        change,
        asked.class,
        &asked.targets,
        asked.title,
        &[],
    )
    .await?;
    session.goes_over(contexts.values().map(|context| context.name.clone()));
    let follow = say::resume(session, &plan.id);
    session.runs_on(format!(
        "what was begun goes on, nothing new begins; it is taken up again by: {follow}"
    ));
    session.touch();
    let made = Made::default();
    let claimed = async {
        let sites = create(contexts, &slices, false, &made).await?;
        wait_until_claimed(session, &sites).await?;
        Ok::<_, Error>(sites)
    };
    let sites = match claimed.await {
        Ok(sites) => sites,
        Err(error) => {
            take_back(contexts, &slices, &made.into_inner()).await;
            return Err(refusal(error));
        }
    };
    let mut drive = Drive::new(session, sites.clone()).await?;
    let mut controls = Vec::new();
    for site in &sites {
        controls.push(site.read().await?.body.spec.control);
    }
    let by = drive.driver.user.clone();
    let bid = Bid::new(drive.driver.clone(), &by, &controls, &BTreeSet::new());
    drive.take(&bid).await?;
    let until = change.timeout.map(|time| Instant::now() + time);
    let ended = drive.run(until).await?;
    report(session, &plan.id, &ended)
}

/// Nothing was done: whatever went wrong before the first act is a refusal.
fn refusal(error: Error) -> Error {
    match error.kind {
        Kind::Interrupted | Kind::Stopped => error,
        _ => Error {
            kind: Kind::Refused,
            ..error
        },
    }
}

/// Slices that were made here, by the uids of their Kubernetes clusters.
type Made = RefCell<BTreeSet<String>>;

/// Makes the slices; those that are there already have to be of this plan.
async fn create(
    contexts: &BTreeMap<String, Arc<Context>>,
    slices: &BTreeMap<String, Rollout>,
    dry_run: bool,
    made: &Made,
) -> Result<Vec<Site>> {
    let all = slices.iter().map(|(uid, slice)| async move {
        let context = contexts
            .get(uid)
            .ok_or_else(|| Error::new(Kind::Failed, "no context"))?;
        let api: Api<Rollout> = context.api(&slice.namespace().unwrap_or_default());
        let parameters = PostParams {
            dry_run,
            field_manager: Some(MANAGER.to_owned()),
        };
        match context.ask(api.create(&parameters, slice)).await {
            Err(error) if error.kind == Kind::AlreadyExists => {
                let there = context.ask(api.get(&slice.name_any())).await?;
                if there.spec.plan != slice.spec.plan {
                    return Err(error);
                }
                if there.spec.control.epoch > 0 {
                    let what = format!("rollout {} was started already", slice.name_any());
                    return Err(Error::new(Kind::Stopped, what)
                        .context(&context.name)
                        .hint(format!("kubectl pg rollout resume {}", slice.name_any())));
                }
            }
            answer => {
                answer?;
                made.borrow_mut().insert(uid.clone());
            }
        }
        Ok(Site::of(context, slice))
    });
    join_all(all).await.into_iter().collect()
}

async fn wait_until_claimed(session: &Session, sites: &[Site]) -> Result<()> {
    let until = Instant::now() + CLAIMED_WITHIN;
    for site in sites {
        loop {
            let slice = site.read().await?.body;
            let claimed = slice.status.and_then(|status| status.claimed);
            match claimed {
                Some(claimed) if claimed.held => break,
                Some(claimed) => {
                    let by = claimed.by.unwrap_or_else(|| "nobody".to_owned());
                    let targets = claimed.targets.join(", ");
                    let hint = format!(
                        "kubectl pg rollout show {by} --context {}",
                        site.context.name
                    );
                    let what = format!("rollout {by} has {targets}");
                    return Err(Error::new(Kind::Refused, what)
                        .context(&site.context.name)
                        .hint(hint));
                }
                None if Instant::now() > until => {
                    return Err(Error::new(
                        Kind::Refused,
                        "the controller does not say whether another rollout has the targets",
                    )
                    .context(&site.context.name)
                    .hint("kubectl pg logs --controller"));
                }
                None => {}
            }
            if session.stop.sleep(Duration::from_millis(200)).await {
                return Err(Error::new(
                    Kind::Interrupted,
                    "interrupted; nothing was begun",
                ));
            }
        }
    }
    Ok(())
}

/// Takes away slices that never ran. What cannot be reached holds nothing for longer than an hour.
async fn take_back(
    contexts: &BTreeMap<String, Arc<Context>>,
    slices: &BTreeMap<String, Rollout>,
    made: &BTreeSet<String>,
) {
    for (uid, slice) in slices.iter().filter(|(uid, _)| made.contains(*uid)) {
        let Some(context) = contexts.get(uid) else {
            continue;
        };
        let api: Api<Rollout> = context.api(&slice.namespace().unwrap_or_default());
        let name = slice.name_any();
        let Ok(Some(there)) = context.ask_opt(api.get(&name)).await else {
            continue;
        };
        if there.spec.control.epoch > 0 || there.spec.plan != slice.spec.plan {
            continue;
        }
        let params = DeleteParams {
            preconditions: Some(Preconditions {
                uid: there.metadata.uid.clone(),
                resource_version: there.metadata.resource_version.clone(),
            }),
            ..DeleteParams::default()
        };
        let _ = context.ask(api.delete(&name, &params)).await;
    }
}
