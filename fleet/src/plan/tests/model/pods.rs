//! StatefulSet controller and kubelets make and end pods; Patroni publishes what it is.

use std::time::Duration;

use k8s_openapi::jiff::SignedDuration;
use pg_core::names::{self, ROLE_PRIMARY, ROLE_REPLICA};

use super::{
    api::{Kind, Object},
    cluster::{NODES, Truth, index},
    members::{Member, Process, TTL},
};
use crate::{
    observe::object::{Meta, RawPod, RawPodSpec, RawPodStatus},
    plan::tests::cluster::{member, wall},
};

/// How long a pod takes to stop.
const STOP: Duration = Duration::from_secs(3);

impl Truth {
    pub fn stateful_set(&mut self) {
        let wanted = self.set().map_or(0, |(_, replicas)| replicas);
        // It makes pods from what it has seen.
        let revision = self.see_template();
        let Some(revision) = revision.or_else(|| (wanted == 0).then(String::new)) else {
            return;
        };
        for ordinal in 0..wanted {
            let name = member(i32::try_from(ordinal).unwrap_or(0));
            if self.pod(&name).is_some() {
                continue;
            }
            let claim = format!("pgdata-{name}");
            if self.api.get(Kind::Claim, &claim).is_none() {
                let uid = self.api.fresh(&claim);
                let meta = Meta {
                    name: claim,
                    uid,
                    ..Meta::default()
                };
                self.api.put(Kind::Claim, Object::Bare(meta));
                let index = usize::try_from(ordinal).unwrap_or(0);
                self.patroni.members[index] = Member::default();
            }
            let uid = self.api.fresh(&name);
            let label = ("controller-revision-hash".to_owned(), revision.clone());
            let metadata = Meta {
                name,
                uid,
                labels: [label].into(),
                annotations: self.rollout.annotations(&revision),
                ..Meta::default()
            };
            let node = usize::try_from(ordinal).unwrap_or(0) % NODES;
            let spec = RawPodSpec {
                node_name: Some(format!("n{node}")),
            };
            let status = RawPodStatus {
                phase: "Pending".to_owned(),
                ..RawPodStatus::default()
            };
            self.put_pod(RawPod {
                metadata,
                spec,
                status,
            });
        }
        // The highest goes first, and one after another.
        let extra = self.api.names(Kind::Pod).into_iter().filter_map(|name| {
            let ordinal = names::ordinal("db", &name)?;
            (i64::from(ordinal) >= wanted).then_some((ordinal, name))
        });
        if let Some((_, name)) = extra.max() {
            self.stop_pod(&name);
        }
    }

    /// A pod is asked to end.
    pub fn stop_pod(&mut self, name: &str) {
        let now = self.now;
        let Some(mut pod) = self.pod(name).cloned() else {
            return;
        };
        if self.stops.contains_key(name) {
            return;
        }
        self.stops.insert(name.to_owned(), now + STOP);
        pod.metadata.deletion_timestamp = Some(self.wall());
        self.put_pod(pod);
    }

    pub fn kubelet(&mut self) {
        for name in self.api.names(Kind::Pod) {
            let Some(index) = index(&name) else { continue };
            let member = &self.patroni.members[index];
            if self.now < member.cut_until {
                continue;
            }
            let ready = self.now >= member.unschedulable_until;
            let Some(mut pod) = self.pod(&name).cloned() else {
                continue;
            };
            if let Some(at) = self.stops.get(&name).copied() {
                if self.patroni.members[index].process != Process::Off {
                    if !self.patroni.may_end(index, self.now) {
                        continue;
                    }
                    self.patroni.stop(index, true);
                }
                if self.now >= at {
                    self.stops.remove(&name);
                    self.api.remove(Kind::Pod, &name);
                }
            } else if pod.status.phase == "Pending" && ready {
                pod.status.phase = "Running".to_owned();
                pod.status.pod_ip = Some(name.clone());
                self.put_pod(pod);
                self.patroni.members[index].start(self.now);
            }
        }
    }

    /// Patroni writes its objects, its word and its label, where it can.
    pub fn publish(&mut self) {
        let now = self.now;
        let mut any = false;
        for name in self.api.names(Kind::Pod) {
            let Some(index) = index(&name) else { continue };
            let member = &self.patroni.members[index];
            if !member.answers(now) {
                continue;
            }
            any = true;
            let (role, word) = match member.leads && self.patroni.holder == Some(index) {
                true => (ROLE_PRIMARY, "primary"),
                false => (ROLE_REPLICA, "replica"),
            };
            let said = format!(
                r#"{{"state":"running","role":"{word}","timeline":{}}}"#,
                member.timeline
            );
            let label = &self.configuration.pod_role_label;
            let Some(pod) = self.pod(&name) else {
                continue;
            };
            let meta = &pod.metadata;
            if meta.labels.get(label).map(String::as_str) == Some(role)
                && meta.annotations.get("status") == Some(&said)
            {
                continue;
            }
            let (mut pod, label) = (pod.clone(), label.clone());
            pod.metadata.labels.insert(label, role.to_owned());
            pod.metadata.annotations.insert("status".to_owned(), said);
            self.put_pod(pod);
        }
        if !any || !self.patroni.initialized {
            return;
        }
        let patroni = &self.patroni;
        let name_of = |index: usize| member(i32::try_from(index).unwrap_or(0));
        let renewed = wall() + SignedDuration::from_secs(as_seconds(patroni.renewed) / 5 * 5);
        let standbys: Vec<_> = patroni.standbys.iter().map(|s| name_of(*s)).collect();
        let leader = [
            ("leader", patroni.holder.map_or_else(String::new, name_of)),
            ("transitions", patroni.transitions.to_string()),
            ("renewTime", renewed.to_string()),
            ("ttl", TTL.as_secs().to_string()),
        ];
        let wrote = patroni.led_last.filter(|_| patroni.synchronous);
        let sync = [
            ("leader", wrote.map_or_else(String::new, name_of)),
            ("sync_standby", standbys.join(",")),
        ];
        let config = patroni.config.to_string();
        self.patroni_object("leader", &leader);
        self.patroni_object("config", &[("config", config)]);
        self.patroni_object("sync", &sync);
    }

    fn patroni_object(&mut self, part: &str, annotations: &[(&str, String)]) {
        let name = format!("db-{part}");
        let text = format!("{annotations:?}");
        let there = self
            .api
            .get(Kind::Patroni, &name)
            .map(|object| object.meta().uid.clone());
        if there.is_some() && self.written.get(&name) == Some(&text) {
            return;
        }
        self.written.insert(name.clone(), text);
        let uid = there.unwrap_or_else(|| self.api.fresh(&name));
        let annotations = annotations
            .iter()
            .map(|(k, v)| ((*k).to_owned(), v.clone()))
            .collect();
        let meta = Meta {
            name,
            uid,
            annotations,
            ..Meta::default()
        };
        self.api.put(Kind::Patroni, Object::Bare(meta));
    }
}

fn as_seconds(time: Duration) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(0)
}
