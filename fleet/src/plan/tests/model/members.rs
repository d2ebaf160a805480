//! Members with their volumes, and Patroni on them: lock with ttl, timelines, synchronous mode.

use std::time::Duration;

use serde_json::Value;

pub const TTL: Duration = Duration::from_secs(30);
const START: Duration = Duration::from_secs(4);
const COPY: Duration = Duration::from_secs(15);
/// A loop of the primary: by then it has replaced a standby that is told to end.
const RELEASE: Duration = Duration::from_secs(5);

/// What PostgreSQL does on a member.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Process {
    /// No pod, or it does not run yet.
    #[default]
    Off,
    /// Until then.
    Starting(Duration),
    /// Until then; its data is thrown away.
    Copying(Duration),
    Running,
}

/// A volume and what runs on it.
#[derive(Clone, Debug, Default)]
pub struct Member {
    pub process: Process,
    pub leads: bool,
    pub timeline: i64,
    pub rows: i64,
    pub starts: u32,
    /// PostgreSQL does not come up until its data is copied again.
    pub broken: bool,
    pub frozen_until: Duration,
    pub cut_until: Duration,
    pub lags_until: Duration,
    pub unschedulable_until: Duration,
    /// Patroni is told to end since then.
    pub ends_since: Option<Duration>,
    cut_since: Option<Duration>,
    /// With how many connections it runs, once it has begun to.
    pub runs_with: i64,
}

/// All members, the lock, and what Patroni was asked for.
#[derive(Debug, Default)]
pub struct Patroni {
    pub members: Vec<Member>,
    pub initialized: bool,
    pub holder: Option<usize>,
    pub held_since: Duration,
    pub renewed: Duration,
    pub transitions: i64,
    pub synchronous: bool,
    pub standbys: Vec<usize>,
    pub only_standby_since: Option<Duration>,
    /// Since when nobody could take the place of the only synchronous standby.
    pub irreplaceable_since: Option<Duration>,
    pub acknowledged: i64,
    pub wish: Option<(usize, Duration)>,
    /// Who led last: it and the synchronous standbys hold everything.
    pub led_last: Option<usize>,
    pub config: Value,
    pub tells_why: bool,
    /// Members see a change of it a while later.
    pub configured: Duration,
}

impl Member {
    /// Runs, and the others and the API server reach it.
    pub fn is_well(&self, now: Duration) -> bool {
        self.process == Process::Running && now >= self.frozen_until && now >= self.cut_until
    }

    /// Whether its REST API answers the controller.
    pub fn answers(&self, now: Duration) -> bool {
        self.process != Process::Off && now >= self.frozen_until && now >= self.cut_until
    }

    pub fn start(&mut self, now: Duration) {
        self.process = Process::Starting(now + START);
        self.leads = false;
    }

    pub fn copy(&mut self, now: Duration) {
        (self.timeline, self.rows, self.broken, self.leads) = (0, 0, false, false);
        self.process = Process::Copying(now + COPY);
    }
}

impl Patroni {
    /// The member that truly is primary, as far as there is one.
    pub fn primary(&self, now: Duration) -> Option<usize> {
        let holder = self.holder?;
        let member = &self.members[holder];
        (member.leads && member.is_well(now) && now < self.renewed + TTL).then_some(holder)
    }

    pub fn follows(&self, ordinal: usize, now: Duration) -> bool {
        let member = &self.members[ordinal];
        let primary = self.primary(now).map(|primary| &self.members[primary]);
        member.is_well(now)
            && !member.leads
            && primary.is_some_and(|primary| primary.timeline == member.timeline)
    }

    /// Time passes on all members.
    pub fn pass(&mut self, now: Duration) {
        for ordinal in 0..self.members.len() {
            self.run(ordinal, now);
        }
        for ordinal in 0..self.members.len() {
            if self.members[ordinal].is_well(now) {
                self.loop_of(ordinal, now);
            }
        }
        self.replicate(now);
    }

    fn run(&mut self, ordinal: usize, now: Duration) {
        let primary = self.primary(now);
        let source = primary.map(|p| (self.members[p].timeline, self.members[p].rows));
        // A replica never begins with less than the primary has.
        let least = primary.filter(|p| *p != ordinal);
        let least = least.map_or(0, |p| self.members[p].runs_with);
        let connections = self.connections().max(least);
        let member = &mut self.members[ordinal];
        match member.process {
            Process::Starting(until) if now >= until && !member.broken => {
                member.process = Process::Running;
                member.runs_with = connections;
                member.starts += 1;
            }
            Process::Running if member.timeline == 0 && self.initialized => member.copy(now),
            Process::Copying(until) if now >= until => {
                if let Some((timeline, rows)) = source {
                    (member.timeline, member.rows) = (timeline, rows);
                    member.start(now);
                }
            }
            _ => {}
        }
        if now < member.cut_until {
            // Cannot renew, so it gives up before anybody else may take over.
            let since = *member.cut_since.get_or_insert(now);
            if now > since + TTL / 2 {
                member.leads = false;
            }
        } else {
            member.cut_since = None;
        }
    }

    /// One loop of Patroni on a member that is well.
    fn loop_of(&mut self, ordinal: usize, now: Duration) {
        if self.holder == Some(ordinal) {
            if !self.members[ordinal].leads && self.wish.is_none() {
                // It was demoted while it was away, or has been started again.
                let member = &mut self.members[ordinal];
                member.leads = member.timeline > 0 && now < self.renewed + TTL;
            }
            self.renewed = if self.members[ordinal].leads {
                now
            } else {
                self.renewed
            };
        } else if self.members[ordinal].leads {
            // Another one leads: back to a replica, its own timeline thrown away.
            self.members[ordinal].start(now);
            return;
        }
        let free = self.holder.is_none() || now > self.renewed + TTL;
        if let Some((candidate, at)) = self.wish {
            let old_leads = self.primary(now);
            let able = self.members[candidate].is_well(now) && self.members[candidate].timeline > 0;
            if now > at + Duration::from_secs(60) || !able {
                self.wish = None;
            } else if ordinal == candidate && (free || old_leads.is_some()) {
                if let Some(old) = old_leads.filter(|old| *old != candidate) {
                    let (timeline, rows) = (self.members[old].timeline, self.members[old].rows);
                    let candidate = &mut self.members[candidate];
                    // A switchover waits for the candidate; one that lags loses what it lacks.
                    if !self.synchronous || self.standbys.contains(&ordinal) {
                        (candidate.timeline, candidate.rows) = (timeline, rows);
                    }
                    self.members[old].start(now);
                }
                self.wish = None;
                self.promote(candidate, now);
            }
        } else if free && self.best(now) == Some(ordinal) {
            self.promote(ordinal, now);
        }
    }

    /// Who wins the race for a free lock.
    fn best(&self, now: Duration) -> Option<usize> {
        let may = |ordinal: &usize| {
            let member = &self.members[*ordinal];
            let synced = !(self.synchronous && self.initialized)
                || self.standbys.contains(ordinal)
                || self.led_last == Some(*ordinal);
            member.is_well(now) && (member.timeline > 0 || !self.initialized) && synced
        };
        let all = (0..self.members.len()).filter(may);
        all.max_by_key(|o| {
            (
                self.members[*o].timeline,
                self.members[*o].rows,
                usize::MAX - o,
            )
        })
    }

    fn promote(&mut self, ordinal: usize, now: Duration) {
        if self.holder != Some(ordinal) {
            self.transitions += i64::from(self.initialized);
            self.held_since = now;
        }
        (self.holder, self.renewed, self.initialized) = (Some(ordinal), now, true);
        self.led_last = Some(ordinal);
        let member = &mut self.members[ordinal];
        member.timeline += 1;
        member.leads = true;
        self.standbys.retain(|standby| *standby != ordinal);
    }

    fn replicate(&mut self, now: Duration) {
        let Some(primary) = self.primary(now) else {
            return;
        };
        let source = self.members[primary].timeline;
        let well = |patroni: &Self, ordinal: usize| {
            let member = &patroni.members[ordinal];
            ordinal != primary && member.is_well(now) && now >= member.lags_until
        };
        let streaming: Vec<usize> = (0..self.members.len())
            .filter(|o| well(self, *o) && self.members[*o].timeline > 0)
            .collect();
        if self.synchronous {
            self.name_standbys(&streaming, now);
        } else {
            self.standbys.clear();
        }
        self.members[primary].rows += 1;
        let rows = self.members[primary].rows;
        let streams = streaming.len();
        for ordinal in streaming {
            (self.members[ordinal].timeline, self.members[ordinal].rows) = (source, rows);
        }
        if self.synchronous {
            self.acknowledged = rows;
        }
        let only = (self.standbys.len() == 1).then_some(());
        self.only_standby_since = only.map(|()| self.only_standby_since.unwrap_or(now));
        let alone = (self.standbys.len() == 1 && streams == 1).then_some(());
        self.irreplaceable_since = alone.map(|()| self.irreplaceable_since.unwrap_or(now));
    }

    /// One that is told to end is replaced within a loop, first in the object, then by name.
    fn name_standbys(&mut self, streaming: &[usize], now: Duration) {
        self.standbys.retain(|standby| streaming.contains(standby));
        let ends = |o: &usize, for_: Duration| {
            let since = self.members[*o].ends_since;
            since.is_some_and(|since| now >= since + for_)
        };
        let wanted = streaming.iter().find(|o| !ends(o, Duration::ZERO));
        let (wanted, before) = (wanted.copied(), self.standbys.len());
        let released: Vec<usize> = self
            .standbys
            .iter()
            .copied()
            .filter(|o| ends(o, RELEASE))
            .collect();
        self.standbys.retain(|o| !released.contains(o));
        if self.standbys.is_empty() && before == 0 {
            self.standbys.extend(wanted);
        }
    }

    /// Whether Patroni, told to end, ends now: a synchronous standby waits to be replaced.
    pub fn may_end(&mut self, ordinal: usize, now: Duration) -> bool {
        let named = self.synchronous && self.standbys.contains(&ordinal);
        let member = &mut self.members[ordinal];
        let since = *member.ends_since.get_or_insert(now);
        !named || !member.is_well(now) || now > since + RELEASE * 4
    }

    /// The lock is given back in order when a pod is stopped.
    pub fn stop(&mut self, ordinal: usize, in_order: bool) {
        let member = &mut self.members[ordinal];
        member.process = Process::Off;
        member.ends_since = None;
        if in_order && member.leads && self.holder == Some(ordinal) {
            self.holder = None;
        }
        member.leads = false;
    }
}
