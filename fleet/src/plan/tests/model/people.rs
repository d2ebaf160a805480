//! What people and misfortune do, at any moment.

use std::time::Duration;

use k8s_openapi::jiff::SignedDuration;
use pg_core::{
    names,
    operation::{Action as Asked, Expect, Operation, OperationSpec, Target},
};
use proptest::prelude::*;

use super::{
    api::{KINDS, Kind, Object},
    cluster::{NODES, Truth},
    controller::Controller,
    rollout::NOTE,
};
use crate::{
    observe::object::{Guarded, Meta},
    plan::tests::{
        cluster::{UID, member},
        tables::operations::{failover, reinit, restart, switchover},
    },
};

/// One thing that happens.
#[derive(Clone, Debug)]
pub enum Event {
    Scale(i64),
    Database(u8),
    Delete {
        with_data: bool,
    },
    Ask {
        what: u8,
        member: i32,
        queue: bool,
        odd: u8,
    },
    /// Somebody takes back what was asked last.
    Cancel,
    StopPod(i32),
    KillPostgres(usize),
    Freeze(usize, u64),
    Cut(usize, u64),
    Lag(usize, u64),
    Break(usize),
    Unschedulable(usize, u64),
    LateWatch(usize, u64),
    Refuse(u64),
    Lose(u64),
    NoLogin(u64),
    Die,
    Dying(u64),
    LoseService,
    /// A node takes no more pods.
    Cordon(usize, u64),
    /// Another image: all pods must be made anew.
    Image(u8),
    /// Other annotations of the pods, or none any more: no pod must.
    Note(u8),
    /// Somebody asks for the restart of a pod.
    Flag(i32),
    /// Another number of connections, or none in the manifest.
    Connections(u8),
    Nothing,
}

pub fn event() -> impl Strategy<Value = Event> {
    let member = 0..4usize;
    let seconds = 1..60u64;
    prop_oneof![
        3 => (0..5i64).prop_map(Event::Scale),
        1 => any::<u8>().prop_map(Event::Database),
        1 => any::<bool>().prop_map(|with_data| Event::Delete { with_data }),
        6 => (0..5u8, 0..4i32, any::<bool>(), 0..12u8)
            .prop_map(|(what, member, queue, odd)| Event::Ask { what, member, queue, odd }),
        2 => Just(Event::Cancel),
        2 => (0..4i32).prop_map(Event::StopPod),
        2 => member.clone().prop_map(Event::KillPostgres),
        2 => (member.clone(), seconds.clone()).prop_map(|(m, s)| Event::Freeze(m, s)),
        2 => (member.clone(), seconds.clone()).prop_map(|(m, s)| Event::Cut(m, s)),
        1 => (member.clone(), seconds.clone()).prop_map(|(m, s)| Event::Lag(m, s)),
        1 => member.clone().prop_map(Event::Break),
        1 => (member, seconds.clone()).prop_map(|(m, s)| Event::Unschedulable(m, s)),
        2 => (0..KINDS.len(), 1..15u64).prop_map(|(kind, s)| Event::LateWatch(kind, s)),
        1 => (1..10u64).prop_map(Event::Refuse),
        1 => (1..10u64).prop_map(Event::Lose),
        1 => (60..900u64).prop_map(Event::NoLogin),
        1 => Just(Event::Die),
        1 => (0..8u64).prop_map(Event::Dying),
        1 => Just(Event::LoseService),
        2 => (0..NODES, 1..300u64).prop_map(|(node, s)| Event::Cordon(node, s)),
        3 => any::<u8>().prop_map(Event::Image),
        1 => any::<u8>().prop_map(Event::Note),
        1 => (0..4i32).prop_map(Event::Flag),
        2 => any::<u8>().prop_map(Event::Connections),
        2 => Just(Event::Nothing),
    ]
}

impl Event {
    pub fn happen(&self, truth: &mut Truth, controller: &mut Controller<'_>) {
        truth.rollout.calm();
        let now = truth.now;
        let after = |seconds: u64| now + Duration::from_secs(seconds);
        let members = &mut truth.patroni.members;
        match *self {
            Self::Scale(members) => truth.edit(|m| m.spec.number_of_instances = members),
            Self::Database(n) => truth.edit(|m| {
                m.spec.databases = Some([(format!("d{}", n % 4), "app".to_owned())].into());
            }),
            Self::Delete { with_data } => truth.delete(with_data),
            Self::Ask {
                what,
                member,
                queue,
                odd,
            } => ask(truth, what, member, queue, odd),
            Self::Cancel => cancel(truth),
            Self::StopPod(ordinal) => truth.stop_pod(&member(ordinal)),
            Self::KillPostgres(m) if members[m].is_well(now) => members[m].start(now),
            Self::Freeze(m, seconds) => members[m].frozen_until = after(seconds),
            Self::Cut(m, seconds) => members[m].cut_until = after(seconds),
            Self::Lag(m, seconds) => members[m].lags_until = after(seconds),
            Self::Break(m) if members[m].is_well(now) && !members[m].leads => {
                members[m].broken = true;
                members[m].start(now);
            }
            Self::Unschedulable(m, seconds) => members[m].unschedulable_until = after(seconds),
            Self::LateWatch(kind, seconds) => truth.api.late(KINDS[kind], after(seconds)),
            Self::Refuse(seconds) => truth.refuses_until = after(seconds),
            Self::Lose(seconds) => truth.loses_until = after(seconds),
            Self::NoLogin(seconds) => truth.no_login_until = after(seconds),
            Self::Die => controller.die(truth),
            Self::Dying(percent) => controller.dies = percent,
            Self::Cordon(node, seconds) => truth.cordoned_until[node] = after(seconds),
            Self::Image(n) => {
                truth.edit(|m| m.spec.docker_image = Some(format!("image:{}", n % 3)))
            }
            Self::Note(n) => truth.edit(|m| {
                let note = (NOTE.to_owned(), (n % 4).to_string());
                m.spec.pod_annotations = (n % 4 < 3).then(|| [note].into());
            }),
            Self::Flag(ordinal) => truth.flag(&member(ordinal)),
            Self::Connections(n) => truth.edit(|m| {
                let value = |n: u8| {
                    (
                        "max_connections".to_owned(),
                        (50 * u32::from(n)).to_string(),
                    )
                };
                m.spec.postgresql.parameters = (n % 4 > 0).then(|| [value(n % 4)].into());
            }),
            Self::LoseService => truth.api.remove(Kind::Service, "db"),
            Self::KillPostgres(_) | Self::Break(_) | Self::Nothing => {}
        }
    }
}

fn ask(truth: &mut Truth, what: u8, ordinal: i32, queue: bool, odd: u8) {
    let action = match what {
        0 => switchover(None),
        1 => failover((odd == 3).then_some(ordinal), odd.is_multiple_of(2)),
        2 => restart(None),
        3 => restart(Some(ordinal)),
        _ => reinit(ordinal),
    };
    let name = truth.api.fresh("op");
    let holder = truth
        .patroni
        .holder
        .and_then(|holder| i32::try_from(holder).ok());
    let primary = holder.map(member);
    let expect = matches!(action, Asked::Switchover(_)).then_some(Expect {
        primary,
        timeline: None,
    });
    let uid = if odd == 0 { "older" } else { UID }.to_owned();
    let spec = OperationSpec {
        target: Target {
            name: "db".to_owned(),
            uid,
        },
        action,
        expect,
        requested_by: "ada".to_owned(),
        reason: None,
        start_within_seconds: if odd == 2 { 20 } else { 600 },
        queue,
        rollout: None,
    };
    // Some were asked for while no controller was there to see them.
    let late = SignedDuration::from_secs(if odd == 1 { 900 } else { 0 });
    let metadata = Meta {
        name: name.clone(),
        uid: name.clone(),
        creation_timestamp: Some(truth.wall() - late),
        ..Meta::default()
    };
    let object = Ok(Operation::new(&name, spec));
    truth.api.put(
        Kind::Operation,
        Object::Operation(Guarded { metadata, object }.into()),
    );
}

fn cancel(truth: &mut Truth) {
    let Some(name) = truth.api.names(Kind::Operation).pop() else {
        return;
    };
    let Some(Object::Operation(guarded)) = truth.api.get(Kind::Operation, &name) else {
        return;
    };
    let mut guarded = guarded.clone();
    let by = (names::CANCELLED_BY.to_owned(), "bob".to_owned());
    guarded.metadata.annotations.extend([by]);
    truth.api.put(Kind::Operation, Object::Operation(guarded));
}
