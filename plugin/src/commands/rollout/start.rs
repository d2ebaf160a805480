//! From a plan to slices that have their targets for themselves, and on to a driver.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use futures::future::join_all;
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, PostParams, Preconditions},
};
use pg_core::{
    operation::Action,
    rollout::{Bid, Control, Plan, Rollout, Target as Aim, never_ran},
};
use tokio::time::Instant;

use super::{
    drive::Drive,
    ended::report,
    outline, say,
    site::{Site, by_uid, ways},
};
use crate::{
    args::{Change, DryRun, RolloutStart},
    commands::{
        change::{Foretold, ask, foretell},
        create::MANAGER,
    },
    connect::Context,
    error::{Error, Kind, Result},
    exit::Exit,
    fanout,
    output::prompt::Class,
    preflight::{Right, rights},
    session::{Ridden, Session},
    target::Target,
};

/// Controllers say whether a slice has its targets within this time.
const CLAIMED_WITHIN: Duration = Duration::from_secs(30);

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
    let contexts = contexts.into_values().collect();
    let homes = by_uid(session, contexts, async |context| {
        by_target(context, &plan).await
    });
    let mut all = ways(homes.await?);
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
        may_act(context, &plan.action, &slice.targets).await?;
        targets.extend(slice.targets.iter().map(|aim| Target {
            namespace: Some(aim.namespace.clone()),
            name: aim.name.clone(),
            context: Some(context.name.clone()),
        }));
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
        },
    )
    .await
}

/// Which of the plan's Kubernetes clusters a context leads to, by a target that is there.
async fn by_target(context: &Context, plan: &Plan) -> Option<String> {
    for slice in &plan.slices {
        for aim in &slice.targets {
            let there = context.clusters(&aim.namespace);
            let Ok(found) = context.ask_opt(there.get(&aim.name)).await else {
                continue;
            };
            if found.is_some_and(|found| found.metadata.uid.as_ref() == Some(&aim.uid)) {
                return Some(slice.cluster_uid.clone());
            }
        }
    }
    None
}

/// The right that an act needs.
fn right_of(action: &Action) -> &'static str {
    match action {
        Action::Set(_) => "patch",
        other => other.verb(),
    }
}

/// A right on the slices of rollouts in a namespace.
pub fn on_slices<'a>(verb: &'a str, namespace: &'a str) -> Right<'a> {
    Right {
        verb,
        group: "pgfleet.io",
        resource: "rollouts",
        namespace,
        name: "",
    }
}

/// Whether we may do to these targets what a rollout does, before the first of them is touched.
pub async fn may_act(context: &Context, action: &Action, targets: &[Aim]) -> Result<()> {
    let asked = fanout::each(
        targets,
        fanout::READS,
        |aim| async move {
            let right = |verb, group, resource, name| Right {
                verb,
                group,
                resource,
                namespace: &aim.namespace,
                name,
            };
            let needed = [
                right(right_of(action), "acid.zalan.do", "postgresqls", &*aim.name),
                right("create", "pgfleet.io", "operations", ""),
                right("list", "pgfleet.io", "operations", ""),
            ];
            rights(context, &needed).await
        },
        |_| (),
    )
    .await;
    asked.into_iter().collect()
}

/// What is asked before it begins.
pub struct Asked<'a> {
    /// How it is changed.
    pub change: &'a Change,
    /// How much it can hurt.
    pub class: Class,
    /// What is done, for people.
    pub title: &'a str,
    /// To what.
    pub targets: Vec<Target>,
}

/// Shows a plan, asks, makes its slices and drives it.
pub async fn start(
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
        let right = |verb| on_slices(verb, &namespace);
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
    let shown = outline::plan(plan, session.screen.style());
    if change.dry_run.is_dry() {
        if change.dry_run == DryRun::Server {
            create(contexts, &slices, true, &Made::default()).await?;
        }
        if session.screen.format.is_document() {
            return foretell(session, plan.action.verb(), foretold(plan, contexts)?);
        }
        session.screen.exact(&shown);
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
    let over = slices.iter().filter_map(|(uid, slice)| {
        let namespace = slice.metadata.namespace.as_deref()?;
        Some((&**contexts.get(uid)?, namespace))
    });
    session.goes_over(Ridden::new(over));
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
    let ended = drive.run(until, change).await?;
    report(session, &plan.id, &ended)
}

/// What would become of each target, and what is left out.
fn foretold(plan: &Plan, contexts: &BTreeMap<String, Arc<Context>>) -> Result<Vec<Foretold>> {
    let effect = |uid: &String| {
        let mut all = plan.effects.iter();
        let own = all.find(|one| one.targets.contains(uid));
        own.map_or("", |one| one.effect.as_str())
    };
    let mut all = Vec::new();
    for slice in &plan.slices {
        let context = contexts.get(&slice.cluster_uid);
        for aim in &slice.targets {
            let target = Target {
                namespace: Some(aim.namespace.clone()),
                name: aim.name.clone(),
                context: context.map(|context| context.name.clone()),
            };
            all.push(Foretold::change(&target, effect(&aim.uid)));
        }
    }
    for one in &plan.left_out {
        let target = one.target.parse().map_err(Error::usage)?;
        all.push(Foretold::same(&target, &one.why));
    }
    Ok(all)
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

/// Makes the slices; those that are there already have to be of this plan, and of a start that ended
/// before anything began. Whoever still makes that start is overtaken by a newer epoch.
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
        let control = match context.ask(api.create(&parameters, slice)).await {
            Err(error) if error.kind == Kind::AlreadyExists => {
                let there = context.ask(api.get(&slice.name_any())).await?;
                if there.spec.plan != slice.spec.plan {
                    return Err(error);
                }
                there.spec.control
            }
            answer => {
                answer?;
                made.borrow_mut().insert(uid.clone());
                Control::default()
            }
        };
        Ok((Site::of(context, slice), control))
    });
    let all: Vec<Result<(Site, Control)>> = join_all(all).await;
    let all: Vec<(Site, Control)> = all.into_iter().collect::<Result<_>>()?;
    let begun = all.iter().find(|(_, control)| control.epoch > 0);
    match begun.filter(|_| !never_ran(all.iter().map(|(_, control)| control))) {
        None => Ok(all.into_iter().map(|(site, _)| site).collect()),
        Some((site, _)) => {
            let what = format!("rollout {} was started already", site.id);
            Err(Error::new(Kind::Stopped, what)
                .context(&site.context.name)
                .hint(format!("kubectl pg rollout resume {}", site.id)))
        }
    }
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
