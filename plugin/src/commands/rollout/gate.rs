//! Questions between two waves, asked of all targets that were done so far: one query on each
//! primary, which has to say `t`, or what each member wrote into its log since.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use kube::{Api, ResourceExt, api::ListParams};
use pg_core::{
    names,
    rollout::{Finding, Fleet, Gate, State, shortened, standpoints},
};

use super::site::Site;
use crate::{
    cluster::Cluster,
    commands::{exec::script, logs::files::errors_since, psql::pod},
    error::{Error, Kind, Result},
    fanout,
    objects::Pod,
};

/// Asked at once.
const ASKED: usize = 16;

/// Read only, and not for long: what is asked here may not disturb.
const SCRIPT: &str = "PGOPTIONS='-c default_transaction_read_only=on -c statement_timeout=10s' \
    psql -XAtq -v ON_ERROR_STOP=1 -h /var/run/postgresql -U postgres -d postgres -c \"$1\" 2>&1";

/// What a gate asks of one Postgres cluster.
#[derive(Debug, Eq, PartialEq)]
enum Question {
    /// A query that has to say `t`.
    Query(String),
    /// At most so many errors in the logs.
    Errors(u32),
}

/// The question of a gate; a person's word is none.
fn question(gate: &Gate, is_standby: bool) -> Option<Question> {
    Some(Question::Query(match gate {
        Gate::Approval {} => return None,
        Gate::Log(most) => return Some(Question::Errors(*most)),
        Gate::Leader {} if is_standby => "select pg_is_in_recovery() \
             and (current_setting('primary_conninfo') = '' \
             or exists (select from pg_stat_wal_receiver where status = 'streaming'))"
            .to_owned(),
        Gate::Leader {} => "select not pg_is_in_recovery()".to_owned(),
        Gate::Lag(most) => format!(
            "select coalesce(max(pg_wal_lsn_diff(case when pg_is_in_recovery() \
             then pg_last_wal_receive_lsn() else pg_current_wal_lsn() end, replay_lsn)), 0) <= {most} \
             from pg_stat_replication"
        ),
        Gate::Archiving {} => "select current_setting('archive_mode') = 'off' \
             or coalesce(last_failed_time <= last_archived_time, last_failed_time is null) \
             from pg_stat_archiver"
            .to_owned(),
        Gate::Connections(percent) => format!(
            "select count(*) * 100 <= {percent} * current_setting('max_connections')::int \
             from pg_stat_activity where backend_type = 'client backend'"
        ),
        Gate::Sql(query) => query.clone(),
    }))
}

/// One target that is asked.
struct Asked<'a> {
    site: &'a Site,
    namespace: String,
    name: String,
    /// When its operation ended.
    done: Option<Timestamp>,
}

/// What is found at a gate behind a wave.
#[derive(Debug, Default)]
pub struct Found {
    asked: usize,
    no: usize,
    /// By Kubernetes cluster, the first no there: with its target, whose name and answer are told
    /// nowhere else.
    why: BTreeMap<String, String>,
}

impl Found {
    /// An answer of one target: what speaks against going on, if anything does.
    fn hear(&mut self, cluster_uid: &str, answer: Option<String>) {
        self.asked += 1;
        if let Some(why) = answer {
            self.no += 1;
            self.why.entry(cluster_uid.to_owned()).or_insert(why);
        }
    }

    /// The first no of each Kubernetes cluster, in full.
    pub fn why(&self) -> impl Iterator<Item = &str> {
        self.why.values().map(String::as_str)
    }

    /// What the slice in one Kubernetes cluster is told of it.
    pub fn finding(&self, cluster_uid: &str, wave: u32, gate: &Gate) -> Finding {
        let Self { asked, no, why } = self;
        let evidence = match (no, why.get(cluster_uid)) {
            (0, _) => format!("{asked} asked"),
            (_, None) => format!("{no} of {asked} said no"),
            (1, Some(why)) if *asked == 1 => why.clone(),
            (_, Some(why)) => format!("{no} of {asked} said no: {why}"),
        };
        Finding {
            wave,
            gate: gate.to_string(),
            passed: *no == 0,
            evidence: shortened(&evidence),
            epoch: 0,
            at: None,
        }
    }
}

/// Asks all targets at a gate behind a wave.
pub async fn look(fleet: &Fleet, sites: &[Site], wave: u32, gate: &Gate) -> Found {
    let all = standpoints(fleet).into_iter().filter(|one| {
        one.target.wave <= wave && one.status.state == State::Succeeded && one.seen.silent.is_none()
    });
    let asked = all.filter_map(|one| {
        let site = sites.iter().find(|it| it.cluster_uid == one.cluster_uid)?;
        Some(Asked {
            site,
            namespace: one.target.namespace.clone(),
            name: one.target.name.clone(),
            done: one.status.finished_at.as_ref().map(|at| at.0),
        })
    });
    let answers = fanout::each(
        asked.collect::<Vec<_>>(),
        ASKED,
        |asked| async move {
            let context = &asked.site.context.name;
            let place = format!("{}/{}@{context}", asked.namespace, asked.name);
            let why = match ask(&asked, gate).await {
                Ok(None) => None,
                Ok(Some(why)) => Some(format!("{place} {why}")),
                Err(error) => Some(format!("{place}: {}", error.message)),
            };
            (asked.site.cluster_uid.clone(), why)
        },
        |_| (),
    )
    .await;
    let mut found = Found::default();
    for (cluster_uid, answer) in answers {
        found.hear(&cluster_uid, answer);
    }
    found
}

/// What speaks against going on, if anything does.
async fn ask(asked: &Asked<'_>, gate: &Gate) -> Result<Option<String>> {
    let context = &asked.site.context;
    let clusters = context.clusters(&asked.namespace);
    let object = context.ask(clusters.get(&asked.name)).await?;
    let cluster = Cluster::new(&Arc::clone(context), object);
    let is_standby = cluster.spec(&["standby"]).is_some_and(|it| it.is_object());
    match question(gate, is_standby) {
        None => Ok(Some("waits for a person".to_owned())),
        Some(Question::Query(query)) => {
            let primary = pod(&cluster, false).await?;
            let answer = script(&cluster, &primary, SCRIPT, &[&query]).await?;
            let last = answer.lines().last().map(str::trim);
            let last = last.ok_or_else(|| Error::new(Kind::Answer, "no answer"))?;
            Ok((last != "t").then(|| format!("says {last:?}")))
        }
        Some(Question::Errors(most)) => {
            let errors = errors(&cluster, asked.done.unwrap_or_default()).await?;
            Ok((errors > u64::from(most)).then(|| {
                format!("has {errors} lines of ERROR, FATAL or PANIC in its logs since it was done")
            }))
        }
    }
}

/// How many errors all members of a Postgres cluster have written since then.
async fn errors(cluster: &Cluster, since: Timestamp) -> Result<u64> {
    let pods: Api<Pod> = cluster.context.api(&cluster.namespace);
    let list = ListParams::default().labels(&format!("cluster-name={}", cluster.name));
    let list = cluster.context.ask(pods.list(&list)).await?;
    let mut errors = 0;
    for pod in list.items.iter().map(ResourceExt::name_any) {
        if names::ordinal(&cluster.name, &pod).is_none() {
            continue;
        }
        let found = errors_since(&cluster.context, &pods, &pod, since).await?;
        errors += found.ok_or_else(|| {
            Error::new(
                Kind::Failed,
                format!("{pod} has no files of PostgreSQL's log"),
            )
        })?;
    }
    Ok(errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(gate: &Gate, is_standby: bool) -> String {
        match question(gate, is_standby) {
            Some(Question::Query(query)) => query,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_no_is_told_in_full_only_where_it_comes_from() {
        let told = |found: &Found, uid: &str| {
            let finding = found.finding(uid, 1, &Gate::Archiving {});
            (finding.passed, finding.evidence)
        };
        let mut found = Found::default();
        found.hear("east", None);
        assert_eq!(told(&found, "east"), (true, "1 asked".to_owned()));
        found.hear("west", Some("pg/secret@west says \"f\"".to_owned()));
        found.hear("west", Some("pg/other@west says \"f\"".to_owned()));
        for uid in ["east", "north"] {
            let said = (false, "2 of 3 said no".to_owned());
            assert_eq!(told(&found, uid), said, "{uid}");
        }
        let said = "2 of 3 said no: pg/secret@west says \"f\"".to_owned();
        assert_eq!(told(&found, "west"), (false, said));
        let mut long = Found::default();
        long.hear("west", Some("no".repeat(100_000)));
        assert!(told(&long, "west").1.len() < 512);
    }

    #[test]
    fn what_gates_ask() {
        assert_eq!(question(&Gate::Approval {}, false), None);
        assert_eq!(question(&Gate::Log(3), false), Some(Question::Errors(3)));
        assert_eq!(query(&Gate::Sql("select 1".to_owned()), false), "select 1");
        let lag = query(&Gate::Lag(1024), false);
        assert!(
            lag.contains("<= 1024") && lag.contains("replay_lsn"),
            "{lag}"
        );
        let used = query(&Gate::Connections(80), false);
        assert!(used.contains("<= 80 *"), "{used}");
        let leader = query(&Gate::Leader {}, false);
        assert_eq!(leader, "select not pg_is_in_recovery()");
        let follows = query(&Gate::Leader {}, true);
        assert!(follows.contains("pg_stat_wal_receiver"), "{follows}");
    }
}
