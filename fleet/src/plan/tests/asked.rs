//! What people ask of the cluster of a table, and what its members say.

use std::{sync::Arc, time::Duration};

use pg_core::{
    names,
    operation::{Action as Asked, Expect, Operation, OperationSpec, OperationStatus, Target},
    patroni::{MemberAnswer, ReplicationRow, Sync, XlogAnswer},
    postgresql::Patroni,
};
use serde_json::json;

use super::cluster::{Cluster, NOW, UID, ago, member};
use crate::{
    observe::{
        facts::PatroniCallFact,
        object::{Guarded, Meta},
    },
    plan::dynamic_config,
};

impl Cluster {
    /// An operation that was asked for ten seconds ago.
    pub fn asked(&mut self, name: &str, action: Asked, change: impl FnOnce(&mut Operation)) {
        let mut operation = Operation::new(
            name,
            OperationSpec {
                target: Target {
                    name: "db".to_owned(),
                    uid: UID.to_owned(),
                },
                action,
                expect: None::<Expect>,
                requested_by: "ada".to_owned(),
                reason: None,
                start_within_seconds: 600,
                queue: false,
                rollout: None,
            },
        );
        change(&mut operation);
        let guarded = Guarded {
            metadata: Meta {
                name: name.to_owned(),
                resource_version: "4".to_owned(),
                creation_timestamp: Some(ago(10)),
                ..Meta::default()
            },
            object: Ok(operation),
        };
        self.facts
            .operations
            .insert(name.to_owned(), Arc::new(guarded));
    }

    /// Somebody takes an operation back.
    pub fn taken_back(&mut self, name: &str) {
        let mut guarded = self.facts.operations[name].as_ref().clone();
        let by = (names::CANCELLED_BY.to_owned(), "bob".to_owned());
        guarded.metadata.annotations.extend([by]);
        self.facts
            .operations
            .insert(name.to_owned(), Arc::new(guarded));
    }

    /// What was decided is written, and nothing else happens: the next plan is made.
    pub fn wrote(&mut self, name: &str, status: OperationStatus) {
        let guarded = self.facts.operations[name].as_ref().clone();
        let mut object = guarded.object.expect("an operation");
        object.status = Some(status);
        self.facts.operations.insert(
            name.to_owned(),
            Arc::new(Guarded {
                metadata: guarded.metadata,
                object: Ok(object),
            }),
        );
    }

    /// Patroni was called for this operation so long ago.
    pub fn called(&mut self, by: &str, step: &str, age: u64, refused: Option<&str>) {
        self.facts.patroni_call = Some(PatroniCallFact {
            by: by.to_owned(),
            step: step.to_owned(),
            at: NOW - Duration::from_secs(age),
            agreed: false,
            refused: refused.map(str::to_owned),
        });
    }

    /// Synchronous mode with these standbys, in Patroni's object and in what the primary says.
    pub fn synchronous(&mut self, standbys: &[i32]) {
        self.config(json!({"synchronous_mode": true}));
        self.manifest.spec.patroni = Some(Patroni {
            synchronous_mode: Some(true),
            ..Patroni::default()
        });
        let record = dynamic_config::record(&self.view());
        if let Some(status) = &mut self.manifest.status {
            status.dynamic_configuration = record;
        }
        self.facts.sync = Some(Sync {
            leader: self.facts.leader().map(str::to_owned),
            standbys: standbys.iter().copied().map(member).collect(),
        });
        self.facts.sync_read = Some(NOW);
        let row = |name: String, sync_state: &str| ReplicationRow {
            application_name: name,
            state: "streaming".to_owned(),
            sync_state: sync_state.to_owned(),
        };
        let mut rows: Vec<_> = standbys.iter().map(|o| row(member(*o), "sync")).collect();
        let named = &self.facts.sync.as_ref().expect("sync").standbys;
        rows.extend(
            self.facts
                .members
                .iter()
                .filter(|(name, _)| !named.contains(name))
                .filter(|(_, answer)| answer.result.as_ref().is_ok_and(MemberAnswer::follows))
                .map(|(name, _)| row(name.clone(), "async")),
        );
        for answer in self.facts.members.values_mut() {
            if let Ok(answer) = &mut answer.result
                && answer.leads()
            {
                answer.replication.clone_from(&rows);
            }
        }
    }
}

/// A member that is well.
pub fn answer(leads: bool) -> MemberAnswer {
    MemberAnswer {
        state: "running".to_owned(),
        role: if leads { "primary" } else { "replica" }.to_owned(),
        server_version: Some(170_004),
        timeline: Some(3),
        postmaster_start_time: Some("before".to_owned()),
        replication_state: (!leads).then(|| "streaming".to_owned()),
        xlog: Some(XlogAnswer {
            location: leads.then_some(1000),
            received_location: (!leads).then_some(1000),
            replayed_location: None,
        }),
        ..MemberAnswer::default()
    }
}
