//! What happens among members: who joins, leaves, leads.

use std::{
    io::ErrorKind,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use jiff::Timestamp;
use pg_core::store::Store;
use serde_json::{Value, json};
use tokio::{net::TcpListener, time::sleep};

use super::{
    Key, Member, Members, StandIn, complain, kubelet::is_code, postgres, rest, upgrade::Volume,
};
use crate::{Error, Result};

const PORTS: [u16; 2] = [8008, 5432];
/// Time that PostgreSQL takes to change its mind.
pub(super) const MOMENT: Duration = Duration::from_millis(200);
/// Parameters that only a restart takes up.
const NEEDS_RESTART: [&str; 8] = [
    "max_connections",
    "max_locks_per_transaction",
    "max_prepared_transactions",
    "max_worker_processes",
    "shared_buffers",
    "track_commit_timestamp",
    "wal_buffers",
    "wal_level",
];

impl Members {
    /// The lock changes hands: a primary begins a timeline, whoever follows a source stays on its.
    pub(super) fn led_by_another(&mut self) {
        self.transitions += 1;
        if !self.standby {
            self.timeline += 1;
        }
    }
}

impl StandIn {
    /// A pod's Patroni starts; gives its address, or nothing if it runs already.
    pub(super) async fn join(
        self: &Arc<Self>,
        key: &Key,
        name: &str,
        uid: &str,
        store: Store,
        version: u32,
    ) -> Result<Option<String>> {
        let known = |standin: &Self| {
            standin.with(key, |all| {
                all.members.get(name).is_some_and(|there| there.uid == uid)
            })
        };
        if known(self) {
            return Ok(None);
        }
        let (address, [patroni, sql]) = self.listen().await?;
        if known(self) {
            return Ok(None);
        }
        let servers = [
            rest::serve(Arc::clone(self), key.clone(), name.to_owned(), patroni),
            postgres::lead_on(Arc::clone(self), key.clone(), name.to_owned(), sql),
        ];
        self.with(key, |all| {
            all.store = store;
            if all.system == 0 {
                all.system = self.system.load(Ordering::Relaxed);
            }
            all.count(format!("{name} created"));
            let member = Member {
                uid: uid.to_owned(),
                address: address.clone(),
                state: "starting".to_owned(),
                starts: 1,
                started: Timestamp::now().to_string(),
                pending_restart: false,
                patroni: true,
                servers,
            };
            all.members.insert(name.to_owned(), member);
            // A copy is of the leader's version, whatever the pod was made for.
            let leader = all
                .leader
                .as_ref()
                .and_then(|leader| all.volumes.get(leader));
            let version = leader.map_or(version, |leader| leader.version);
            let new = || Volume::of(version);
            all.volumes.entry(name.to_owned()).or_insert_with(new);
        });
        Ok(Some(address))
    }

    async fn listen(&self) -> Result<(String, [TcpListener; 2])> {
        loop {
            let address = self.new_address();
            let bind = async |port| TcpListener::bind((address.as_str(), port)).await;
            match (bind(PORTS[0]).await, bind(PORTS[1]).await) {
                (Ok(patroni), Ok(sql)) => return Ok((address, [patroni, sql])),
                (Err(error), _) | (_, Err(error)) if error.kind() != ErrorKind::AddrInUse => {
                    return Err(error.into());
                }
                // Somebody else has it.
                _ => {}
            }
        }
    }

    /// A member has come up: it leads where nobody does.
    pub(super) async fn lead_or_follow(&self, key: &Key, name: &str, bootstrap: &Value) -> Result {
        let leads = self.with(key, |all| {
            if let Some(member) = all.members.get_mut(name) {
                "running".clone_into(&mut member.state);
            }
            if all.leader.is_some() {
                return false;
            }
            if all.config.is_none() {
                all.config = Some(bootstrap.clone());
                all.standby = bootstrap["standby_cluster"].is_object();
                all.timeline = 1;
            } else {
                all.led_by_another();
            }
            all.leader = Some(name.to_owned());
            all.acquired = Timestamp::now().to_string();
            true
        });
        if leads {
            self.write_config(key).await?;
            self.write_leader(key).await?;
        }
        self.write_word(key, name).await
    }

    /// A member goes. Whoever is left takes over from a leader.
    pub(super) async fn leave(&self, key: &Key, name: &str, uid: &str) {
        let heir = self.with(key, |all| {
            if all.members.get(name).is_none_or(|member| member.uid != uid) {
                return None;
            }
            all.members.remove(name);
            if all.leader.as_deref() != Some(name) {
                return None;
            }
            all.leader = None;
            Some(all.members.keys().next().cloned())
        });
        let result = match heir {
            None => Ok(()),
            Some(Some(heir)) => self.hand_over(key, &heir).await,
            Some(None) => self.write_leader(key).await,
        };
        // Objects may have been deleted with the cluster.
        if let Err(error) = result
            && !is_code(&error, 403)
            && !is_code(&error, 404)
        {
            complain(name, &error);
        }
    }

    /// Another member leads from now on.
    pub(super) async fn hand_over(&self, key: &Key, to: &str) -> Result {
        let before = self.with(key, |all| {
            all.led_by_another();
            all.acquired = Timestamp::now().to_string();
            all.leader.replace(to.to_owned())
        });
        self.write_leader(key).await?;
        self.write_word(key, to).await?;
        if let Some(before) = before {
            self.write_word(key, &before).await?;
        }
        Ok(())
    }

    /// Something was asked of a member that changes it. It will happen, whoever waits for it; the
    /// answer is whether it was refused.
    pub(super) fn begin(
        self: &Arc<Self>,
        key: &Key,
        name: &str,
        path: &str,
        body: &Value,
    ) -> std::result::Result<(), (u16, String)> {
        let candidate = body["candidate"].as_str().unwrap_or_default().to_owned();
        let refused = self.with(key, |all| {
            let leader = all.leader.clone();
            match path {
                "/switchover" if body["leader"].as_str() != leader.as_deref() => {
                    Some((412, "leader name does not match".to_owned()))
                }
                "/switchover" | "/failover"
                    if !all.members.contains_key(&candidate)
                        || leader.as_deref() == Some(&candidate) =>
                {
                    Some((412, "candidate is no member that can take over".to_owned()))
                }
                "/restart" | "/reinitialize"
                    if all
                        .members
                        .get(name)
                        .is_none_or(|member| member.state != "running") =>
                {
                    Some((503, "already in progress".to_owned()))
                }
                "/reinitialize" if leader.as_deref() == Some(name) => {
                    Some((503, "I am the leader, can not reinitialize".to_owned()))
                }
                _ => None,
            }
        });
        if let Some(refused) = refused {
            return Err(refused);
        }
        self.with(key, |all| {
            all.count(match path {
                "/switchover" | "/failover" => format!("{path} to {candidate}"),
                _ => format!("{path} of {name}"),
            });
            let state = match path {
                "/restart" => "restarting",
                "/reinitialize" => "creating replica",
                _ => return,
            };
            if let Some(member) = all.members.get_mut(name) {
                state.clone_into(&mut member.state);
            }
        });
        let (standin, key, name) = (Arc::clone(self), key.clone(), name.to_owned());
        let path = path.to_owned();
        tokio::spawn(async move {
            let result = match path.as_str() {
                "/switchover" | "/failover" => {
                    sleep(MOMENT).await;
                    standin.hand_over(&key, &candidate).await
                }
                _ => standin.start_again(&key, &name).await,
            };
            if let Err(error) = result {
                complain(&name, &error);
            }
        });
        Ok(())
    }

    /// PostgreSQL is down, and comes up again.
    async fn start_again(&self, key: &Key, name: &str) -> Result {
        self.write_word(key, name).await?;
        sleep(MOMENT).await;
        self.with(key, |all| {
            if let Some(member) = all.members.get_mut(name) {
                "running".clone_into(&mut member.state);
                member.starts += 1;
                member.started = Timestamp::now().to_string();
                member.pending_restart = false;
            }
        });
        self.write_word(key, name).await
    }

    /// The dynamic configuration is changed: null takes a key out.
    pub(super) async fn configure(self: &Arc<Self>, key: &Key, patch: &Value) -> Result<Value> {
        let (config, followed) = self.with(key, |all| {
            let mut config = all.config.clone().unwrap_or_else(|| json!({}));
            merge(&mut config, patch);
            let needs_restart = patch
                .pointer("/postgresql/parameters")
                .and_then(Value::as_object)
                .is_some_and(|parameters| {
                    parameters
                        .keys()
                        .any(|name| NEEDS_RESTART.contains(&name.as_str()))
                });
            if needs_restart {
                for member in all.members.values_mut() {
                    member.pending_restart = true;
                }
            }
            all.count(format!("configuration {patch}"));
            all.config = Some(config.clone());
            (config, all.standby)
        });
        self.write_config(key).await?;
        let names: Vec<String> = self.with(key, |all| all.members.keys().cloned().collect());
        for name in names {
            self.write_word(key, &name).await?;
        }
        if followed && !config["standby_cluster"].is_object() {
            let (standin, key) = (Arc::clone(self), key.clone());
            tokio::spawn(async move {
                sleep(MOMENT).await;
                if let Err(error) = standin.promote(&key).await {
                    complain(&key.1, &error);
                }
            });
        }
        Ok::<_, Error>(config)
    }

    /// A standby cluster follows nobody any more.
    async fn promote(&self, key: &Key) -> Result {
        let names: Vec<String> = self.with(key, |all| {
            // Asked for twice, it happens once.
            if !std::mem::take(&mut all.standby) {
                return Vec::new();
            }
            all.timeline += 1;
            all.count("promotion".to_owned());
            all.members.keys().cloned().collect()
        });
        for name in names {
            self.write_word(key, &name).await?;
        }
        Ok(())
    }
}

fn merge(into: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *into = patch.clone();
        return;
    };
    if !into.is_object() {
        *into = json!({});
    }
    if let Some(into) = into.as_object_mut() {
        for (key, value) in patch {
            if value.is_null() {
                into.remove(key);
            } else {
                merge(into.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
    }
}
