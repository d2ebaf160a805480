//! What applications do meanwhile: pgbench, wherever the primary is.

use pg_tests::{Result, cluster::Cluster};

/// Starts so many transactions a second, from inside the members' pods, until the pods end. The
/// one beside a replica fails, and tries again until that leads.
pub async fn start(cluster: &Cluster, rate: u32) -> Result {
    const CLIENT: &str = "export PATH=$PATH:$(ls -d /usr/lib/postgresql/17/bin) \
                          PGHOST=/var/run/postgresql PGUSER=postgres";
    let primary = cluster.primary().await?;
    let fill = format!("{CLIENT}; pgbench -q -i -s 2 postgres >/dev/null 2>&1");
    cluster.exec(&primary, &["bash", "-ec", &fill]).await?;
    let go_on = format!(
        "{CLIENT}; nohup bash -c \
         'while :; do pgbench -n -c 2 -R {rate} -T 86400 postgres; sleep 1; done' \
         >/tmp/pgbench.log 2>&1 &"
    );
    let mut members = cluster.replicas().await?;
    members.push(primary);
    for member in members {
        cluster.exec(&member, &["bash", "-c", &go_on]).await?;
    }
    Ok(())
}
