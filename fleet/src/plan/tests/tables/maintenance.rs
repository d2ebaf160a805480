//! Patroni's pause, and members that read their configuration again.

use pg_core::operation::{Action as Asked, Maintenance, Phase, Reload};
use pg_core::postgresql::status::condition;
use serde_json::json;

use super::{
    Cluster, PatroniRequest, State, call, end, member, names,
    steps::{at, on},
    written,
};
use crate::{plan::assess::Assessment, status};

fn maintenance(on: bool) -> Asked {
    Asked::Maintenance(Maintenance { on })
}

fn agreed(cluster: &mut Cluster, by: &str, step: &str) {
    cluster.called(by, step, 1, None);
    if let Some(made) = &mut cluster.facts.patroni_call {
        made.agreed = true;
    }
}

#[test]
fn a_pause_is_announced_asked_for_once_and_seen() {
    for (wanted, step) in [(true, "pause Patroni"), (false, "resume Patroni")] {
        let mut cluster = Cluster::of(3).with(|c| {
            c.config(json!({"pause": !wanted}));
            on(c, maintenance(wanted));
        });
        let status = written(&cluster, "op").expect("a step");
        assert_eq!(status.steps.last().expect("a step").name, step);
        cluster.wrote("op", status);
        let made = call(&cluster).expect("a call");
        assert_eq!(
            (made.request, made.member),
            (PatroniRequest::Pause(wanted), member(0))
        );
        // What Patroni says is a hint; its configuration is what counts.
        agreed(&mut cluster, "op", &member(0));
        assert_eq!(names(&cluster), [""; 0]);
        cluster.config(json!({"pause": wanted.then_some(true)}));
        assert_eq!(
            end(&cluster, "op"),
            Some((Phase::Succeeded, "Done".to_owned()))
        );
    }
}

#[test]
fn who_does_not_answer_is_passed_over() {
    let mut cluster = Cluster::of(3);
    at(&mut cluster, maintenance(true), "pause Patroni", "", 10);
    cluster.called("op", &member(0), 6, None);
    assert_eq!(call(&cluster).expect("a call").member, member(1));
    let mut late = Cluster::of(3);
    at(&mut late, maintenance(true), "pause Patroni", "", 61);
    assert_eq!(
        end(&late, "op"),
        Some((Phase::Failed, "NoAnswer".to_owned()))
    );
    let mut refused = Cluster::of(3);
    at(&mut refused, maintenance(true), "pause Patroni", "", 1);
    refused.called("op", &member(0), 1, Some("no"));
    assert_eq!(
        end(&refused, "op"),
        Some((Phase::Failed, "PatroniRefused".to_owned()))
    );
}

#[test]
fn members_reload_one_after_the_other() {
    let mut cluster = Cluster::of(2).with(|c| on(c, Asked::Reload(Reload {})));
    for ordinal in 0..2 {
        let status = written(&cluster, "op").expect("a step");
        let step = format!("reload {}", member(ordinal));
        assert_eq!(status.steps.last().expect("a step").name, step);
        cluster.wrote("op", status);
        let made = call(&cluster).expect("a call");
        assert_eq!(
            (made.request, made.member),
            (PatroniRequest::Reload, member(ordinal))
        );
        cluster.called("op", &member(ordinal), 1, None);
        assert_eq!(names(&cluster), [""; 0], "asked once, then waited for");
        agreed(&mut cluster, "op", &member(ordinal));
        let status = written(&cluster, "op").expect("its end");
        assert!(status.steps.iter().all(|step| step.finished_at.is_some()));
        cluster.wrote("op", status);
    }
    assert_eq!(
        end(&cluster, "op"),
        Some((Phase::Succeeded, "Done".to_owned()))
    );
}

#[test]
fn a_member_that_is_silent_ends_a_reload() {
    let mut cluster = Cluster::of(2);
    at(
        &mut cluster,
        Asked::Reload(Reload {}),
        "reload db-1",
        "",
        31,
    );
    assert_eq!(
        end(&cluster, "op"),
        Some((Phase::Failed, "NoAnswer".to_owned()))
    );
}

#[test]
fn maintenance_is_said_and_its_end_too() {
    let said = |cluster: &Cluster| {
        let view = cluster.view();
        let status = status::of(&view, &Assessment::new(&view), None);
        let found = status.conditions.into_iter();
        found
            .filter(|one| one.type_ == condition::MAINTENANCE)
            .map(|one| (one.status, one.reason))
            .next()
    };
    let mut cluster = Cluster::of(2);
    assert_eq!(said(&cluster), None, "never heard of");
    cluster.config(json!({"pause": true}));
    let paused = ("True".to_owned(), "Paused".to_owned());
    assert_eq!(said(&cluster), Some(paused));
    let view = cluster.view();
    let status = status::of(&view, &Assessment::new(&view), None);
    cluster.manifest.status = Some(status);
    cluster.config(json!({}));
    let over = ("False".to_owned(), "Resumed".to_owned());
    assert_eq!(said(&cluster), Some(over));
    // Whoever looks for it in a broken cluster finds it too.
    cluster.put(0, State::Silent);
    assert!(said(&cluster).is_some());
}
