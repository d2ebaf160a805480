//! A rollout from its plan to its end: waves, files, people, contexts that are gone, failures.

use kube::{Api, api::PostParams};
use pg_core::{
    operation::{Operation, Phase},
    postgresql::{Postgresql, status::Health},
    rollout::{Rollout, State},
};
use pg_tests::{
    Result, ensure, manifest,
    proxy::Fault,
    rights::{Right, give, told},
    two::{HOME, PLACES, QUICK, TEAM, Two, drivers, gates, id_of, once_more, phase, team},
    wait,
};
use serde_json::json;

use crate::run;

#[test]
fn killed_after_each_write() {
    run(async || {
        let two = Two::start().await?;
        drivers::killed_after_each_write(&two).await.map(drop)
    });
}

#[test]
fn killed_after_each_write_with_one_gone() {
    run(async || {
        let two = Two::start().await?;
        drivers::killed_after_each_write_with_one_gone(&two)
            .await
            .map(drop)
    });
}

#[test]
fn starts_killed_after_each_write() {
    run(async || {
        let two = Two::start().await?;
        drivers::starts_killed_after_each_write(&two)
            .await
            .map(drop)
    });
}

#[test]
fn two_drivers_at_once() {
    run(async || {
        let two = Two::start().await?;
        drivers::two_drivers_at_once(&two).await.map(drop)
    });
}

#[test]
fn in_waves() {
    run(async || {
        let two = Two::start().await?;
        let plugin = two.both()?;
        let restart = "restart -n team --context east,west";

        // Nobody is there to look at the plan.
        let ended = plugin
            .run(&format!("{restart} one two --yes"), &[])
            .await?
            .exits(5)?;
        ended.says(&["--expect-count 4", "WAVE", "team/one@east"])?;
        ensure!(two.open().await?.is_none(), "it left something");

        let before = two.starts();
        let line = format!("{restart} one two {QUICK} --waves 1,100%");
        let ended = plugin.run(&line, &[]).await?.exits(0)?;
        let id = id_of(&ended)?;
        // Whatever becomes of the terminal, what goes on stands on it.
        let goes_on = format!("it goes on by: kubectl pg rollout resume {id}");
        let ended = ended.says(&[&goes_on])?;
        ensure!(ended.stderr.contains("next: wave 2: 1 target"), "{ended:?}");
        let all = two.operations(&id).await?;
        ensure!(
            all.len() == 4 && all.iter().all(|it| phase(it) == Phase::Succeeded),
            "{all:?}"
        );
        let expects = |one: &&Operation| {
            let expect = one.spec.expect.as_ref();
            expect.is_some_and(|expect| expect.primary.is_some())
        };
        ensure!(all.iter().filter(expects).count() == 4, "{all:?}");
        let waves: Vec<u32> = all
            .iter()
            .filter_map(|it| Some(it.spec.rollout.as_ref()?.wave))
            .collect();
        ensure!(
            waves.iter().filter(|wave| **wave == 1).count() == 1,
            "{waves:?}"
        );
        ensure!(waves.iter().max() == Some(&3), "{waves:?}");
        once_more(&before, &two.starts())?;
        // How each ended is told once, not as it ends and once more behind all.
        for target in ["one@east", "two@east", "one@west", "two@west"] {
            let lines = ended.stdout.lines().chain(ended.stderr.lines());
            let ends = |line: &str| line.contains(" done in ") || line.contains("Succeeded");
            let told = lines.filter(|line| line.contains(target) && ends(line));
            ensure!(
                told.count() == 1,
                "{target}: {}{}",
                ended.stderr,
                ended.stdout
            );
        }
        plugin.ok("rollout list --context east,west").await?;
        let ended = plugin
            .run(&format!("rollout show {id} --context east,west"), &[])
            .await?
            .exits(0)?;
        ended.says(&["Done", "wave 3", "team/two@west", "Succeeded"])?;

        // A plan is a file, and starts as it was written.
        let file = two.directory.join("plan.yaml");
        let file = file.display();
        let planned = plugin
            .ok(&format!("{restart} one two --soak 0 --plan {file}"))
            .await?;
        ensure!(planned.contains("rollout start"), "{planned}");
        ensure!(two.open().await?.is_none(), "planning left something");
        let start = format!("rollout start {file} --yes --expect-count 4");
        let other = two.other_names()?;
        other.fails(&start, 5, &["not chosen: east"]).await?;
        other
            .run(&format!("{start} --context a,b"), &[])
            .await?
            .exits(0)?;
        let text = std::fs::read_to_string(file.to_string())?;
        std::fs::write(file.to_string(), text.replace("canary: 1", "canary: 4"))?;
        other
            .fails(&format!("{start} --context a,b"), 5, &["was changed"])
            .await?;

        // Fields of manifests, by the controllers.
        let line = format!(
            "set -n team --context east,west one two postgresql.parameters.work_mem=9MB {QUICK}"
        );
        plugin.run(&line, &[]).await?.exits(0)?;
        for site in &two.sites {
            let api = Api::<Postgresql>::namespaced(site.server.client.clone(), TEAM);
            for one in api.list(&Default::default()).await? {
                let parameters = one.spec.postgresql.parameters.clone().unwrap_or_default();
                ensure!(
                    parameters.get("work_mem").is_some_and(|it| it == "9MB"),
                    "{parameters:?}"
                );
            }
        }
        gates::told_where_it_comes_from(&two).await?;
        gates::held_to_the_rights_of_help(&two).await?;
        over_two_namespaces(&two).await?;
        team::drives_its_own(&two).await?;
        people(&two).await?;
        one_gone(&two).await?;
        one_fails(&two).await?;
        one_may_fail(&two).await
    });
}

/// Its slice lies where the controller lives, wherever that is.
async fn over_two_namespaces(two: &Two) -> Result {
    let server = &two.sites[0].server;
    server.namespace("other").await?;
    let api = Api::<Postgresql>::namespaced(server.client.clone(), "other");
    let object = json!({"metadata": {"name": "three"}, "spec": manifest::members(2)});
    api.create(&PostParams::default(), &serde_json::from_value(object)?)
        .await?;
    wait::until("it is healthy", async || {
        let status = api.get("three").await?.status.unwrap_or_default();
        ensure!(status.health == Some(Health::Healthy), "{status:?}");
        Ok(())
    })
    .await?;
    let line = "restart team/one@east other/three@east --soak 0 --yes --expect-count 2";
    let ended = two.both()?.run(line, &[]).await?.exits(0)?;
    let slices = Api::<Rollout>::namespaced(server.client.clone(), HOME);
    let slice = slices.get(&id_of(&ended)?).await?;
    ensure!(slice.spec.plan.targets.len() == 2, "{slice:?}");
    Ok(())
}

/// Waits until a rollout has done its first target, and waits itself; gives its id.
async fn soaks(two: &Two) -> Result<String> {
    wait::until("it soaks", async || {
        let id = two.open().await?.ok_or("nothing runs")?;
        let all = two.operations(&id).await?;
        ensure!(
            all.len() == 1 && phase(&all[0]) == Phase::Succeeded,
            "{all:?}"
        );
        Ok(id)
    })
    .await
}

/// Two drivers, pause and resume, claims.
async fn people(two: &Two) -> Result {
    let plugin = two.both()?;
    let restart = "restart -n team --context east,west one two --yes --expect-count 4";
    let first = plugin.start(&format!("{restart} --soak 10m"))?;
    let id = soaks(two).await?;
    let flags = "--context east,west";
    // Another one has no way to the same targets.
    plugin
        .fails(&format!("{restart} --soak 0"), 5, &[&id])
        .await?;
    ensure!(
        two.open().await?.as_ref() == Some(&id),
        "the second one left something"
    );
    plugin
        .fails(&format!("rollout resume {id} {flags}"), 5, &["--take-over"])
        .await?;
    // One who may not write everywhere stops it all the same.
    let all = told(&plugin, "rollout pause", &[]).await?;
    let looks: Vec<Right> = all
        .iter()
        .filter(|(verb, _)| verb != "patch")
        .cloned()
        .collect();
    let given: [&[Right]; 2] = [&all, &looks];
    for (site, rights) in two.sites.iter().zip(given) {
        give(&site.server.client, None, "stopper", rights).await?;
    }
    let pause = format!("rollout pause {id} {flags} --reason lunch --as stopper");
    let next = "all are healthy, for 10m; then wave 2";
    let shown = plugin.ok(&format!("rollout show {id} {flags}")).await?;
    ensure!(shown.contains("next    all are healthy"), "{shown}");
    let watch = format!("rollout watch {id} {flags}");
    let paused = wait::until("the rights are there, and it is paused", async || {
        // Who looks on has had a look by then.
        tokio::time::sleep(std::time::Duration::from_secs(3)).await;
        let ended = plugin.run(&pause, &[]).await?.exits(0)?;
        ended.says(&["patch rollouts", "not told: west"]).map(drop)
    });
    let (looked, paused) = tokio::join!(plugin.run(&watch, &[]), paused);
    paused?;
    looked?.exits(6)?.says(&[next, "Paused"])?;
    let ended = first.ended().await?;
    ensure!(ended == Some(6), "the driver ended with {ended:?}");
    // Two at once: the later one drives, the earlier one ends.
    let second = plugin.start(&format!("rollout resume {id} {flags}"))?;
    wait::until("the second one drives", async || {
        let slice = two.sites[1].slices().get(&id).await?;
        ensure!(slice.spec.control.epoch == 2, "{:?}", slice.spec.control);
        Ok(())
    })
    .await?;
    let third = two
        .other_names()?
        .start(&format!("rollout resume {id} --context a,b --take-over"))?;
    ensure!(
        second.ended().await? == Some(6),
        "the earlier one did not end"
    );
    ensure!(third.interrupt().await? == Some(130), "Ctrl-C");
    plugin
        .run(&format!("rollout abort {id} {flags} --yes"), &[])
        .await?
        .exits(0)?;
    plugin
        .fails(&format!("rollout resume {id} {flags}"), 6, &["aborted"])
        .await?;
    let all = two.operations(&id).await?;
    ensure!(all.len() == 1, "{all:?}");
    Ok(())
}

/// A context that is gone is given up, and takes part again.
async fn one_gone(two: &Two) -> Result {
    let plugin = two.both()?;
    let restart = "restart -n team --context east,west one two --yes --expect-count 4";
    let going = plugin.start(&format!("{restart} --soak 10m"))?;
    let id = soaks(two).await?;
    ensure!(going.interrupt().await? == Some(130), "Ctrl-C");
    // One machine knows only one of the two.
    let alone = two.plugin(&[("mine", 0)], false)?;
    let shown = alone.ok(&format!("rollout show {id}")).await?;
    for word in ["unknown (not read)", "@west", "Unknown"] {
        ensure!(shown.contains(word), "{word}: {shown}");
    }
    ensure!(!shown.contains("left out"), "{shown}");
    let list = alone.ok("rollout list").await?;
    let row = list.lines().find(|line| line.contains(&id));
    ensure!(row.is_some_and(|row| row.contains(" 1/2 ")), "{list}");
    alone
        .fails(&format!("rollout resume {id}"), 5, &["west", "--without"])
        .await?;
    // A driver that had no time to say that it goes is known to be gone a while later.
    wait::until("it can be taken up with a yes", async || {
        let line = format!("rollout resume {id} --without west");
        alone.fails(&line, 5, &["--yes"]).await
    })
    .await?;
    let line = format!("rollout resume {id} --without west --yes --take-over --timeout 5s");
    alone.run(&line, &[]).await?.exits(4)?;
    let shown = alone.ok(&format!("rollout show {id}")).await?;
    ensure!(
        shown.contains("left out") && !shown.contains("not read"),
        "{shown}"
    );
    for site in &two.sites {
        for one in site.operations(&id).await? {
            ensure!(phase(&one) == Phase::Succeeded, "{one:?}");
        }
    }
    ensure!(
        two.sites[1].operations(&id).await?.is_empty(),
        "what was given up was touched"
    );
    // The clock of whoever drives says nothing: what bears no date of the API server's is no answer.
    let cut = two.plugin(&[("east", 0), ("west", 1)], true)?;
    let suffer = |fault: Fault| {
        let lines = two.sites.iter().map(|site| &site.proxy.line);
        lines.for_each(|line| line.suffers(fault.clone()));
    };
    suffer(Fault::Undated);
    for verb in ["resume", "retry"] {
        let line = format!("rollout {verb} {id} --context east,west --take-over");
        cut.run(&line, &[]).await?.says(&["bears no date"])?;
    }
    suffer(Fault::None);
    ensure!(
        two.sites[1].operations(&id).await?.is_empty(),
        "it went on by its own clock"
    );
    let line = format!("rollout abort {id} --context east,west --yes");
    plugin.run(&line, &[]).await?.exits(0)?;
    Ok(())
}

/// One that fails stops the rollout; the rest is not touched.
async fn one_fails(two: &Two) -> Result {
    let plugin = two.both()?;
    two.sites[1].standin.gets_stuck(TEAM, "one");
    let line = format!(
        "restart -n team one@east one@west two@east two@west {QUICK} --deadline 8s --max-parallel 2"
    );
    let ended = plugin.run(&line, &[]).await?.exits(6)?;
    let id = id_of(&ended)?;
    ended.says(&["1 failure", "rollout retry"])?;
    for (site, place) in two.sites.iter().zip(PLACES) {
        let all = site.operations(&id).await?;
        let names: Vec<&str> = all
            .iter()
            .map(|one| one.spec.target.name.as_str())
            .collect();
        ensure!(names == ["one"], "{place}: {names:?} were touched");
    }
    let slice = wait::until("its slice tells", async || {
        let slice = two.sites[0].slices().get(&id).await?;
        let status = slice.status.clone().unwrap_or_default();
        ensure!(
            status.counts.succeeded == 1 && status.counts.pending == 1,
            "{status:?}"
        );
        Ok(slice)
    })
    .await?;
    let targets = slice.status.unwrap_or_default().targets;
    ensure!(
        targets.iter().any(|one| one.state == State::Pending),
        "{targets:?}"
    );
    // Waited for once more, in vain; then the others go on without it.
    let flags = "--context east,west";
    plugin
        .fails(&format!("rollout retry {id} {flags}"), 6, &["1 failure"])
        .await?;
    let skip = format!("rollout skip {id} team/one@west {flags} --yes");
    plugin.run(&skip, &[]).await?.exits(0)?;
    let resume = format!("rollout resume {id} {flags}");
    plugin.run(&resume, &[]).await?.exits(0)?;
    let all = two.operations(&id).await?;
    let done = all.iter().filter(|it| phase(it) == Phase::Succeeded);
    ensure!(all.len() == 4 && done.count() == 3, "{all:?}");
    Ok(())
}

/// One of them still hangs, so that another operation there expires: that is allowed, and nobody who
/// looks on takes it for the end.
async fn one_may_fail(two: &Two) -> Result {
    let plugin = two.both()?;
    let line = "restart -n team two@east one@west two@west one@east --yes --expect-count 4 \
        --soak 15s --deadline 8s --max-parallel 2 --max-failures 1";
    let driver = plugin.start(line)?;
    let id = wait::until("it is driven", async || {
        let id = two.open().await?.ok_or("nothing runs")?;
        ensure!(!two.operations(&id).await?.is_empty(), "nothing has begun");
        Ok(id)
    })
    .await?;
    let flags = "--context east,west";
    let looks_on = plugin.start(&format!("rollout watch {id} {flags}"))?;
    wait::until("one has failed", async || {
        let slice = two.sites[1].slices().get(&id).await?;
        let counts = slice.status.unwrap_or_default().counts;
        ensure!(counts.failed == 1, "{counts:?}");
        Ok(())
    })
    .await?;
    let list = plugin.ok(&format!("rollout list {flags}")).await?;
    let row = list.lines().find(|line| line.contains(&id));
    ensure!(
        row.is_some_and(|row| row.contains("Running") || row.contains("Done")),
        "{list}"
    );
    let ended = driver.ended().await?;
    ensure!(ended == Some(3), "the driver ended with {ended:?}");
    let ended = looks_on.ended().await?;
    ensure!(ended == Some(0), "whoever looked on ended with {ended:?}");
    Ok(())
}
