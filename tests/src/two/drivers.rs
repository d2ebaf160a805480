//! Terminals that die, machines that know only a part, drivers that meet.

use std::{collections::BTreeMap, time::Duration};

use kube::Api;
use pg_core::operation::{Operation, Phase};

use super::{PLACES, QUICK, TEAM, Two, once_more, phase};
use crate::{Result, ensure, plugin::Plugin, wait};

impl Two {
    /// Runs a command line, cut off from one of the two after its write of this number, and kills
    /// it; whether it came so far, and what it wrote last.
    async fn kill(
        &self,
        plugin: &Plugin,
        line: &str,
        at: usize,
        number: usize,
    ) -> Result<(bool, String)> {
        let proxy = &self.sites[at].proxy.line;
        proxy.arm(move |n| n == number);
        let mut going = plugin.start(line)?;
        while !proxy.is_cut() && !going.is_over() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let was_cut = proxy.is_cut();
        going.kill().await?;
        let what = format!("{} {number} {:?}", PLACES[at], proxy.writes().last());
        proxy.mend();
        Ok((was_cut, what))
    }

    /// The images of all members of the clusters of this name.
    async fn images(&self, cluster: &str) -> Result<Vec<String>> {
        let mut images = Vec::new();
        for site in &self.sites {
            let pods: Api<k8s_openapi::api::core::v1::Pod> =
                Api::namespaced(site.server.client.clone(), TEAM);
            let list = kube::api::ListParams::default().labels(&format!("cluster-name={cluster}"));
            for pod in pods.list(&list).await? {
                let containers = pod.spec.map(|spec| spec.containers).unwrap_or_default();
                images.extend(containers.into_iter().next().and_then(|one| one.image));
            }
        }
        Ok(images)
    }
}

/// Every target was worked on once, by one attempt, and came about.
fn once(all: &[Operation], targets: usize) -> Result {
    let mut began: BTreeMap<&str, usize> = BTreeMap::new();
    for one in all {
        let status = one.status.as_ref();
        if status.is_some_and(|status| status.started_at.is_some()) {
            *began.entry(&one.spec.target.uid).or_default() += 1;
        }
    }
    let done = all
        .iter()
        .filter(|it| phase(it) == Phase::Succeeded)
        .count();
    ensure!(done == targets, "{done} of {targets} are done: {all:?}");
    ensure!(
        began.values().all(|count| *count == 1),
        "{began:?}: {all:?}"
    );
    Ok(())
}

/// No two went on at the same time.
fn one_by_one(all: &[Operation]) -> Result {
    let times = |one: &Operation| {
        let status = one.status.clone().unwrap_or_default();
        status.started_at.zip(status.finished_at)
    };
    let times: Vec<_> = all.iter().filter_map(times).collect();
    for (index, one) in times.iter().enumerate() {
        for other in &times[index + 1..] {
            let apart = one.1.0 <= other.0.0 || other.1.0 <= one.0.0;
            ensure!(apart, "two at once: {all:?}");
        }
    }
    Ok(())
}

/// The terminal is cut off after each single write and killed; another machine, where contexts have
/// other names, ends it: every member was restarted once. Says how often it was killed on the way.
pub async fn killed_after_each_write(two: &Two) -> Result<usize> {
    let cut = two.plugin(&[("east", 0), ("west", 1)], true)?;
    let other = two.other_names()?;
    let line = format!("restart -n team --context east,west one two {QUICK} --request-timeout 2s");
    let mut killed = 0;
    for at in [0, 1] {
        for number in 1..100 {
            let before = two.starts();
            let (was_cut, what) = two.kill(&cut, &line, at, number).await?;
            if let Some(id) = two.open().await? {
                killed += 1;
                let line = format!("rollout resume {id} --context a,b --take-over");
                let ended = other.run(&line, &[]).await?;
                // Not all slices were made: nothing ever ran, and it is begun again.
                if ended.code == Some(5) {
                    let line = format!("rollout abort {id} --context a,b --yes");
                    other.run(&line, &[]).await?.exits(0)?;
                    ensure!(two.operations(&id).await?.is_empty(), "{what}: {ended:?}");
                    continue;
                }
                ended.exits(0)?;
                let all = two.operations(&id).await?;
                once(&all, 4).map_err(|error| format!("{what}: {error}"))?;
                once_more(&before, &two.starts()).map_err(|error| format!("{what}: {error}"))?;
            }
            if !was_cut {
                break;
            }
        }
    }
    ensure!(
        killed > 10,
        "it was killed only {killed} times in the middle"
    );
    Ok(killed)
}

/// The same with an upgrade, which is taken up by a machine that knows only one of the two, under
/// another name; the other one takes part again later. Says how often it was killed on the way.
pub async fn killed_after_each_write_with_one_gone(two: &Two) -> Result<usize> {
    let cut = two.plugin(&[("east", 0), ("west", 1)], true)?;
    let other = two.other_names()?;
    let mut killed = 0;
    for at in [0, 1] {
        for number in 1..100 {
            let here = number % 2;
            let gone = PLACES[1 - here];
            let image = format!("docker.io/lab/rollout-{at}:{number}");
            let line = format!(
                "upgrade -n team --context east,west one --image {image} --soak 0 --yes \
                 --expect-count 2 --request-timeout 2s"
            );
            let (was_cut, what) = two.kill(&cut, &line, at, number).await?;
            if let Some(id) = two.open().await? {
                killed += 1;
                let resume = format!("rollout resume {id} --without {gone} --yes --take-over");
                let mine = two.plugin(&[("mine", here)], false)?;
                let ended = mine.run(&resume, &[]).await?;
                // Its slice may not have been made.
                ensure!(
                    matches!(ended.code, Some(0 | 5)),
                    "{what}: {gone} is gone: {ended:?}"
                );
                // What was given up takes part again; what nobody began is begun.
                let verb = match ended.code {
                    Some(0) => "retry",
                    _ => "resume",
                };
                let line = format!("rollout {verb} {id} --context a,b --take-over");
                let ended = other.run(&line, &[]).await?;
                if ended.code == Some(5) {
                    let line = format!("rollout abort {id} --context a,b --yes");
                    other.run(&line, &[]).await?.exits(0)?;
                    continue;
                }
                ended.exits(0)?;
                let all = two.operations(&id).await?;
                let theirs = two.sites[1 - here].slices().get_opt(&id).await?;
                // Of a slice that was never made nobody knows the targets.
                let count = if theirs.is_some() { 2 } else { 1 };
                once(&all, count).map_err(|error| format!("{what}: {error}"))?;
                if theirs.is_none() {
                    continue;
                }
                // What runs in a context that was given up takes no place: two may go on at once.
                let images = two.images("one").await?;
                ensure!(
                    images.len() == 4 && images.iter().all(|one| *one == image),
                    "{what}: {images:?}"
                );
            }
            if !was_cut {
                break;
            }
        }
    }
    ensure!(
        killed > 8,
        "it was killed only {killed} times in the middle"
    );
    Ok(killed)
}

/// `rollout start FILE` is cut off after each single write until the first wave is open, and killed;
/// the same line from another machine ends it, also when the controllers have taken away meanwhile
/// what nobody drove. Says how often something was left half made.
pub async fn starts_killed_after_each_write(two: &Two) -> Result<usize> {
    let cut = two.plugin(&[("east", 0), ("west", 1)], true)?;
    let other = two.other_names()?;
    let file = two.directory.join("half.yaml");
    let file = file.display();
    let plan = format!("restart -n team --context east,west one --soak 0 --plan {file}");
    let start = format!("rollout start {file} --yes --expect-count 2 --request-timeout 2s");
    let mut half = 0;
    for (at, expired) in [(0, false), (1, false), (0, true), (1, true)] {
        // Before the first one only questions are asked.
        let mut number = 1;
        loop {
            cut.ok(&plan).await?;
            let (was_cut, what) = two
                .kill(&cut, &format!("{start} --context east,west"), at, number)
                .await?;
            let Some(id) = two.open().await? else {
                ensure!(was_cut, "{what}: it made nothing");
                number += 1;
                continue;
            };
            let mut controls = Vec::new();
            for site in &two.sites {
                let slice = site.slices().get_opt(&id).await?;
                let control = slice.map(|slice| slice.spec.control).unwrap_or_default();
                if expired && control.epoch == 0 {
                    let _ = site.slices().delete(&id, &Default::default()).await;
                }
                controls.push(control);
            }
            half += usize::from(controls.iter().any(|one| one.epoch > 0));
            let ended = other.run(&format!("{start} --context a,b"), &[]).await?;
            let all_driven = controls.iter().all(|one| one.epoch > 0);
            if all_driven {
                ended
                    .exits(6)
                    .map_err(|error| format!("{what}: {error}"))?
                    .says(&["was started already", "rollout resume"])?;
                let line = format!("rollout resume {id} --context a,b --take-over");
                other.run(&line, &[]).await?.exits(0)?;
            } else {
                ended
                    .exits(0)
                    .map_err(|error| format!("{what} {controls:?}: {error}"))?;
            }
            once(&two.operations(&id).await?, 2).map_err(|error| format!("{what}: {error}"))?;
            if controls.iter().any(|one| one.wave > 0) {
                break;
            }
            number += 1;
        }
    }
    ensure!(half > 4, "only {half} were half made");
    Ok(half)
}

/// Three drivers at once, the others begun at another moment each time: one of them ends it, no operation
/// is made twice, and no two go on at the same time. Says how often they met.
pub async fn two_drivers_at_once(two: &Two) -> Result<usize> {
    let plugin = two.both()?;
    let other = two.other_names()?;
    let line = format!("restart -n team --context east,west one two {QUICK}");
    let mut met = 0;
    for begun in [0, 1, 2, 3] {
        let before = two.starts();
        let first = plugin.start(&line)?;
        let id = wait::until("it is under way", async || {
            let id = two.open().await?.ok_or("nothing runs")?;
            let slice = two.sites[1].slices().get(&id).await?;
            ensure!(slice.spec.control.epoch == 1, "nobody drives it");
            let all = two.operations(&id).await?;
            ensure!(all.len() >= begun, "{} were begun", all.len());
            Ok(id)
        })
        .await?;
        let resume = format!("rollout resume {id} --context a,b --take-over");
        let (second, third) = (other.start(&resume)?, other.start(&resume)?);
        let mut ends = Vec::new();
        for one in [first, second, third] {
            ends.push(one.ended().await?.unwrap_or(-1));
        }
        ends.sort_unstable();
        // Whoever comes when it is done finds nothing to do.
        ensure!(
            ends.contains(&0) && ends.iter().all(|end| [0, 6].contains(end)),
            "{begun}: they ended with {ends:?}"
        );
        let all = two.operations(&id).await?;
        once(&all, 4)?;
        one_by_one(&all)?;
        once_more(&before, &two.starts())?;
        met += 1;
    }
    Ok(met)
}
