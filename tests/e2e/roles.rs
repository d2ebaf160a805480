//! Roles and databases of the manifest: made, reachable with the password of their Secret, and
//! those that are added later too.

use pg_tests::{
    Result, cluster::Cluster, ensure, kubernetes, manifest, site::Place, test::run, wait,
};
use serde_json::json;

/// Users, databases and Secrets follow the manifest; nothing restarts for them.
#[test]
fn users_and_databases() {
    run(async |test| {
        let west = test.share(Place::West).await?;
        let more = json!({
            "users": { "app_owner": ["createdb"], "reader": [] },
            "databases": { "app": "app_owner" },
        });
        let cluster = test.running(&west, "main", manifest::with(1, more)).await?;
        logs_in(&cluster, "app_owner", "app").await?;
        logs_in(&cluster, "reader", "postgres").await?;
        let attributes = "SELECT rolcreatedb, rolsuper, rolcanlogin FROM pg_roles \
                          WHERE rolname = 'app_owner'";
        let found = cluster.sql("main-0", attributes).await?;
        ensure!(found == "t|f|t", "app_owner has {found}");
        let owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'app'";
        let found = cluster.sql("main-0", owner).await?;
        ensure!(found == "app_owner", "app belongs to {found:?}");

        let before = cluster.incarnations().await?;
        let later =
            json!({ "spec": { "users": { "late": [] }, "databases": { "second": "late" } } });
        cluster.patch(later).await?;
        cluster.running().await?;
        logs_in(&cluster, "late", "second").await?;
        ensure!(
            cluster.incarnations().await? == before,
            "a pod was restarted for a role"
        );

        // A Secret that somebody deletes comes back with a password that works.
        logs_in_again_without_secret(&cluster, "late", "second").await
    });
}

/// A prepared database: its roles, schemas and extension, and privileges that reach what is made
/// later. Hostile names do no harm.
#[test]
fn prepared_databases() {
    run(async |test| {
        let west = test.share(Place::West).await?;
        let more = json!({ "preparedDatabases": {
            "shop": {
                "defaultUsers": true,
                "extensions": { "pgcrypto": "public" },
                "schemas": { "data": {}, "history": { "defaultRoles": false } },
            },
            "it's \"; DROP ROLE standby": { "schemas": { "a\"; DROP ROLE standby; --": {} } },
        } });
        let cluster = test.running(&west, "main", manifest::with(1, more)).await?;
        for user in ["shop_owner_user", "shop_reader_user", "shop_writer_user"] {
            logs_in(&cluster, user, "shop").await?;
        }
        let ask = async |user: &str, sql: &str| -> Result<String> {
            let password = kubernetes::secret(
                &cluster.site,
                &cluster.namespace,
                &secret_of(&cluster, user),
                "password",
            )
            .await?;
            let connection = format!("host=127.0.0.1 user={user} dbname=shop password={password}");
            let command = ["psql", &connection, "-XAtqc", sql];
            let answer = cluster.exec("main-0", &command).await;
            Ok(answer
                .map_err(|_| format!("{user}: {sql}"))?
                .trim()
                .to_owned())
        };
        ask("shop_owner_user", "CREATE TABLE history.t (n int)").await?;
        ask("shop_writer_user", "INSERT INTO history.t VALUES (1)").await?;
        let read = ask("shop_reader_user", "SELECT n FROM t").await?;
        ensure!(read == "1", "the path of a reader leads to {read:?}");
        let written = ask("shop_reader_user", "INSERT INTO history.t VALUES (2)").await;
        ensure!(written.is_err(), "a reader wrote");
        let hashed = ask(
            "shop_reader_user",
            "SELECT length(public.digest('a', 'sha256'))",
        )
        .await?;
        ensure!(hashed == "32", "{hashed}");

        let roles = "SELECT count(*) FROM pg_roles WHERE rolname IN ('standby', 'shop_data_owner')";
        let found = cluster.sql("main-0", roles).await?;
        ensure!(found == "2", "{found} of two roles");
        let hostile = "SELECT count(*) FROM pg_database WHERE datname LIKE 'it''s%'";
        let found = cluster.sql("main-0", hostile).await?;
        ensure!(found == "1", "{found} databases of that name");
        Ok(())
    });
}

fn secret_of(cluster: &Cluster, user: &str) -> String {
    let user = user.replace('_', "-");
    format!(
        "{user}.{}.credentials.postgresql.acid.zalan.do",
        cluster.name
    )
}

/// Over TCP with the Secret's password, as an application does.
async fn logs_in(cluster: &Cluster, user: &str, database: &str) -> Result {
    let secret = secret_of(cluster, user);
    let (site, namespace) = (&cluster.site, &cluster.namespace);
    let name = kubernetes::secret(site, namespace, &secret, "username").await?;
    ensure!(name == user, "the Secret names {name:?}");
    wait::until(&format!("{user} logs in"), async || {
        let password = kubernetes::secret(site, namespace, &secret, "password").await?;
        let connection =
            format!("host=127.0.0.1 user={user} dbname={database} password={password}");
        let command = ["psql", &connection, "-XAtqc", "SELECT current_user"];
        // The command holds the password, so it is kept out of the message.
        let answer = cluster.exec("main-0", &command).await;
        let answer = answer.map_err(|_| format!("{user} cannot log in"))?;
        ensure!(answer.trim() == user, "{answer:?}");
        Ok(())
    })
    .await
}

async fn logs_in_again_without_secret(cluster: &Cluster, user: &str, database: &str) -> Result {
    let secrets = cluster.children::<k8s_openapi::api::core::v1::Secret>();
    let name = secret_of(cluster, user);
    secrets.delete(&name, &Default::default()).await?;
    // Secrets are not watched; a change of the manifest makes the controller look.
    cluster
        .patch(json!({ "spec": { "users": { "another": [] } } }))
        .await?;
    wait::until("the Secret is back", async || {
        secrets.get(&name).await?;
        Ok(())
    })
    .await?;
    logs_in(cluster, user, database).await
}
