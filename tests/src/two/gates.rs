//! What targets answer at gates, and who learns of it.

use super::{PLACES, QUICK, TEAM, Two, id_of};
use crate::{
    Result, ensure,
    rights::{Right, give, may, told},
    wait,
};

/// A wave of one, then the gate.
const GATED: &str = "restart team/one@east team/two@east --soak 0 --canary 1 --gate leader";

/// A no is told in full only in the slice of the target that said it.
pub async fn told_where_it_comes_from(two: &Two) -> Result {
    let plugin = two.plugin(&[("east", 0), ("west", 1)], true)?;
    for site in &two.sites {
        site.proxy.line.orders(|_| Ok("f\n".to_owned()));
    }
    let line = format!(
        "restart -n team --context east,west one two {QUICK} --canary 3 --gate leader --max-parallel 3"
    );
    let ended = plugin.run(&line, &[]).await?.exits(6)?;
    let ended = ended.says(&["gate leader: 3 of 3 said no: team/"])?;
    let id = id_of(&ended)?;
    for (at, site) in two.sites.iter().enumerate() {
        let gates = site.slices().get(&id).await?.spec.control.gates;
        let text = serde_json::to_string(&gates)?;
        let named = |at: usize| text.contains(&format!("@{}", PLACES[at]));
        ensure!(
            named(at) && !named(1 - at) && text.contains("3 of 3 said no"),
            "{}: {text}",
            PLACES[at]
        );
    }
    let line = format!("rollout abort {id} --context east,west --yes");
    plugin.run(&line, &[]).await?.exits(0)?;
    Ok(())
}

/// With the rights that the help names a rollout passes its gates; without any one of those it stops
/// and says which.
pub async fn held_to_the_rights_of_help(two: &Two) -> Result {
    let site = &two.sites[0];
    site.proxy.line.orders(|_| Ok("t\n".to_owned()));
    let plugin = two.plugin(&[("east", 0)], true)?;
    let file = two.directory.join("gated.yaml");
    let file = file.display();
    let line = "rollout start";
    let needed = told(&plugin, line, &[]).await?;
    let all = told(&plugin, line, &["gates"]).await?;
    let asked: Vec<Right> = all
        .iter()
        .filter(|it| !needed.contains(it))
        .cloned()
        .collect();
    ensure!(asked.len() > 3, "{asked:?}");
    let client = &site.server.client;
    let user = |without: Option<usize>| match without {
        Some(at) => format!("gated-{at}"),
        None => "gated".to_owned(),
    };
    let cases: Vec<Option<usize>> = (0..asked.len()).map(Some).chain([None]).collect();
    for without in &cases {
        let left = without.map(|at| &asked[at]);
        let rights: Vec<Right> = all.iter().filter(|it| Some(*it) != left).cloned().collect();
        give(client, None, &user(*without), &rights).await?;
    }
    // They reach the API server in their order.
    wait::until("the rights are there", async || {
        let there = may(client, &user(None), TEAM, &asked[0]).await?;
        ensure!(there, "not yet");
        Ok(())
    })
    .await?;
    for without in cases {
        plugin.ok(&format!("{GATED} --plan {file}")).await?;
        let start = format!(
            "rollout start {file} --yes --expect-count 2 --as {}",
            user(without)
        );
        let ended = plugin.run(&start, &[]).await?;
        let Some(at) = without else {
            ended.exits(0)?;
            continue;
        };
        let (verb, resource) = &asked[at];
        let ended = ended
            .exits(6)?
            .says(&["gate leader: team/one@east: ", verb, resource])?;
        let id = id_of(&ended)?;
        plugin
            .run(&format!("rollout abort {id} --yes"), &[])
            .await?
            .exits(0)?;
    }
    Ok(())
}
