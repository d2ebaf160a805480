//! Judgement of a cluster: who leads, who follows, what is missing. Facts in, words out.

use std::time::Duration;

use pg_core::{
    names,
    patroni::MemberAnswer,
    postgresql::status::{Health, MemberStatus},
};

use super::{
    View,
    action::{Action, Holder},
    held, scale,
};
use crate::observe::pod::Pod;

/// An answer older than this proves nothing about now. Longer than the interval of questions, and
/// short enough that a frozen Patroni shows within a minute (safety.md §2).
pub const LIVE: Duration = Duration::from_secs(40);
/// How old the facts may be on which something is decided that may harm.
pub const LIVE_ENOUGH: Duration = Duration::from_secs(2);

impl View<'_> {
    /// What must be asked before something is decided that may harm: every running member, then
    /// the leader object live. `None` when all of it is known as of now.
    pub fn look_closely(&self) -> Option<Action> {
        let stale: Vec<String> = self
            .facts
            .ordered_pods(&self.key.name)
            .into_iter()
            .filter(|(_, name, pod)| pod.is_running() && self.is_due(name, LIVE_ENOUGH))
            .map(|(_, name, _)| name.to_owned())
            .collect();
        if !stale.is_empty() {
            return Some(Action::Ask(stale));
        }
        let leader = self.facts.leader.as_ref()?;
        leader
            .read_live
            .is_none_or(|at| self.now.age(at) > LIVE_ENOUGH)
            .then_some(Action::ReadLeader)
    }

    /// Who holds the lock as decided on, for a call that harms: it is read live just before and
    /// must be the same.
    pub fn expected_leader(&self) -> Holder {
        let leader = self.facts.leader.as_ref().map(|fact| &fact.leader);
        Holder {
            member: leader.and_then(|leader| leader.member.clone()),
            transitions: leader.map_or(0, |leader| leader.transitions),
        }
    }

    /// Whether every running member was asked lately: a controller that has just started knows
    /// nothing of them, which is not the same as that none answers.
    pub fn was_everyone_asked(&self) -> bool {
        self.facts
            .ordered_pods(&self.key.name)
            .into_iter()
            .all(|(_, name, pod)| !pod.is_running() || !self.is_due(name, LIVE))
    }

    /// The follower that is furthest, among those that may; a synchronous one where there are some.
    pub fn best_follower(
        &self,
        assessment: &Assessment,
        may: impl Fn(&str) -> bool,
    ) -> Option<String> {
        assessment
            .followers()
            .filter(|name| may(name))
            .max_by_key(|name| {
                let position = self
                    .facts
                    .answer(name)
                    .and_then(|answer| answer.within(self.now, LIVE))
                    .and_then(MemberAnswer::position);
                (
                    scale::is_sync_standby(self, name),
                    position,
                    std::cmp::Reverse((*name).to_owned()),
                )
            })
            .map(str::to_owned)
    }

    /// Whether a member was not asked, or longer ago than this. No answer is one, too.
    pub fn is_due(&self, member: &str, limit: Duration) -> bool {
        self.facts
            .answer(member)
            .is_none_or(|answer| self.now.age(answer.at) > limit)
    }
}

/// A cluster, judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Assessment {
    /// The member that holds the lock and says itself that it leads.
    pub primary: Option<String>,
    /// Whether it leads a standby cluster: nothing can be written there.
    pub standby: bool,
    /// Its timeline.
    pub timeline: Option<i64>,
    /// Version of its server.
    pub server_version: Option<i64>,
    /// Members that serve: the primary, and replicas that follow it.
    pub serving: Vec<String>,
    /// Members wanted.
    pub wanted: i32,
    /// Members as the status lists them.
    pub members: Vec<MemberStatus>,
    /// Bytes that the worst replica is behind, from samples up to some seconds apart.
    pub lag: Option<i64>,
    /// In one word.
    pub health: Health,
    /// Why it is not healthy, as a word for conditions.
    pub reason: &'static str,
    /// Why it is not healthy, for a person.
    pub problem: Option<String>,
}

impl Assessment {
    /// Judges the cluster.
    pub fn new(view: &View<'_>) -> Self {
        let facts = view.facts;
        let wanted = view.wanted_members();
        let pods = facts.ordered_pods(&view.key.name);
        let live =
            |name: &str| -> Option<&MemberAnswer> { facts.answer(name)?.within(view.now, LIVE) };
        let primary = facts
            .leader()
            .filter(|leader| {
                live(leader).is_some_and(|answer| answer.leads() || answer.leads_standby())
            })
            .filter(|_| {
                facts
                    .leader
                    .as_ref()
                    .is_some_and(|leader| leader.is_fresh(view.now))
            })
            .map(str::to_owned);
        let at_primary = primary.as_deref().and_then(live);
        let timeline = at_primary.and_then(|answer| answer.timeline);
        let standby = at_primary.is_some_and(MemberAnswer::leads_standby);

        let mut serving = Vec::new();
        let mut members = Vec::new();
        let mut lag = at_primary.filter(|_| standby).and_then(not_replayed);
        let mut problem = None;
        for (_, name, pod) in &pods {
            let answer = live(name);
            let is_primary = primary.as_deref() == Some(*name);
            let follows = answer.is_some_and(MemberAnswer::follows)
                && (timeline.is_none() || answer.is_some_and(|a| a.timeline == timeline));
            if is_primary || follows {
                serving.push((*name).to_owned());
            }
            if follows
                && let (Some(primary), Some(replica)) = (
                    at_primary.and_then(MemberAnswer::position),
                    answer.and_then(MemberAnswer::position),
                )
            {
                let behind = (primary - replica).max(0);
                lag = Some(lag.map_or(behind, |worst| worst.max(behind)));
            }
            let state = match held::journal(view, name) {
                Some(journal) if answer.is_none() && pod.is_running() => {
                    format!("held for upgrade {}", journal.operation)
                }
                _ => state_of(pod, answer),
            };
            if !(is_primary || follows) && problem.is_none() {
                problem = Some(format!("{name}: {state}"));
            }
            members.push(MemberStatus {
                name: (*name).to_owned(),
                role: role_of(is_primary, answer).to_owned(),
                state,
                timeline: answer.and_then(|answer| answer.timeline),
                node: pod.node.clone(),
                pending_restart: answer.is_some_and(|answer| answer.pending_restart),
            });
        }
        for ordinal in 0..wanted {
            let name = names::member(&view.key.name, ordinal);
            if !facts.pods.contains_key(&name) {
                problem.get_or_insert_with(|| format!("{name}: no pod"));
            }
        }
        let enough =
            i32::try_from(serving.len()).unwrap_or(i32::MAX) >= wanted && problem.is_none();
        // Patroni names a standby up to one of its loops after it began to follow; until then
        // the primary alone holds what it acknowledges.
        let unnamed =
            scale::is_synchronous(view) && wanted > 1 && !scale::has_sync_standby(view, &serving);
        // Renewed, so somebody leads; that it does not answer here may be our network.
        let unreachable = primary.is_none()
            && facts.leader.as_ref().is_some_and(|fact| {
                let holder = fact.leader.member.as_deref();
                let pod = holder.and_then(|holder| facts.pods.get(holder));
                fact.is_fresh(view.now)
                    && pod.is_some_and(Pod::is_running)
                    && holder.and_then(live).is_none()
            });
        let (health, reason) = match (&primary, wanted) {
            (_, 0) => (Health::Down, "NoMembers"),
            (Some(_), _) if standby && !at_primary.is_some_and(MemberAnswer::follows) => {
                (Health::Degraded, "NotFollowing")
            }
            (Some(_), _) if enough && unnamed => (Health::Degraded, "NoSyncStandby"),
            (Some(_), _) if enough => (Health::Healthy, "Healthy"),
            (Some(_), _) => (Health::Degraded, "MemberMissing"),
            (None, _) if unreachable => (Health::Unknown, "Unreachable"),
            (None, _) => (Health::Down, "NoPrimary"),
        };
        if reason == "NoSyncStandby" {
            problem = Some(
                "no standby is synchronous yet: the primary alone holds the latest rows".to_owned(),
            );
        }
        if reason == "NotFollowing" {
            let leader = primary.as_deref().unwrap_or_default();
            problem = Some(format!(
                "{leader} leads a standby cluster and receives nothing from its source"
            ));
        }
        if primary.is_none() && wanted > 0 {
            let detail = problem.take();
            problem = Some(match (facts.leader(), detail) {
                (Some(leader), _) if unreachable => {
                    format!("{leader} holds the lock and renews it, but does not answer here")
                }
                (Some(leader), Some(detail)) => {
                    format!("no primary serves (the lock names {leader}); {detail}")
                }
                (Some(leader), None) => format!("no primary serves (the lock names {leader})"),
                (None, Some(detail)) => format!("no primary yet; {detail}"),
                (None, None) => "no primary yet".to_owned(),
            });
        }
        Self {
            server_version: at_primary.and_then(|answer| answer.server_version),
            timeline,
            primary,
            standby,
            serving,
            wanted,
            members,
            lag,
            health,
            reason,
            problem,
        }
    }

    /// Whether the members are as wanted.
    pub fn is_settled(&self) -> bool {
        self.health == Health::Healthy || self.wanted == 0
    }

    /// Replicas that serve.
    pub fn followers(&self) -> impl Iterator<Item = &str> {
        self.serving
            .iter()
            .map(String::as_str)
            .filter(|name| Some(*name) != self.primary.as_deref())
    }
}

fn role_of(is_primary: bool, answer: Option<&MemberAnswer>) -> &'static str {
    match answer {
        Some(answer) if is_primary && answer.leads_standby() => "standby_leader",
        _ if is_primary => "primary",
        Some(answer) if answer.role.is_empty() => "unknown",
        Some(_) => "replica",
        None => "unknown",
    }
}

/// Bytes that a standby leader has and does not show yet.
fn not_replayed(answer: &MemberAnswer) -> Option<i64> {
    let xlog = answer.xlog.as_ref()?;
    Some((xlog.received_location? - xlog.replayed_location?).max(0))
}

/// One short phrase: Patroni's word, or what keeps Patroni from having one.
fn state_of(pod: &Pod, answer: Option<&MemberAnswer>) -> String {
    if pod.deleting {
        return "terminating".to_owned();
    }
    if let Some(trouble) = &pod.trouble {
        return trouble.clone();
    }
    match answer {
        Some(answer) if answer.state == "running" => answer
            .replication_state
            .clone()
            .unwrap_or_else(|| "running".to_owned()),
        Some(answer) if !answer.state.is_empty() => answer.state.clone(),
        _ if !pod.is_running() => pod.phase.to_lowercase(),
        _ if pod.word.is_none() => "starting".to_owned(),
        _ => "does not answer".to_owned(),
    }
}
