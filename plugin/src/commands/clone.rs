//! `clone`: copies of a live Postgres cluster, here and in other contexts. All of them are judged
//! before the first is created; one that fails leaves nothing behind.

mod copy;
mod follow;
mod inside;
pub mod manifest;
mod passwords;
mod probe;
mod quota;
mod reach;
mod relay;
mod room;

use std::{sync::Arc, time::Duration};

use kube::api::DynamicObject;

pub use self::room::is_default;
use self::{
    copy::copy,
    manifest::{Way, major, manifest},
    passwords::Passwords,
    quota::Needs,
    reach::way,
};
use super::{
    change::{
        Foretold, Request, all_of, ask, exactly_one, foretell, get, goes_on, manifests, open,
        report, write_all,
    },
    create::judge,
};
use crate::{
    args::{Copies, DryRun, NewCopy, new_cluster},
    cluster::Cluster,
    connect::Context,
    error::{Error, Kind, Result},
    exit::Exit,
    fanout,
    output::{document::value_of, prompt::Class, quantity::amount},
    preflight::who,
    session::Session,
    target::{Chosen, Target},
};

/// A copy of much data takes as long as it takes.
const TIME: Duration = Duration::from_secs(24 * 3600);

/// One copy, judged.
struct Planned {
    target: Target,
    context: Arc<Context>,
    way: Way,
    object: DynamicObject,
    needs: Needs,
    /// What this request made earlier.
    there: Option<DynamicObject>,
    passwords: Passwords,
    /// Whether no Secret of this name is there, so that all of them may go again.
    fresh: bool,
}

/// Copies.
pub async fn run(session: &Session, args: Copies) -> Result<Exit> {
    let one = exactly_one(session, &args.source)?;
    let request = Request::begin(session, &args.change, TIME);
    let targets = targets(session, &one, &args.new)?;
    let mut contexts = vec![one.context.clone()];
    for target in &targets {
        let context = target.context.clone().unwrap_or_default();
        if !contexts.contains(&context) {
            contexts.push(context);
        }
    }
    let sites = open(session, &contexts, !args.change.wait).await?;
    let context = |name: &str| {
        sites.contexts.get(name).cloned().ok_or_else(|| {
            let what = "this context is the same Kubernetes cluster as another one here";
            Error::new(Kind::Refused, what)
                .context(name)
                .hint("name it by one context")
        })
    };
    let source = get(&context(&one.context)?, &one).await?;
    is_fit(&source, &args)?;
    let theirs = source.spec(&["volume", "size"]);
    let theirs = theirs.and_then(|size| size.as_str());
    let size = args.size.as_deref().or(theirs);
    for unseen in inside::look(&source, size, upgrades(&source, &args)).await? {
        session.screen.note(&format!("not checked: {unseen}"));
    }
    let mut places = Vec::new();
    for target in targets {
        let target = Target {
            namespace: target.namespace.or_else(|| Some(source.namespace.clone())),
            ..target
        };
        let context = context(target.context.as_deref().unwrap_or_default())?;
        places.push((target, context));
    }
    let judged = fanout::each(
        places,
        fanout::READS,
        |(target, context)| {
            let (source, args, request) = (&source, &args, &request);
            async move {
                let place = target.clone();
                plan(session, source, target, context, args, request)
                    .await
                    .map_err(|error| {
                        let namespace = place.namespace.as_deref().unwrap_or_default();
                        error
                            .context(place.context.as_deref().unwrap_or_default())
                            .object(namespace, &place.name)
                    })
            }
        },
        |_| (),
    )
    .await;
    let planned = all_of(session, judged)?;
    find_room(session, &planned).await?;
    let names: Vec<Target> = planned.iter().map(|one| one.target.clone()).collect();
    let effects = planned.iter().map(|one| effect(&source, one, &args));
    if args.change.dry_run.is_dry() {
        let objects = planned.iter().map(|one| value_of(&one.object));
        let objects = objects.collect::<Result<Vec<_>>>()?;
        if args.change.dry_run == DryRun::Client {
            return manifests(session, &objects);
        }
        let places = planned.iter().zip(effects).zip(objects);
        let told = places
            .map(|((one, effect), object)| Foretold::change(&one.target, &effect).object(object));
        return foretell(session, "be created", told.collect());
    }
    let effects = names.iter().zip(effects);
    let effects: Vec<String> = effects
        .map(|(target, effect)| format!("{target}: {effect}"))
        .collect();
    ask(session, &args.change, Class::Low, &names, "Clone", &effects).await?;
    goes_on(session, &names);
    session.touch();
    let planned = planned.into_iter().map(|one| (one.target.clone(), one));
    let outcomes = write_all(
        session,
        &request,
        &args.change,
        &sites,
        planned.collect(),
        |one| copy(session, &source, one, &args, &request),
    )
    .await;
    report(session, &request, outcomes)
}

/// Whether all that are new find room together in the quotas of their namespaces.
async fn find_room(session: &Session, planned: &[Planned]) -> Result<()> {
    let mut places: Vec<(&Context, &str, Vec<Needs>)> = Vec::new();
    for one in planned.iter().filter(|one| one.there.is_none()) {
        let namespace = one.target.namespace.as_deref().unwrap_or_default();
        let needs = one.needs.clone();
        let same = |(context, there, _): &&mut (&Context, &str, Vec<Needs>)| {
            context.name == one.context.name && *there == namespace
        };
        match places.iter_mut().find(same) {
            Some((.., all)) => all.push(needs),
            None => places.push((&one.context, namespace, vec![needs])),
        }
    }
    for (context, namespace, needs) in places {
        let looked = quota::look(context, namespace, &needs).await;
        for unseen in looked.map_err(|error| error.context(&context.name))? {
            session.screen.note(&format!("not checked: {unseen}"));
        }
    }
    Ok(())
}

/// The copies in full. One without a context is where its source is.
fn targets(session: &Session, source: &Chosen, new: &[NewCopy]) -> Result<Vec<Target>> {
    let mut targets: Vec<Target> = Vec::new();
    for copy in new {
        let (namespace, name, context) = match copy {
            NewCopy::There(context) => {
                (source.namespace.clone(), source.name.clone(), Some(context))
            }
            NewCopy::Named(target) => (
                target
                    .namespace
                    .clone()
                    .or_else(|| source.namespace.clone()),
                target.name.clone(),
                target.context.as_ref(),
            ),
        };
        new_cluster(&name).map_err(Error::usage)?;
        let context = match context {
            Some(word) => session.connector.contexts.named(word)?,
            None => source.context.clone(),
        };
        let target = Target {
            namespace,
            name,
            context: Some(context),
        };
        if targets.contains(&target) {
            return Err(Error::usage(format!("{target} is named twice")));
        }
        targets.push(target);
    }
    Ok(targets)
}

/// Whether there is something to copy, and the copy can be what is asked for.
fn is_fit(source: &Cluster, args: &Copies) -> Result<()> {
    let refused = |message: String| {
        Err(Error::new(Kind::Refused, message)
            .context(&source.context.name)
            .object(&source.namespace, &source.name))
    };
    if source.is_going() {
        return refused("this Postgres cluster is being deleted".to_owned());
    }
    if source.members_wanted() == 0 || source.status.primary.is_none() {
        return refused("it has no primary that a copy could be taken from".to_owned());
    }
    let theirs = major(&source.status).unwrap_or(source.version());
    if theirs != source.version() {
        return refused(format!(
            "it runs PostgreSQL {theirs}, and its manifest says {}",
            source.version()
        ));
    }
    if let Some(wanted) = &args.version {
        let number = |text: &str| text.parse::<u32>().unwrap_or_default();
        if number(wanted) < number(theirs) {
            return refused(format!(
                "it is PostgreSQL {theirs}: a copy cannot be of the older version {wanted}"
            ));
        }
        if number(wanted) > number(theirs) && args.standby {
            return refused(format!(
                "it is PostgreSQL {theirs}: a standby follows only its own version, and not as {wanted}"
            ));
        }
    }
    if let Some(size) = &args.size {
        let theirs = source
            .spec(&["volume", "size"])
            .and_then(|size| size.as_str());
        if amount(size) < theirs.and_then(amount) {
            return refused(format!(
                "volumes of {size} are smaller than the source's {}",
                theirs.unwrap_or_default()
            ));
        }
    }
    if args.replicas == Some(0) {
        return Err(Error::usage("a copy has at least one member"));
    }
    Ok(())
}

/// Whether the copies are of another version than their source.
fn upgrades(source: &Cluster, args: &Copies) -> bool {
    let wanted = args.version.as_deref();
    wanted.is_some_and(|wanted| wanted != source.version())
}

async fn plan(
    session: &Session,
    source: &Cluster,
    target: Target,
    context: Arc<Context>,
    args: &Copies,
    request: &Request,
) -> Result<Planned> {
    let namespace = target.namespace.clone().unwrap_or_default();
    let here = context.name == source.context.name;
    if here && namespace == source.namespace && target.name == source.name {
        return Err(Error::new(
            Kind::Refused,
            "a copy needs a name or a place of its own",
        ));
    }
    let (way, said) = way(source, &context, &namespace, args).await?;
    for said in said {
        session.screen.note(&said);
    }
    let by = who(&context).await?;
    let value = manifest(source, &target, &way, args, &request.id, Some(&by))?;
    let object: DynamicObject = serde_json::from_value(value)
        .map_err(|error| Error::new(Kind::Failed, format!("the manifest: {error}")))?;
    let again = request.again.then_some(request.id.as_str());
    let there = judge(&context, &target, &object, again).await?;
    let mut needs = Needs::of(&object);
    if there.is_none() {
        for unseen in room::look(&context, &target, &mut needs).await? {
            session.screen.note(&format!("not checked: {unseen}"));
        }
    }
    let keeps = args.standby || args.copy_passwords;
    let lends = !args.standby && way != Way::Beside;
    if keeps || lends {
        passwords::may_write(&context, &namespace, lends).await?;
    }
    if let Some(said) = copy::may_take_away(&context, &target).await? {
        session.screen.note(&said);
    }
    let passwords = match (keeps, lends) {
        (true, _) => Passwords::of_all(source).await?,
        (false, true) => Passwords::of_replication(source).await?,
        (false, false) => Passwords::default(),
    };
    if keeps {
        passwords.fit(&context, &target).await?;
    }
    let fresh = there.is_none() && passwords::are_none(&context, &target).await;
    Ok(Planned {
        target,
        context,
        way,
        object,
        needs,
        there,
        passwords,
        fresh,
    })
}

fn effect(source: &Cluster, one: &Planned, args: &Copies) -> String {
    let needs = &one.needs;
    let (what, whose) = match (args.standby, args.copy_passwords) {
        (true, _) => ("follows", "the source's"),
        (false, true) => ("a copy of", "the source's"),
        (false, false) => ("a copy of", "its own"),
    };
    let version = match &args.version {
        Some(wanted) if upgrades(source, args) => {
            format!("{wanted}, upgraded from {}", source.version())
        }
        _ => source.version().to_owned(),
    };
    format!(
        "{what} {} {}: PostgreSQL {version}, {} members, {} each, {whose} passwords",
        source.target(),
        one.way.in_words(),
        needs.members,
        needs.size,
    )
}
