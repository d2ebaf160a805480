//! A rollout's state in one word, for those who only look.

use std::time::Duration;

use pg_core::rollout::{
    Desired, Fleet, Gate, Me, Standing, State, excluded, has_failed, standpoints, step, wanted,
};

/// The state, by slices that answer; a driver counts as gone that was not heard of for so long.
pub fn state(fleet: &Fleet, gone: Duration) -> &'static str {
    let controls = || fleet.values().map(|seen| &seen.slice.spec.control);
    let given_up = excluded(controls());
    let finished = fleet
        .iter()
        .filter(|(uid, seen)| !given_up.contains(*uid) && seen.silent.is_none())
        .all(|(_, seen)| seen.slice.spec.control.finished_at.is_some());
    let answering = || fleet.values().filter(|seen| seen.silent.is_none());
    let lives = answering().any(|seen| {
        let driver = seen.slice.spec.control.driver.as_ref();
        let renewed = driver.and_then(|driver| driver.renewed_at.as_ref());
        renewed.is_some_and(|at| {
            Duration::try_from(seen.at.duration_since(at.0)).unwrap_or_default() < gone
        })
    });
    match wanted(controls()).desired {
        _ if finished => "Done",
        Desired::Abort => "Aborted",
        Desired::Pause if controls().all(|control| control.epoch == 0) => "NotStarted",
        Desired::Pause => "Paused",
        Desired::Run if has_failed(fleet) => "Failed",
        Desired::Run if lives => "Running",
        Desired::Run if awaits_approval(fleet) => "NeedsApproval",
        Desired::Run => "NotDriven",
    }
}

/// Where the rollout stands for whoever drives it, which decides nothing and remembers nothing: who
/// looks on sees the same.
pub fn standing(fleet: &Fleet) -> Standing {
    let controls = fleet.values().map(|seen| &seen.slice.spec.control);
    let newest = controls.max_by_key(|control| control.epoch);
    let driver = newest.and_then(|control| control.driver.as_ref());
    let me = Me {
        id: driver.map(|driver| driver.id.clone()).unwrap_or_default(),
        epoch: newest.map_or(0, |control| control.epoch),
    };
    step(&me, fleet).standing
}

/// Whether a person has to let it go on behind the newest wave.
fn awaits_approval(fleet: &Fleet) -> bool {
    let Some(plan) = fleet.values().next().map(|seen| &seen.slice.spec.plan) else {
        return false;
    };
    let controls = || fleet.values().map(|seen| &seen.slice.spec.control);
    let wave = controls().map(|control| control.wave).max().unwrap_or(0);
    let mut findings = controls().flat_map(|control| &control.gates);
    let gate = Gate::Approval {};
    let approved = findings
        .any(|finding| finding.wave == wave && finding.gate == gate.to_string() && finding.passed);
    let all = standpoints(fleet);
    let over = |state| matches!(state, State::Succeeded | State::Skipped);
    let mut begun = all.iter().filter(|one| one.target.wave <= wave);
    wave > 0
        && plan.strategy.gates.contains(&gate)
        && !approved
        && begun.all(|one| over(one.status.state))
        && all.iter().any(|one| one.target.wave > wave)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use pg_core::rollout::{Rollout, Seen};
    use serde_json::{Value, json};

    use super::*;

    const GONE: Duration = Duration::from_secs(90);

    fn noon() -> Timestamp {
        "2026-11-21T12:00:00Z".parse().expect("a time")
    }

    /// Two targets in one slice, in these states; one may fail, but for the canary.
    fn fleet(control: Value, states: [&str; 2]) -> Fleet {
        let target = |number: u32| {
            json!({"wave": number + 1, "order": number, "namespace": "pg", "name": format!("pg-{number}"),
                "uid": format!("0000000{number}-0"), "generation": 1})
        };
        let status = |number: usize| json!({"uid": format!("0000000{number}-0"), "state": states[number], "attempt": 1});
        let slice: Rollout = serde_json::from_value(json!({
            "apiVersion": "pgfleet.io/v1alpha1", "kind": "Rollout",
            "metadata": {"name": "restart-1", "namespace": "pg"},
            "spec": {
                "plan": {
                    "action": {"restart": {}}, "planHash": "0", "requestedBy": "anna",
                    "strategy": {"canary": 1, "maxFailures": 1, "gates": [{"approval": {}}]},
                    "participants": [{"clusterUID": "a", "waves": [1, 1], "sliceHash": "0"}],
                    "clusterUID": "a", "targets": [target(0), target(1)],
                },
                "control": control,
            },
            "status": {"targets": [status(0), status(1)]},
        }))
        .expect("a slice");
        let seen = Seen {
            slice,
            operations: Vec::new(),
            at: noon(),
            silent: None,
        };
        Fleet::from([("a".to_owned(), seen)])
    }

    #[test]
    fn who_looks_on_sees_what_comes_next() {
        let control = |epoch: i64, id: &str| json!({"epoch": epoch, "desired": "Run", "desiredSeq": 1, "wave": 1, "driver": {"id": id}});
        let one = fleet(control(2, "x"), ["Running", "Pending"]);
        assert_eq!(standing(&one), Standing::Works(1));
        assert_eq!(standing(&Fleet::new()), {
            Standing::Stopped(pg_core::rollout::Stop::Missing(Vec::new()))
        });
    }

    #[test]
    fn in_one_word() {
        let run = |wave: u32, renewed: &str| {
            json!({"epoch": 1, "desired": "Run", "desiredSeq": 1, "wave": wave,
                "driver": {"id": "x", "renewedAt": renewed}})
        };
        let (lives, gone) = ("2026-11-21T11:59:30Z", "2026-11-21T11:50:00Z");
        let said = |desired: &str| json!({"epoch": 1, "desired": desired, "desiredSeq": 1});
        let mut done = run(2, lives);
        done["finishedAt"] = json!(gone);
        let table = [
            (json!({}), ["Pending", "Pending"], "NotStarted"),
            (said("Pause"), ["Pending", "Pending"], "Paused"),
            (said("Abort"), ["Failed", "Pending"], "Aborted"),
            (run(1, lives), ["Running", "Pending"], "Running"),
            (run(1, gone), ["Running", "Pending"], "NotDriven"),
            (run(1, gone), ["Succeeded", "Pending"], "NeedsApproval"),
            (run(2, lives), ["Succeeded", "Failed"], "Running"),
            (run(2, gone), ["Succeeded", "Failed"], "NotDriven"),
            (run(1, lives), ["Failed", "Pending"], "Failed"),
            (run(2, lives), ["Failed", "Failed"], "Failed"),
            (done, ["Succeeded", "Failed"], "Done"),
        ];
        for (control, states, expected) in table {
            let found = state(&fleet(control.clone(), states), GONE);
            assert_eq!(found, expected, "{control} {states:?}");
        }
    }
}
