//! The rights that the help of each verb names: with them it works, and without any one of them it
//! does not, and says which one is missing. Verbs that look into pods are held to it in the
//! end-to-end tests, gates of rollouts in `pg_tests::two::gates`.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::{
    Api,
    api::{Patch, PatchParams, PostParams},
};
use pg_core::{
    names::{ADOPTED_FROM, CONTROLLER_ANNOTATION},
    operation::Operation,
    postgresql::Postgresql,
    rollout::{Plan, Rollout},
    rollup::Rollup,
};
use pg_tests::{
    Result,
    api_server::{ApiServer, USER},
    ensure, manifest,
    plugin::Plugin,
    rights::{Right, give, told},
    wait,
};
use serde_json::json;

use crate::run;

/// Command lines, and the conditions of their rights that hold. `VERB` is what ID asked for, as did
/// FAILED and WELL, of which the one failed; ROLLOUT is one that nobody drives, DONE one that may be
/// given up for good, and PLAN the plan of another; MANIFESTS are of a cluster that is there and of
/// one that is not.
const LINES: [(&str, &[&str]); 46] = [
    ("list -n team", &[]),
    ("status", &["fleet"]),
    ("status team/main", &["cluster"]),
    ("report team/main --out -", &[]),
    ("version --server", &["--server"]),
    ("history team/main", &[]),
    ("diff team/main --against team/other", &[]),
    ("create team/new --dry-run=server", &[]),
    ("clone team/main new --dry-run=server", &[]),
    ("clone team/main shop/new --dry-run=server", &["elsewhere"]),
    ("promote team/follows --dry-run=server", &[]),
    ("apply -f MANIFESTS --force-conflicts --dry-run=server", &[]),
    ("set team/main teamId=shop --dry-run=server", &[]),
    ("scale team/main --replicas 3 --dry-run=server", &[]),
    ("resize team/main --size 20Gi --dry-run=server", &[]),
    ("user list team/main", &[]),
    ("user add team/main bob --dry-run=server", &[]),
    ("user drop team/main eve --dry-run=server", &[]),
    ("user rotate team/main eve --dry-run=server", &[]),
    ("db list team/main", &[]),
    ("db add team/main app --owner ann --dry-run=server", &[]),
    ("hibernate on team/main --dry-run=server", &[]),
    ("switchover team/main --dry-run=server", &[]),
    (
        "failover team/main --accept-data-loss --dry-run=server",
        &[],
    ),
    ("restart team/main --dry-run=server", &[]),
    ("reload team/main --dry-run=server", &[]),
    ("maintenance on team/main --dry-run=server", &[]),
    ("reinit team/main 1 --dry-run=server", &[]),
    ("upgrade team/main --image lab/new:1 --dry-run=server", &[]),
    ("delete team/main --dry-run=server", &[]),
    ("adopt team/theirs --dry-run=server", &[]),
    ("release team/adopted --dry-run=server", &[]),
    ("ops list -n team", &[]),
    ("ops show ID -n team", &[]),
    ("ops watch WELL -n team", &["of one"]),
    ("ops retry FAILED -n team --dry-run=server", &[]),
    ("ops cancel ID -n team --dry-run=server", &[]),
    ("rollout list -n team", &[]),
    ("rollout show ROLLOUT -n team", &[]),
    ("rollout start PLAN -n team --dry-run=server", &[]),
    ("rollout pause ROLLOUT -n team", &[]),
    ("rollout skip ROLLOUT team/main -n team --yes", &[]),
    ("rollout retry ROLLOUT -n team --dry-run=server", &[]),
    ("rollout resume ROLLOUT -n team --dry-run=server", &[]),
    ("rollout approve ROLLOUT -n team --dry-run=server", &[]),
    ("rollout abort DONE -n team --yes", &[]),
];
/// Lines that do without some of their rights, and say what is missing: with the conditions that
/// hold, and with what is needed.
const FULLER: [(&str, &[&str], &[&str]); 4] = [
    ("status team/main", &["for all of it"], &["cluster"]),
    ("history team/main", &["for all of it"], &[]),
    ("report team/main --out -", &["for all of it"], &[]),
    ("doctor", &["fleet"], &[]),
];
/// Lines that wait for what nobody does there, with the condition under which they do. NEW is another
/// name each time.
const WAITING: [(&str, &str); 4] = [
    ("create team/NEW", "to wait"),
    ("switchover team/other --yes", "to wait"),
    ("restart team/other --yes", "to wait"),
    ("reload team/other", "to wait"),
];
/// Verbs whose rights are held to what they say elsewhere, or need not be; and why.
const ELSEWHERE: [(&str, &str); 8] = [
    ("logs", "looks into pods: tests/e2e/rights.rs"),
    ("df", "looks into pods: tests/e2e/rights.rs"),
    ("install", "whoever administers the Kubernetes cluster"),
    ("uninstall", "whoever administers the Kubernetes cluster"),
    ("completion", "without a right there are no names"),
    (
        "rollout watch",
        "as rollout show, to the end: tests/e2e/rollout.rs",
    ),
    ("doctor", "looks into pods: tests/e2e/rights.rs"),
    ("psql", "looks into pods: tests/e2e/rights.rs"),
];
/// Lines that reach for a pod, which is not there, with the condition of rights that only they need.
const REACHING: [(&str, &str); 1] = [("psql team/main --local -c TABLE", "--user, --local")];
/// What only looks ends with a failure, what changes something with a refusal.
const READS: [&str; 13] = [
    "list",
    "status",
    "report",
    "version",
    "history",
    "diff",
    "user list",
    "db list",
    "ops list",
    "ops show",
    "ops watch",
    "rollout list",
    "rollout show",
];

const ROLLOUT: &str = "restart-1";
const DONE: &str = "restart-2";

/// Rights reach the API server within this time.
const SOON: Duration = Duration::from_secs(20);

#[test]
fn rights_of_help() {
    run(async || {
        let server = ApiServer::start().await?;
        prepare(&server).await?;
        for id in [ROLLOUT, DONE] {
            rollout(&server, id).await?;
        }
        let plugin = Plugin::with_kubeconfig(Some(&server.kubeconfig))?;
        none_is_left_out(&plugin).await?;
        let names = Names::make(&server, &plugin).await?;
        let (mut suffice, mut fall_short) = (Vec::new(), Vec::new());
        for (number, (line, conditions)) in LINES.iter().enumerate() {
            let rights = told(&plugin, line, conditions).await?;
            ensure!(!rights.is_empty(), "{line} needs no right");
            let line = names.in_line(line);
            for (at, right) in rights.iter().enumerate() {
                let user = format!("without-{number}-{at}");
                give(&server.client, None, &user, &without(&rights, at)).await?;
                fall_short.push((line.clone(), user, right.clone()));
            }
            let user = format!("with-{number}");
            give(&server.client, None, &user, &rights).await?;
            suffice.push(format!("{line} --as {user}"));
        }
        let mut fuller = Vec::new();
        for (number, (line, conditions, needed)) in FULLER.iter().enumerate() {
            let needed = told(&plugin, line, needed).await?;
            let more = told(&plugin, line, conditions).await?;
            let more: Vec<Right> = more.into_iter().filter(|it| !needed.contains(it)).collect();
            for (at, right) in more.iter().enumerate() {
                // Before 1.35 an API server asks of a WebSocket for `get` alone.
                if (&*right.0, &*right.1) == ("create", "pods/exec") {
                    continue;
                }
                let user = format!("fuller-{number}-{at}");
                let mut rights = needed.clone();
                rights.extend(without(&more, at));
                give(&server.client, None, &user, &rights).await?;
                fuller.push((format!("{line} --as {user}"), right.clone()));
            }
        }
        // Rights reach the API server a moment later, in their order: when the last ones are there,
        // all are.
        let last = fuller.last().map(|(line, _)| line.clone());
        let mut wrong = Vec::new();
        for line in suffice.into_iter().chain(last) {
            let what = format!("{line}: the rights suffice");
            let works = wait::until_within(&what, SOON, async || {
                plugin.run(&line, &[]).await?.exits(0).map(drop)
            });
            wrong.extend(works.await.err().map(|error| error.to_string()));
        }
        for (line, user, (verb, resource)) in fall_short {
            let ended = plugin.run(&format!("{line} --as {user}"), &[]).await?;
            let reads = READS.iter().any(|read| line.starts_with(read));
            let codes: &[i32] = if reads { &[1, 3] } else { &[5] };
            let told = ended.stderr.contains(&*verb) && ended.stderr.contains(&*resource);
            if !told || !ended.code.is_some_and(|code| codes.contains(&code)) {
                let (code, said) = (ended.code, ended.stderr);
                wrong.push(format!("{line} without {verb} {resource}: {code:?} {said}"));
            }
        }
        for (line, (verb, resource)) in fuller {
            let ended = plugin.run(&line, &[]).await?.exits(0)?;
            let said = format!("{}{}", ended.stdout, ended.stderr);
            if !said.contains(&*resource) {
                wrong.push(format!("{line} does not miss {verb} {resource}: {said}"));
            }
        }
        wrong.extend(waiting(&server, &plugin).await?);
        wrong.extend(reaching(&server, &plugin).await?);
        ensure!(wrong.is_empty(), "{wrong:#?}");
        Ok(())
    });
}

/// Each verb that names rights is held to them, also one that is new.
async fn none_is_left_out(plugin: &Plugin) -> Result {
    let lines = LINES.iter().map(|(line, _)| *line);
    let fuller = FULLER.iter().map(|(line, ..)| *line);
    let reaching = REACHING.iter().map(|(line, _)| *line);
    let lines: Vec<&str> = lines.chain(fuller).chain(reaching).collect();
    for verb in plugin.verbs().await? {
        let help = plugin.ok(&format!("{verb} --help")).await?;
        let has = |line: &&str| *line == verb || line.starts_with(&format!("{verb} "));
        let elsewhere = ELSEWHERE.iter().any(|(other, _)| *other == verb);
        let is_held = !help.contains("Rights: ") || lines.iter().any(has) || elsewhere;
        ensure!(is_held, "nothing holds {verb} to the rights that it names");
    }
    Ok(())
}

/// What is wrong with the rights of lines that wait. Each object is another one: it is made before
/// it is waited for.
async fn waiting(server: &ApiServer, plugin: &Plugin) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for (number, (line, condition)) in WAITING.iter().enumerate() {
        let needed = told(plugin, line, &[]).await?;
        let all = told(plugin, line, &[*condition]).await?;
        let (with, without) = (format!("waits-{number}"), format!("waits-not-{number}"));
        give(&server.client, None, &without, &needed).await?;
        give(&server.client, None, &with, &all).await?;
        let seen = format!("{line}: the rights suffice");
        wait::until_within(&seen, SOON, async || {
            let dry = line.replace("NEW", "dry");
            let dry = format!("{dry} --dry-run=server --as {with}");
            plugin.run(&dry, &[]).await?.exits(0).map(drop)
        })
        .await?;
        let missed = all.iter().filter(|right| !needed.contains(right));
        let missed: Vec<&Right> = missed.collect();
        ensure!(!missed.is_empty(), "{line} needs nothing {condition}");
        for (user, code) in [(with, 4), (without, 1)] {
            let line = line.replace("NEW", &format!("awaited-{code}"));
            let line = format!("{line} --timeout 3s --as {user}");
            let ended = plugin.run(&line, &[]).await?;
            let says = |right: &&Right| {
                ended.stderr.contains(&*right.0) && ended.stderr.contains(&*right.1)
            };
            let told = code == 4 || missed.iter().all(says);
            if ended.code != Some(code) || !told {
                wrong.push(format!("{line}: {:?} {}", ended.code, ended.stderr));
            }
        }
    }
    Ok(wrong)
}

/// What is wrong with the rights of lines that reach for a pod: with all of them they miss the pod
/// alone.
async fn reaching(server: &ApiServer, plugin: &Plugin) -> Result<Vec<String>> {
    if !Path::new("/usr/bin/psql").exists() {
        eprintln!("skipped: there is no psql on this machine");
        return Ok(Vec::new());
    }
    let mut wrong = Vec::new();
    for (number, (line, condition)) in REACHING.iter().enumerate() {
        let needed = told(plugin, line, &[]).await?;
        let all = told(plugin, line, &[*condition]).await?;
        let more: Vec<Right> = all
            .iter()
            .filter(|it| !needed.contains(it))
            .cloned()
            .collect();
        ensure!(!more.is_empty(), "{line}: {condition} needs nothing");
        let mut users = Vec::new();
        for (at, right) in more.iter().enumerate() {
            // Before 1.35 an API server asks of a WebSocket for `get` alone.
            if (&*right.0, &*right.1) == ("create", "pods/portforward") {
                continue;
            }
            let user = format!("reaches-{number}-{at}");
            let rest: Vec<Right> = all.iter().filter(|it| *it != right).cloned().collect();
            give(&server.client, None, &user, &rest).await?;
            users.push((user, right.1.clone()));
        }
        let user = format!("reaches-{number}");
        give(&server.client, None, &user, &all).await?;
        let refused = |said: &str, resource: &str| {
            let mut lines = said.lines();
            lines.any(|line| line.contains("forbidden") && line.contains(resource))
        };
        let what = format!("{line}: the rights suffice");
        let works = wait::until_within(&what, SOON, async || {
            let ended = plugin.run(&format!("{line} --as {user}"), &[]).await?;
            ensure!(!refused(&ended.stderr, ""), "{}", ended.stderr);
            ended.exits(1)?.says(&["\"main-0\" not found"]).map(drop)
        });
        wrong.extend(works.await.err().map(|error| error.to_string()));
        for (user, resource) in users {
            let ended = plugin.run(&format!("{line} --as {user}"), &[]).await?;
            if ended.code != Some(1) || !refused(&ended.stderr, &resource) {
                wrong.push(format!("{line} without {resource}: {}", ended.stderr));
            }
        }
    }
    Ok(wrong)
}

fn without(rights: &[Right], at: usize) -> Vec<Right> {
    let mut rest = rights.to_vec();
    rest.remove(at);
    rest
}

/// What stands for the words of the lines.
struct Names {
    words: Vec<(&'static str, String)>,
    _folder: Folder,
}

/// A folder that goes with its owner.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // It is a temporary one: what stays of it does no harm.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Names {
    async fn make(server: &ApiServer, plugin: &Plugin) -> Result<Self> {
        let may = [
            ("get", "postgresqls"),
            ("restart", "postgresqls"),
            ("create", "operations"),
        ];
        let may = may.map(|(verb, resource)| (verb.to_owned(), resource.to_owned()));
        give(&server.client, None, "asker", &may).await?;
        let mut words = Vec::new();
        for (word, cluster, phase) in [
            ("ID", "main", None),
            ("FAILED", "other", Some("Failed")),
            ("WELL", "follows", Some("Succeeded")),
        ] {
            let asked = wait::until("somebody asks", async || {
                let line = format!("restart team/{cluster} --yes --wait=false --as asker");
                plugin.ok(&line).await
            })
            .await?;
            let id = asked.split_once("accepted as ").map(|(_, rest)| rest);
            let id = id.and_then(|rest| rest.split(';').next()).ok_or("no id")?;
            if let Some(phase) = phase {
                let now = jiff::Timestamp::now();
                let status = json!({"status": {
                    "phase": phase, "startedAt": now, "finishedAt": now, "message": "it is over",
                }});
                Api::<Operation>::namespaced(server.client.clone(), "team")
                    .patch_status(id, &PatchParams::default(), &Patch::Merge(status))
                    .await?;
            }
            words.push((word, id.to_owned()));
        }
        let folder = std::env::temp_dir().join(format!("rights-of-help-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let folder = Folder(folder);
        let write = |name: &str, text: String| -> Result<String> {
            let path = folder.0.join(name);
            std::fs::write(&path, text)?;
            Ok(path.display().to_string())
        };
        let plan = serde_json::to_string(&plan("restart-3", "here")?)?;
        words.push(("PLAN", write("plan.yaml", plan)?));
        let manifests = ["main", "fresh"].map(|name| {
            let manifest = json!({
                "apiVersion": "acid.zalan.do/v1", "kind": "postgresql",
                "metadata": { "name": name, "namespace": "team" }, "spec": manifest::members(3),
            });
            format!("---\n{manifest}\n")
        });
        words.push(("MANIFESTS", write("main.yaml", manifests.concat())?));
        words.push(("ROLLOUT", ROLLOUT.to_owned()));
        words.push(("DONE", DONE.to_owned()));
        Ok(Self {
            words,
            _folder: folder,
        })
    }

    fn in_line(&self, line: &str) -> String {
        let own = |word: &str| {
            let found = self.words.iter().find(|(name, _)| *name == word);
            found.map_or_else(|| word.to_owned(), |(_, value)| value.clone())
        };
        let words: Vec<String> = line.split(' ').map(own).collect();
        words.join(" ")
    }
}

/// Clusters of which a controller has spoken, and its report.
async fn prepare(server: &ApiServer) -> Result {
    server.namespace("team").await?;
    server.namespace("shop").await?;
    let secret = json!({
        "metadata": { "name": "standby.main.credentials.postgresql.acid.zalan.do" },
        "stringData": { "username": "standby", "password": "secret" },
    });
    let secrets = Api::<Secret>::namespaced(server.client.clone(), "team");
    secrets
        .create(&PostParams::default(), &serde_json::from_value(secret)?)
        .await?;
    let api = Api::<Postgresql>::namespaced(server.client.clone(), "team");
    let mut uid = String::new();
    let report = json!({
        "apiVersion": "pgfleet.io/v1alpha1", "kind": "Rollup", "metadata": { "name": "local" },
        "clusterUid": "here", "controllerVersion": "test", "capabilities": ["rollout", "adopt"],
        // For as long as the test may take.
        "observedAt": jiff::Timestamp::now() + Duration::from_secs(3600), "summary": {},
    });
    Api::<Rollup>::all(server.client.clone())
        .create(&PostParams::default(), &serde_json::from_value(report)?)
        .await?;
    for name in ["main", "other", "follows", "theirs", "adopted"] {
        let more = json!({ "users": { "ann": [], "eve": [] }, "databases": { "shop": "ann" } });
        let mut spec = manifest::with(2, more);
        let mut metadata = json!({ "name": name });
        if name == "follows" {
            spec["standby"] = json!({ "standby_host": "main" });
            let from = format!("team/main@{} {uid}", USER);
            metadata["annotations"] = json!({ "pgfleet.io/cloned-from": from });
        }
        match name {
            "theirs" => metadata["annotations"] = json!({ CONTROLLER_ANNOTATION: "zalando" }),
            "adopted" => metadata["annotations"] = json!({ ADOPTED_FROM: "zalando" }),
            _ => {}
        }
        let cluster = serde_json::from_value(json!({ "metadata": metadata, "spec": spec }))?;
        let created = api.create(&PostParams::default(), &cluster).await?;
        if name == "main" {
            uid = created.metadata.uid.unwrap_or_default();
        }
        let mut status = manifest::serving(name);
        status["conditions"] = json!([{
            "type": "Standby", "status": "True", "reason": "Following", "message": "",
            "lastTransitionTime": "2026-11-21T10:00:00Z",
        }]);
        let patch = Patch::Merge(json!({ "status": status }));
        api.patch_status(name, &PatchParams::default(), &patch)
            .await?;
        let leader = json!({
            "metadata": { "name": format!("{name}-leader"), "annotations": { "optime": "100" } },
        });
        let maps = Api::<ConfigMap>::namespaced(server.client.clone(), "team");
        maps.create(&PostParams::default(), &serde_json::from_value(leader)?)
            .await?;
    }
    Ok(())
}

/// A rollout over both clusters that waits for approval behind its first wave.
async fn rollout(server: &ApiServer, id: &str) -> Result {
    let api = Api::<Rollout>::namespaced(server.client.clone(), "team");
    for slice in plan(id, "here")?.rollouts().values() {
        api.create(&PostParams::default(), slice).await?;
        let control = json!({ "epoch": 1, "wave": 1, "desired": "Run", "desiredSeq": 1 });
        let patch = Patch::Merge(json!({ "spec": { "control": control } }));
        api.patch(id, &PatchParams::default(), &patch).await?;
    }
    Ok(())
}

fn plan(id: &str, cluster_uid: &str) -> Result<Plan> {
    let target = |wave: u32, name: &str| {
        json!({
            "wave": wave, "order": 0, "namespace": "team", "name": name,
            "uid": format!("uid-{name}"), "generation": 1,
        })
    };
    let mut plan: Plan = serde_json::from_value(json!({
        "kind": "pgfleet.io/v1alpha1/RolloutPlan", "id": id, "planHash": "", "createdBy": "a test",
        "action": { "restart": {} },
        "strategy": {
            "canary": 1, "waves": { "sizes": ["100%"] }, "maxParallel": "10%",
            "gates": [{ "approval": {} }], "offline": "wait",
        },
        "slices": [{
            "clusterUID": cluster_uid, "hint": USER, "namespace": "team", "requestedBy": USER,
            "targets": [target(1, "main"), target(2, "other")],
        }],
    }))?;
    plan.seal();
    Ok(plan)
}
