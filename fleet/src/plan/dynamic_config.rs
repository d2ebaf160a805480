//! Patroni's dynamic configuration: what the manifest asks for goes through `PATCH /config`, and
//! what it no longer asks for is taken out (zalando.md §3.6; Zalando's operator leaves parameters).
//! Then the restarts that some parameters need.
//!
//! What is ours is known by a record in the status, written before Patroni is asked: what was never
//! in the manifest (Spilo's defaults, slots of others) is left alone.

use std::{collections::BTreeMap, time::Duration};

use pg_core::patroni::MemberAnswer;
use serde_json::{Map, Value, json};

use super::{
    View,
    action::{Action, PatroniCall, PatroniRequest},
    assess::{Assessment, LIVE},
    standby,
    work::{self, Left, Work},
};
use crate::{
    desired::{self, Inputs},
    hash,
};

const KIND: &str = "restart";
/// A restart or a change that Patroni was asked for is not asked for again within this time.
const PATIENCE: Duration = Duration::from_secs(15);
/// A member is restarted so often for one configuration under one leader, and so often while it
/// leads; twice, because a lower value may reach a replica only after the primary has it.
const RESTARTS: u32 = 2;
/// Patroni's own `loop_wait`.
const LOOP_WAIT: u64 = 10;
/// How long after a loop all members have seen a change.
const SPREAD: Duration = Duration::from_secs(2);

/// Settings that are on or off; absent in the manifest means off.
const FLAGS: [&str; 2] = ["synchronous_mode", "synchronous_mode_strict"];

/// Parameters of which a replica may not have less than the primary.
const PRIMARY_FIRST_WHEN_DECREASED: [&str; 5] = [
    "max_connections",
    "max_prepared_transactions",
    "max_locks_per_transaction",
    "max_worker_processes",
    "max_wal_senders",
];

/// What the configuration is to be, by JSON pointer.
type Wanted = BTreeMap<String, Value>;

/// `None` when the manifest makes no sense: that is said elsewhere, and nothing is changed.
fn wanted(view: &View<'_>) -> Option<Wanted> {
    let inputs = Inputs::plain(view.manifest, view.configuration);
    let all = desired::dynamic_configuration(&inputs).ok()?;
    let mut wanted = Wanted::new();
    for (key, value) in &all {
        match key.as_str() {
            "slots" => add(&mut wanted, "/slots", value),
            "postgresql" => {
                let parameters = value.get("parameters").unwrap_or(&Value::Null);
                add(&mut wanted, "/postgresql/parameters", parameters);
            }
            _ => drop(wanted.insert(format!("/{key}"), value.clone())),
        }
    }
    if standby::objection(view).is_none() {
        wanted.extend(standby::settings(view));
    }
    Some(wanted)
}

fn add(wanted: &mut Wanted, below: &str, values: &Value) {
    for (key, value) in values.as_object().into_iter().flatten() {
        let key = key.replace('~', "~0").replace('/', "~1");
        wanted.insert(format!("{below}/{key}"), value.clone());
    }
}

/// What is to be changed: the new value, or null.
fn changes(view: &View<'_>) -> Wanted {
    let Some((live, mut wanted)) = live(view).zip(wanted(view)) else {
        return Wanted::new();
    };
    let given = view.manifest.spec.patroni.clone().unwrap_or_default();
    for (flag, given) in FLAGS
        .into_iter()
        .zip([given.synchronous_mode, given.synchronous_mode_strict])
    {
        // A word (`quorum`) is a person's, and says more than a manifest can.
        let word = live.get(flag).is_some_and(Value::is_string);
        if given.is_some() || !word {
            wanted.entry(format!("/{flag}")).or_insert(json!(false));
        }
    }
    let removed = recorded(view)
        .iter()
        .filter(|pointer| !wanted.contains_key(*pointer) && live.pointer(pointer).is_some())
        // Without the section nothing of it stays, or Patroni would go on following.
        .map(|pointer| match pointer.starts_with(standby::SECTION) {
            true if view.manifest.spec.standby.is_none() => standby::SECTION.to_owned(),
            _ => pointer.clone(),
        })
        .map(|pointer| (pointer, Value::Null))
        .collect::<Wanted>();
    wanted.retain(|pointer, value| !same(live.pointer(pointer), value));
    wanted.extend(removed);
    wanted
}

fn live<'a>(view: &View<'a>) -> Option<&'a Value> {
    view.facts.config.as_ref()?.config.as_ref()
}

fn recorded<'a>(view: &View<'a>) -> &'a [String] {
    let status = view.manifest.status.as_ref();
    status.map_or(&[], |status| &status.dynamic_configuration)
}

/// What the status is to say of it: also what is no longer wanted, until it was taken out.
pub fn record(view: &View<'_>) -> Vec<String> {
    let Some(wanted) = wanted(view) else {
        return recorded(view).to_vec();
    };
    let mut all: Vec<String> = wanted.into_keys().collect();
    let live = live(view);
    let still = recorded(view)
        .iter()
        .filter(|pointer| live.is_none_or(|live| live.pointer(pointer).is_some()));
    all.extend(still.cloned());
    all.sort();
    all.dedup();
    all
}

/// Whether Patroni's value is what is wanted. Values are numbers or texts with the same meaning,
/// and Spilo writes some as numbers.
fn same(live: Option<&Value>, wanted: &Value) -> bool {
    match (live, wanted) {
        (None, wanted) => *wanted == json!(false),
        (Some(Value::Object(live)), Value::Object(wanted)) => {
            live.len() == wanted.len()
                && wanted.iter().all(|(key, value)| same(live.get(key), value))
        }
        (Some(live), wanted) => text(live) == text(wanted),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Changes Patroni's configuration, where it is not as wanted.
pub fn next(view: &View<'_>, assessment: &Assessment) -> Work {
    if assessment.wanted == 0 {
        // Nobody is there to be asked, until somebody is.
        return Work::default();
    }
    let changes = changes(view);
    if changes.is_empty() {
        return spreading(view);
    }
    let left = Left::on_the_way("Patroni's configuration is to be changed");
    let held_up = Work {
        left: left.clone(),
        ..Work::default()
    };
    // Before the first primary it is the bootstrap's.
    let Some(primary) = &assessment.primary else {
        return held_up;
    };
    let known = recorded(view);
    let status = view.manifest.status.as_ref();
    let keeps_records = status.is_none_or(|status| status.observed_generation.is_some());
    let unknown = |wanted: Wanted| wanted.keys().any(|pointer| !known.contains(pointer));
    if keeps_records && wanted(view).is_some_and(unknown) {
        // The status is written first, at the end of this look.
        return Work {
            look_again: Some(Duration::from_millis(100)),
            ..held_up
        };
    }
    if standby::is_promoted(view)
        && let Some(question) = standby::question(view)
    {
        return Work {
            actions: vec![question],
            left: Left::on_the_way("the source is asked before the promotion"),
            ..Work::default()
        };
    }
    let patch = patch(&changes, live(view).unwrap_or(&Value::Null));
    // What Patroni did not take is not asked of it again at once.
    let patched = view.facts.patched.as_ref();
    let same = patched.filter(|patched| patched.asked == hash::of(&patch));
    if let Some(age) = same.map(|patched| view.now.age(patched.at))
        && age < PATIENCE
    {
        return Work {
            look_again: Some(PATIENCE.saturating_sub(age)),
            ..held_up
        };
    }
    Work {
        actions: vec![Action::PatchConfig {
            member: primary.clone(),
            patch,
        }],
        left,
        ..Work::default()
    }
}

fn patch(changes: &Wanted, live: &Value) -> Value {
    let mut patch = json!({});
    for (pointer, value) in changes {
        let mut place = &mut patch;
        for key in pointer.split('/').skip(1) {
            let key = key.replace("~1", "/").replace("~0", "~");
            if !place.is_object() {
                *place = Value::Object(Map::new());
            }
            place = &mut place[key];
        }
        *place = over(live.pointer(pointer), value);
    }
    patch
}

/// What makes the wanted value of the one that is there: Patroni puts a patch into it, so what is to
/// go is named.
fn over(live: Option<&Value>, wanted: &Value) -> Value {
    let (Some(Value::Object(live)), Value::Object(wanted)) = (live, wanted) else {
        return wanted.clone();
    };
    let gone = live.keys().filter(|key| !wanted.contains_key(*key));
    let gone = gone.map(|key| (key.clone(), Value::Null));
    let kept = wanted
        .iter()
        .map(|(key, value)| (key.clone(), over(live.get(key), value)));
    Value::Object(gone.chain(kept).collect())
}

/// After a change its effect is waited for: a member that must be restarted says so after a loop.
fn spreading(view: &View<'_>) -> Work {
    let loop_wait = live(view).and_then(|live| live.get("loop_wait")?.as_u64());
    let spread = Duration::from_secs(loop_wait.unwrap_or(LOOP_WAIT)) + SPREAD;
    let patched = view.facts.patched.as_ref();
    let age = patched.map(|patched| view.now.age(patched.at));
    let Some(age) = age else {
        return Work::default();
    };
    let mut work = Work {
        left: Left::on_the_way("members take up Patroni's configuration"),
        ..Work::default()
    };
    if age < spread {
        work.look_again = Some(spread.saturating_sub(age));
        return work;
    }
    let pods = view.facts.ordered_pods(&view.key.name);
    let unasked: Vec<String> = pods
        .into_iter()
        .filter(|(_, name, pod)| pod.is_running() && view.is_due(name, age.saturating_sub(spread)))
        .map(|(_, name, _)| name.to_owned())
        .collect();
    match unasked.is_empty() {
        true => Work::default(),
        false => Work {
            actions: vec![Action::Ask(unasked)],
            ..work
        },
    }
}

/// One that was asked to restart is waited for, until it says that it does or did.
pub fn under_way(view: &View<'_>, assessment: &Assessment) -> Option<Work> {
    let call = view.facts.patroni_call.as_ref()?;
    if call.by != "manifest" || view.now.age(call.at) >= PATIENCE {
        return None;
    }
    let told = view
        .facts
        .answer(&call.step)
        .filter(|told| told.at > call.at);
    let pending = told.is_none_or(|told| {
        let answer = told.result.as_ref().ok();
        let serves = assessment.serving.contains(&call.step);
        serves && answer.is_some_and(|answer| answer.pending_restart)
    });
    let step = format!("{} is restarted", call.step);
    pending.then(|| Work::doing(KIND, step, Vec::new()))
}

/// Restarts PostgreSQL on members that wait for it: replicas first, except where only values were
/// lowered of which a replica may not have less than the primary.
pub fn restarts(view: &View<'_>, assessment: &Assessment) -> Work {
    let leader = view.facts.leader();
    let answer =
        |name: &str| -> Option<&MemberAnswer> { view.facts.answer(name)?.within(view.now, LIVE) };
    let mut pending: Vec<(&str, &MemberAnswer)> = assessment
        .serving
        .iter()
        .filter_map(|name| Some((name.as_str(), answer(name)?)))
        .filter(|(_, answer)| answer.pending_restart)
        .collect();
    if pending.is_empty() {
        return Work::default();
    }
    if let Some(work) = work::paused(view).or_else(|| work::leaving(view, KIND)) {
        return work;
    }
    let decreased = pending.iter().all(|(_, answer)| only_decreases(answer));
    pending.sort_by_key(|(name, _)| {
        (
            view.facts.restarts(name).times,
            (leader == Some(*name)) != decreased,
        )
    });
    let Some((member, _)) = pending.first().copied() else {
        return Work::default();
    };
    let restarts = view.facts.restarts(member);
    let times = match leader == Some(member) {
        true => restarts.times.max(restarts.as_leader),
        false => restarts.times,
    };
    if let Some(down) = work::down(view, assessment).first() {
        return work::wait(view, assessment, KIND, down, true);
    }
    let step = format!("restart {member} to take up a parameter");
    if times >= RESTARTS {
        let message = format!("{member} still waits for a restart after {times}");
        return Work::held_up("RestartStopped", message, true);
    }
    if leader == Some(member)
        && let Some(work) = work::outside_windows(view, member)
    {
        return work;
    }
    let action = view.look_closely().unwrap_or_else(|| {
        Action::Patroni(PatroniCall {
            by: "manifest".to_owned(),
            member: member.to_owned(),
            request: PatroniRequest::RestartPending,
            expect: view.expected_leader(),
        })
    });
    Work::doing(KIND, step, vec![action])
}

/// Whether all that a member waits for are lower values that the primary must have first. Older
/// versions of Patroni do not say what it is.
fn only_decreases(answer: &MemberAnswer) -> bool {
    let number = |reason: &Value, key: &str| text(reason.get(key)?).parse::<i64>().ok();
    let reasons = &answer.pending_restart_reason;
    !reasons.is_empty()
        && reasons.iter().all(|(parameter, reason)| {
            PRIMARY_FIRST_WHEN_DECREASED.contains(&parameter.as_str())
                && number(reason, "new_value")
                    .zip(number(reason, "old_value"))
                    .is_some_and(|(new, old)| new < old)
        })
}
