//! `fleet-list`: one table over many contexts, some of which are slow or dead.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;
use pg_tests::{Result, api_server, ensure};
use serde_json::json;
use tokio::{net::UdpSocket, process::Command, time::Instant};

use super::{
    Login, Many, Way,
    many::{FAR, SLOW},
    ran::Start,
};
use crate::{
    audit, number,
    report::{Figure, Report},
    stats,
};

const CONTEXTS: usize = 50;
const CLUSTERS: usize = 20;
const RUNS: usize = 5;
const MORE: f64 = 0.15;
const MEMORY: f64 = 60.0;
const DEAD: usize = 150;
/// Contexts beyond the first have fewer clusters, to be made in reasonable time.
const FEWER: usize = 3;
const LOGINS: usize = 10;
const AGAINST: &str = "one API server under many names, each behind a line of 20 ms";

pub async fn measure(report: &mut Report) -> Result {
    let audit = json!({
        "apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived"],
        "rules": [{"level": "Metadata"}],
    });
    let mut many = Many::start(&audit).await?;
    for index in 0..DEAD {
        let count = if index < CONTEXTS { CLUSTERS } else { FEWER };
        many.fill(&site(index), count).await?;
    }
    answering(report, &mut many).await?;
    slow(report, &mut many).await?;
    dead(report, &mut many).await?;
    logins(report, &mut many).await
}

fn site(index: usize) -> String {
    format!("site-{index:03}")
}

async fn contexts(many: &mut Many, way: impl Fn(usize) -> Way, count: usize) -> Result {
    many.forget();
    for index in 0..count {
        let name = site(index);
        many.context(&name, &name, way(index), &Login::Token, 1)
            .await?;
    }
    Ok(())
}

/// All answer: beside each context alone, and beside a shell loop.
async fn answering(report: &mut Report, many: &mut Many) -> Result {
    contexts(many, |_| Way::Far, CONTEXTS).await?;
    let kubeconfig = many.write("answering")?;
    let start = Start::new(&kubeconfig)?;
    let all = ["list", "--all-contexts"];
    start.piped(&all).await?.exits(0)?; // fills caches, the server's among them
    let (mut more, mut peak, mut took, mut alone_s) = (Vec::new(), 0.0_f64, Vec::new(), Vec::new());
    for _ in 0..number("COUNT", RUNS)? {
        let mut slowest = 0.0_f64;
        for index in 0..CONTEXTS {
            let name = site(index);
            let alone = start.piped(&["list", "--context", &name]).await?.exits(0)?;
            slowest = slowest.max(alone.took);
        }
        let ran = start.piped(&all).await?.exits(0)?;
        ensure!(ran.count("db-") == CONTEXTS * CLUSTERS, "rows are missing");
        peak = peak.max(ran.peak.unwrap_or(f64::MAX));
        report.row(
            "fleet-list",
            json!({"fleet_s": ran.took, "slowest_s": slowest, "peak_mib": ran.peak}),
        )?;
        more.push(ran.took - slowest);
        took.push(ran.took);
        alone_s.push(slowest);
    }
    let more = stats::median(&more).ok_or("no runs")?;
    let (took, alone) = (
        stats::median(&took).ok_or("no runs")?,
        stats::median(&alone_s).ok_or("no runs")?,
    );
    let shell = shell_loop(&kubeconfig).await?;
    figure(
        report,
        "fleet-list",
        format!("{took:.2} s, {more:.2} s more"),
        &format!("≤ {MORE} s more than the slowest context alone"),
        &format!(
            "the slowest of {CONTEXTS} contexts alone, {alone:.2} s; a shell loop of kubectl {shell:.1} s; {AGAINST}"
        ),
        more <= MORE,
    )?;
    figure(
        report,
        "fleet-list-memory",
        format!("{peak:.1} MiB"),
        &format!("≤ {MEMORY} MiB"),
        "the most that was resident in any run",
        peak <= MEMORY,
    )?;

    // What it asked, by the server's own log.
    let from = Timestamp::now();
    start.piped(&all).await?.exits(0)?;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let log = std::fs::read_to_string(many.server.audit_log())?;
    let asked = audit::but_for(&log, api_server::USER, "kube-controller-manager", from);
    let lists = asked
        .iter()
        .filter(|one| one.ends_with("/postgresqls"))
        .count();
    figure(
        report,
        "fleet-list-requests",
        format!("{lists} lists, {} others", asked.len() - lists),
        "1 request for each context, no discovery",
        "the API server's audit log",
        lists == CONTEXTS && asked.len() == lists,
    )
}

/// What a person without the plugin would do.
async fn shell_loop(kubeconfig: &Path) -> Result<f64> {
    let kubectl = api_server::programs().await?.join("kubectl");
    let script = format!(
        "for n in $(seq 0 {}); do {} --context $(printf site-%03d $n) get postgresqls || exit 1; done",
        CONTEXTS - 1,
        kubectl.display()
    );
    let begun = Instant::now();
    let output = Command::new("sh")
        .args(["-c", &script])
        .env("KUBECONFIG", kubeconfig)
        .env("HOME", kubeconfig.with_extension("home"))
        .output()
        .await?;
    ensure!(output.status.success(), "kubectl: {output:?}");
    Ok(begun.elapsed().as_secs_f64())
}

/// Three take five seconds to answer: slow is not dead.
async fn slow(report: &mut Report, many: &mut Many) -> Result {
    let late = |index: usize| [7, 23, 41].contains(&index);
    let way = |index| if late(index) { Way::Slow } else { Way::Far };
    contexts(many, way, CONTEXTS).await?;
    let start = Start::new(&many.write("slow")?)?;
    let ran = start.on_terminal(&["list", "--all-contexts"]).await?;
    let ran = ran.exits(0)?;
    let rows = ran.count("db-");
    let first = ran.first("db-").unwrap_or(f64::MAX);
    let quick = (0..CONTEXTS).filter(|index| !late(*index)).count() * CLUSTERS;
    let others = ran.nth("db-", quick).unwrap_or(f64::MAX);
    report.row(
        "fleet-list-slow",
        json!({"took_s": ran.took, "rows": rows, "first_s": first, "others_s": others}),
    )?;
    let limit = SLOW.as_secs_f64() * 2.0;
    figure(
        report,
        "fleet-list-slow",
        format!(
            "{rows} rows; first {first:.2} s, the quick ones {others:.2} s, end {:.1} s",
            ran.took
        ),
        "all rows; the quick ones do not wait for the slow",
        "3 contexts that answer after 5 s, on a terminal",
        rows == CONTEXTS * CLUSTERS && others < 2.0 && ran.took < limit,
    )
}

/// Half of 300 contexts are dead, each in one of three manners.
async fn dead(report: &mut Report, many: &mut Many) -> Result {
    let way = |index: usize| match index % 6 {
        1 => Way::Refused,
        3 => Way::Hole,
        5 => Way::NoName,
        _ => Way::Far,
    };
    many.forget();
    for index in 0..2 * DEAD {
        let name = site(index);
        let namespace = site(index / 2);
        many.context(&name, &namespace, way(index), &Login::Token, 1)
            .await?;
    }
    let mut start = Start::new(&many.write("dead")?)?;
    let names = Silence::start(&many.server.directory).await?;
    start.wrapper = names.wrapper();
    let ran = start.on_terminal(&["list", "--all-contexts"]).await?;
    let ran = ran.exits(3)?;
    let (rows, gone) = (ran.count("db-"), ran.count("Unreachable"));
    let first = ran.first("db-").unwrap_or(f64::MAX);
    report.row(
        "fleet-list-dead",
        json!({"took_s": ran.took, "first_s": first, "rows": rows, "dead": gone}),
    )?;
    let wanted = CONTEXTS * CLUSTERS + (DEAD - CONTEXTS) * FEWER;
    figure(
        report,
        "fleet-list-dead",
        format!(
            "first row {first:.2} s, end {:.2} s, exit 3, {rows} rows, {gone} dead",
            ran.took
        ),
        "first row ≤ 0.5 s, end ≤ 3 s, exit 3, all rows",
        "300 contexts, 50 refused, 50 black-holed, 50 of names whose server is silent; on a terminal",
        first <= 0.5 && ran.took <= 3.0 && rows == wanted && gone == DEAD,
    )
}

/// A name server that never answers, for one program.
struct Silence {
    _socket: UdpSocket,
    file: PathBuf,
}

impl Silence {
    async fn start(directory: &Path) -> Result<Self> {
        let address = "127.53.53.53";
        let socket = UdpSocket::bind((address, 53)).await?;
        let file = directory.join("resolv.conf");
        std::fs::write(&file, format!("nameserver {address}\n"))?;
        Ok(Self {
            _socket: socket,
            file,
        })
    }

    /// Starts a program that asks it.
    fn wrapper(&self) -> Vec<String> {
        let script = format!(
            "mount --bind {} /etc/resolv.conf && exec \"$@\"",
            self.file.display()
        );
        ["unshare", "--mount", "sh", "-c", &script, "sh"]
            .map(str::to_owned)
            .to_vec()
    }
}

/// Login programs of a second each, and one that hangs.
async fn logins(report: &mut Report, many: &mut Many) -> Result {
    let directory = many.server.directory.clone();
    let script = |number: usize, sleep: &str| {
        let credential = json!({
            "apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
            "status": {"token": api_server::TOKEN},
        });
        let runs = directory
            .join(format!("login-{number}"))
            .display()
            .to_string();
        Login::Script(format!(
            "echo ran >>{runs}; sleep {sleep}; echo '{credential}'"
        ))
    };
    many.forget();
    for index in 0..CONTEXTS {
        let name = site(index);
        many.context(&name, &name, Way::Far, &script(index % LOGINS, "1"), 1)
            .await?;
    }
    let start = Start::new(&many.write("logins")?)?;
    let names: Vec<String> = (0..CONTEXTS).map(site).collect();
    let names = names.join(",");
    let ran = start.piped(&["list", "--context", &names]).await?;
    let ran = ran.exits(0)?;
    let runs = (0..LOGINS)
        .map(|number| {
            let text = std::fs::read_to_string(directory.join(format!("login-{number}")));
            text.map_or(0, |text| text.lines().count())
        })
        .sum::<usize>();
    report.row(
        "fleet-list-logins",
        json!({"took_s": ran.took, "runs": runs}),
    )?;
    figure(
        report,
        "fleet-list-logins",
        format!("{:.2} s, {runs} runs", ran.took),
        &format!("≤ 1.6 s, {LOGINS} runs"),
        &format!("{CONTEXTS} contexts with {LOGINS} login programs of 1 s; lines of {FAR:?}"),
        ran.took <= 1.6 && runs == LOGINS && ran.count("db-") == CONTEXTS * CLUSTERS,
    )?;

    many.context("hangs", &site(0), Way::Far, &script(LOGINS, "600"), 1)
        .await?;
    let start = Start::new(&many.write("hangs")?)?;
    let names = format!("{names},hangs");
    let ran = start.on_terminal(&["list", "--context", &names]).await?;
    let ran = ran.exits(3)?;
    let (rows, last) = (ran.count("db-"), ran.last("db-").unwrap_or(f64::MAX));
    figure(
        report,
        "fleet-list-login-hangs",
        format!("{rows} rows within {last:.2} s, end {:.1} s", ran.took),
        "the rows of all others ≤ 1.6 s, exit 3 when its time is over",
        "one more login program, which never ends",
        rows == CONTEXTS * CLUSTERS && last <= 1.6 && ran.took < 35.0,
    )
}

fn figure(
    report: &mut Report,
    name: &str,
    measured: String,
    target: &str,
    against: &str,
    ok: bool,
) -> Result {
    report.figure(&Figure {
        name: name.to_owned(),
        measured,
        target: target.to_owned(),
        against: against.to_owned(),
        ok,
    })
}
