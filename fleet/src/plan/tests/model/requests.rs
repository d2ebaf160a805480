//! Patroni's REST API on the members.

use std::time::Duration;

use pg_core::patroni::{MemberAnswer, ReplicationRow, XlogAnswer};

use super::members::{Patroni, Process};
use serde_json::json;

use crate::plan::{action::PatroniRequest, tests::cluster::member};

impl Patroni {
    /// `GET /patroni`.
    pub fn answer(&self, ordinal: usize, now: Duration) -> Option<MemberAnswer> {
        let member = &self.members[ordinal];
        if !member.answers(now) {
            return None;
        }
        let state = match member.process {
            Process::Running => "running",
            Process::Copying(_) => "creating replica",
            _ if member.broken => "start failed",
            _ => "starting",
        };
        let running = member.process == Process::Running;
        let follows = self.follows(ordinal, now);
        let rows = (0..self.members.len()).filter(|o| member.leads && self.follows(*o, now));
        let pending = running && self.pending(ordinal, now);
        let reason = json!({"old_value": member.runs_with.to_string(),
            "new_value": self.connections().to_string()});
        // Older versions do not say why.
        let reasons = (pending && self.tells_why).then(|| ("max_connections".to_owned(), reason));
        Some(MemberAnswer {
            pending_restart: pending,
            pending_restart_reason: reasons.into_iter().collect(),
            state: state.to_owned(),
            role: if member.leads { "primary" } else { "replica" }.to_owned(),
            timeline: running.then_some(member.timeline),
            server_version: Some(170_004),
            postmaster_start_time: running.then(|| format!("start {}", member.starts)),
            replication_state: (running && !member.leads)
                .then(|| if follows { "streaming" } else { "starting" }.to_owned()),
            xlog: Some(XlogAnswer {
                location: member.leads.then_some(member.rows),
                received_location: (!member.leads).then_some(member.rows),
                replayed_location: None,
            }),
            replication: rows
                .map(|o| ReplicationRow {
                    application_name: member_name(o),
                    state: match now < self.members[o].lags_until {
                        true => "catchup",
                        false => "streaming",
                    }
                    .to_owned(),
                    sync_state: match self.synchronous && self.standbys.contains(&o) {
                        true => "sync",
                        false => "async",
                    }
                    .to_owned(),
                })
                .collect(),
            ..MemberAnswer::default()
        })
    }

    /// A call that changes something; the refusal, if it is one.
    pub fn call(&mut self, ordinal: usize, what: &PatroniRequest, now: Duration) -> Option<String> {
        let no = |why: &str| Some(why.to_owned());
        let find = |name: &str| (0..self.members.len()).find(|o| member_name(*o) == name);
        let may_lead = |candidate: usize| {
            let member = &self.members[candidate];
            let synced = !self.synchronous || self.standbys.contains(&candidate);
            member.is_well(now) && member.timeline > 0 && synced
        };
        match what {
            PatroniRequest::Switchover { leader, candidate } => {
                let candidate = find(candidate).filter(|candidate| may_lead(*candidate));
                match candidate {
                    _ if self.primary(now) != find(leader) => no("leader name does not match"),
                    None => no("candidate is not able to take over"),
                    Some(candidate) => {
                        self.wish = Some((candidate, now));
                        None
                    }
                }
            }
            PatroniRequest::Failover { candidate } => match find(candidate) {
                Some(candidate) if may_lead(candidate) && self.holder != Some(candidate) => {
                    self.wish = Some((candidate, now));
                    None
                }
                _ => no("candidate is not able to take over"),
            },
            PatroniRequest::RestartPending if !self.pending(ordinal, now) => None,
            PatroniRequest::Restart | PatroniRequest::RestartPending => {
                let member = &mut self.members[ordinal];
                let led = member.leads;
                if member.process != Process::Running {
                    return no("restart already in progress");
                }
                member.start(now);
                // In place: the lock is kept meanwhile.
                self.renewed = if led { now } else { self.renewed };
                None
            }
            PatroniRequest::Reinitialize if self.holder == Some(ordinal) => no("I am the leader"),
            PatroniRequest::Reinitialize => {
                if matches!(self.members[ordinal].process, Process::Copying(_)) {
                    return no("reinitialize already in progress");
                }
                self.members[ordinal].copy(now);
                self.standbys.retain(|standby| *standby != ordinal);
                None
            }
            // People of the model ask for neither.
            PatroniRequest::Reload | PatroniRequest::Pause(_) => None,
        }
    }
}

fn member_name(ordinal: usize) -> String {
    member(i32::try_from(ordinal).unwrap_or(i32::MAX))
}
