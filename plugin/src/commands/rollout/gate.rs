//! Questions between two waves, answered on the primaries of all targets that were done so far: one
//! query each, which has to say `t`.

use std::sync::Arc;

use pg_core::rollout::{Finding, Fleet, Gate, State, standpoints};

use super::site::Site;
use crate::{
    cluster::Cluster,
    commands::{exec::script, psql::pod},
    error::{Error, Kind, Result},
    fanout,
};

/// Asked at once.
const ASKED: usize = 16;

/// Read only, and not for long: what is asked here may not disturb.
const SCRIPT: &str = "PGOPTIONS='-c default_transaction_read_only=on -c statement_timeout=10s' \
    psql -XAtq -v ON_ERROR_STOP=1 -h /var/run/postgresql -U postgres -d postgres -c \"$1\" 2>&1";

/// The query of a gate; nothing for one that a person answers.
fn query(gate: &Gate) -> Option<String> {
    Some(match gate {
        Gate::Approval {} => return None,
        Gate::Lag(most) => format!(
            "select coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)), 0) <= {most} \
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
    })
}

/// What is found at a gate behind a wave.
pub async fn look(fleet: &Fleet, sites: &[Site], wave: u32, gate: &Gate) -> Finding {
    let query = query(gate).unwrap_or_else(|| "select false".to_owned());
    let all = standpoints(fleet).into_iter().filter(|one| {
        one.target.wave <= wave && one.status.state == State::Succeeded && one.seen.silent.is_none()
    });
    let asked = all.filter_map(|one| {
        let site = sites.iter().find(|it| it.cluster_uid == one.cluster_uid)?;
        Some((site, one.target.namespace.clone(), one.target.name.clone()))
    });
    let answers = fanout::each(
        asked.collect::<Vec<_>>(),
        ASKED,
        |(site, namespace, name)| {
            let query = &query;
            async move {
                let answer = ask(site, &namespace, &name, query).await;
                (format!("{namespace}/{name}@{}", site.context.name), answer)
            }
        },
        |_| (),
    )
    .await;
    let wrong = answers.iter().find_map(|(target, answer)| match answer {
        Ok(text) if text == "t" => None,
        Ok(text) => Some(format!("{target} says {text:?}")),
        Err(error) => Some(format!("{target}: {}", error.message)),
    });
    let count = answers.len();
    Finding {
        wave,
        gate: gate.to_string(),
        passed: wrong.is_none(),
        evidence: wrong.unwrap_or_else(|| format!("{count} asked")),
        epoch: 0,
        at: None,
    }
}

async fn ask(site: &Site, namespace: &str, name: &str, query: &str) -> Result<String> {
    let context = &site.context;
    let object = context.ask(context.clusters(namespace).get(name)).await?;
    let cluster = Cluster::new(&Arc::clone(context), object);
    let primary = pod(&cluster, false).await?;
    let answer = script(&cluster, &primary, SCRIPT, &[query]).await?;
    let last = answer.lines().last().map(str::trim);
    last.map(str::to_owned)
        .ok_or_else(|| Error::new(Kind::Answer, "no answer"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_but_approvals_are_queries() {
        assert_eq!(query(&Gate::Approval {}), None);
        assert_eq!(
            query(&Gate::Sql("select 1".to_owned())).as_deref(),
            Some("select 1")
        );
        let lag = query(&Gate::Lag(1024)).expect("a query");
        assert!(
            lag.contains("<= 1024") && lag.contains("replay_lsn"),
            "{lag}"
        );
        let used = query(&Gate::Connections(80)).expect("a query");
        assert!(used.contains("<= 80 *"), "{used}");
    }
}
