//! psql through the plugin: as a role through a forwarded socket, and over contexts of which one
//! does not answer.

use std::path::{Path, PathBuf};

use kube::config::Kubeconfig;
use pg_tests::{
    Result, ensure, manifest,
    plugin::Plugin,
    site::{Place, Site},
    test::{Test, run},
    wait,
};
use serde_json::{Value, json};

/// The kubeconfig with one context more, which leads nowhere.
async fn with_a_dead_context(test: &Test, site: &Site) -> Result<PathBuf> {
    let config = Kubeconfig::read_from(&site.kubeconfig)?;
    let mut config = serde_json::to_value(config)?;
    let dead = [
        (
            "clusters",
            json!({"name": "dead", "cluster": {"server": "https://127.0.0.1:1"}}),
        ),
        (
            "contexts",
            json!({"name": "dead", "context": {"cluster": "dead", "user": "dead"}}),
        ),
        ("users", json!({"name": "dead", "user": {}})),
    ];
    for (list, entry) in dead {
        let list = config[list].as_array_mut().ok_or("no list")?;
        list.push(entry);
    }
    let path = std::env::temp_dir().join(format!("{}.kubeconfig", test.namespace));
    std::fs::write(&path, config.to_string())?;
    Ok(path)
}

/// The others are asked, and the difference is told.
#[test]
fn a_dead_context_keeps_nobody_from_the_others() {
    run(async |test| {
        let west = test.share(Place::West).await?;
        let cluster = test.running(&west, "main", manifest::members(1)).await?;
        let path = with_a_dead_context(test, &west).await?;
        let plugin = Plugin::with_kubeconfig(Some(&path))?;
        let where_to = format!("-n {} --context {},dead", cluster.namespace, west.context);
        let line = format!("psql main {where_to}");
        let asked = ["-c", "SELECT 40 + 2 AS answer"];
        let ended = plugin.run(&line, &asked).await?.exits(3)?;
        let ended = ended.says(&["42", "dead: the API server https://127.0.0.1:1"])?;
        ensure!(!ended.stderr.contains("42"), "{ended:?}");
        let ended = plugin.run(&format!("{line} -o json"), &asked).await?;
        let document: Value = serde_json::from_str(&ended.exits(3)?.stdout)?;
        ensure!(document["items"][0]["ok"] == true, "{document}");
        ensure!(document["errors"][0]["context"] == "dead", "{document}");
        let allowed = format!("{line} --allow-unreachable");
        plugin.run(&allowed, &asked).await?.exits(0)?;
        let writes = format!("{line} --write --yes --expect-count 2");
        let asked = ["-c", "CREATE TABLE never()"];
        plugin.run(&writes, &asked).await?.exits(5)?;
        let found = cluster
            .sql("main-0", "SELECT to_regclass('never') IS NULL")
            .await?;
        ensure!(found == "t", "it was run where it could be");
        let logs = plugin.run(&format!("logs main {where_to}"), &[]).await?;
        logs.exits(3)?.says(&["main-0"])?;
        std::fs::remove_file(path)?;
        Ok(())
    });
}

/// The role's own password lets it in, in as many connections as psql opens; nothing else does.
#[test]
fn as_a_role() {
    run(async |test| {
        if !Path::new("/usr/bin/psql").exists() {
            eprintln!("skipped: there is no psql on this machine");
            return Ok(());
        }
        let west = test.share(Place::West).await?;
        let more = json!({ "users": { "app_owner": [] }, "databases": { "app": "app_owner" } });
        let cluster = test.running(&west, "main", manifest::with(1, more)).await?;
        let plugin = Plugin::new(&west)?;
        let target = cluster.target();
        let line = format!("psql {target} --user app_owner --db app");
        let asked = "SELECT current_user || ' from ' || inet_client_addr()";
        let ended = plugin.run(&line, &["-c", asked]).await?.exits(0)?;
        ended.says(&["app_owner from 127.0.0.1"])?;
        let again = ["-c", "\\connect postgres", "-c", asked];
        plugin.run(&line, &again).await?.exits(0)?.says(&[
            "connected to database \"postgres\"",
            "app_owner from 127.0.0.1",
        ])?;
        let long = ["-c", "SELECT repeat('x', 3000000)", "--", "-At"];
        let ended = plugin.run(&line, &long).await?.exits(0)?;
        ensure!(
            ended.stdout.len() == 3_000_001,
            "{} bytes",
            ended.stdout.len()
        );
        let wrong = ["-c", "SELECT 1/0"];
        let ended = plugin.run(&line, &wrong).await?.exits(1)?;
        ended.says(&["division by zero"])?;
        // The superuser is who is meant with --local alone.
        let local = format!("psql {target} --local");
        let ended = plugin.run(&local, &["-c", asked]).await?.exits(0)?;
        ended.says(&["postgres from 127.0.0.1"])?;
        let unknown = format!("psql {target} --user nobody");
        let ended = plugin.run(&unknown, &["-c", asked]).await?.exits(1)?;
        ended.says(&["without a password of nobody", "password"])?;
        Ok(())
    });
}

/// What PostgreSQL writes to its own files, of all members, as it is and as it comes; nothing is
/// left in the pods by whoever looked on.
#[test]
fn logs_of_the_server() {
    run(async |test| {
        let west = test.share(Place::West).await?;
        let cluster = test.running(&west, "main", manifest::members(2)).await?;
        let plugin = Plugin::new(&west)?;
        let target = cluster.target();
        let all = plugin.ok(&format!("logs {target} --postgres")).await?;
        let ready = "database system is ready to accept";
        for member in ["main-0 | 2", "main-1 | 2"] {
            let mut lines = all.lines();
            let said = lines.any(|line| line.starts_with(member) && line.contains(ready));
            ensure!(said, "{member} is not ready in: {all}");
        }
        let wrong = async |word: &str| -> Result {
            let asked = format!("SELECT '{word}'::int");
            let line = format!("psql {target}");
            plugin.run(&line, &["-c", &asked]).await?.exits(1)?;
            Ok(())
        };
        wrong("first-canary").await?;
        let filtered = format!("logs {target} --postgres -i canary --since 5m");
        let found = plugin.ok(&filtered).await?;
        ensure!(found.contains("first-canary"), "{found}");
        ensure!(!found.contains(ready), "{found}");

        let going = plugin.start(&format!("{filtered} -f"))?;
        going.says("first-canary").await?;
        wrong("second-canary").await?;
        going.says("second-canary").await?;
        ensure!(going.interrupt().await? == Some(130), "it ended otherwise");
        wait::until("nobody reads on", async || {
            for member in ["main-0", "main-1"] {
                let left = ["bash", "-c", "pgrep -x tail; [ $? -le 1 ]"];
                let left = cluster.exec(member, &left).await?;
                ensure!(left.trim().is_empty(), "{member}: {left}");
            }
            Ok(())
        })
        .await
    });
}
