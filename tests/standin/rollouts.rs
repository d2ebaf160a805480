//! Rollouts over two Kubernetes clusters: real controllers, API servers and plugin; pods and Patroni
//! are stand-ins.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use kube::{Api, ResourceExt, api::PostParams};
use pg_core::{
    operation::{Operation, Phase},
    postgresql::{Postgresql, status::Health},
    rollout::{Desired, Rollout, State},
    rollup::Rollup,
};
use pg_tests::{
    Result,
    api_server::{self, ApiServer, TOKEN, USER},
    crowd::configuration,
    ensure, manifest,
    plugin::{Ended, Plugin},
    process::Process,
    proxy::Proxy,
    standin::StandIn,
    wait,
};
use serde_json::json;

use crate::run;

const HOME: &str = "home";
const TEAM: &str = "team";
const PLACES: [&str; 2] = ["east", "west"];
const NAMES: [&str; 2] = ["one", "two"];
/// Of a person who does not want to wait.
const QUICK: &str = "--soak 0 --yes --expect-count 4";

/// One Kubernetes cluster.
struct Site {
    server: ApiServer,
    standin: Arc<StandIn>,
    /// Between the plugin and the API server.
    proxy: Proxy,
    _controller: Process,
}

impl Site {
    async fn start() -> Result<Self> {
        let server = ApiServer::start().await?;
        let standin = StandIn::start(server.client.clone());
        server.home(HOME, configuration()).await?;
        server.namespace(TEAM).await?;
        let own = server.directory.join("own");
        api_server::write_kubeconfig(&own, &format!("https://{}", server.address))?;
        let log = server.directory.join("controller.log");
        let controller = Process::new(HOME, "first", own, log)?;
        controller.start()?;
        let proxy = Proxy::start(server.client.clone()).await?;
        let site = Self {
            server,
            standin,
            proxy,
            _controller: controller,
        };
        let api = Api::<Postgresql>::namespaced(site.server.client.clone(), TEAM);
        for name in NAMES {
            let object = json!({"metadata": {"name": name}, "spec": manifest::members(2)});
            api.create(&PostParams::default(), &serde_json::from_value(object)?)
                .await?;
        }
        Ok(site)
    }

    async fn until_healthy(&self) -> Result {
        let api = Api::<Postgresql>::namespaced(self.server.client.clone(), TEAM);
        wait::until("all are healthy", async || {
            for one in api.list(&Default::default()).await? {
                let status = one.status.clone().unwrap_or_default();
                ensure!(
                    status.health == Some(Health::Healthy),
                    "{}: {status:?}",
                    one.name_any()
                );
                ensure!(status.postgres_cluster_status == "Running", "{status:?}");
            }
            let report = Api::<Rollup>::all(self.server.client.clone())
                .get("local")
                .await?;
            ensure!(
                report.spec.observed_at.is_some(),
                "the controller has not reported"
            );
            Ok(())
        })
        .await
    }

    fn slices(&self) -> Api<Rollout> {
        Api::namespaced(self.server.client.clone(), TEAM)
    }

    async fn operations(&self, id: &str) -> Result<Vec<Operation>> {
        let api = Api::<Operation>::namespaced(self.server.client.clone(), TEAM);
        let mut all = api.list(&Default::default()).await?.items;
        all.retain(|one| one.spec.rollout.as_ref().is_some_and(|of| of.id == id));
        Ok(all)
    }

    /// How often Patroni was asked to restart each member.
    fn starts(&self) -> BTreeMap<String, String> {
        let mut all = self.standin.history(TEAM);
        all.retain(|what, _| what.contains("/restart of"));
        all
    }
}

/// Two of them, and kubeconfigs that lead there.
struct Two {
    sites: [Site; 2],
    directory: PathBuf,
}

impl Two {
    async fn start() -> Result<Self> {
        let sites = [Site::start().await?, Site::start().await?];
        for site in &sites {
            site.until_healthy().await?;
        }
        let directory = sites[0].server.directory.clone();
        Ok(Self { sites, directory })
    }

    /// A plugin with these contexts, each to a site, directly or through its proxy.
    fn plugin(&self, contexts: &[(&str, usize)], through_proxy: bool) -> Result<Plugin> {
        let name: Vec<&str> = contexts.iter().map(|(name, _)| *name).collect();
        let path = self
            .directory
            .join(format!("kubeconfig-{}-{through_proxy}", name.join("-")));
        let url = |site: &Site| match through_proxy {
            true => site.proxy.url.clone(),
            false => format!("https://{}", site.server.address),
        };
        let clusters = contexts.iter().map(|(name, at)| {
            json!({"name": name, "cluster": {"server": url(&self.sites[*at]), "insecure-skip-tls-verify": true}})
        });
        let entries = contexts
            .iter()
            .map(|(name, _)| json!({"name": name, "context": {"cluster": name, "user": USER}}));
        let config = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": contexts[0].0,
            "clusters": clusters.collect::<Vec<_>>(),
            "users": [{"name": USER, "user": {"token": TOKEN}}],
            "contexts": entries.collect::<Vec<_>>(),
        });
        std::fs::write(&path, config.to_string())?;
        Plugin::with_kubeconfig(Some(Path::new(&path)))
    }

    fn both(&self) -> Result<Plugin> {
        self.plugin(&[("east", 0), ("west", 1)], false)
    }

    /// Somebody else's machine: other names for the same.
    fn other_names(&self) -> Result<Plugin> {
        self.plugin(&[("b", 1), ("a", 0)], false)
    }

    /// The rollout that has not ended.
    async fn open(&self) -> Result<Option<String>> {
        for site in &self.sites {
            for slice in site.slices().list(&Default::default()).await? {
                let control = &slice.spec.control;
                if control.finished_at.is_none() && control.desired != Desired::Abort {
                    return Ok(Some(slice.name_any()));
                }
            }
        }
        Ok(None)
    }

    async fn operations(&self, id: &str) -> Result<Vec<Operation>> {
        let mut all = Vec::new();
        for site in &self.sites {
            all.extend(site.operations(id).await?);
        }
        Ok(all)
    }

    fn starts(&self) -> Vec<BTreeMap<String, String>> {
        self.sites.iter().map(Site::starts).collect()
    }
}

fn phase(operation: &Operation) -> Phase {
    operation
        .status
        .as_ref()
        .map(|it| it.phase)
        .unwrap_or_default()
}

/// The id in what a rollout says first.
fn id_of(ended: &Ended) -> Result<String> {
    let lines = ended.stderr.lines();
    let mut ids = lines.filter_map(|line| line.strip_prefix("rollout "));
    Ok(ids.next().ok_or(format!("no id: {ended:?}"))?.to_owned())
}

/// Each member was restarted once more.
fn once_more(before: &[BTreeMap<String, String>], after: &[BTreeMap<String, String>]) -> Result {
    for (before, after) in before.iter().zip(after) {
        ensure!(
            after.len() == 4,
            "four members, of which these were restarted: {after:?}"
        );
        for (what, count) in after {
            let was: u32 = before.get(what).map_or(Ok(0), |it| it.parse())?;
            let now: u32 = count.parse()?;
            ensure!(now == was + 1, "{what}: {was} times before, {now} after");
        }
    }
    Ok(())
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
        let all = two.operations(&id).await?;
        ensure!(
            all.len() == 4 && all.iter().all(|it| phase(it) == Phase::Succeeded),
            "{all:?}"
        );
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
        people(&two).await?;
        one_gone(&two).await?;
        one_fails(&two).await
    });
}

/// Two drivers, pause and resume, claims.
async fn people(two: &Two) -> Result {
    let plugin = two.both()?;
    let restart = "restart -n team --context east,west one two --yes --expect-count 4";
    let first = plugin.start(&format!("{restart} --soak 10m"))?;
    let id = wait::until("it soaks", async || {
        let id = two.open().await?.ok_or("nothing runs")?;
        let all = two.operations(&id).await?;
        ensure!(
            all.len() == 1 && phase(&all[0]) == Phase::Succeeded,
            "{all:?}"
        );
        Ok(id)
    })
    .await?;
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
    plugin
        .run(&format!("rollout pause {id} {flags} --reason lunch"), &[])
        .await?
        .exits(0)?;
    let ended = first.ended().await?;
    ensure!(ended == Some(6), "the driver ended with {ended:?}");
    plugin
        .fails(&format!("rollout watch {id} {flags}"), 6, &["Paused"])
        .await?;
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
    let id = wait::until("it soaks", async || {
        let id = two.open().await?.ok_or("nothing runs")?;
        let all = two.operations(&id).await?;
        ensure!(
            all.len() == 1 && phase(&all[0]) == Phase::Succeeded,
            "{all:?}"
        );
        Ok(id)
    })
    .await?;
    ensure!(going.interrupt().await? == Some(130), "Ctrl-C");
    // One machine knows only one of the two.
    let alone = two.plugin(&[("mine", 0)], false)?;
    alone
        .fails(&format!("rollout resume {id}"), 5, &["west", "--without"])
        .await?;
    alone
        .fails(
            &format!("rollout resume {id} --without west"),
            5,
            &["--yes"],
        )
        .await?;
    let line = format!("rollout resume {id} --without west --yes --take-over --timeout 5s");
    alone.run(&line, &[]).await?.exits(4)?;
    for site in &two.sites {
        for one in site.operations(&id).await? {
            ensure!(phase(&one) == Phase::Succeeded, "{one:?}");
        }
    }
    ensure!(
        two.sites[1].operations(&id).await?.is_empty(),
        "what was given up was touched"
    );
    let line = format!("rollout abort {id} --context east,west --yes");
    plugin.run(&line, &[]).await?.exits(0)?;
    Ok(())
}

/// One that fails stops the rollout; the rest is not touched.
async fn one_fails(two: &Two) -> Result {
    let plugin = two.both()?;
    two.sites[1].standin.gets_stuck(TEAM, "one");
    let line = format!("restart -n team one@east one@west two@east two@west {QUICK} --deadline 8s");
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
    Ok(())
}

/// The terminal is cut off after each single write and killed; another machine, where contexts have
/// other names, ends it: every member was restarted once.
#[test]
fn killed_after_each_write() {
    run(async || {
        let two = Two::start().await?;
        let cut = two.plugin(&[("east", 0), ("west", 1)], true)?;
        let other = two.other_names()?;
        let line =
            format!("restart -n team --context east,west one two {QUICK} --request-timeout 2s");
        let mut killed = 0;
        for at in [0, 1] {
            for number in 1..100 {
                let before = two.starts();
                two.sites[at].proxy.line.arm(move |n| n == number);
                let mut going = cut.start(&line)?;
                while !two.sites[at].proxy.line.is_cut() && !going.is_over() {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                let was_cut = two.sites[at].proxy.line.is_cut();
                going.kill().await?;
                let writes = two.sites[at].proxy.line.writes();
                two.sites[at].proxy.line.mend();
                let what = format!("{} {number} {:?}", PLACES[at], writes.last());
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
                    let done = all
                        .iter()
                        .filter(|it| phase(it) == Phase::Succeeded)
                        .count();
                    ensure!(done == 4, "{what}: {all:?}");
                    once_more(&before, &two.starts())
                        .map_err(|error| format!("{what}: {error}"))?;
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
        Ok(())
    });
}
