//! Databases belong to people: what they put into one runs with nobody else's rights.

use k8s_openapi::api::core::v1::Pod;
use kube::{
    Api,
    api::{Patch, PatchParams},
};
use pg_core::postgresql::Postgresql;
use pg_tests::{
    Result, ensure,
    sweep::{Ground, OPERATIONS, Run},
    wait,
};
use serde_json::json;
use tokio_postgres::{Client, NoTls};

use crate::run;

/// What whoever owns a database may do to it: functions called like PostgreSQL's own, and a path on
/// which they come first for everybody who logs in there.
const TRAP: &str = "CREATE SCHEMA trap; \
    CREATE FUNCTION trap.pg_get_userbyid(oid) RETURNS name LANGUAGE plpgsql AS \
        $$ BEGIN CREATE ROLE sprung SUPERUSER; RETURN 'nobody'; END $$; \
    CREATE FUNCTION trap.aclexplode(aclitem[], OUT grantor oid, OUT grantee oid, \
        OUT privilege_type text, OUT is_grantable boolean) RETURNS SETOF record LANGUAGE plpgsql AS \
        $$ BEGIN CREATE ROLE sprung SUPERUSER; END $$; \
    ALTER DATABASE bar SET search_path = trap, pg_catalog; \
    ALTER ROLE postgres IN DATABASE bar SET search_path = trap, pg_catalog;";
const SPRUNG: &str = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = 'sprung')";
const LATER: &str = "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'later')";

/// The controller logs in as superuser.
#[test]
fn functions_of_a_databases_owner_are_never_called() {
    run(async || {
        let ground = Ground::start().await?;
        let users = OPERATIONS.iter().find(|one| one.name == "users");
        let run = Run::new(&ground, users.ok_or("no users")?, 820).await?;
        let manifests = Api::<Postgresql>::namespaced(ground.server.client.clone(), &run.namespace);
        let prepare = async |schemas: serde_json::Value| -> Result {
            let spec = json!({"spec": {"preparedDatabases": {"bar": {"schemas": schemas}}}});
            let patch = Patch::Merge(spec);
            manifests
                .patch("main", &PatchParams::default(), &patch)
                .await?;
            Ok(())
        };
        prepare(json!({"data": {}})).await?;
        let bar = wait::until("the database is there", async || {
            connect(&ground, &run.namespace, "bar").await
        })
        .await?;
        // What makes it has ended its sessions.
        run.until_quiet().await?;
        bar.batch_execute(TRAP).await?;
        let is_trap: String = connect(&ground, &run.namespace, "bar")
            .await?
            .query_one("SHOW search_path", &[])
            .await?
            .get(0);
        ensure!(is_trap == "trap, pg_catalog", "no trap: {is_trap}");

        prepare(json!({"data": {}, "later": {}})).await?;
        wait::until("it has logged in and done its work", async || {
            ensure!(
                bar.query_one(LATER, &[]).await?.get::<_, bool>(0),
                "not yet"
            );
            Ok(())
        })
        .await?;
        ensure!(
            !bar.query_one(SPRUNG, &[]).await?.get::<_, bool>(0),
            "it called a function of the database's owner"
        );
        run.end().await
    });
}

/// The server of the primary, as its superuser, with the path that every session has.
async fn connect(ground: &Ground, namespace: &str, database: &str) -> Result<Client> {
    let pods = Api::<Pod>::namespaced(ground.server.client.clone(), namespace);
    let status = pods.get("main-0").await?.status;
    let address = status.and_then(|it| it.pod_ip).ok_or("no address")?;
    let mut config = tokio_postgres::Config::new();
    config.host(&address).user("postgres").dbname(database);
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}
