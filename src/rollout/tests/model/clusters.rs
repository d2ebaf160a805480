//! The Kubernetes clusters' side: controllers begin and end operations and write slices' statuses;
//! at each beginning it is looked at whether it may be.

use super::*;

impl Sim {
    pub(super) fn clock(&self, cluster: usize) -> Timestamp {
        at(self.now + self.sites[cluster].skew)
    }

    fn written(site: &mut Site) {
        let version: u64 = site
            .slice
            .metadata
            .resource_version
            .as_deref()
            .unwrap_or("0")
            .parse()
            .expect("a number");
        site.slice.metadata.resource_version = Some((version + 1).to_string());
    }

    /// What the controller does beside operations.
    pub(super) fn look(&mut self, cluster: usize) {
        let now = self.clock(cluster);
        let site = &mut self.sites[cluster];
        let claims = slice::claims([&site.slice], now);
        let operations: Vec<&Operation> = site.operations.values().collect();
        let edited = site.edited.clone();
        let sight = |target: &Target| slice::Sight::There {
            generation: edited.get(&target.uid).copied().unwrap_or(1),
            healthy_since: Some(at(-100_000)),
            reverted: None,
        };
        let claimed = claims.get("a").cloned();
        let status = slice::status(&site.slice, claimed, &operations, &sight, now);
        if site.slice.status.as_ref() != Some(&status) {
            site.slice.status = Some(status);
            Self::written(site);
        }
    }

    fn in_phase(&self, cluster: usize, running: bool) -> Vec<String> {
        let all = self.sites[cluster].operations.iter();
        let phase = |one: &Operation| one.status.as_ref().map_or(Phase::Pending, |it| it.phase);
        all.filter(|(_, one)| {
            phase(one)
                == if running {
                    Phase::Running
                } else {
                    Phase::Pending
                }
        })
        .map(|(name, _)| name.clone())
        .collect()
    }

    pub(super) fn admit(&mut self, cluster: usize, which: usize) -> Result<(), TestCaseError> {
        let waiting = self.in_phase(cluster, false);
        let Some(name) = waiting.get(which % waiting.len().max(1)) else {
            return Ok(());
        };
        let now = self.clock(cluster);
        let site = &mut self.sites[cluster];
        let slice = site.slice.clone();
        let uid = site.operations[name].spec.target.uid.clone();
        let mut targets = slice.spec.plan.targets.iter();
        let target = targets.find(|one| one.uid == uid).expect("a target");
        let generation = site.generation(target);
        let operation = site.operations.get_mut(name).expect("an operation");
        let held = slice::claims([&slice], now).values().any(|it| it.held);
        let asked = operation.spec.rollout.clone().expect("of a rollout");
        match slice::refusal(&operation.spec, Some(&slice), held, generation) {
            Some((reason, _)) => operation.status = Some(ended(Phase::Refused, reason, None, now)),
            None => {
                operation.status = Some(ended(Phase::Running, "", Some(now), now));
                let control = &slice.spec.control;
                prop_assert_eq!(
                    control.desired,
                    Desired::Run,
                    "it starts though it is stopped"
                );
                prop_assert_eq!(asked.epoch, control.epoch, "an old driver starts something");
                let skipped = control.words.iter().any(|one| one.uid == uid && one.skip);
                prop_assert!(!skipped, "it starts though it was left out");
                let own = || {
                    site.operations
                        .values()
                        .filter(|one| one.spec.target.uid == uid)
                };
                let status = |one: &&Operation| one.status.clone().unwrap_or_default();
                let began = own().filter(|one| status(one).started_at.is_some()).count();
                prop_assert!(began <= 1 + self.retries, "begun {} times", began);
                let runs = own()
                    .filter(|one| status(one).phase == Phase::Running)
                    .count();
                prop_assert_eq!(runs, 1, "two at once");
                self.earlier_waves_are_done(asked.wave, &slice)?;
            }
        }
        self.within_limits()
    }

    /// Of earlier waves nothing is left, where nobody gave anything up, nothing may fail and nothing
    /// was tried again; in any case all gates before this one have let it through.
    fn earlier_waves_are_done(&self, wave: u32, slice: &Rollout) -> Result<(), TestCaseError> {
        let strategy = &slice.spec.plan.strategy;
        for gate in strategy.gates.iter().filter(|_| wave > 1) {
            let name = gate.to_string();
            let all = self
                .sites
                .iter()
                .flat_map(|it| &it.slice.spec.control.gates);
            let mut own = all.filter(|one| one.wave == wave - 1 && one.gate == name);
            prop_assert!(own.any(|one| one.passed), "{} did not pass", name);
        }
        if self.retries > 0 {
            return Ok(());
        }
        let excluded = excluded(self.sites.iter().map(|site| &site.slice.spec.control));
        let all = strategy.offline == Offline::Wait && strategy.max_failures == 0;
        for (cluster, site) in self.sites.iter().enumerate() {
            if excluded.contains(&uid_of(cluster)) {
                continue;
            }
            let needed = |target: &&Target| {
                let is_canary = strategy.canary > 0 && target.wave == 1;
                target.wave < wave && (all || is_canary)
            };
            let control = &site.slice.spec.control;
            for target in site.slice.spec.plan.targets.iter().filter(needed) {
                let left_out = control.words.iter().any(|one| one.uid == target.uid)
                    || site.generation(target) != 1;
                let mut own = site.operations.values();
                let done = own.any(|one| {
                    let phase = one.status.as_ref().map(|it| it.phase);
                    one.spec.target.uid == target.uid && phase == Some(Phase::Succeeded)
                });
                prop_assert!(
                    done || left_out,
                    "wave {} began before {:?} was done",
                    wave,
                    target
                );
            }
        }
        Ok(())
    }

    fn within_limits(&self) -> Result<(), TestCaseError> {
        let strategy = &self.sites[0].slice.spec.plan.strategy;
        let total = self
            .sites
            .iter()
            .map(|site| site.slice.spec.plan.targets.len())
            .sum();
        let running: Vec<usize> = (0..self.sites.len())
            .map(|cluster| self.in_phase(cluster, true).len())
            .collect();
        let most = strategy.max_parallel.of(total);
        // Two that gave up each other's side may use it twice, but nobody twice in one cluster.
        let at_once = match self.gave_up {
            true => running.iter().copied().max().unwrap_or(0),
            false => running.iter().sum(),
        };
        prop_assert!(at_once <= most, "{:?} at once, {} may", running, most);
        if let Some(most) = strategy.max_per_context {
            prop_assert!(
                running.iter().all(|count| *count <= most.get() as usize),
                "{:?} at once",
                running
            );
        }
        Ok(())
    }

    pub(super) fn end(&mut self, cluster: usize, which: usize, good: bool) {
        let now = self.clock(cluster);
        let running = self.in_phase(cluster, true);
        let Some(name) = running.get(which % running.len().max(1)) else {
            return;
        };
        let operation = self.sites[cluster]
            .operations
            .get_mut(name)
            .expect("an operation");
        let phase = if good {
            Phase::Succeeded
        } else {
            Phase::Failed
        };
        let began = operation
            .status
            .as_ref()
            .and_then(|it| it.started_at.clone());
        operation.status = Some(ended(phase, "Done", began.map(|it| it.0), now));
    }

    /// Writes a slice's control if it is still at the version that was read; whether it was.
    pub(super) fn write(&mut self, cluster: usize, read: &Rollout, control: Control) -> bool {
        let site = &mut self.sites[cluster];
        if site.slice.metadata.resource_version != read.metadata.resource_version {
            return false;
        }
        // What the API server checks.
        let old = &site.slice.spec.control;
        assert!(control.epoch >= old.epoch && control.wave >= old.wave);
        assert!(old.desired != Desired::Abort || control.desired == Desired::Abort);
        site.slice.spec.control = control;
        Self::written(site);
        true
    }
}
