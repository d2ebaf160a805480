//! A team that has rights in its own namespace alone.

use super::{TEAM, Two, id_of, phase};
use crate::{
    Result, ensure,
    rights::{Right, give, told},
    wait,
};
use pg_core::operation::Phase;

/// Its rollout is planned, started from a file, looked at and taken up again, though it may read
/// nothing that belongs to no namespace.
pub async fn drives_its_own(two: &Two) -> Result {
    let plugin = two.both()?;
    let mut rights: Vec<Right> = Vec::new();
    for line in ["rollout start", "rollout resume"] {
        rights.extend(told(&plugin, line, &[]).await?);
    }
    rights.push(("get".to_owned(), "postgresqls".to_owned()));
    for site in &two.sites {
        give(&site.server.client, Some(TEAM), "teammate", &rights).await?;
    }
    let restart = "restart team/one@east team/one@west --soak 0 --as teammate";
    let file = two.directory.join("team.yaml");
    let file = file.display();
    wait::until("the rights are there, and it plans", async || {
        plugin
            .ok(&format!("{restart} --plan {file}"))
            .await
            .map(drop)
    })
    .await?;
    let flags = "--context east,west --as teammate";
    // A person has to let the second wave go on: another terminal takes it up.
    let line = format!("{restart} --gate approval --yes --expect-count 2");
    let ended = plugin.run(&line, &[]).await?.exits(6)?;
    let id = id_of(&ended)?;
    let resume = format!("rollout resume {id} -n {TEAM} --context");
    ended.says(&[&resume])?;
    plugin
        .ok(&format!("rollout approve {id} -n {TEAM} {flags}"))
        .await?;
    plugin
        .ok(&format!("{resume} east,west --as teammate"))
        .await?;
    let all = two.operations(&id).await?;
    let done = all.iter().filter(|it| phase(it) == Phase::Succeeded);
    ensure!(all.len() == 2 && done.count() == 2, "{all:?}");
    let start = format!("rollout start {file} {flags} --yes --expect-count 2");
    plugin.run(&start, &[]).await?.exits(0)?;
    Ok(())
}
