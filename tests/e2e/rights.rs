//! The rights that the help of verbs names that look into pods: with them they work, and without
//! any one of them they do not, and say which one is missing.

use std::time::Duration;

use pg_tests::{
    Result, ensure, manifest,
    plugin::Plugin,
    rights::{Right, give, told},
    site::Place,
    test::run,
    wait,
};

/// Command lines, the conditions of their rights that hold, and whether less is shown with less.
const LINES: [(&str, &[&str], bool); 8] = [
    ("logs TARGET", &["without --postgres"], false),
    ("logs TARGET --postgres", &["--postgres"], false),
    ("df TARGET", &[], false),
    ("psql TARGET -c TABLE", &[], false),
    ("doctor TARGET", &["cluster"], false),
    ("doctor TARGET", &["cluster", "for all of it"], true),
    ("status TARGET -v", &["cluster", "for all of it"], true),
    ("diff TARGET --against OTHER", &["for all of it"], true),
];

/// Rights reach the API server within this time.
const SOON: Duration = Duration::from_secs(30);
/// API servers before 1.35 ask of a WebSocket for `get` alone.
const UNASKED: (&str, &str) = ("create", "pods/exec");

#[test]
fn rights_of_help_in_pods() {
    run(async |test| {
        let west = test.share(Place::West).await?;
        let cluster = test.created(&west, "main", manifest::members(1)).await?;
        let other = test.running(&west, "other", manifest::members(1)).await?;
        cluster.running().await?;
        let plugin = Plugin::new(&west)?;
        let namespace = Some(&*test.namespace);
        let (mut suffice, mut fall_short) = (Vec::new(), Vec::new());
        for (number, (line, conditions, shows_less)) in LINES.iter().enumerate() {
            let rights = told(&plugin, line, conditions).await?;
            // Reports of controllers are in no namespace, and are of the other tests.
            let here = |right: &Right| right.1 != "rollups";
            let rights: Vec<Right> = rights.into_iter().filter(here).collect();
            let needed: Vec<Right> = match shows_less {
                true => {
                    let less: Vec<&str> = conditions
                        .iter()
                        .copied()
                        .filter(|condition| *condition != "for all of it")
                        .collect();
                    told(&plugin, line, &less).await?
                }
                false => Vec::new(),
            };
            let user = |end: &str| format!("{}-{number}-{end}", test.namespace);
            let line = line.replace("TARGET", &cluster.target());
            let line = line.replace("OTHER", &other.target());
            let line = line.replace("TABLE", "VALUES(1)");
            let is_asked = |(verb, resource): &Right| (&**verb, &**resource) != UNASKED;
            let spared = rights
                .iter()
                .filter(|right| !needed.contains(right) && is_asked(right));
            for (at, right) in spared.enumerate() {
                let rest: Vec<Right> = rights.iter().filter(|it| *it != right).cloned().collect();
                let user = user(&at.to_string());
                give(&west.client, namespace, &user, &rest).await?;
                fall_short.push((format!("{line} --as {user}"), right.clone(), *shows_less));
            }
            give(&west.client, namespace, &user("all"), &rights).await?;
            suffice.push((format!("{line} --as {}", user("all")), *shows_less));
        }
        let mut wrong = Vec::new();
        for (line, shows_less) in &suffice {
            let what = format!("{line}: the rights suffice");
            let works = wait::until_within(&what, SOON, async || {
                let ended = plugin.run(line, &[]).await?;
                let said = format!("{}{}", ended.stdout, ended.stderr);
                ensure!(!*shows_less || !lacks(&said), "{said}");
                // What differs is a failure of its own.
                let differs = line.starts_with("diff");
                ensure!(ended.code == Some(0) || differs, "{ended:?}");
                Ok(())
            });
            wrong.extend(works.await.err().map(|error| error.to_string()));
        }
        for (line, (verb, resource), shows_less) in fall_short {
            let ended = plugin.run(&line, &[]).await?;
            let said = format!("{}{}", ended.stdout, ended.stderr);
            let as_told = match shows_less {
                true => ended.code != Some(1) || line.starts_with("diff"),
                // A doctor that cannot look has failed itself.
                false => matches!(ended.code, Some(1 | 3)),
            };
            if !as_told || !said.contains(&*resource) {
                let code = ended.code;
                wrong.push(format!("{line} without {verb} {resource}: {code:?} {said}"));
            }
        }
        ensure!(wrong.is_empty(), "{wrong:#?}");
        follows(&plugin, &cluster.target(), &west, namespace).await
    });
}

/// Whether an API server refused something.
fn lacks(said: &str) -> bool {
    said.contains("forbidden") && !said.contains("rollups")
}

/// What is needed to look on, which does not end by itself.
async fn follows(
    plugin: &Plugin,
    target: &str,
    site: &pg_tests::site::Site,
    namespace: Option<&str>,
) -> Result {
    let line = format!("logs {target} -f --tail 1");
    let rights = told(plugin, &line, &["without --postgres", "-f"]).await?;
    let user = |end: &str| format!("{}-follows-{end}", namespace.unwrap_or_default());
    give(&site.client, namespace, &user("all"), &rights).await?;
    let end = wait::until("somebody looks on", async || {
        let going = plugin.start(&format!("{line} --as {}", user("all")))?;
        going.says("\n").await?;
        going.interrupt().await
    })
    .await?;
    ensure!(end == Some(130), "it ended with {end:?}");
    Ok(())
}
