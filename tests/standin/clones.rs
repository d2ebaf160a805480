//! `clone` against a real API server, where the test plays the controller: what becomes of a copy
//! that stands in the cluster and does not serve yet.

use std::time::Duration;

use k8s_openapi::api::core::v1::{Pod, Secret, ServiceAccount};
use kube::{
    Api, Client,
    api::{Patch, PatchParams, PostParams},
};
use pg_core::{postgresql::Postgresql, rollup::Rollup};
use pg_tests::{
    Result,
    api_server::{ApiServer, write_kubeconfig},
    ensure, manifest,
    plugin::Plugin,
    proxy::{Fault, Proxy},
    rights::{give, told},
    wait,
};
use serde_json::json;

use crate::run;

/// What lends the copy the source's password.
const LOAN: &str = "new.clone.pgfleet.io";
/// Longer than a look at the copy is after the other.
const SOME_LOOKS: Duration = Duration::from_secs(3);

/// An API server that fails by itself says nothing of the copy.
#[test]
fn a_server_in_trouble_takes_no_copy_away() {
    run(async || {
        let ground = Ground::start().await?;
        let going = ground.plugin.start("clone team/main new --yes")?;
        let uid = ground.begun("team", "new").await?;
        ground.proxy.line.suffers(Fault::Answers(500));
        tokio::time::sleep(SOME_LOOKS).await;
        ground.proxy.line.suffers(Fault::None);
        tokio::time::sleep(SOME_LOOKS).await;
        let now = ground.clusters("team").get("new").await?.metadata;
        ensure!(now.uid.as_ref() == Some(&uid), "it was made anew");
        ensure!(now.deletion_timestamp.is_none(), "it is being deleted");
        ground.serves("team", "new").await?;
        let code = going.ended().await?;
        ensure!(code == Some(0), "it ended with {code:?}");
        Ok(())
    });
}

/// With the rights that its help names, a copy elsewhere comes about, and what was lent goes.
#[test]
fn the_rights_of_help_suffice_for_a_copy_elsewhere() {
    run(async || {
        let ground = Ground::start().await?;
        let line = "clone team/main shop/new";
        let rights = told(&ground.plugin, line, &["elsewhere"]).await?;
        give(&ground.server.client, None, "copier", &rights).await?;
        let dry = format!("{line} --as copier --dry-run=server");
        let told = wait::until("the rights are there", async || {
            ground.plugin.run(&dry, &[]).await?.exits(0)
        })
        .await?;
        let lacked = "you lack patch postgresqls.acid.zalan.do, delete postgresqls.acid.zalan.do";
        told.says(&[lacked, "stays until somebody"])?;
        let going = ground.plugin.start(&format!("{line} --as copier --yes"))?;
        let uid = ground.begun("shop", "new").await?;
        let lent = wait::until("the loan is the copy's", async || {
            let lent = ground.secrets("shop").get(LOAN).await?.metadata;
            let owner = lent.owner_references.unwrap_or_default().pop();
            Ok(owner.ok_or("it belongs to nobody")?.uid)
        });
        ensure!(lent.await? == uid, "it is another's");
        ground.serves("shop", "new").await?;
        let code = going.ended().await?;
        ensure!(code == Some(0), "it ended with {code:?}");
        let left = ground.secrets("shop").get_opt(LOAN).await?;
        ensure!(left.is_none(), "what was lent is there still");
        Ok(())
    });
}

/// What was lent and could not be given to the copy would outlive it.
#[test]
fn a_copy_that_cannot_own_its_loan_is_taken_away() {
    run(async || {
        let ground = Ground::start().await?;
        ground.proxy.line.suffers(Fault::Forbids("PATCH secrets/"));
        let words = ["so the test wants it", "nothing of it is left"];
        let line = "clone team/main shop/new --yes";
        ground.plugin.fails(line, 1, &words).await?;
        let copy = ground.clusters("shop").get_opt("new").await?;
        ensure!(copy.is_none(), "the copy is there");
        let left = ground.secrets("shop").list(&Default::default()).await?;
        ensure!(
            left.items.is_empty(),
            "{} Secrets are left",
            left.items.len()
        );
        Ok(())
    });
}

/// What died between its loan and its copy goes on with the loan that it made.
#[test]
fn the_same_request_takes_its_loan_up_again() {
    run(async || {
        let ground = Ground::start().await?;
        let loan = |request: &str| {
            serde_json::from_value(json!({
                "metadata": { "name": LOAN, "labels": { "pgfleet.io/request": request } },
                "stringData": { "username": "standby", "password": "secret" },
            }))
        };
        let secrets = ground.secrets("shop");
        secrets
            .create(&PostParams::default(), &loan("ours")?)
            .await?;
        let line = "clone team/main shop/new --yes --wait=false";
        let another = format!("{line} --request another");
        ground
            .plugin
            .fails(&another, 5, &["is there already"])
            .await?;
        ground.plugin.ok(&format!("{line} --request ours")).await?;
        let uid = ground.begun("shop", "new").await?;
        let owner = secrets.get(LOAN).await?.metadata.owner_references;
        let owner = owner
            .unwrap_or_default()
            .pop()
            .ok_or("it belongs to nobody")?;
        ensure!(owner.uid == uid, "it is another's");
        Ok(())
    });
}

/// A window that is closed says so twice, and each time it is as the first Ctrl-C.
#[test]
fn a_terminal_that_goes_is_as_ctrl_c() {
    run(async || {
        let ground = Ground::start().await?;
        for (name, signal) in [("first", "HUP"), ("second", "TERM")] {
            let going = ground
                .plugin
                .start(&format!("clone team/main {name} --yes"))?;
            ground.begun("team", name).await?;
            going.hears(signal).await?;
            going.hears(signal).await?;
            let code = going.ended().await?;
            ensure!(code == Some(130), "{signal}: it ended with {code:?}");
        }
        Ok(())
    });
}

/// Where nobody can be asked before, the copy's pod tries the address, and then this terminal; a
/// person says otherwise.
#[test]
fn a_terminal_carries_what_it_is_told_to() {
    run(async || {
        let ground = Ground::start().await?;
        let line = "clone team/main shop/new --yes";
        let dry = format!("{line} --dry-run=server");
        for (flags, way) in [
            ("", "through main.team.svc:5432, else through this terminal"),
            ("--through-terminal", " through this terminal: "),
            ("--host db.example", " through db.example:5432: "),
            // Nobody is here to carry it.
            ("--wait=false", " through main.team.svc:5432: "),
        ] {
            let dry = format!("{dry} {flags}");
            ground.plugin.run(&dry, &[]).await?.exits(0)?.says(&[way])?;
        }
        let alone = format!("{dry} --wait=false");
        let said = "through main.team.svc:5432 alone";
        ground
            .plugin
            .run(&alone, &[])
            .await?
            .exits(0)?
            .says(&[said])?;
        let leaves = format!("{line} --through-terminal --wait=false");
        ground
            .plugin
            .fails(&leaves, 5, &["has to wait for it"])
            .await?;
        Ok(())
    });
}

/// A pod that is there already is asked whether it reaches the source, and its answer decides: the
/// network, this terminal, or for a standby an error before anything is created.
#[test]
fn a_pod_there_is_asked_for_the_way() {
    run(async || {
        let ground = Ground::start().await?;
        member(&ground.server.client, "shop", "other-0").await?;
        let answers = |code: &'static str| {
            ground.proxy.line.orders(move |order| {
                let asked = order.words[4..].join(" ");
                if asked == "main.team.svc 5432" && order.pod == "other-0" {
                    return Ok(format!("{code}\n"));
                }
                Err(format!("asked {asked} in {}", order.pod))
            });
        };
        let line = "clone team/main shop/new --yes";
        let dry = format!("{line} --dry-run=server");
        answers("0");
        let told = ground.plugin.run(&dry, &[]).await?.exits(0)?;
        told.says(&["through main.team.svc:5432, else through this terminal"])?;
        answers("2");
        let told = ground.plugin.run(&dry, &[]).await?.exits(0)?;
        let why = "pods in shop@sweep do not reach main.team.svc:5432 (asked of other-0)";
        told.says(&[why, " through this terminal: "])?;
        for (flags, code, also) in [
            ("--standby", 5, "a standby follows through the network"),
            ("--wait=false", 5, "has to wait for it"),
        ] {
            let line = format!("{line} {flags}");
            ground.plugin.fails(&line, code, &[why, also]).await?;
        }
        let left = ground.clusters("shop").get_opt("new").await?;
        ensure!(left.is_none(), "it was created");
        // Rules of the network may bind that pod alone: who names the address has it tried.
        let named = format!("{dry} --standby --host main.team.svc");
        let told = ground.plugin.run(&named, &[]).await?;
        told.says(&[why, "it is tried all the same"])?;
        // Nothing is known of it, and that is said.
        answers("127");
        let standby = format!("{dry} --standby");
        let unseen = "not checked: whether pods in shop@sweep reach main.team.svc:5432";
        let told = ground.plugin.run(&standby, &[]).await?;
        told.says(&[unseen])?;
        Ok(())
    });
}

/// A source whose volumes grew beside its manifest has more data than its copy's volumes hold.
#[test]
fn what_the_source_holds_must_fit() {
    run(async || {
        let ground = Ground::start().await?;
        let holds = |gib: u64| {
            ground
                .proxy
                .line
                .orders(move |order| match order.pod.as_str() {
                    "main-0" => Ok(format!("prepared=0\nbytes={}\n", gib << 30)),
                    other => Err(format!("asked {other}")),
                });
        };
        let line = "clone team/main new --yes";
        holds(100);
        let refused = ["its data are 100", "--size"];
        ground.plugin.fails(line, 5, &refused).await?;
        let left = ground.clusters("team").get_opt("new").await?;
        ensure!(left.is_none(), "it was created");
        let larger = format!("{line} --size 200Gi --dry-run=server");
        ground.plugin.ok(&larger).await?;
        Ok(())
    });
}

/// A source that serves, and the plugin behind a line.
struct Ground {
    server: ApiServer,
    proxy: Proxy,
    plugin: Plugin,
}

impl Ground {
    async fn start() -> Result<Self> {
        let server = ApiServer::start().await?;
        for namespace in ["team", "shop"] {
            server.namespace(namespace).await?;
        }
        let client = &server.client;
        let report = json!({
            "apiVersion": "pgfleet.io/v1alpha1", "kind": "Rollup", "metadata": { "name": "local" },
            "clusterUid": "here", "controllerVersion": "test", "capabilities": [],
            // For as long as the test may take.
            "observedAt": jiff::Timestamp::now() + Duration::from_secs(3600), "summary": {},
        });
        Api::<Rollup>::all(client.clone())
            .create(&PostParams::default(), &serde_json::from_value(report)?)
            .await?;
        let password = json!({
            "metadata": { "name": "standby.main.credentials.postgresql.acid.zalan.do" },
            "stringData": { "username": "standby", "password": "secret" },
        });
        Api::<Secret>::namespaced(client.clone(), "team")
            .create(&PostParams::default(), &serde_json::from_value(password)?)
            .await?;
        let source = json!({ "metadata": { "name": "main" }, "spec": manifest::members(2) });
        Api::<Postgresql>::namespaced(client.clone(), "team")
            .create(&PostParams::default(), &serde_json::from_value(source)?)
            .await?;
        serves(client, "team", "main").await?;
        let proxy = Proxy::start(client.clone()).await?;
        let kubeconfig = server.directory.join("through-the-line");
        write_kubeconfig(&kubeconfig, &proxy.url)?;
        let plugin = Plugin::with_kubeconfig(Some(&kubeconfig))?;
        Ok(Self {
            server,
            proxy,
            plugin,
        })
    }

    fn clusters(&self, namespace: &str) -> Api<Postgresql> {
        Api::namespaced(self.server.client.clone(), namespace)
    }

    fn secrets(&self, namespace: &str) -> Api<Secret> {
        Api::namespaced(self.server.client.clone(), namespace)
    }

    /// Waits until a copy stands there; gives its uid.
    async fn begun(&self, namespace: &str, name: &str) -> Result<String> {
        wait::until("the copy is there", async || {
            let copy = self.clusters(namespace).get(name).await?;
            Ok(copy.metadata.uid.ok_or("no uid")?)
        })
        .await
    }

    async fn serves(&self, namespace: &str, name: &str) -> Result {
        serves(&self.server.client, namespace, name).await
    }
}

/// A pod that runs, of a Postgres cluster that is none of the test's concern.
async fn member(client: &Client, namespace: &str, name: &str) -> Result {
    // Nobody makes it here, and no pod is taken without one.
    let account = json!({ "metadata": { "name": "default" } });
    Api::<ServiceAccount>::namespaced(client.clone(), namespace)
        .create(&PostParams::default(), &serde_json::from_value(account)?)
        .await?;
    let api = Api::<Pod>::namespaced(client.clone(), namespace);
    let pod = json!({
        "metadata": { "name": name, "labels": { "spilo-role": "replica" } },
        "spec": { "containers": [{ "name": "postgres", "image": "none" }] },
    });
    api.create(&PostParams::default(), &serde_json::from_value(pod)?)
        .await?;
    let running = json!({ "status": { "phase": "Running" } });
    api.patch_status(name, &PatchParams::default(), &Patch::Merge(running))
        .await?;
    Ok(())
}

/// Says as the controller that a Postgres cluster serves with all its members.
async fn serves(client: &Client, namespace: &str, name: &str) -> Result {
    let api = Api::<Postgresql>::namespaced(client.clone(), namespace);
    let now = api.get(name).await?;
    let mut status = manifest::serving(name);
    status["observedGeneration"] = json!(now.metadata.generation);
    status["conditions"] = json!([{
        "type": "Ready", "status": "True", "reason": "Serves", "message": "",
        "lastTransitionTime": "2026-11-21T10:00:00Z",
    }]);
    let patch = Patch::Merge(json!({ "status": status }));
    api.patch_status(name, &PatchParams::default(), &patch)
        .await?;
    Ok(())
}
