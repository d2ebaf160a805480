//! `fleet-limits`: many switchovers from two terminals at once, one of which dies on the way.

use std::{collections::BTreeMap, path::Path, time::Duration};

use jiff::Timestamp;
use kube::{
    Api, ResourceExt,
    api::{ListParams, PostParams},
};
use pg_core::{
    operation::{Operation, Phase},
    postgresql::{Postgresql, status::Health},
};
use pg_tests::{
    Result, crowd::configuration, ensure, manifest, process::Process, standin::StandIn, wait,
};
use serde_json::{Value, json};

use super::{Login, Many, Way, ran::Start};
use crate::{
    audit::{self, Act},
    number,
    report::{Figure, Report},
};

const CONTEXTS: usize = 10;
const CLUSTERS: usize = 20;
const PARALLEL: usize = 12;
const IN_CONTEXT: usize = 2;
/// The first one dies when so many of its operations are there.
const DIES_AFTER: usize = 30;
const HOME: &str = "limits";
const PATIENCE: Duration = Duration::from_secs(600);
const PEOPLE: [&str; 2] = ["alice", "bob"];

pub async fn measure(report: &mut Report) -> Result {
    let audit = json!({
        "apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"],
        "rules": [
            {"level": "RequestResponse", "verbs": ["create", "update", "patch"],
             "resources": [{"group": "pgfleet.io", "resources": ["operations", "operations/status"]}]},
            {"level": "None"},
        ],
    });
    let clusters = number("COUNT", CONTEXTS * CLUSTERS)? / CONTEXTS;
    let mut many = Many::start(&audit).await?;
    let _standin = StandIn::start(many.server.client.clone());
    let controller = controller(&many).await?;
    let mut targets: [Vec<String>; 2] = Default::default();
    for index in 0..CONTEXTS {
        let name = format!("site-{index}");
        make(&many, &name, clusters).await?;
        many.context(&name, &name, Way::Far, &Login::Token, index + 1)
            .await?;
        for number in 0..clusters {
            targets[number % 2].push(format!("{name}/db-{number:02}@{name}"));
        }
    }
    healthy(&many, CONTEXTS * clusters).await?;
    let kubeconfig = many.write("limits")?;
    let before = primaries(&many).await?;

    let [first, second] = [0, 1].map(|who| Terminal::new(who, &kubeconfig, &targets[who]));
    let (first, second) = (first?, second?);
    let other = tokio::spawn(async move { second.ends().await });
    first
        .dies(&many, DIES_AFTER.min(targets[0].len() / 2))
        .await?;
    let again = first.ends().await?;
    let other = other.await??;
    let moved = primaries(&many)
        .await?
        .iter()
        .filter(|(cluster, primary)| before.get(*cluster) != Some(*primary))
        .count();
    drop(controller);
    judge(report, &many, [again, other], moved, CONTEXTS * clusters).await
}

async fn controller(many: &Many) -> Result<Process> {
    many.server.home(HOME, configuration()).await?;
    let log = many.server.directory.join("controller.log");
    let process = Process::new(HOME, "first", many.server.kubeconfig.clone(), log)?;
    process.start()?;
    Ok(process)
}

async fn make(many: &Many, namespace: &str, clusters: usize) -> Result {
    many.server.namespace(namespace).await?;
    let api = Api::<Postgresql>::namespaced(many.server.client.clone(), namespace);
    for number in 0..clusters {
        let name = format!("db-{number:02}");
        let object = json!({"metadata": {"name": name}, "spec": manifest::members(2)});
        let object = serde_json::from_value(object)?;
        api.create(&PostParams::default(), &object).await?;
    }
    Ok(())
}

async fn clusters(many: &Many) -> Result<Vec<Postgresql>> {
    let api = Api::<Postgresql>::all(many.server.client.clone());
    Ok(api.list(&ListParams::default()).await?.items)
}

async fn healthy(many: &Many, wanted: usize) -> Result {
    wait::until_within("all clusters are healthy", PATIENCE, async || {
        let all = clusters(many).await?;
        let are = all
            .iter()
            .filter_map(|one| one.status.as_ref())
            .filter(|status| status.health == Some(Health::Healthy))
            .count();
        ensure!(are == wanted, "{are} of {wanted}");
        Ok(())
    })
    .await
}

async fn primaries(many: &Many) -> Result<BTreeMap<String, Option<String>>> {
    let all = clusters(many).await?;
    let pair = |one: &Postgresql| {
        let primary = one
            .status
            .as_ref()
            .and_then(|status| status.primary.clone());
        let namespace = one.namespace().unwrap_or_default();
        (format!("{namespace}/{}", one.name_any()), primary)
    };
    Ok(all.iter().map(pair).collect())
}

async fn operations(many: &Many) -> Result<Vec<Operation>> {
    let api = Api::<Operation>::all(many.server.client.clone());
    Ok(api.list(&ListParams::default()).await?.items)
}

/// A person at a terminal.
struct Terminal {
    who: &'static str,
    start: Start,
    words: Vec<String>,
}

impl Terminal {
    fn new(who: usize, kubeconfig: &Path, targets: &[String]) -> Result<Self> {
        let mut start = Start::new(kubeconfig)?;
        let who = PEOPLE[who];
        let file = kubeconfig.with_extension(format!("{who}.targets"));
        std::fs::write(&file, targets.join("\n"))?;
        start.stdin = Some(file);
        let words = format!(
            "switchover - --yes --expect-count {} --max-parallel {PARALLEL} --max-per-context {IN_CONTEXT} \
             --timeout 10m --request of-{who} --as {who} --as-group system:masters -o json",
            targets.len()
        );
        let words = words.split_whitespace().map(str::to_owned).collect();
        Ok(Self { who, start, words })
    }

    fn words(&self) -> Vec<&str> {
        self.words.iter().map(String::as_str).collect()
    }

    /// Runs until so many of its operations are there, and is killed.
    async fn dies(&self, many: &Many, after: usize) -> Result {
        let mut child = self.start.spawn(&self.words())?;
        wait::until("the first terminal has begun", async || {
            let all = operations(many).await?;
            let own = all
                .iter()
                .filter(|one| one.spec.requested_by == self.who)
                .count();
            ensure!(own >= after, "{own} operations");
            Ok(())
        })
        .await?;
        child.kill().await?;
        Ok(())
    }

    /// Runs to its end; gives the document.
    async fn ends(&self) -> Result<Value> {
        let ran = self.start.piped(&self.words()).await?.exits(0)?;
        let text: Vec<String> = ran.lines.into_iter().map(|(_, line)| line).collect();
        Ok(serde_json::from_str(&text.join("\n"))?)
    }
}

async fn judge(
    report: &mut Report,
    many: &Many,
    documents: [Value; 2],
    moved: usize,
    wanted: usize,
) -> Result {
    let operations = operations(many).await?;
    let done = |name: &str, namespace: &str| {
        operations.iter().any(|one| {
            one.name_any() == name
                && one.namespace().as_deref() == Some(namespace)
                && one
                    .status
                    .as_ref()
                    .is_some_and(|status| status.phase == Phase::Succeeded)
        })
    };
    let items: Vec<&Value> = documents
        .iter()
        .filter_map(|one| one["items"].as_array())
        .flatten()
        .collect();
    let right = items
        .iter()
        .filter(|one| {
            let text = |field: &str| one[field].as_str().unwrap_or_default();
            text("outcome") == "Done" && done(text("operation"), text("namespace"))
        })
        .count();
    figure(
        report,
        "fleet-limits-results",
        format!(
            "{right} of {} results right, {} operations, {moved} primaries moved",
            items.len(),
            operations.len()
        ),
        &format!("{wanted} of each"),
        right == wanted && operations.len() == wanted && moved == wanted,
    )?;

    let log = std::fs::read_to_string(many.server.audit_log())?;
    let acts = audit::acts(&log);
    report.row("fleet-limits", json!({"acts": acts.len()}))?;
    for who in PEOPLE {
        let any = acts.iter().any(|act| act.by == who);
        ensure!(any, "the audit log has nothing of {who}");
    }
    let at_once = |wanted: &dyn Fn(&Act) -> bool| {
        let chosen: Vec<&Act> = acts.iter().filter(|act| wanted(act)).collect();
        most_at_once(&chosen)
    };
    let all = at_once(&|_| true);
    let places = (0..CONTEXTS).map(|index| format!("site-{index}"));
    let here = places.map(|place| at_once(&|act| act.namespace == place));
    let here = here.max().unwrap_or_default();
    figure(
        report,
        "fleet-limits",
        format!("{all} at once, {here} in one context; {} acts", acts.len()),
        &format!("≤ {PARALLEL} and ≤ {IN_CONTEXT}, both terminals together"),
        all <= PARALLEL && here <= IN_CONTEXT && acts.len() == wanted,
    )
}

/// The most acts that were under way at any moment.
fn most_at_once(acts: &[&Act]) -> usize {
    let mut edges: Vec<(Timestamp, i32)> = acts
        .iter()
        .flat_map(|act| [(act.from, 1), (act.until, -1)])
        .collect();
    edges.sort_unstable(); // of the same moment, ends come before beginnings
    let (mut open, mut most) = (0, 0);
    for (_, step) in edges {
        open += step;
        most = most.max(open);
    }
    usize::try_from(most).unwrap_or_default()
}

fn figure(report: &mut Report, name: &str, measured: String, target: &str, ok: bool) -> Result {
    report.figure(&Figure {
        name: name.to_owned(),
        measured,
        target: target.to_owned(),
        against: "10 contexts, two terminals, one of them killed and started again; the API server's audit log".to_owned(),
        ok,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_at_once() {
        let at = |second: i64| Timestamp::from_second(second).unwrap_or_default();
        let act = |from, until| Act {
            by: String::new(),
            namespace: String::new(),
            name: String::new(),
            from: at(from),
            until: at(until),
        };
        let acts = [act(0, 10), act(5, 7), act(10, 12), act(6, 8)];
        let most = |acts: &[Act]| most_at_once(&acts.iter().collect::<Vec<_>>());
        assert_eq!(most(&acts), 3);
        assert_eq!(most(&acts[..1]), 1);
        assert_eq!(most(&[act(0, 10), act(10, 12)]), 1, "one after the other");
        assert_eq!(most(&[]), 0);
    }
}
