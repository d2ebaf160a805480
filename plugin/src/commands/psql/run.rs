//! One psql without a person before it.

use std::{borrow::Cow, pin::pin, time::Duration};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Status;
use kube::{
    Api, ResourceExt,
    api::{AttachParams, AttachedProcess, ListParams},
};
use pg_core::names::{ROLE_PRIMARY, ROLE_REPLICA};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::{Asked, Ran};
use crate::{
    args::Psql,
    cluster::Cluster,
    commands::change::new_id,
    error::{Error, Kind, Result},
    objects::Pod,
    output::{Screen, text::shown_lines},
    pick,
    session::Session,
};

/// The database's container in its pods.
pub const CONTAINER: &str = "postgres";
/// For PGOPTIONS: nothing is changed unless psql is told to.
pub const READ_ONLY: &str = "-c default_transaction_read_only=on";
const PIPE: usize = 64 * 1024;

/// The pod of the primary, or of a replica: by its label, which moves with the role; where two
/// carry it, by what the controller says.
pub async fn pod(cluster: &Cluster, replica: bool) -> Result<String> {
    let role = if replica { ROLE_REPLICA } else { ROLE_PRIMARY };
    let list =
        ListParams::default().labels(&format!("cluster-name={},spilo-role={role}", cluster.name));
    let pods: Api<Pod> = cluster.context.api(&cluster.namespace);
    let found: Vec<String> = cluster
        .context
        .ask(pods.list(&list))
        .await?
        .items
        .iter()
        .filter(|pod| pod.metadata.deletion_timestamp.is_none() && is_running(pod))
        .map(ResourceExt::name_any)
        .collect();
    let told = cluster.status.primary.as_ref().filter(|_| !replica);
    let none = || {
        let what = if replica { "replica" } else { "primary" };
        Error::new(Kind::Failed, format!("no {what} serves now"))
            .context(&cluster.context.name)
            .object(&cluster.namespace, &cluster.name)
            .hint(format!("kubectl pg status {}", cluster.target()))
    };
    match (found.as_slice(), told) {
        ([one], _) => Ok(one.clone()),
        ([], Some(told)) => Ok(told.clone()),
        (several, Some(told)) if several.contains(told) => Ok(told.clone()),
        ([first, ..], _) if replica => Ok(first.clone()),
        _ => Err(none()),
    }
}

fn is_running(pod: &Pod) -> bool {
    pod.status.phase.as_deref() == Some("Running")
}

/// The database that is opened.
pub fn database(args: &Psql) -> &str {
    args.db.as_deref().unwrap_or(pick::DEFAULT)
}

/// The fixed part of psql's argv. The local socket trusts whoever is inside the container.
pub fn argv(args: &Psql, variables: &[String]) -> Vec<String> {
    let mut argv: Vec<String> = Vec::new();
    if !variables.is_empty() {
        argv.push("env".to_owned());
        argv.extend(variables.iter().cloned());
    }
    argv.extend(
        [
            "psql",
            "-h",
            "/var/run/postgresql",
            "-U",
            "postgres",
            "-d",
            database(args),
        ]
        .map(str::to_owned),
    );
    argv.extend(args.args.iter().cloned());
    argv
}

/// Runs SQL.
pub async fn sql(
    session: &Session,
    cluster: &Cluster,
    pod: &str,
    asked: &Asked<'_>,
) -> Result<Ran> {
    let variables: &[String] = if asked.read_only {
        &[format!("PGOPTIONS={READ_ONLY}")]
    } else {
        &[]
    };
    let mut argv = argv(asked.args, variables);
    let end = format!("kubectl-pg-{}", new_id());
    let echo = format!("\\echo {end}");
    argv.extend(["-X", "-v", "ON_ERROR_STOP=1", "-f", "-", "-c", &echo].map(str::to_owned));
    let attach = AttachParams::default()
        .container(CONTAINER)
        .stdin(true)
        .stdout(true)
        .stderr(true)
        .max_stdin_buf_size(PIPE)
        .max_stdout_buf_size(PIPE)
        .max_stderr_buf_size(PIPE);
    let pods: Api<Pod> = cluster.context.api(&cluster.namespace);
    let mut process = cluster.context.ask(pods.exec(pod, argv, &attach)).await?;
    let watched = Watched::new(asked.live.then_some(&session.screen));
    let stdin = process.stdin();
    let (out, err) = (process.stdout(), process.stderr());
    let talking = async {
        tokio::join!(
            feed(stdin, asked.sql),
            drain(out, |text| watched.out(text_before(text, &end).0)),
            drain(err, |text| watched.err(text)),
        )
    };
    let (said, status) = till_end(process, talking).await;
    let ((), stdout, stderr) = said.ok_or_else(broken)?;
    let (stdout, reached) = text_before(&stdout, &end);
    let reached = reached || runs_nothing(&asked.args.args);
    let ok = believed(reached, status, &stderr)?;
    Ok(Ran {
        pod: pod.to_owned(),
        stdout: stdout.to_owned(),
        stderr,
        ok,
    })
}

/// Writes all of it to a psql. One that ended early does not read to the end; its own error says
/// why.
pub async fn feed(stdin: Option<impl AsyncWrite + Unpin>, sql: &str) {
    if let Some(mut stdin) = stdin {
        let _ = stdin.write_all(sql.as_bytes()).await;
        let _ = stdin.shutdown().await;
    }
}

/// Whoever looks on while a psql runs, if anybody does.
pub struct Watched<'a>(Option<&'a Screen>);

impl<'a> Watched<'a> {
    /// This screen.
    pub fn new(screen: Option<&'a Screen>) -> Self {
        Self(screen)
    }

    /// Sees data.
    pub fn out(&self, text: &str) {
        if let Some(screen) = self.0 {
            screen.exact(&for_screen(screen, text));
        }
    }

    /// Sees what psql says beside it.
    pub fn err(&self, text: &str) {
        if let Some(screen) = self.0 {
            screen.plain_lines(&shown_lines(text));
        }
    }
}

/// Whether psql's own arguments name the database that it opens.
pub fn names_database(args: &[String]) -> bool {
    args.iter()
        .any(|arg| arg.starts_with("-d") || arg.starts_with("--dbname"))
}

/// psql's short options that take a value: what is written behind one belongs to it.
const WITH_VALUE: &str = "dfFhLopPRTUv";

/// Whether psql's own arguments hold SQL: `-c` alone, behind other letters or before its value, and
/// `--command` or what psql takes for it.
pub fn holds_sql(args: &[String]) -> bool {
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if arg == "--" {
            return false;
        }
        if let Some(long) = arg.strip_prefix("--") {
            let name = long.split_once('=').map_or(long, |(name, _)| name);
            if name.starts_with("co") && "command".starts_with(name) {
                return true;
            }
            continue;
        }
        let letters = arg.strip_prefix('-').unwrap_or_default();
        match letters.find(|letter| letter == 'c' || WITH_VALUE.contains(letter)) {
            Some(at) if letters[at..].starts_with('c') => return true,
            // Its value is the next word.
            Some(at) if at + 1 == letters.len() => {
                args.next();
            }
            _ => {}
        }
    }
    false
}

/// Whether psql's own arguments make it end before the first statement.
pub fn runs_nothing(args: &[String]) -> bool {
    let ending = ["-l", "--list", "-V", "--version", "-?", "--help"];
    args.iter()
        .any(|arg| ending.contains(&arg.as_str()) || arg.starts_with("--help="))
}

/// The text before the mark that psql prints after the last statement, and whether it was there.
fn text_before<'a>(text: &'a str, end: &str) -> (&'a str, bool) {
    match text.trim_end_matches('\n').strip_suffix(end) {
        Some(before) => (before, true),
        None => (text, false),
    }
}

/// Whether psql succeeded. An exec whose connection breaks off at the wrong moment is reported as
/// a success by Kubernetes, so a success is believed only with the mark that stands after the
/// last statement.
fn believed(reached: bool, status: Result<bool>, stderr: &str) -> Result<bool> {
    match (reached, status) {
        (true, Ok(ok)) => Ok(ok),
        (true, Err(_)) => Ok(true),
        (false, Ok(true)) if stderr.trim().is_empty() => Err(broken()),
        (false, Ok(_)) => Ok(false),
        (false, Err(error)) => Err(error),
    }
}

/// On a terminal, control characters of the data are shown; a pipe gets the data as it is.
pub fn for_screen<'a>(screen: &Screen, text: &'a str) -> Cow<'a, str> {
    if screen.live {
        shown_lines(text)
    } else {
        Cow::Borrowed(text)
    }
}

/// Reads all there is; `seen` gets it as it comes.
pub async fn drain(pipe: Option<impl AsyncRead + Unpin>, mut seen: impl FnMut(&str)) -> String {
    let mut all = Vec::new();
    let Some(mut pipe) = pipe else {
        return String::new();
    };
    let mut pending = Vec::new();
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = pipe.read(&mut buffer).await {
        let bytes = buffer.get(..count).unwrap_or_default();
        all.extend_from_slice(bytes);
        pending.extend_from_slice(bytes);
        // Whole lines, so that no character is cut in two.
        if let Some(end) = pending.iter().rposition(|byte| *byte == b'\n') {
            let rest = pending.split_off(end + 1);
            seen(&String::from_utf8_lossy(&pending));
            pending = rest;
        }
    }
    if !pending.is_empty() {
        seen(&String::from_utf8_lossy(&pending));
    }
    String::from_utf8_lossy(&all).into_owned()
}

/// After its connection broke, what a process had said is waited for so long.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Awaits a process and the work on its pipes, and says whether it succeeded. A connection that
/// breaks leaves the pipes open: whoever only reads them waits forever.
pub async fn till_end<T>(
    mut process: AttachedProcess,
    work: impl Future<Output = T>,
) -> (Option<T>, Result<bool>) {
    let status = process.take_status();
    let status = async {
        match status {
            Some(status) => status.await,
            None => None,
        }
    };
    watched_till(status, work).await
}

async fn watched_till<T>(
    status: impl Future<Output = Option<Status>>,
    work: impl Future<Output = T>,
) -> (Option<T>, Result<bool>) {
    let (mut work, mut status) = (pin!(work), pin!(status));
    tokio::select! {
        done = &mut work => (Some(done), judge(status.await)),
        ended = &mut status => {
            let done = match &ended {
                Some(_) => Some(work.await),
                None => tokio::time::timeout(LAST_WORDS, work).await.ok(),
            };
            (done, judge(ended))
        }
    }
}

/// Whether the process succeeded; an error when it could not be run.
pub async fn ended_well(process: AttachedProcess) -> Result<bool> {
    till_end(process, async {}).await.1
}

fn judge(status: Option<Status>) -> Result<bool> {
    let Some(status) = status else {
        return Err(broken());
    };
    if status.status.as_deref() == Some("Success") {
        return Ok(true);
    }
    if status.reason.as_deref() != Some("NonZeroExitCode") {
        let message = status.message.unwrap_or_default();
        let what = format!(
            "the command cannot be run in the pod: {}",
            without_queries(&message)
        );
        let error = Error::new(Kind::Failed, what);
        return Err(if message.contains("dial tcp") {
            error.hint("the pod's node does not answer: kubectl get nodes")
        } else {
            error
        });
    }
    match killed_by(&status) {
        Some(signal) => {
            let what = format!("what ran in the pod was killed (signal {signal})");
            Err(Error::new(Kind::Failed, what)
                .hint("was the pod deleted or restarted? kubectl pg status, then once more"))
        }
        None => Ok(false),
    }
}

/// An address without its query, which is the command of the exec once more.
fn without_queries(message: &str) -> String {
    let mut parts = message.split('?');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        // The query ends with the quoted address.
        match part.split_once('"') {
            Some((_, rest)) if text.contains("\"http") => {
                text.push('"');
                text.push_str(rest);
            }
            _ => {
                text.push('?');
                text.push_str(part);
            }
        }
    }
    text
}

/// The signal that ended a process, as a shell writes it into an exit code.
fn killed_by(status: &Status) -> Option<i32> {
    let causes = status.details.as_ref()?.causes.as_ref()?;
    let code = causes
        .iter()
        .find(|cause| cause.reason.as_deref() == Some("ExitCode"))?;
    let code: i32 = code.message.as_ref()?.parse().ok()?;
    (129..=192).contains(&code).then(|| code - 128)
}

fn broken() -> Error {
    Error::new(
        Kind::Unreachable,
        "the connection broke; whether all statements were done is not known",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sql_is_found_among_arguments() {
        let table = [
            ("-c TABLE", true),
            ("-cTABLE", true),
            ("-Atc TABLE", true),
            ("--command TABLE", true),
            ("--command=TABLE", true),
            ("--com=TABLE", true),
            ("-d shop -c TABLE", true),
            ("--csv", false),
            ("-At", false),
            ("-d -c", false),
            ("-dclinic", false),
            ("-v a=-c -P border=2", false),
            ("-- -c", false),
            ("", false),
        ];
        for (line, holds) in table {
            let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            assert_eq!(holds_sql(&args), holds, "{line}");
        }
    }

    #[test]
    fn a_node_that_does_not_answer_is_told_in_a_sentence() {
        let told = |message: &str| {
            let status = Status {
                status: Some("Failure".to_owned()),
                reason: Some("InternalError".to_owned()),
                message: Some(message.to_owned()),
                ..Status::default()
            };
            judge(Some(status)).expect_err("a failure")
        };
        let error = told(
            "error sending request: Post \"https://10.0.0.1:10250/exec/pg/main-0?command=psql&input=1\": \
             dial tcp 10.0.0.1:10250: connect: no route to host",
        );
        assert_eq!(
            error.message,
            "the command cannot be run in the pod: error sending request: Post \
             \"https://10.0.0.1:10250/exec/pg/main-0\": dial tcp 10.0.0.1:10250: connect: no route to host"
        );
        assert!(
            error
                .hint
                .is_some_and(|hint| hint.contains("kubectl get nodes"))
        );
        let error = told("is psql there? no");
        assert!(error.message.ends_with("pod: is psql there? no"), "{error}");
        assert_eq!(error.hint, None);
    }

    #[test]
    fn success_needs_its_mark() {
        assert_eq!(text_before("1\nmark\n", "mark"), ("1\n", true));
        assert_eq!(text_before("1\n", "mark"), ("1\n", false));
        let lost = || Err(broken());
        assert_eq!(believed(true, Ok(true), ""), Ok(true));
        assert_eq!(believed(true, Ok(false), ""), Ok(false));
        assert_eq!(believed(true, lost(), ""), Ok(true));
        assert_eq!(
            believed(false, Ok(true), "psql:<stdin>:1: ERROR:  x"),
            Ok(false)
        );
        assert!(believed(false, Ok(true), "").is_err());
        assert!(believed(false, lost(), "").is_err());
    }

    #[test]
    fn endings() {
        let status = |status: &str, reason: &str, code: &str| {
            let causes = json!([{"reason": "ExitCode", "message": code}]);
            let status = json!({
                "status": status, "reason": reason, "message": "why", "details": {"causes": causes},
            });
            Some(serde_json::from_value(status).expect("a status"))
        };
        assert_eq!(judge(status("Success", "", "0")), Ok(true));
        let failed = |code| judge(status("Failure", "NonZeroExitCode", code));
        assert_eq!(failed("1"), Ok(false));
        assert_eq!(failed("?"), Ok(false));
        assert!(failed("137").is_err_and(|error| error.message.contains("signal 9")));
        assert!(judge(status("Failure", "InternalError", "1")).is_err());
        assert!(judge(None).is_err_and(|error| error.kind == Kind::Unreachable));
    }

    /// As where a connection breaks: nobody closes the pipe.
    #[tokio::test(start_paused = true)]
    async fn a_broken_connection_is_an_end() {
        let nobody = std::future::pending::<()>();
        let (said, ok) = watched_till(async { None }, nobody).await;
        assert_eq!(said, None);
        assert!(ok.is_err_and(|error| error.kind == Kind::Unreachable));
    }
}
