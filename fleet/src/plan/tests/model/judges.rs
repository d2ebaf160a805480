//! What no act may ever do.

use std::time::Duration;

use pg_core::{
    operation::{Action as Asked, Operation, Phase},
    postgresql::Postgresql,
};

use super::{
    api::{Kind, Object},
    cluster::{Truth, index},
    members::Process,
};
use crate::{
    desired::Child,
    observe::object::Guarded,
    plan::{
        action::{PatroniCall, PatroniRequest},
        tests::cluster::UID,
    },
};

/// Facts may be that old when something is decided on them, and the decision takes a moment.
const MOMENT: Duration = Duration::from_secs(5);

impl Truth {
    pub fn operation(&self, name: &str) -> Option<&Guarded<Operation>> {
        match self.api.get(Kind::Operation, name)? {
            Object::Operation(guarded) => Some(guarded),
            _ => None,
        }
    }

    /// Operations that hold the slot.
    pub fn running(&self) -> Vec<String> {
        let phase = |name: &String| {
            let object = self.operation(name)?.object.as_ref().ok()?;
            object.status.as_ref().map(|status| status.phase)
        };
        let mut names = self.api.names(Kind::Operation);
        names.retain(|name| phase(name) == Some(Phase::Running));
        names
    }

    pub fn is_being_deleted(&self) -> bool {
        let going = |m: &Postgresql| m.metadata.deletion_timestamp.is_some();
        self.manifest().map_or(self.is_recorded(), going)
    }

    /// Scale-down: by one, and neither the leader, nor the only synchronous standby, nor the last
    /// healthy copy beside the primary; never while an operation holds the slot.
    pub fn judge_scale(&mut self, child: &Child) {
        let wanted = child
            .body
            .pointer("/spec/replicas")
            .and_then(|n| n.as_i64())
            .unwrap_or(0);
        let Some((_, present)) = self.set().filter(|(_, present)| *present > wanted) else {
            return;
        };
        if present - wanted > 1 {
            self.violate(format!("from {present} members to {wanted} at once"));
        }
        if present == 1 {
            return;
        }
        let leaving = usize::try_from(present - 1).unwrap_or(0);
        let long = |since: Duration| self.now > since + MOMENT;
        let leads = self.patroni.holder == Some(leaving) && long(self.patroni.held_since);
        let only = self.patroni.standbys == [leaving] && self.wanted_as_seen > 1;
        let only = only && self.patroni.irreplaceable_since.is_some_and(long);
        if leads {
            self.violate("the leader is given up");
        }
        if only {
            self.violate("a synchronous standby is given up that no other can replace");
        }
        if !self.running().is_empty() {
            self.violate("a member is given up while an operation holds the slot");
        }
    }

    /// An operation acts while it runs, on the cluster that was meant, alone; a copy is thrown
    /// away only while a good one is there.
    pub fn judge_call(&mut self, call: &PatroniCall) {
        let running = self.running();
        if call.by == "manifest" || call.by == "drain" {
            if let PatroniRequest::Switchover { candidate, .. } = &call.request {
                self.judge_hand_over(candidate);
            }
            if !running.is_empty() {
                self.violate("a hand-over while an operation holds the slot");
            }
            if call.request == PatroniRequest::RestartPending {
                self.judge_down(&call.member);
            }
            return;
        }
        if running != [call.by.clone()] {
            self.violate(format!(
                "{} acts while the slot is held by {running:?}",
                call.by
            ));
        }
        let Some(operation) = self.operation(&call.by).and_then(|o| o.object.clone().ok()) else {
            return self.violate(format!("{} acts and is not there", call.by));
        };
        if operation.spec.target.uid != UID {
            self.violate(format!("{} acts on another cluster", call.by));
        }
        let Some(member) = index(&call.member) else {
            return;
        };
        let primary = self.patroni.primary(self.now);
        if call.request == PatroniRequest::Reinitialize {
            let only = self.patroni.standbys == [member]
                && self
                    .patroni
                    .only_standby_since
                    .is_some_and(|since| self.now > since + MOMENT);
            if self.patroni.holder == Some(member) || only {
                self.violate("the leader or the only synchronous standby is to be copied again");
            }
            if primary.is_none() && self.now > self.patroni.renewed + MOMENT * 8 {
                self.violate("the last good copy is to be thrown away");
            }
        }
        if let Asked::Restart(asked) = &operation.spec.action
            && asked.member.is_none()
            && primary == Some(member)
            && self.now > self.patroni.held_since + MOMENT
        {
            let steps = operation.status.map_or(0, |status| status.steps.len());
            let pods = self.api.names(Kind::Pod);
            let well = |name: &&String| {
                let process = index(name).map(|i| self.patroni.members[i].process);
                process == Some(Process::Running)
            };
            if steps == 1 && pods.iter().filter(well).count() > 1 {
                self.violate("the primary is restarted before its replicas");
            }
        }
    }
}
