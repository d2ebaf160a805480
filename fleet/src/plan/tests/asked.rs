//! Operations on the cluster of a table.

use std::{sync::Arc, time::Duration};

use pg_core::operation::{
    Action as Asked, Expect, Operation, OperationSpec, OperationStatus, Target,
};

use super::cluster::{Cluster, NOW, UID, ago};
use crate::observe::{
    facts::PatroniCallFact,
    object::{Guarded, Meta},
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
            refused: refused.map(str::to_owned),
        });
    }
}
