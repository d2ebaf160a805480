//! What people say of a rollout that is there: pause, abort, approve, skip; resume and retry, which
//! drive it.

use std::collections::{BTreeMap, BTreeSet};

use pg_core::rollout::{
    Bid, Control, Desired, Finding, Fleet, Word, excluded, never_ran, to_approve, tried_again,
    wanted, was_passed_over,
};
use tokio::time::Instant;

use super::{
    drive::{Drive, GONE},
    ended::report,
    say,
    site::Found,
    slices::{
        controls, driven, kept, may_drive, may_each, may_write, of, participants, sites, write_all,
        write_each,
    },
    told::{done, slices, would},
};
use crate::{
    args::{Change, RolloutResume, RolloutRetry, RolloutSkip, RolloutWord, Taking},
    commands::change::{Foretold, foretell, nothing},
    error::{Error, Kind, Result},
    exit::Exit,
    output::prompt::{Case, Class, confirm},
    preflight::who,
    session::Session,
    target::Target,
};

/// Nothing new begins until somebody resumes it.
pub async fn pause(session: &Session, args: RolloutWord) -> Result<Exit> {
    stop(session, args, Desired::Pause).await
}

/// Nothing new begins, for good.
pub async fn abort(session: &Session, args: RolloutWord) -> Result<Exit> {
    stop(session, args, Desired::Abort).await
}

async fn stop(session: &Session, args: RolloutWord, desired: Desired) -> Result<Exit> {
    let found = of(session, &args.id).await?;
    let word = match desired {
        Desired::Abort => "aborted",
        _ => "paused",
    };
    let what = format!("{word}; what was begun goes on");
    let seq = wanted(&controls(&found)).seq + 1;
    // One slice suffices to stop: whoever may write one of them can.
    let may = may_each(&found).await;
    let found = kept(session, found, may)?;
    if args.change.dry_run.is_dry() {
        return would(
            session,
            &found,
            &format!("is {what}"),
            &format!("be {word}"),
        );
    }
    if desired == Desired::Abort {
        question(
            session,
            &args.change,
            &format!("Abort {} for good?", args.id),
        )
        .await?;
    }
    let reason = args.change.reason.as_deref();
    let written = write_each(session, &found, |slice, by| {
        slice.spec.control.stopped(desired, seq, by, reason)
    })
    .await;
    let found = kept(session, found, written)?;
    done(session, &args.id, slices(&found), &what)?;
    if desired == Desired::Pause {
        session.screen.note(&format!(
            "it goes on by: {}",
            say::resume(session, &args.id)
        ));
    }
    told(session, &found)
}

/// Lets it go on behind the newest wave where it waits for a person, or a gate has said no.
pub async fn approve(session: &Session, args: RolloutWord) -> Result<Exit> {
    let found = of(session, &args.id).await?;
    let gates = found
        .slices
        .first()
        .map_or(&[][..], |(_, slice)| &slice.body.spec.plan.strategy.gates);
    let controls = driven(&found);
    let (wave, open) = to_approve(gates, &controls);
    let names: Vec<String> = open.iter().map(ToString::to_string).collect();
    if names.is_empty() {
        return Err(Error::new(Kind::Refused, "it waits for nobody"));
    }
    may_write(&found).await?;
    let what = format!("may go on behind wave {wave}: {}", names.join(", "));
    if args.change.dry_run.is_dry() {
        return would(session, &found, &what, "be approved");
    }
    write_all(session, &found, |slice, by| {
        let mut control = slice.spec.control.clone();
        control.gates.extend(names.iter().map(|gate| Finding {
            wave,
            gate: gate.clone(),
            passed: true,
            evidence: format!("let through by {by}"),
            epoch: control.epoch,
            at: None,
        }));
        control
    })
    .await?;
    done(session, &args.id, slices(&found), &what)?;
    session.screen.note(&format!(
        "unless somebody drives it, it goes on by: {}",
        say::resume(session, &args.id)
    ));
    told(session, &found)
}

/// Leaves one target out.
pub async fn skip(session: &Session, args: RolloutSkip) -> Result<Exit> {
    let found = of(session, &args.id).await?;
    let chosen = chosen(session, &found, std::slice::from_ref(&args.target))?;
    let Some((uid, cluster_uid)) = chosen.first() else {
        return Err(Error::new(
            Kind::NotFound,
            format!("{} is no target of it", args.target),
        ));
    };
    let site = sites(&found)
        .into_iter()
        .find(|site| site.cluster_uid == *cluster_uid);
    let Some(site) = site else {
        return Err(Error::new(Kind::NotFound, "its slice is gone"));
    };
    let target = Target {
        context: Some(site.context.name.clone()),
        ..args.target.clone()
    };
    let what = format!("is left out of {}; what runs there goes on", args.id);
    may_write(&found).await?;
    if args.change.dry_run.is_dry() {
        let told = Foretold::change(&target, &what);
        return foretell(session, "be left out", vec![told]);
    }
    let ask = format!("Skip {} in {}?", args.target, args.id);
    question(session, &args.change, &ask).await?;
    let by = who(&site.context).await?;
    session.touch();
    site.change(|slice| {
        let mut control = slice.spec.control.clone();
        control.words.retain(|word| word.uid != *uid);
        control.words.push(Word {
            uid: uid.clone(),
            skip: true,
            by: by.clone(),
            ..Word::default()
        });
        Ok(Some(control))
    })
    .await?;
    match session.screen.format.is_document() {
        true => done(session, &args.id, vec![target], &what)?,
        false => session.screen.data(&format!("{} {what}\n", args.target)),
    }
    session.screen.note(&format!(
        "unless somebody drives it, it goes on by: {}",
        say::resume(session, &args.id)
    ));
    Ok(Exit::Done)
}

/// Drives it on.
pub async fn resume(session: &Session, args: RolloutResume) -> Result<Exit> {
    let found = of(session, &args.id).await?;
    let given_up = excluded(&controls(&found));
    take_up(
        session,
        &args.id,
        &args.taking,
        found,
        given_up,
        BTreeMap::new(),
    )
    .await
}

/// Drives it on, with what failed or was skipped once more. What was given up and is there again
/// takes part again.
pub async fn retry(session: &Session, args: RolloutRetry) -> Result<Exit> {
    let found = of(session, &args.id).await?;
    let named: Vec<Target> = session.targets(&args.targets)?;
    let only = chosen(session, &found, &named)?;
    let (mut fleet, mut users) = (Fleet::new(), BTreeMap::new());
    for site in sites(&found) {
        let mut seen = site.seen().await?;
        // What was given up is there again.
        seen.slice.spec.control.excluded.clear();
        users.insert(site.cluster_uid.clone(), who(&site.context).await?);
        fleet.insert(site.cluster_uid, seen);
    }
    let only: BTreeSet<String> = only.into_iter().map(|(uid, _)| uid).collect();
    let words = tried_again(&fleet, (!named.is_empty()).then_some(&only), &users);
    let back: BTreeSet<String> = sites(&found).into_iter().map(|it| it.cluster_uid).collect();
    let mut given_up = excluded(&controls(&found));
    let returned = given_up.iter().any(|uid| back.contains(uid));
    given_up.retain(|uid| !back.contains(uid));
    if words.is_empty() && !returned && !was_passed_over(&fleet) {
        let rest = say::resume(session, &args.id);
        let why = "Nothing to try again: nothing failed, nothing was skipped.";
        return nothing(session, &format!("{why} What is left goes on by: {rest}"));
    }
    take_up(session, &args.id, &args.taking, found, given_up, words).await
}

async fn take_up(
    session: &Session,
    id: &str,
    taking: &Taking,
    found: Found,
    mut given_up: BTreeSet<String>,
    words: BTreeMap<String, Word>,
) -> Result<Exit> {
    let change = &taking.change;
    if wanted(&controls(&found)).desired == Desired::Abort {
        return Err(Error::new(
            Kind::Stopped,
            format!("{id} was aborted, which is for good"),
        ));
    }
    let there: BTreeSet<String> = sites(&found).into_iter().map(|it| it.cluster_uid).collect();
    let mut without = Vec::new();
    for word in &taking.without {
        let mut all = participants(&found).iter();
        let own = all.find(|it| it.hint == *word || it.cluster_uid == *word);
        let own = own.ok_or_else(|| {
            let hints: Vec<&str> = participants(&found)
                .iter()
                .map(|it| it.hint.as_str())
                .collect();
            Error::usage(format!("{word} takes no part in {id}"))
                .hint(format!("there are: {}", hints.join(", ")))
        })?;
        without.push(own.hint.clone());
        given_up.insert(own.cluster_uid.clone());
    }
    let missing: Vec<&str> = participants(&found)
        .iter()
        .filter(|it| !there.contains(&it.cluster_uid) && !given_up.contains(&it.cluster_uid))
        .map(|it| it.hint.as_str())
        .collect();
    if !missing.is_empty() {
        for error in &found.errors {
            session.screen.error(error);
        }
        let what = format!("not found in the chosen contexts: {}", missing.join(", "));
        let unmade = Control::default();
        let again = match never_ran(controls(&found).iter().chain([&unmade])) {
            true => "; nothing has begun: rollout start FILE makes what is missing of its plan",
            false => "",
        };
        return Err(Error::new(Kind::Refused, what).hint(format!(
            "choose its context, whatever it is called here; or give it up: --without {}{again}",
            missing.join(" --without ")
        )));
    }
    let lives = found.slices.iter().find_map(|(_, slice)| {
        let control = &slice.body.spec.control;
        let driver = control.driver.as_ref()?;
        let renewed = driver.renewed_at.as_ref()?;
        let age = slice.at?.duration_since(renewed.0);
        let young = std::time::Duration::try_from(age).unwrap_or_default() < GONE;
        let drives = control.desired == Desired::Run && control.finished_at.is_none();
        (young && drives).then(|| driver.clone())
    });
    may_drive(&found, &given_up).await?;
    if change.dry_run.is_dry() {
        return would(session, &found, "goes on", "be driven on");
    }
    if let Some(driver) = lives.filter(|_| !taking.take_over) {
        if !session.screen.can_ask {
            let what = format!("{} on {} drives it, and lives", driver.user, driver.host);
            return Err(Error::new(Kind::ConfirmationNeeded, what).hint("--take-over"));
        }
        let what = format!(
            "{} on {} drives it, and lives. Take over?",
            driver.user, driver.host
        );
        question(session, change, &what).await?;
    }
    if !without.is_empty() {
        let what = format!(
            "Go on without {}? What runs there goes on.",
            without.join(", ")
        );
        question(session, change, &what).await?;
    }
    let mut sites = sites(&found);
    sites.retain(|site| !given_up.contains(&site.cluster_uid));
    let follow = say::resume(session, id);
    session.runs_on(format!(
        "what was begun goes on, nothing new begins; it is taken up again by: {follow}"
    ));
    let mut drive = Drive::new(session, sites.clone()).await?;
    // What stands there now, not when the question was asked.
    let mut now = Vec::new();
    for site in &sites {
        now.push(site.read().await?.body.spec.control);
    }
    let by = drive.driver.user.clone();
    let mut bid = Bid::new(drive.driver.clone(), &by, &now, &given_up);
    bid.words = words;
    session.touch();
    drive.take(&bid).await?;
    let until = change.timeout.map(|time| Instant::now() + time);
    let ended = drive.run(until, change).await?;
    report(session, id, &ended)
}

/// The uids of targets that were named, with those of their Kubernetes clusters. The context is
/// what it is called here, or in the plan.
fn chosen(session: &Session, found: &Found, named: &[Target]) -> Result<Vec<(String, String)>> {
    let mut all = Vec::new();
    for name in named {
        let matches: Vec<(String, String)> = found
            .slices
            .iter()
            .flat_map(|(context, slice)| {
                let plan = &slice.body.spec.plan;
                let own = plan
                    .participants
                    .iter()
                    .find(|it| it.cluster_uid == plan.cluster_uid);
                let hint = own.map_or("", |own| own.hint.as_str());
                let place = name.context.as_deref().is_none_or(|word| {
                    word == hint
                        || word == context.name
                        || word == session.connector.contexts.short(&context.name)
                });
                let targets = plan.targets.iter().filter(move |target| {
                    let namespace = name.namespace.as_deref();
                    place
                        && target.name == name.name
                        && namespace.is_none_or(|namespace| namespace == target.namespace)
                });
                targets.map(|target| (target.uid.clone(), plan.cluster_uid.clone()))
            })
            .collect();
        match matches.as_slice() {
            [one] => all.push(one.clone()),
            [] => {
                return Err(Error::new(
                    Kind::NotFound,
                    format!("{name} is no target of it"),
                ));
            }
            _ => {
                return Err(
                    Error::usage(format!("{name} is more than one of its targets"))
                        .hint("name it in full: NAMESPACE/NAME@CONTEXT"),
                );
            }
        }
    }
    Ok(all)
}

async fn question(session: &Session, change: &Change, what: &str) -> Result<()> {
    let case = Case {
        class: Class::Disruptive,
        targets: 1,
        protected: false,
        terminal: session.screen.can_ask,
        yes: change.yes,
        expect_count: None,
        confirm: None,
        target: None,
    };
    confirm(case, what.to_owned()).await
}

/// Contexts that did not answer may hold slices as well.
fn told(session: &Session, found: &Found) -> Result<Exit> {
    for error in &found.errors {
        session.screen.error(error);
    }
    let there: BTreeSet<String> = sites(found).into_iter().map(|it| it.cluster_uid).collect();
    let all = participants(found).iter();
    let missing: Vec<&str> = all
        .filter(|it| !there.contains(&it.cluster_uid))
        .map(|it| it.hint.as_str())
        .collect();
    if missing.is_empty() {
        return Ok(Exit::Done);
    }
    session.screen.note(&format!(
        "not told: {}; one slice suffices",
        missing.join(", ")
    ));
    Ok(Exit::Done)
}
