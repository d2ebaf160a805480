//! What the plugin sees from inside a cluster, and the acts that only the insides show.

use pg_tests::{
    Result, cluster::Cluster, ensure, lab, manifest, page::untold, plugin::Plugin, site::Place,
    test::run, wait,
};
use serde_json::{Value, json};

/// Every section and every check has an answer of PostgreSQL itself in it.
#[test]
fn from_inside() {
    run(async |test| {
        let west = test.share(Place::West).await?;
        let more = json!({ "users": { "ann": [] }, "databases": { "shop": "ann" } });
        let cluster = test.running(&west, "main", manifest::with(2, more)).await?;
        let plugin = Plugin::new(&west)?;
        let target = cluster.target();
        let replica = cluster.replicas().await?.pop().ok_or("no replica")?;

        let status = plugin.ok(&format!("status {target} -v")).await?;
        for part in [
            "Manifest",
            "Database shop",
            "Controller",
            "Image",
            "Primary",
            "System identifier",
            "WAL file",
            "Connections",
            "Archiving",
            "Replication",
            &replica,
            "streaming",
            "Slots",
            "physical",
            "Databases",
            "shop",
            "Roles",
            "ann",
            "Tablespaces",
            "pg_default",
            "Size of data",
            "Settings",
            "max_connections",
            "Who is let in",
            "Disruption budgets",
        ] {
            ensure!(status.contains(part), "no {part:?} in\n{status}");
        }
        let status = plugin.json(&format!("status {target}")).await?;
        let seen = &status["items"][0];
        let streams = &seen["inside"]["replicas"][0];
        ensure!(streams["name"] == replica.as_str(), "{seen}");
        ensure!(streams["state"] == "streaming", "{seen}");
        ensure!(seen["inside"]["complaints"].is_null(), "{seen}");
        let holds = streams["slot"].as_str().unwrap_or_default();
        ensure!(holds == replica.replace('-', "_"), "{seen}");
        ensure!(seen["controller"]["stale"] == false, "{seen}");
        ensure!(
            seen["pods"].as_array().is_some_and(|pods| pods.len() == 2),
            "{seen}"
        );

        let df = plugin.json(&format!("df {target}")).await?;
        let items = df["items"].as_array().ok_or("no items")?;
        ensure!(items.len() == 2, "{df}");
        for item in items {
            let bytes = |field: &str| item[field].as_i64().unwrap_or_default();
            ensure!(bytes("wal") >= 16 << 20, "{item}");
            ensure!(bytes("capacity") > bytes("used"), "{item}");
        }

        let doctor = plugin.json(&format!("doctor {target}")).await?;
        let checks = doctor["items"].as_array().ok_or("no items")?;
        let evidence = |check: &str| {
            let one = checks.iter().find(|one| one["check"] == check);
            one.and_then(|one| Some((one["verdict"].as_str()?, one["evidence"].as_str()?)))
        };
        for (check, said) in [
            ("health", "Healthy"),
            ("login by Service", "logged in, on the primary"),
            ("login by -repl", "logged in, on a replica"),
            ("replication", "1 of 1 replicas stream"),
            ("slots", "all are in use"),
        ] {
            ensure!(evidence(check) == Some(("Pass", said)), "{check}: {doctor}");
        }
        ensure!(
            evidence("disk").is_some_and(|(_, said)| said.contains("% used")),
            "{doctor}"
        );

        let page = std::fs::read_to_string(lab::root().join("docs/output.md"))?;
        for line in [
            "list",
            "history",
            "report --out -",
            "user list",
            "db list",
            "psql -c \\l",
        ] {
            let (verb, rest) = line.split_once(" -").unwrap_or((line, ""));
            let dash = if rest.is_empty() { "" } else { "-" };
            let line = format!("{verb} {target} {dash}{rest}");
            let untold = untold(&page, &plugin.json(&line).await?)?;
            ensure!(untold.is_empty(), "{line}: {untold:?}");
        }
        for document in [
            &df,
            &doctor,
            &plugin.json(&format!("status {target} -v")).await?,
        ] {
            let untold = untold(&page, document)?;
            ensure!(untold.is_empty(), "{untold:?}: {document}");
        }

        reload(&cluster, &plugin).await?;
        maintenance(&cluster, &plugin).await
    });
}

/// Every member reads its configuration again.
async fn reload(cluster: &Cluster, plugin: &Plugin) -> Result {
    let loaded = async || {
        let mut all = Vec::new();
        for member in ["main-0", "main-1"] {
            all.push(cluster.sql(member, "SELECT pg_conf_load_time()").await?);
        }
        Result::<Vec<String>>::Ok(all)
    };
    let before = loaded().await?;
    plugin.ok(&format!("reload {}", cluster.target())).await?;
    wait::until("both have read it again", async || {
        let after = loaded().await?;
        let all = before
            .iter()
            .zip(&after)
            .all(|(before, after)| before != after);
        ensure!(all, "{before:?}, then {after:?}");
        Ok(())
    })
    .await
}

/// Patroni itself is paused, which it says once it has looked, the status says so, and both end.
async fn maintenance(cluster: &Cluster, plugin: &Plugin) -> Result {
    let target = cluster.target();
    let paused = async |wanted: bool| {
        wait::until(&format!("paused: {wanted}"), async || {
            let asked = cluster.exec("main-0", &["curl", "-s", "localhost:8008/config"]);
            let config: Value = serde_json::from_str(&asked.await?)?;
            ensure!((config["pause"] == true) == wanted, "{config}");
            Ok(())
        })
        .await
    };
    paused(false).await?;
    plugin.ok(&format!("maintenance on {target} --yes")).await?;
    paused(true).await?;
    wait::until("status says so", async || {
        let status = plugin.ok(&format!("status {target}")).await?;
        ensure!(status.contains("Maintenance"), "{status}");
        Ok(())
    })
    .await?;
    plugin
        .ok(&format!("maintenance off {target} --yes"))
        .await?;
    paused(false).await
}
