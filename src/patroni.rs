//! Patroni's data: what it keeps in Kubernetes (docs/kubernetes.rst of Patroni) and what its REST
//! API answers (docs/rest_api.rst). Reading only; writing is Patroni's alone.

use std::collections::BTreeMap;

use k8s_openapi::jiff::Timestamp;
use serde::{Deserialize, Deserializer};

/// Annotations of a Kubernetes object.
pub type Annotations = BTreeMap<String, String>;

/// The leader object: who holds the lock.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Leader {
    /// The member that holds the lock; an empty name in the object means that nobody does.
    pub member: Option<String>,
    /// How often the lock has changed hands; grows with each change.
    pub transitions: i64,
    /// When the holder last renewed it, by the holder's clock.
    pub renewed: Option<Timestamp>,
    /// Seconds that the lock lasts after a renewal.
    pub ttl: i64,
    /// WAL position of the leader at its last loop, in bytes.
    pub position: Option<i64>,
}

impl Leader {
    /// Reads the annotations of Patroni's leader object.
    pub fn parse(annotations: &Annotations) -> Self {
        let number = |key: &str| annotations.get(key).and_then(|text| text.parse().ok());
        Self {
            member: annotations
                .get("leader")
                .filter(|name| !name.is_empty())
                .cloned(),
            transitions: number("transitions").unwrap_or(0),
            renewed: annotations
                .get("renewTime")
                .and_then(|text| text.parse().ok()),
            ttl: number("ttl").unwrap_or(30),
            position: number("optime"),
        }
    }

    /// Whether the lock is held and was renewed less than its ttl ago. With Patroni's failsafe
    /// mode a leader may live on with an expired lock: `false` is a doubt, not a proof.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.member.is_some()
            && self
                .renewed
                .is_some_and(|renewed| now.as_second() - renewed.as_second() < self.ttl)
    }
}

/// A pod's `status` annotation: the member's last word, not its state. Patroni writes it only
/// when something in it changed, so an idle, a frozen and a dead member look the same.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
pub struct MemberWord {
    /// running, starting, stopped, start failed …
    #[serde(default)]
    pub state: String,
    /// primary (older Patroni: master), replica, standby_leader …
    #[serde(default)]
    pub role: String,
    /// Timeline; cannot be unsaid, so it proves a promotion.
    #[serde(default)]
    pub timeline: Option<i64>,
    /// Position in the WAL, bytes.
    #[serde(default)]
    pub xlog_location: Option<i64>,
    /// Waits for a restart to take up a parameter.
    #[serde(default)]
    pub pending_restart: bool,
    /// Where its REST API answers.
    #[serde(default)]
    pub api_url: Option<String>,
    /// `streaming` or `in archive recovery` on a replica.
    #[serde(default)]
    pub replication_state: Option<String>,
}

impl MemberWord {
    /// The annotation of a pod that holds it.
    pub const ANNOTATION: &str = "status";

    /// Reads a pod's annotations; `None` before Patroni first wrote, or when it is no JSON.
    pub fn parse(annotations: &Annotations) -> Option<Self> {
        serde_json::from_str(annotations.get(Self::ANNOTATION)?).ok()
    }

    /// Whether it says that it leads.
    pub fn says_primary(&self) -> bool {
        is_primary_role(&self.role)
    }
}

/// Whether a role word of Patroni (any version) means primary.
pub fn is_primary_role(role: &str) -> bool {
    matches!(role, "primary" | "master" | "leader")
}

/// One line of Patroni's history: a timeline that ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HistoryLine {
    /// The timeline that ended.
    pub timeline: i64,
    /// Position at its end.
    pub lsn: i64,
    /// Why, in PostgreSQL's words.
    pub reason: String,
    /// When, as Patroni wrote it.
    pub at: Option<String>,
    /// The member that led afterwards.
    pub leader: Option<String>,
}

/// What Patroni's config object holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClusterConfig {
    /// The system identifier, once the cluster is initialized.
    pub initialize: Option<String>,
    /// The dynamic configuration.
    pub config: Option<serde_json::Value>,
    /// Past timelines, oldest first.
    pub history: Vec<HistoryLine>,
}

impl ClusterConfig {
    /// Reads the annotations of Patroni's config object.
    pub fn parse(annotations: &Annotations) -> Self {
        let json = |key: &str| {
            annotations
                .get(key)
                .and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok())
        };
        let history = json("history")
            .and_then(|value| value.as_array().cloned())
            .unwrap_or_default()
            .iter()
            .filter_map(|line| {
                Some(HistoryLine {
                    timeline: line.get(0)?.as_i64()?,
                    lsn: line.get(1)?.as_i64()?,
                    reason: line.get(2)?.as_str()?.to_owned(),
                    at: line.get(3).and_then(|v| v.as_str()).map(str::to_owned),
                    leader: line.get(4).and_then(|v| v.as_str()).map(str::to_owned),
                })
            })
            .collect();
        Self {
            initialize: annotations.get("initialize").cloned(),
            config: json("config"),
            history,
        }
    }

    /// Whether Patroni's automatic failover is switched off.
    pub fn is_paused(&self) -> bool {
        self.config
            .as_ref()
            .and_then(|config| config.get("pause"))
            .and_then(serde_json::Value::as_bool)
            .unwrap_or(false)
    }

    /// What Patroni follows in place of having a primary, by the rule by which it takes itself for a
    /// standby cluster.
    pub fn standby(&self) -> Option<&serde_json::Value> {
        let standby = self.config.as_ref()?.get("standby_cluster")?;
        let names = |key| standby.get(key).is_some_and(|value| !value.is_null());
        ["host", "port", "restore_command"]
            .into_iter()
            .any(names)
            .then_some(standby)
    }

    /// Whether any of several standbys may be the one that confirms: then none of them is known to
    /// hold everything.
    pub fn is_quorum(&self) -> bool {
        self.config
            .as_ref()
            .and_then(|config| config.get("synchronous_mode"))
            .is_some_and(|mode| mode == "quorum")
    }

    /// What Patroni lets a candidate lack where nothing else is configured.
    pub const MAXIMUM_LAG: i64 = 1 << 20;

    /// Bytes that a candidate may lack (`maximum_lag_on_failover`).
    pub fn maximum_lag(&self) -> i64 {
        self.config
            .as_ref()
            .and_then(|config| config.get("maximum_lag_on_failover")?.as_i64())
            .unwrap_or(Self::MAXIMUM_LAG)
    }

    /// Whether synchronous replication is on.
    pub fn is_synchronous(&self) -> bool {
        match self
            .config
            .as_ref()
            .and_then(|config| config.get("synchronous_mode"))
        {
            Some(serde_json::Value::Bool(on)) => *on,
            // `quorum` since Patroni 4.0.
            Some(serde_json::Value::String(word)) => !matches!(word.as_str(), "off" | "false"),
            _ => false,
        }
    }
}

/// The sync object: which standbys are synchronous.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Sync {
    /// The leader that wrote it.
    pub leader: Option<String>,
    /// The synchronous standbys.
    pub standbys: Vec<String>,
}

impl Sync {
    /// Reads the annotations of Patroni's sync object.
    pub fn parse(annotations: &Annotations) -> Self {
        Self {
            leader: annotations
                .get("leader")
                .filter(|name| !name.is_empty())
                .cloned(),
            standbys: annotations
                .get("sync_standby")
                .map(|names| {
                    names
                        .split(',')
                        .map(str::trim)
                        .filter(|name| !name.is_empty())
                        .map(str::to_owned)
                        .collect()
                })
                .unwrap_or_default(),
        }
    }
}

/// Answer of `GET /patroni`: one member about itself, live.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
pub struct MemberAnswer {
    /// running, starting, stopped …
    #[serde(default)]
    pub state: String,
    /// primary, replica, standby_leader …
    #[serde(default)]
    pub role: String,
    /// Version of the server as a number: 170004.
    #[serde(default)]
    pub server_version: Option<i64>,
    /// Timeline.
    #[serde(default)]
    pub timeline: Option<i64>,
    /// Positions in the WAL.
    #[serde(default)]
    pub xlog: Option<XlogAnswer>,
    /// Waits for a restart.
    #[serde(default)]
    pub pending_restart: bool,
    /// By parameter, what it has and what it waits for (`old_value`, `new_value`); since Patroni 4.0.
    #[serde(default)]
    pub pending_restart_reason: BTreeMap<String, serde_json::Value>,
    /// When this postmaster started: changes with every restart, so it proves one.
    #[serde(default)]
    pub postmaster_start_time: Option<String>,
    /// On a replica: `streaming` or `in archive recovery`; absent in older versions.
    #[serde(default)]
    pub replication_state: Option<String>,
    /// Whether Patroni is paused.
    #[serde(default)]
    pub pause: bool,
    /// What the member may not become: `nosync`, `nofailover` …
    #[serde(default)]
    pub tags: BTreeMap<String, serde_json::Value>,
    /// Seconds since the epoch when Patroni last saw its store.
    #[serde(default)]
    pub dcs_last_seen: Option<i64>,
    /// Who streams from this member.
    #[serde(default)]
    pub replication: Vec<ReplicationRow>,
    /// The database's system identifier.
    #[serde(default)]
    pub database_system_identifier: Option<String>,
    /// Who it is.
    #[serde(default)]
    pub patroni: Option<AboutPatroni>,
    /// Whether the lock has no holder, as this member sees it.
    #[serde(default)]
    pub cluster_unlocked: bool,
}

impl MemberAnswer {
    /// Whether it runs as a primary.
    pub fn leads(&self) -> bool {
        self.state == "running" && is_primary_role(&self.role)
    }

    /// Whether it leads a standby cluster: it has the lock and follows a server elsewhere.
    pub fn leads_standby(&self) -> bool {
        self.state == "running" && self.role == "standby_leader"
    }

    /// Whether it runs as a replica that receives WAL from somewhere. One that says nothing of it
    /// does not: so looks a fresh copy whose slot is not there yet, and which a switchover now
    /// would leave behind for good.
    pub fn follows(&self) -> bool {
        self.state == "running"
            && !is_primary_role(&self.role)
            && self
                .replication_state
                .as_deref()
                .is_some_and(|state| state == "streaming" || state == "in archive recovery")
    }

    /// Whether it is told not to become a synchronous standby.
    pub fn declines_sync(&self) -> bool {
        self.tags.get("nosync").is_some_and(|tag| tag == true)
    }

    /// The WAL position that it has: written on a primary, received on a replica.
    pub fn position(&self) -> Option<i64> {
        let xlog = self.xlog.as_ref()?;
        xlog.location
            .or_else(|| xlog.received_location.max(xlog.replayed_location))
    }
}

/// Who answers.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
pub struct AboutPatroni {
    /// Patroni's version.
    #[serde(default)]
    pub version: String,
    /// The cluster.
    #[serde(default)]
    pub scope: String,
    /// The member.
    #[serde(default)]
    pub name: String,
}

/// WAL positions in bytes.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
pub struct XlogAnswer {
    /// On a primary.
    #[serde(default)]
    pub location: Option<i64>,
    /// On a replica, received.
    #[serde(default)]
    pub received_location: Option<i64>,
    /// On a replica, replayed.
    #[serde(default)]
    pub replayed_location: Option<i64>,
}

/// One row of `pg_stat_replication` as Patroni reports it.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
pub struct ReplicationRow {
    /// The replica's name.
    #[serde(default)]
    pub application_name: String,
    /// streaming, catchup …
    #[serde(default)]
    pub state: String,
    /// sync, async, quorum …
    #[serde(default)]
    pub sync_state: String,
}

/// Answer of `GET /cluster`.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
pub struct ClusterAnswer {
    /// All members, as the answering one reads the store: samples up to a loop apart.
    #[serde(default)]
    pub members: Vec<ClusterMember>,
}

/// One member in `GET /cluster`.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
pub struct ClusterMember {
    /// The pod.
    #[serde(default)]
    pub name: String,
    /// leader, replica, sync_standby, quorum_standby, standby_leader.
    #[serde(default)]
    pub role: String,
    /// running, streaming …
    #[serde(default)]
    pub state: String,
    /// Timeline.
    #[serde(default)]
    pub timeline: Option<i64>,
    /// Bytes behind the leader; Patroni says `"unknown"` when it does not know.
    #[serde(default, deserialize_with = "number_or_unknown")]
    pub lag: Option<i64>,
    /// Waits for a restart.
    #[serde(default)]
    pub pending_restart: bool,
}

fn number_or_unknown<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(serde_json::Value::deserialize(deserializer)?.as_i64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn annotations(pairs: &[(&str, &str)]) -> Annotations {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    #[test]
    fn leader_object() {
        let leader = Leader::parse(&annotations(&[
            ("acquireTime", "2026-11-21T10:00:00.000000+00:00"),
            ("leader", "main-1"),
            ("optime", "83886080"),
            ("renewTime", "2026-11-21T10:00:20.500000+00:00"),
            ("transitions", "3"),
            ("ttl", "30"),
        ]));
        assert_eq!(leader.member.as_deref(), Some("main-1"));
        assert_eq!(leader.transitions, 3);
        assert_eq!(leader.position, Some(83_886_080));
        let at = |text: &str| -> Timestamp { text.parse().expect("a time") };
        assert!(leader.is_fresh(at("2026-11-21T10:00:49Z")));
        assert!(!leader.is_fresh(at("2026-11-21T10:00:50Z")));
        assert!(
            Leader::parse(&annotations(&[("leader", "")]))
                .member
                .is_none()
        );
    }

    #[test]
    fn a_members_word() {
        let word = MemberWord::parse(&annotations(&[(
            "status",
            r#"{"conn_url":"postgres://10.1.1.2:5432/postgres","api_url":"http://10.1.1.2:8008/patroni","state":"running","role":"primary","version":"4.0.7","xlog_location":83886080,"timeline":2}"#,
        )]))
        .expect("a word");
        assert!(word.says_primary());
        assert_eq!(word.timeline, Some(2));
        assert_eq!(
            MemberWord::parse(&annotations(&[("status", "not json")])),
            None
        );
    }

    #[test]
    fn config_and_history() {
        let config = ClusterConfig::parse(&annotations(&[
            (
                "config",
                r#"{"ttl":30,"pause":true,"synchronous_mode":"quorum"}"#,
            ),
            ("initialize", "7400000000000000001"),
            (
                "history",
                r#"[[1,50331808,"no recovery target specified","2026-11-21T10:00:00+00:00","main-1"],[2,"bad"]]"#,
            ),
        ]));
        assert!(config.is_paused() && config.is_synchronous() && config.is_quorum());
        assert_eq!(config.history.len(), 1);
        assert_eq!(config.history[0].leader.as_deref(), Some("main-1"));
    }

    #[test]
    fn lag_may_be_unknown() {
        let answer: ClusterAnswer = serde_json::from_str(
            r#"{"members":[{"name":"a-0","role":"leader","state":"running","timeline":1},
               {"name":"a-1","role":"replica","state":"streaming","timeline":1,"lag":"unknown"},
               {"name":"a-2","role":"sync_standby","state":"streaming","timeline":1,"lag":16}]}"#,
        )
        .expect("an answer");
        assert_eq!(
            answer.members.iter().map(|m| m.lag).collect::<Vec<_>>(),
            [None, None, Some(16)]
        );
    }
}
