//! Roles and databases of the manifest: made, reachable with the password of their Secret, and
//! those that are added later too.

use k8s_openapi::api::core::v1::Secret;
use kube::api::DeleteParams;
use pg_tests::{
    Result, cluster::Cluster, ensure, kubernetes, manifest, plugin::Plugin, site::Place, test::run,
    wait,
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

/// A new password: the old one is refused, the Secret's is taken, and a request that is made again
/// changes nothing.
#[test]
fn a_new_password() {
    run(async |test| {
        let west = test.share(Place::West).await?;
        let more = json!({
            "users": { "app": [] },
            "preparedDatabases": { "shop": { "defaultUsers": true } },
        });
        let cluster = test.running(&west, "main", manifest::with(2, more)).await?;
        let plugin = Plugin::new(&west)?;
        let roles = ["app", "shop_reader_user"];
        let mut old = Vec::new();
        for role in roles {
            logs_in(&cluster, role, "postgres").await?;
            old.push(secret(&cluster, role).await?);
        }
        let before = cluster.incarnations().await?;
        let line = format!(
            "user rotate {} {} --yes --request k3j9x2m4aq -o json",
            cluster.target(),
            roles.join(" ")
        );
        let said = plugin.ok(&line).await?;
        let mut new = Vec::new();
        for (role, old) in roles.iter().zip(&old) {
            let secret = secret(&cluster, role).await?;
            let password = |of: &Secret| {
                of.data
                    .as_ref()
                    .and_then(|all| all.get("password").cloned())
            };
            ensure!(
                password(&secret) != password(old),
                "{role} has its old password"
            );
            let text = |of: &Secret| {
                let password = password(of).unwrap_or_default();
                String::from_utf8_lossy(&password.0).into_owned()
            };
            ensure!(!said.contains(&text(&secret)), "a password was printed");
            ensure!(
                takes(&cluster, role, &text(&secret)).await?,
                "{role} cannot log in"
            );
            ensure!(
                !takes(&cluster, role, &text(old)).await?,
                "{role} logs in with its old one"
            );
            new.push(secret.metadata.resource_version);
        }
        plugin.ok(&line).await?;
        for (role, new) in roles.iter().zip(new) {
            let now = secret(&cluster, role).await?;
            ensure!(
                now.metadata.resource_version == new,
                "{role}: it changed twice"
            );
        }
        // One whose Secret somebody has deleted gets a new one.
        let secrets = cluster.children::<Secret>();
        secrets
            .delete(&secret_of(&cluster, "app"), &DeleteParams::default())
            .await?;
        plugin
            .ok(&format!("user rotate {} app --yes", cluster.target()))
            .await?;
        logs_in(&cluster, "app", "postgres").await?;
        let refused = plugin
            .run(
                &format!("user rotate {} standby --yes", cluster.target()),
                &[],
            )
            .await?;
        ensure!(refused.code == Some(5), "{refused:?}");
        ensure!(
            cluster.incarnations().await? == before,
            "a pod was restarted"
        );
        Ok(())
    });
}

async fn secret(cluster: &Cluster, role: &str) -> Result<Secret> {
    let secrets = cluster.children::<Secret>();
    Ok(secrets.get(&secret_of(cluster, role)).await?)
}

/// Whether the server takes a role with this password.
async fn takes(cluster: &Cluster, role: &str, password: &str) -> Result<bool> {
    let connection = format!("host=127.0.0.1 user={role} dbname=postgres password={password}");
    let command = ["psql", &connection, "-XAtqc", "SELECT current_user"];
    match cluster.exec(&cluster.primary().await?, &command).await {
        Ok(answer) => Ok(answer.trim() == role),
        Err(error) if error.to_string().contains("password authentication failed") => Ok(false),
        // The command holds the password.
        Err(_) => Err(format!("{role} was not answered").into()),
    }
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
    let secrets = cluster.children::<Secret>();
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
