//! Checks of one cluster, from inside its primary's pod: one program, a line for each answer.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Check, Verdict};
use crate::{
    cluster::Cluster,
    commands::{exec::script, psql::pod},
    output::text::bytes,
};

/// Logs in through each Service with the password that the pod has, which never leaves it; the
/// rest is asked through the local socket. An answer is the last line, a failure all of them.
const SCRIPT: &str = r#"
said() { out=$("$@" 2>&1) && printf '%s\n' "$out" | tail -n 1 || printf '%s' "$out" | tr -s '\t\n' '  '; }
by() { export PGPASSWORD="$PGPASSWORD_SUPERUSER" PGCONNECT_TIMEOUT=3; said psql -XAtq -h "$1" -U "${PGUSER_SUPERUSER:-postgres}" -d postgres -c 'select pg_is_in_recovery()'; }
ask() { said psql -XAtq -h /var/run/postgresql -U postgres -d postgres -c "$1"; }
echo "primary=$(by "$1")"
echo "replicas=$(by "$1-repl")"
echo "streaming=$(ask "select count(*) from pg_stat_replication where state = 'streaming' and application_name like '$1-%'")"
echo "archiving=$(ask "select case when pg_is_in_recovery() and current_setting('archive_mode') = 'on' then 'follows' else current_setting('archive_mode') end, failed_count, coalesce(last_failed_time > coalesce(last_archived_time, '-infinity'), false), coalesce(last_failed_wal, '') from pg_stat_archiver")"
echo "slots=$(ask "select count(*) filter (where not active), coalesce(max(pg_wal_lsn_diff(case when pg_is_in_recovery() then coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) else pg_current_wal_lsn() end, restart_lsn)) filter (where not active), 0)::bigint from pg_replication_slots")"
echo "disk=$(df -Pk /home/postgres/pgdata | tail -n 1 | awk '{print $5}')"
"#;

/// An idle slot that holds back more than this is a danger.
const HELD: i64 = 1 << 30;

/// All of them. Of a cluster that is stopped on purpose there is no inside.
pub async fn checks(cluster: &Cluster) -> Vec<Check> {
    let answer = async {
        if cluster.status.is_hibernated() {
            return Ok(None);
        }
        let pod = pod(cluster, false).await?;
        script(cluster, &pod, SCRIPT, &[&cluster.name])
            .await
            .map(Some)
    };
    let mut checks = match answer.await {
        Ok(answer) => answer.map_or_else(Vec::new, |answer| judged(cluster, &answer)),
        Err(error) => {
            let mend = error.hint.unwrap_or_default();
            let check = Check::new("inside", error.message).but(Verdict::Unknown, mend);
            vec![check.mended(|| format!("kubectl pg status {}", cluster.target()))]
        }
    };
    checks.insert(0, health(cluster));
    for check in &mut checks {
        check.context.clone_from(&cluster.context.name);
        check.cluster = format!("{}/{}", cluster.namespace, cluster.name);
    }
    checks
}

/// What the controller says, and why it is not better.
fn health(cluster: &Cluster) -> Check {
    let health = cluster.health_in_a_word();
    let target = cluster.target();
    let why = cluster
        .status
        .conditions
        .iter()
        .find(|one| one.type_ == "Ready" && one.status == "False" && !one.message.is_empty());
    let evidence = match why {
        Some(ready) if cluster.is_a_problem() => format!("{health}: {}", ready.message),
        _ => health,
    };
    Check::new("health", evidence).holds(
        !cluster.is_a_problem(),
        format!("kubectl pg status {target}; kubectl pg logs {target}"),
    )
}

fn judged(cluster: &Cluster, answer: &str) -> Vec<Check> {
    let told: BTreeMap<&str, &str> = answer
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(key, said)| (key, said.trim()))
        .collect();
    let text = |key: &str| told.get(key).copied().unwrap_or_default();
    let replicas = cluster.members_wanted() - 1;
    let target = cluster.target();
    let status = || format!("kubectl pg status {target}");
    let table = |name| format!("kubectl pg psql {target} -c 'TABLE {name}'");
    let unheard = |check, key, mend| {
        let evidence = match text(key) {
            "" => "no answer",
            other => other,
        };
        Check::new(check, evidence).but(Verdict::Unknown, mend)
    };
    let login = |check, key, (wanted, well): (&str, &'static str)| {
        let answer = text(key);
        // Who was not asked, or did not say anything, has not been kept out.
        if answer.is_empty() {
            return Check::new(check, "no answer").but(Verdict::Unknown, status());
        }
        let evidence = match answer {
            _ if answer == wanted => well,
            "f" => "logged in, on the primary",
            "t" => "logged in, on a replica",
            other => other,
        };
        Check::new(check, evidence).holds(answer == wanted, status())
    };
    // The leader of a standby cluster is a replica of another one.
    let leader = match cluster.follows() {
        true => ("t", "logged in, on the leader, which follows its source"),
        false => ("f", "logged in, on the primary"),
    };
    let mut checks = vec![login("login by Service", "primary", leader)];
    if replicas > 0 {
        let replica = ("t", "logged in, on a replica");
        checks.push(login("login by -repl", "replicas", replica));
    }
    checks.push(match text("streaming").parse::<i64>() {
        Ok(streaming) => Check::new(
            "replication",
            format!("{streaming} of {replicas} replicas stream"),
        )
        .holds(
            streaming >= replicas,
            format!("{}; kubectl pg logs {target}", status()),
        ),
        Err(_) => unheard("replication", "streaming", table("pg_stat_replication")),
    });
    let archiver: Vec<&str> = text("archiving").split('|').collect();
    checks.push(match archiver.as_slice() {
        ["off", ..] => Check::new("archiving", "is off"),
        ["follows", ..] => Check::new("archiving", "is its source's while it follows"),
        [_, "0", "f", _] => Check::new("archiving", "works"),
        [_, failed, "f", _] => {
            Check::new("archiving", format!("works; failed {failed} times before"))
        }
        [_, _, "t", wal] => Check::new("archiving", format!("the last try failed: {wal}"))
            .but(Verdict::Fail, format!("kubectl pg logs {target}")),
        _ => unheard("archiving", "archiving", table("pg_stat_archiver")),
    });
    let slots: Option<(i64, i64)> = text("slots")
        .split_once('|')
        .and_then(|(idle, held)| Some((idle.parse().ok()?, held.parse().ok()?)));
    checks.push(match slots {
        Some((0, _)) => Check::new("slots", "all are in use"),
        Some((idle, held)) => Check::new(
            "slots",
            format!("{idle} idle, holding back {}", bytes(held)),
        )
        .holds(held < HELD, table("pg_replication_slots")),
        None => unheard("slots", "slots", table("pg_replication_slots")),
    });
    let disk: Option<u8> = text("disk").trim_end_matches('%').parse().ok();
    checks.push(match disk {
        Some(percent) => Check::new("disk", format!("{percent}% used on the primary"))
            .holds(percent < 90, more_room(cluster)),
        None => unheard("disk", "disk", format!("kubectl pg df {target}")),
    });
    checks
}

/// A command that gives it half as much again, in the manifest's own unit.
fn more_room(cluster: &Cluster) -> String {
    let target = cluster.target();
    let size = cluster.spec(&["volume", "size"]).and_then(Value::as_str);
    let larger = size.and_then(|size| {
        let digits = size.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
        let number: u64 = digits.parse().ok()?;
        let more = number.checked_add(number.div_ceil(2))?;
        Some(format!("{more}{}", size.get(digits.len()..)?))
    });
    match larger {
        Some(larger) => format!("kubectl pg resize {target} --size {larger}"),
        None => format!("kubectl pg df {target}; then kubectl pg resize {target}"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;

    /// The script with a `psql` that says and ends as it is told.
    fn asked(psql: &str) -> String {
        let script = format!("psql() {{ {psql}\n}}\n{SCRIPT}");
        let out = std::process::Command::new("sh")
            .args(["-c", &script, "sh", "main"])
            .env("PGPASSWORD_SUPERUSER", "secret")
            .output()
            .expect("a shell");
        String::from_utf8(out.stdout).expect("text")
    }

    #[test]
    fn an_answer_is_the_last_line_and_a_failure_is_all_of_them() {
        let well =
            asked(r#"[ "$PGPASSWORD" = secret ] || exit 2; echo 'WARNING: old' >&2; echo f"#);
        assert!(well.starts_with("primary=f\nreplicas=f\n"), "{well}");
        let ill = asked(r"printf 'psql: error: refused\n\tIs it running?\n' >&2; exit 2");
        let first = "primary=psql: error: refused Is it running?\n";
        assert!(ill.starts_with(first), "{ill}");
    }

    #[tokio::test]
    async fn bad_health_tells_why() {
        let of = |health: &str| {
            let object = json!({"apiVersion": "acid.zalan.do/v1", "kind": "postgresql",
                "metadata": {"name": "main", "namespace": "pg"}, "spec": {},
                "status": {"PostgresClusterStatus": "Running", "health": health, "conditions": [
                    {"type": "Ready", "status": "False", "reason": "MemberMissing",
                     "message": "main-0: does not answer",
                     "lastTransitionTime": "2026-11-30T18:00:00Z"}]}});
            let context = Arc::new(crate::connect::Context::nowhere());
            super::health(&Cluster::new(
                &context,
                serde_json::from_value(object).expect("one"),
            ))
        };
        let ill = of("Degraded");
        assert_eq!(ill.evidence, "Degraded: main-0: does not answer");
        assert_eq!(ill.verdict, Verdict::Fail);
        assert_eq!(of("Healthy"), Check::new("health", "Healthy"));
    }

    /// Its leader is in recovery, as it has to be.
    #[tokio::test]
    async fn a_standby_cluster_is_well_while_it_follows() {
        let with = |spec| Cluster::nowhere(json!({ "spec": spec }));
        let follower = with(json!({"numberOfInstances": 2, "standby": {"standby_host": "far"}}));
        let answer = "primary=t\nreplicas=t\nstreaming=1\narchiving=follows|0|f|\nslots=0|0\n";
        let checks = judged(&follower, &format!("{answer}disk=12%\n"));
        let unwell = checks.iter().filter(|one| one.verdict != Verdict::Pass);
        assert_eq!(unwell.count(), 0, "{checks:?}");
        assert!(checks[0].evidence.contains("follows"), "{checks:?}");
        let promoted = judged(&follower, &answer.replace("primary=t", "primary=f"));
        assert_eq!(promoted[0].verdict, Verdict::Fail);
        let alone = with(json!({"numberOfInstances": 2}));
        assert_eq!(judged(&alone, answer)[0].verdict, Verdict::Fail);
        // What only a primary knows is an error on any other.
        let asks = SCRIPT.matches("pg_current_wal_lsn").count();
        let guarded = SCRIPT.matches("else pg_current_wal_lsn()").count();
        assert_eq!(asks, guarded);
    }

    #[tokio::test]
    async fn answers_are_judged() {
        let object = json!({"apiVersion": "acid.zalan.do/v1", "kind": "postgresql",
            "metadata": {"name": "main", "namespace": "pg"},
            "spec": {"numberOfInstances": 2, "volume": {"size": "5Gi"}}});
        let context = Arc::new(crate::connect::Context::nowhere());
        let cluster = Cluster::new(&context, serde_json::from_value(object).expect("an object"));
        let verdicts = |answer: &str| -> Vec<Verdict> {
            let checks = judged(&cluster, answer);
            for check in &checks {
                let mend = check.mend.as_str();
                let is_command = mend.starts_with("kubectl pg ") && !mend.contains('…');
                assert_eq!(check.verdict != Verdict::Pass, is_command, "{check:?}");
                assert_ne!(check.evidence, "", "{check:?}");
            }
            checks.iter().map(|check| check.verdict).collect()
        };
        let well = "primary=f\nreplicas=t\nstreaming=1\narchiving=off|0|f|\nslots=0|0\ndisk=12%\n";
        assert_eq!(verdicts(well), [Verdict::Pass; 6]);
        let ill = "primary=t\nreplicas=f\nstreaming=0\narchiving=on|3|t|0001\nslots=1|9999999999\ndisk=95%\n";
        assert_eq!(verdicts(ill), [Verdict::Fail; 6]);
        let silent = verdicts("");
        assert_eq!(silent, [Verdict::Unknown; 6]);
        assert_eq!(
            more_room(&cluster),
            "kubectl pg resize pg/main@nowhere --size 8Gi"
        );
        let kept_out = "primary=psql: error: no\nreplicas=psql: error: no\n";
        assert_eq!(verdicts(kept_out)[..2], [Verdict::Fail; 2]);
    }
}
