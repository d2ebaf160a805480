//! Members that an upgrade holds whose operation is gone.

use std::time::Duration;

use super::{Action, Cluster, State, member};
use crate::{
    node::upgrade::{
        Report,
        journal::{Journal, Last, State as At},
    },
    observe::facts::Answer,
    plan::{
        action::{Order, Ordered},
        tests::cluster::NOW,
    },
};

/// db-1 is held, and every other member says that nothing is under way.
fn held() -> Cluster {
    Cluster::of(3).with(|c| {
        c.put(1, State::Silent);
        c.says(0, |answer| answer.server_version = Some(150_004));
        (0..3).for_each(|ordinal| says(c, ordinal, None, None));
        says(c, 1, Some(At::Held), None);
    })
}

fn says(cluster: &mut Cluster, ordinal: i32, state: Option<At>, last: Option<&str>) {
    let report = Report {
        data: Some(15),
        journal: state.map(|state| Journal {
            state,
            operation: "gone".to_owned(),
            from: 15,
            to: 17,
            old_system: "1".to_owned(),
            new_system: String::new(),
            notes: Vec::new(),
            linked: None,
        }),
        last: last.map(|operation| Last {
            operation: operation.to_owned(),
            ..Last::default()
        }),
        ..Report::default()
    };
    let answer = Answer {
        at: NOW,
        result: Ok(report),
    };
    cluster.facts.reports.insert(member(ordinal), answer);
}

fn orders(cluster: &Cluster) -> Vec<(String, Ordered)> {
    let order = |action| match action {
        Action::Order(Order { member, step, .. }) => Some((member, step)),
        _ => None,
    };
    cluster.actions().into_iter().filter_map(order).collect()
}

#[test]
fn released_once_all_others_have_noted_that_they_convert_nothing() {
    let mut cluster = held();
    assert_eq!(orders(&cluster), [(member(0), Ordered::Cancel)]);
    says(&mut cluster, 0, None, Some("gone"));
    assert_eq!(orders(&cluster), [(member(2), Ordered::Cancel)]);
    says(&mut cluster, 2, None, Some("gone"));
    assert_eq!(orders(&cluster), [(member(1), Ordered::Release)]);
    let status = cluster.status();
    let state = status.members.iter().find(|one| one.name == "db-1");
    assert_eq!(state.expect("listed").state, "held for upgrade gone");
}

#[test]
fn waits_while_one_may_convert_or_says_nothing() {
    let converts = held().with(|c| says(c, 0, Some(At::Converting), None));
    assert_eq!(orders(&converts), []);
    let silent = held().with(|c| {
        let answer = c.facts.reports.get_mut("db-0").expect("asked");
        answer.result = Err("no answer".to_owned());
    });
    assert_eq!(orders(&silent), [(member(0), Ordered::Report)]);
    // The new version is there, and does not serve yet.
    let comes = held().with(|c| {
        c.put(0, State::Silent);
        let report = c.facts.reports.get_mut("db-0").expect("asked");
        report.result.as_mut().expect("a report").data = Some(17);
    });
    assert_eq!(orders(&comes), []);
}

#[test]
fn goes_on_in_the_version_that_serves() {
    let serves = held().with(|c| c.says(0, |answer| answer.server_version = Some(170_004)));
    assert_eq!(orders(&serves), [(member(1), Ordered::Rejoin)]);
}

#[test]
fn who_is_silent_for_long_is_asked() {
    let silent = |seconds| {
        Cluster::of(2).with(|c| {
            c.put(1, State::Silent);
            c.unsettled_since = Some(NOW - Duration::from_secs(seconds));
        })
    };
    assert_eq!(orders(&silent(100)), []);
    assert_eq!(orders(&silent(200)), [(member(1), Ordered::Report)]);
}
