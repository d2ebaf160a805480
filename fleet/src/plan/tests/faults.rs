//! Faults put into the planner, by a planner around it that changes what it sees or what it says.
//! Each must be noticed by the model; the planner without one must not be.

use pg_core::operation::{Action as Asked, Phase};
use proptest::{
    strategy::{Strategy as _, ValueTree as _},
    test_runner::TestRunner,
};
use serde_json::json;

use super::model::{Event, Planner, Story, live, story, told};
use crate::{
    observe::facts::Facts,
    plan::{
        self, Plan, View,
        action::{Action, PatroniRequest},
    },
};

/// So many lives at most until a fault shows.
const LIVES: u32 = 300;

/// What is broken, in words, when one of many lives goes wrong.
fn noticed(planner: Planner<'_>) -> Option<String> {
    let mut runner = TestRunner::deterministic();
    let chance = (0..LIVES).filter_map(|_| Some(story().new_tree(&mut runner).ok()?.current()));
    told()
        .into_iter()
        .chain(chance)
        .find_map(|story| live(&story, planner, true).first().cloned())
}

/// The planner with other facts before its eyes.
fn sees(view: &View<'_>, change: impl FnOnce(&mut Facts)) -> Plan {
    let mut facts = view.facts.clone();
    change(&mut facts);
    plan::next(&View {
        facts: &facts,
        ..*view
    })
}

/// The planner with each of its actions changed.
fn says(view: &View<'_>, change: impl Fn(&mut Action)) -> Plan {
    let mut plan = plan::next(view);
    plan.actions.iter_mut().for_each(change);
    plan
}

macro_rules! fault {
    ($name:ident, $expected:literal, $planner:expr) => {
        #[test]
        fn $name() {
            let planner: fn(&View<'_>) -> Plan = $planner;
            let broken = noticed(&planner).expect("the fault is noticed");
            assert!(broken.contains($expected), "{broken}");
        }
    };
}

fault!(
    takes_a_label_without_a_higher_timeline,
    "without proof",
    |view| {
        let mut plan = plan::next(view);
        let leader = view.facts.leader();
        let stale = view.facts.pods.iter().find(|(name, pod)| {
            Some(name.as_str()) != leader && pod.role.as_deref() == Some("master")
        });
        plan.actions
            .extend(stale.map(|(name, pod)| Action::TakeRoleLabel {
                pod: name.clone(),
                uid: pod.uid.clone(),
                resource_version: pod.resource_version.clone(),
            }));
        plan
    }
);

fault!(scales_down_by_two, "at once", |view| {
    let present = view.present_members().map_or(0, i64::from);
    says(view, |action| {
        if let Action::Apply(child) = action
            && let Some(replicas) = child.body.pointer_mut("/spec/replicas")
            && replicas.as_i64().is_some_and(|n| n < present && n > 0)
        {
            *replicas = json!(present - 2);
        }
    })
});

fault!(gives_up_whoever_is_last, "given up", |view| {
    let wanted = i64::from(view.wanted_members());
    let present = view.present_members().map_or(0, i64::from);
    let mut plan = plan::next(view);
    if present > wanted
        && !plan
            .actions
            .iter()
            .any(|action| matches!(action, Action::Apply(_)))
    {
        let mut child = view.children.last().cloned();
        if let Some(body) = child.as_mut().map(|child| &mut child.body) {
            body["spec"]["replicas"] = json!(present - 1);
        }
        plan.actions.extend(child.map(Action::Apply));
    }
    plan
});

fault!(restarts_the_primary_first, "before its replicas", |view| {
    let Some(leader) = view.facts.leader().map(str::to_owned) else {
        return plan::next(view);
    };
    says(view, |action| {
        if let Action::WriteOperation { status, .. } = action
            && let [step] = &mut status.steps[..]
            && step.finished_at.is_none()
            && step.name.starts_with("restart ")
        {
            step.name = format!("restart {leader}");
        }
    })
});

fault!(ignores_expiry, "starts after its time", |view| {
    sees(view, |facts| {
        for guarded in facts.operations.values_mut() {
            let mut young = guarded.as_ref().clone();
            young.metadata.creation_timestamp = Some(view.now.wall);
            *guarded = young.into();
        }
    })
});

fault!(ignores_the_slot, "two hold the slot", |view| {
    let mut plan = sees(view, |facts| facts.operations.clear());
    for name in view.facts.operations.keys() {
        let alone = sees(view, |facts| {
            facts.operations.retain(|other, _| other == name)
        });
        plan.actions
            .extend(alone.actions.into_iter().filter(|action| match action {
                Action::WriteOperation { .. } | Action::ReadLeader | Action::CheckPolicies => true,
                Action::Patroni(call) => call.by == *name,
                _ => false,
            }));
    }
    plan
});

fault!(asks_patroni_at_every_look, "spins", |view| {
    sees(view, |facts| facts.patroni_call = None)
});

fault!(
    deletes_claims_without_being_asked,
    "without being asked",
    |view| {
        let mut configuration = view.configuration.clone();
        configuration.enable_persistent_volume_claim_deletion = true;
        plan::next(&View {
            configuration: &configuration,
            ..*view
        })
    }
);

fault!(deletes_claims_without_proof, "without live proof", |view| {
    says(view, |action| {
        if let Action::DeleteClaim { name, uid, .. } = action {
            *action = Action::Delete {
                kind: "PersistentVolumeClaim",
                name: name.clone(),
                uid: uid.clone(),
                orphan: false,
            };
        }
    })
});

fault!(
    believes_a_late_watch_when_it_deletes,
    "left of a deleted cluster",
    |view| { sees(view, |facts| facts.looked_around = Some(view.now.mono)) }
);

fault!(
    deletes_patronis_objects_before_the_pods_are_gone,
    "before the pods are gone",
    |view| {
        sees(view, |facts| {
            if view.manifest.metadata.deletion_timestamp.is_some() {
                facts.pods.clear();
                facts.looked_around = Some(view.now.mono);
            }
        })
    }
);

fault!(calls_a_stale_answer_live, "", |view| {
    sees(view, |facts| {
        for answer in facts.members.values_mut() {
            answer.at = view.now.mono;
        }
        if let Some(leader) = &mut facts.leader {
            leader.read_live = Some(view.now.mono);
        }
    })
});

fault!(goes_on_after_the_end, "goes on", |view| {
    sees(view, |facts| {
        for guarded in facts.operations.values_mut() {
            let mut again = guarded.as_ref().clone();
            if let Ok(operation) = &mut again.object
                && matches!(operation.spec.action, Asked::Restart(_))
                && let Some(status) = &mut operation.status
                && status.phase == Phase::Succeeded
            {
                status.phase = Phase::Running;
            }
            *guarded = again.into();
        }
    })
});

fault!(restarts_for_an_annotation, "for nothing", |view| {
    sees(view, |facts| {
        for template in facts.revisions.values_mut() {
            let other = json!({"spec": {"containers": [{"name": "postgres", "image": "other"}]}});
            *template = Some(other.to_string().into());
        }
    })
});

fault!(
    restarts_what_a_late_watch_calls_pending,
    "two members",
    |view| {
        says(view, |action| {
            if let Action::RestartPod { version, .. } = action {
                *version = None;
            }
        })
    }
);

fault!(restarts_all_at_once, "", |view| {
    let mut plan = plan::next(view);
    if let [Action::RestartPod { pod, expect, .. }] = &plan.actions[..] {
        let (first, expect) = (pod.clone(), expect.clone());
        let others = view.facts.pods.iter().filter(|(name, _)| **name != first);
        let others = others.map(|(name, pod)| Action::RestartPod {
            pod: name.clone(),
            uid: pod.uid.clone(),
            version: None,
            expect: expect.clone(),
        });
        plan.actions.extend(others);
    }
    plan
});

fault!(does_not_hand_over, "without a switchover", |view| {
    let pods = &view.facts.pods;
    let rolls = plan::next(view)
        .current
        .is_some_and(|current| current.kind == "rolling update");
    says(view, |action| {
        if let Action::Patroni(call) = action
            && rolls
            && matches!(call.request, PatroniRequest::Switchover { .. })
            && let Some(pod) = pods.get(&call.member)
        {
            *action = Action::RestartPod {
                pod: call.member.clone(),
                uid: pod.uid.clone(),
                version: None,
                expect: call.expect.clone(),
            };
        }
    })
});

fault!(forgets_what_it_has_set, "max_connections is", |view| {
    let mut manifest = view.manifest.clone();
    if let Some(status) = &mut manifest.status
        && manifest.spec.postgresql.parameters.is_none()
    {
        let ours = |pointer: &String| !pointer.starts_with("/postgresql/parameters/");
        status.dynamic_configuration.retain(ours);
    }
    plan::next(&View {
        manifest: &manifest,
        ..*view
    })
});

fault!(forgets_annotations, "is annotated None, not Some", |view| {
    let mut plan = plan::next(view);
    plan.actions
        .retain(|action| !matches!(action, Action::Note { .. }));
    plan
});

fault!(annotates_what_is_others, "is not ours", |view| {
    says(view, |action| {
        if let Action::Note { annotations, .. } = action {
            annotations.insert("status".to_owned(), None);
        }
    })
});

/// Not a fault of the planner, but of who asks it: a half-filled world reads as "all is gone". Seen
/// when a controller starts while an operation and a rolling update both want the slot.
#[test]
fn plans_before_everything_was_listed() {
    let ask = Event::Ask {
        what: 2,
        member: 0,
        queue: true,
        odd: 4,
    };
    let mut broken = (0..LIVES).flat_map(|seed| {
        let mut events = vec![(0, ask.clone()), (9, Event::Image(1))];
        events.extend(vec![(20, Event::Die); 12]);
        events.push((600, Event::Nothing));
        let story = Story {
            seed: u64::from(seed),
            members: 3,
            synchronous: false,
            peace: 40,
            events,
        };
        assert_eq!(live(&story, &plan::next, true), [""; 0], "{story:?}");
        live(&story, &plan::next, false)
    });
    let broken = broken.next().expect("the fault is noticed");
    assert!(broken.contains("holds the slot"), "{broken}");
}
