//! Rollouts in words: waves and their bars, what comes next, why one has stopped, and the command
//! that goes on.

use std::time::Duration;

use jiff::Timestamp;
use pg_core::rollout::{
    Counts, Desired, Fleet, Participant, Standing, Standpoint, State, Stop, TargetStatus, excluded,
    standpoints,
};

use crate::{
    error::{Error, Kind},
    output::text::{age, count},
    session::Session,
};

const BAR: usize = 20;

/// One wave, over all slices that were read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Wave {
    /// From 1.
    pub number: u32,
    /// How its targets are.
    pub counts: Counts,
    /// Targets of Kubernetes clusters that were given up.
    pub left_out: u32,
    /// Targets of others whose slices were not read.
    pub unread: u32,
    /// Where some are unknown because their Kubernetes cluster does not answer: when it last did.
    pub last_seen: Option<Timestamp>,
}

impl Wave {
    /// All of its targets, whatever is known of them.
    pub fn total(&self) -> u32 {
        self.counts.total() + self.left_out + self.unread
    }

    /// `[####>...] 4 of 8 done, 1 running`
    pub fn line(&self) -> String {
        let counts = self.counts;
        let total = self.total();
        let done = counts.succeeded + counts.skipped;
        let mut words = vec![format!("{done} of {total} done")];
        let mut word = |number: u32, what: &str| {
            if number > 0 {
                words.push(format!("{number} {what}"));
            }
        };
        word(counts.running, "running");
        word(counts.failed, "failed");
        word(counts.skipped, "skipped");
        match self.last_seen {
            Some(at) => word(counts.unknown, &format!("unknown ({})", last_seen(at))),
            None => word(counts.unknown, "unknown"),
        }
        word(self.unread, "unknown (not read)");
        word(self.left_out, "left out");
        format!("[{}] {}", self.bar(total), words.join(", "))
    }

    fn bar(&self, total: u32) -> String {
        let counts = self.counts;
        let parts = [
            (counts.succeeded + counts.skipped, '#'),
            (counts.failed + counts.unknown + self.unread, '!'),
            (counts.running, '>'),
        ];
        let width = |number: u32| (number as usize * BAR).div_ceil(total.max(1) as usize);
        let mut bar: String = parts
            .iter()
            .flat_map(|(number, sign)| std::iter::repeat_n(*sign, width(*number)))
            .take(BAR)
            .collect();
        bar.extend(std::iter::repeat_n('.', BAR - bar.len()));
        bar
    }
}

fn participants(fleet: &Fleet) -> &[Participant] {
    let plan = fleet.values().next().map(|seen| &seen.slice.spec.plan);
    plan.map_or(&[][..], |plan| plan.participants.as_slice())
}

/// Those that nobody gave up and whose slices were not read: how their targets are is not known.
pub fn unread(fleet: &Fleet) -> Vec<&Participant> {
    let given_up = excluded(fleet.values().map(|seen| &seen.slice.spec.control));
    let all = participants(fleet).iter();
    all.filter(|one| !given_up.contains(&one.cluster_uid) && !fleet.contains_key(&one.cluster_uid))
        .collect()
}

/// The waves of a rollout.
pub fn waves(fleet: &Fleet) -> Vec<Wave> {
    let all = standpoints(fleet);
    let participants = participants(fleet);
    let given_up = excluded(fleet.values().map(|seen| &seen.slice.spec.control));
    let given_up: Vec<&Participant> = participants
        .iter()
        .filter(|one| given_up.contains(&one.cluster_uid))
        .collect();
    let unread = unread(fleet);
    let number = participants.iter().map(|one| one.waves.len()).max();
    (1..=u32::try_from(number.unwrap_or(0)).unwrap_or(0))
        .map(|number| {
            let here = || all.iter().filter(|one| one.target.wave == number);
            let of = |some: &[&Participant]| -> u32 {
                let index = number as usize - 1;
                some.iter().filter_map(|one| one.waves.get(index)).sum()
            };
            let unknown = here().filter(|one| state(one) == State::Unknown);
            Wave {
                number,
                counts: Counts::of(here().map(state)),
                left_out: of(&given_up),
                unread: of(&unread),
                last_seen: unknown.map(|one| one.seen.at).min(),
            }
        })
        .collect()
}

/// How a target is; unknown where more may have come of it since its Kubernetes cluster answered.
fn state(one: &Standpoint<'_>) -> State {
    match (one.seen.silent, one.status.state) {
        (Some(_), State::Pending | State::Running) => State::Unknown,
        (_, state) => state,
    }
}

fn last_seen(at: Timestamp) -> String {
    at.strftime("last seen %Y-%m-%d %H:%M:%S UTC").to_string()
}

/// How a target is called here.
pub fn target(one: &Standpoint<'_>, session: &Session) -> String {
    let place = place(
        one.cluster_uid,
        &one.seen.slice.spec.plan.participants,
        session,
    );
    format!("{}/{}@{place}", one.target.namespace, one.target.name)
}

fn place(cluster_uid: &str, participants: &[Participant], _session: &Session) -> String {
    let own = participants.iter().find(|it| it.cluster_uid == cluster_uid);
    own.map_or_else(|| cluster_uid.to_owned(), |own| own.hint.clone())
}

fn places(uids: &[String], fleet: &Fleet, session: &Session) -> String {
    let all: Vec<String> = uids
        .iter()
        .map(|uid| place(uid, participants(fleet), session))
        .collect();
    all.join(", ")
}

/// ` in 32s`, where it has ended.
pub fn took(status: &TargetStatus) -> String {
    match (&status.started_at, &status.finished_at) {
        (Some(began), Some(end)) => {
            let took = Duration::try_from(end.0.duration_since(began.0)).unwrap_or_default();
            format!(" in {}", age(took))
        }
        _ => String::new(),
    }
}

/// What comes next: once for each change, and as a detail that moves.
pub fn next(
    standing: &Standing,
    waves: &[Wave],
    session: &Session,
    fleet: &Fleet,
) -> (String, String) {
    let is_open =
        |wave: &&Wave| wave.counts.pending == wave.counts.total() && wave.counts.total() > 0;
    let following = waves.iter().find(is_open).map_or_else(
        || "the end".to_owned(),
        |wave| {
            format!(
                "wave {}: {}",
                wave.number,
                count(wave.counts.total() as usize, "target")
            )
        },
    );
    let plan = fleet.values().next().map(|seen| &seen.slice.spec.plan);
    let soak = plan.map_or(0, |plan| plan.strategy.soak_seconds);
    let soak = age(Duration::from_secs(soak.into()));
    match standing {
        Standing::Goes | Standing::Stopped(_) | Standing::Done => (String::new(), String::new()),
        Standing::Works(0) => (places_taken(fleet, session), String::new()),
        Standing::Works(_) => (following, String::new()),
        Standing::Closed(left) => {
            let now = fleet.values().map(|seen| seen.at).max();
            let opens = now.and_then(|now| now.checked_add(*left).ok());
            let opens = opens.map_or_else(String::new, |at| {
                at.strftime(" at %a %Y-%m-%d %H:%M UTC").to_string()
            });
            let what = format!("the next window opens{opens}");
            (what.clone(), format!("{what}, in {}", age(*left)))
        }
        Standing::Soaks(left) => (
            format!("all are healthy, for {soak}; then {following}"),
            format!("all are healthy, {} more; then {following}", age(*left)),
        ),
        Standing::Silent(uids) => {
            let seen = uids.iter().filter_map(|uid| Some(fleet.get(uid)?.at)).min();
            let seen = seen.map_or_else(String::new, |at| format!("; {}", last_seen(at)));
            let place = places(uids, fleet, session);
            let what = format!("waits for {place}, which does not answer{seen}");
            (what, String::new())
        }
    }
}

/// What the next ones wait for: what was left out, and takes its place until it ends.
fn places_taken(fleet: &Fleet, session: &Session) -> String {
    let all = standpoints(fleet);
    let taken: Vec<String> = all
        .iter()
        .filter(|one| one.status.state == State::Running)
        .map(|one| target(one, session))
        .collect();
    match taken.is_empty() {
        true => String::new(),
        false => format!(
            "waits until {} has ended, which still runs",
            taken.join(", ")
        ),
    }
}

/// The command that takes a rollout up again.
pub fn resume(session: &Session, id: &str) -> String {
    format!("kubectl pg rollout resume {id}{}", contexts(session))
}

/// The flags that choose the same contexts.
pub fn contexts(session: &Session) -> String {
    let flags = &session.flags;
    let mut text = String::new();
    let over = session.gone_over();
    if let Some(namespace) = flags.namespace.as_ref().or(over.namespace.as_ref()) {
        text.push_str(&format!(" -n {namespace}"));
    }
    if let Some(file) = &flags.kubeconfig {
        text.push_str(&format!(" --kubeconfig {}", file.display()));
    }
    if !over.contexts.is_empty() {
        text.push_str(&format!(" --context {}", over.contexts.join(",")));
    }
    text
}

/// Why whoever does not wait for a window ends.
pub fn closed(left: Duration, session: &Session, id: &str) -> Error {
    let what = format!("no window is open; the next one is in {}", age(left));
    Error::new(Kind::Stopped, what).hint(resume(session, id))
}

/// Why a rollout does not go on, and what to do.
pub fn stopped(stop: &Stop, fleet: &Fleet, session: &Session, id: &str) -> Error {
    let again = || resume(session, id);
    let flags = contexts(session);
    let error = |message: String| Error::new(Kind::Stopped, message);
    match stop {
        Stop::TakenOver(driver) => {
            let who = format!("{} on {}", driver.user, driver.host);
            error(format!("{who} drives this rollout now"))
                .hint(format!("kubectl pg rollout watch {id}{flags}"))
        }
        Stop::Missing(uids) => error(format!("not found: {}", places(uids, fleet, session))),
        Stop::Behind(uid) => {
            let place = places(std::slice::from_ref(uid), fleet, session);
            error(format!("in {place} the rollout is not as it was left")).hint(again())
        }
        Stop::Told {
            desired,
            by,
            reason,
        } => {
            let word = match desired {
                Desired::Abort => "aborted",
                _ => "paused",
            };
            let by = by
                .as_deref()
                .map(|by| format!(" by {by}"))
                .unwrap_or_default();
            let why = reason
                .as_deref()
                .map(|it| format!(": {it}"))
                .unwrap_or_default();
            let error = error(format!("{word}{by}{why}"));
            match desired {
                Desired::Abort => error,
                _ => error.hint(again()),
            }
        }
        Stop::Claimed {
            cluster_uid,
            by,
            targets,
        } => {
            let place = places(std::slice::from_ref(cluster_uid), fleet, session);
            let by = by.as_deref().unwrap_or("another rollout");
            let targets = targets.join(", ");
            error(format!("in {place} {by} has {targets}"))
        }
        Stop::Failures(failures) => {
            let first = failures.first();
            // Why is said of each target.
            let what = first.map_or_else(String::new, |one| {
                format!("{}/{}", one.target.namespace, one.target.name)
            });
            let more = match failures.len() {
                1 => "",
                _ => " and others",
            };
            let count = count(failures.len(), "failure");
            error(format!("stopped after {count}: {what}{more}")).hint(format!(
                "kubectl pg rollout retry {id}{flags}, or skip {id} TARGET"
            ))
        }
        Stop::Offline(uids) => error(format!(
            "{} did not answer for longer than the deadline",
            places(uids, fleet, session)
        ))
        .hint(format!("{} (--without CONTEXT gives one up)", again())),
        Stop::Approval(wave) => error(format!("wave {wave} is done; a person has to let it go on"))
            .hint(format!(
                "kubectl pg rollout approve {id}{flags}; then resume {id}"
            )),
        Stop::Gate(finding) => {
            error(format!("gate {}: {}", finding.gate, finding.evidence)).hint(format!(
                "{} looks again; rollout approve {id} lets it through",
                again()
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use pg_core::rollout::{Rollout, Seen};
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn bars() {
        let wave = |counts: Counts| Wave {
            number: 1,
            counts,
            left_out: 0,
            unread: 0,
            last_seen: None,
        };
        let table = [
            (
                Counts {
                    pending: 4,
                    ..Counts::default()
                },
                "[....................] 0 of 4 done",
            ),
            (
                Counts {
                    pending: 1,
                    running: 1,
                    succeeded: 2,
                    ..Counts::default()
                },
                "[##########>>>>>.....] 2 of 4 done, 1 running",
            ),
            (
                Counts {
                    failed: 1,
                    succeeded: 2,
                    ..Counts::default()
                },
                "[##############!!!!!!] 2 of 3 done, 1 failed",
            ),
            (
                Counts {
                    skipped: 1,
                    succeeded: 1,
                    ..Counts::default()
                },
                "[####################] 2 of 2 done, 1 skipped",
            ),
        ];
        for (counts, line) in table {
            assert_eq!(wave(counts).line(), line);
        }
    }

    /// Three participants, of which the first was read: two targets, of which one has begun.
    fn fleet(control: Value, silent: Option<Duration>) -> Fleet {
        let target = |number: u32| {
            json!({"wave": 1, "order": number, "namespace": "pg", "name": format!("pg-{number}"),
                "uid": format!("0000000{number}-0"), "generation": 1})
        };
        let participant = |uid: &str, count: u32| json!({"clusterUID": uid, "hint": format!("at-{uid}"), "waves": [count], "sliceHash": "0"});
        let slice: Rollout = serde_json::from_value(json!({
            "apiVersion": "pgfleet.io/v1alpha1", "kind": "Rollout",
            "metadata": {"name": "restart-1", "namespace": "pg"},
            "spec": {
                "plan": {
                    "action": {"restart": {}}, "planHash": "0", "requestedBy": "anna", "strategy": {},
                    "participants": [participant("a", 2), participant("b", 3), participant("c", 4)],
                    "clusterUID": "a", "targets": [target(0), target(1)],
                },
                "control": control,
            },
            "status": {"targets": [{"uid": "00000000-0", "state": "Succeeded", "attempt": 1}]},
        }))
        .expect("a slice");
        let seen = Seen {
            slice,
            operations: Vec::new(),
            at: "2026-11-21T12:00:00Z".parse().expect("a time"),
            silent,
        };
        Fleet::from([("a".to_owned(), seen)])
    }

    #[test]
    fn what_is_not_read_is_not_left_out() {
        let lines = |control: Value, silent: Option<u64>| -> Vec<String> {
            let fleet = fleet(control, silent.map(Duration::from_secs));
            waves(&fleet).iter().map(Wave::line).collect()
        };
        let none = || json!({});
        assert_eq!(
            lines(none(), None),
            ["[###!!!!!!!!!!!!!!!!.] 1 of 9 done, 7 unknown (not read)"]
        );
        assert_eq!(
            lines(json!({"excluded": ["b"]}), None),
            ["[###!!!!!!!!!........] 1 of 9 done, 4 unknown (not read), 3 left out"]
        );
        assert_eq!(
            lines(none(), Some(40)),
            [
                "[###!!!!!!!!!!!!!!!!!] 1 of 9 done, 1 unknown (last seen 2026-11-21 12:00:00 UTC), \
                 7 unknown (not read)"
            ]
        );
        let fleet = fleet(json!({"excluded": ["b"]}), None);
        let unread: Vec<&str> = unread(&fleet).iter().map(|one| one.hint.as_str()).collect();
        assert_eq!(unread, ["at-c"]);
    }
}
