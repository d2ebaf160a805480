//! The acts on many as a rollout: what can be done and what is left out, before the first wave.

use pg_core::{operation::Action, rollout::LeftOut};

use super::{Checked, Plan, Verb, carry_out, check, run_as};
use crate::{
    args::Waves,
    cluster::Cluster,
    commands::{
        change::{Request, Sites, all_of, find, nothing, one_namespace, open},
        rollout::{Chosen, begin},
    },
    error::{Error, Kind, Result},
    exit::Exit,
    output::text::shown,
    session::Session,
    target::Selection,
};

/// The same in waves, where it is more than one. Of many, those are left out that `plan` refuses,
/// or against which `against` knows something: alone, their controller would say it.
pub async fn run_in_waves(
    session: &Session,
    selection: &Selection,
    verb: Verb<'_>,
    waves: &Waves,
    plan: impl Fn(&Cluster) -> Result<Plan>,
    against: impl Fn(&Cluster) -> Option<String>,
) -> Result<Exit> {
    one_namespace(session, &selection.named)?;
    let change = verb.change;
    let request = Request::unsaid(change, verb.time);
    let one = selection.named.len() == 1 && waves.plan.is_none();
    if one {
        request.say(session, change);
        return run_as(session, selection, verb, &request, plan).await;
    }
    let sites: Sites = open(session, &selection.contexts, false).await?;
    let clusters = find(session, selection, &sites, change.where_found).await?;
    let (checked, refused) = possible(session, check(clusters, &verb, &request, &plan).await)?;
    let acting = |one: &Checked| matches!(one.plan, Plan::Act { .. });
    let many = checked.iter().filter(|one| acting(one)).count() > 1;
    if !many && refused.is_empty() && waves.plan.is_none() {
        request.say(session, change);
        return carry_out(session, checked, verb, &request, selection).await;
    }
    let mut fits = refused.is_empty();
    let (mut chosen, mut left_out) = (Vec::new(), refused);
    let mut acts: Vec<Action> = Vec::new();
    for one in checked {
        match (one.plan, against(&one.cluster)) {
            (Plan::Act { .. }, Some(why)) => {
                fits = false;
                left_out.push(LeftOut {
                    target: one.cluster.target().to_string(),
                    why,
                });
            }
            (Plan::Act { action, effect }, None) => {
                acts.push(action);
                chosen.push(Chosen {
                    cluster: one.cluster,
                    effect,
                });
            }
            (Plan::Nothing(why), _) => left_out.push(LeftOut {
                target: one.cluster.target().to_string(),
                why,
            }),
        }
    }
    let Some(first) = acts.first().cloned() else {
        for one in &left_out {
            let line = format!("left out: {}: {}", one.target, one.why);
            session.screen.note(&shown(&line));
        }
        return match fits {
            true => nothing(session, "Nothing to do."),
            false => Err(Error::new(Kind::Refused, "it can be done to none of them")),
        };
    };
    if acts.iter().any(|act| *act != first) {
        return Err(Error::usage(
            "this is not the same for all targets; take them one by one",
        ));
    }
    begin(session, &verb, waves, first, chosen, left_out).await
}

/// What can be done, and what its plan refuses: that is left out, if anything else is there.
fn possible(
    session: &Session,
    results: Vec<Result<Checked>>,
) -> Result<(Vec<Checked>, Vec<LeftOut>)> {
    if !results.iter().any(Result::is_ok) {
        return Ok((all_of(session, results)?, Vec::new()));
    }
    let (mut left_out, mut rest) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Err(error) if error.kind == Kind::Refused => {
                let object = error.object.unwrap_or_default();
                let context = error.context.unwrap_or_default();
                left_out.push(LeftOut {
                    target: format!("{object}@{context}"),
                    why: error.message,
                });
            }
            result => rest.push(result),
        }
    }
    Ok((all_of(session, rest)?, left_out))
}
