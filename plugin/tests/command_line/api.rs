//! An API server as far as a change looks at one before it begins. It carries out nothing, though it
//! may say so, and notes every request that would change something.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, atomic::AtomicBool},
};

use serde_json::{Value, json};

pub mod inside;
mod objects;

use objects::rollout;
use objects::{DAY, ago, as_table, cluster, list, operation, refusal, secret, summary};
pub use objects::{ROLLOUT, rollout_because};

/// What is there.
#[derive(Clone)]
pub struct There {
    /// Identity of its Kubernetes cluster.
    pub uid: &'static str,
    /// Age of the controller's report in seconds; none: there is no controller.
    pub heard: Option<i64>,
    /// Whether every right is there.
    pub allowed: bool,
    /// Postgres clusters in the namespace `default`.
    pub clusters: Vec<(&'static str, i64)>,
    /// Their annotations; none: null.
    pub annotations: Value,
    /// Whether they are being deleted.
    pub going: bool,
    /// Name of the controller; empty: it has none.
    pub id: &'static str,
    /// Phase of the one operation.
    pub phase: &'static str,
    /// Whether writes are answered as if they had been carried out.
    pub accepts: bool,
    /// What was accepted of Postgres clusters is there afterwards.
    pub remembers: bool,
    /// Whether its policies refuse operations, also those that are only tried.
    pub refuses: bool,
    /// Whether the controller has yet to look at the manifests.
    pub behind: bool,
    /// How long what is run in pods takes to end.
    pub runs: std::time::Duration,
    /// Whether members have pods, in which programs of ours are run, and logs.
    pub pods: bool,
    /// Whether a rollout is under way, which nobody drives.
    pub rollout: bool,
    /// Who asked for the one operation.
    pub asker: &'static str,
    /// Whether `main`, and no other, has the label app=shop.
    pub labelled: bool,
    /// Whether clusters are unwell, from when it is set.
    pub unwell: Arc<AtomicBool>,
}

impl Default for There {
    fn default() -> Self {
        Self {
            uid: "one",
            heard: Some(5),
            allowed: true,
            clusters: vec![("main", 3), ("small", 1)],
            annotations: Value::Null,
            going: false,
            id: "",
            phase: "Succeeded",
            accepts: false,
            remembers: false,
            refuses: false,
            behind: false,
            runs: std::time::Duration::ZERO,
            pods: false,
            rollout: false,
            asker: "ada",
            labelled: false,
            unwell: Arc::default(),
        }
    }
}

/// One that listens.
pub struct Api {
    /// Where.
    pub address: String,
    noted: Noted,
}

impl Api {
    /// Starts one.
    pub fn start(there: There) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let noted = Noted::default();
        let notes = noted.clone();
        std::thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                let (there, noted) = (there.clone(), notes.clone());
                std::thread::spawn(move || while answer(&stream, &there, &noted).is_some() {});
            }
        });
        Self { address, noted }
    }

    /// Requests that would have changed something.
    pub fn writes(&self) -> Vec<String> {
        let writes = self.noted.writes.lock().expect("a lock");
        writes.iter().map(|(line, _)| line.clone()).collect()
    }

    /// What they would have written.
    pub fn bodies(&self) -> Vec<Value> {
        let writes = self.noted.writes.lock().expect("a lock");
        writes.iter().map(|(_, body)| body.clone()).collect()
    }

    /// What was to be run in pods.
    pub fn execs(&self) -> Vec<String> {
        self.noted.execs.lock().expect("a lock").clone()
    }

    /// Heads of all requests, in small letters.
    pub fn heads(&self) -> Vec<String> {
        self.noted.heads.lock().expect("a lock").clone()
    }
}

/// What is kept of the requests.
#[derive(Clone, Default)]
struct Noted {
    writes: Arc<Mutex<Vec<(String, Value)>>>,
    execs: Arc<Mutex<Vec<String>>>,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Noted {
    /// The Postgres cluster that was made under this name, as it was sent.
    fn created(&self, there: &There, name: &Value) -> Option<Value> {
        let writes = self.writes.lock().expect("a lock");
        let is_it =
            |body: &Value| body["kind"] == "postgresql" && body["metadata"]["name"] == *name;
        let mut made = writes
            .iter()
            .filter(|(line, body)| line.starts_with("POST ") && is_it(body));
        made.next()
            .filter(|_| there.remembers)
            .map(|(_, body)| body.clone())
    }
}

/// Answers one request; none when the line is closed.
fn answer(stream: &TcpStream, there: &There, noted: &Noted) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first).ok().filter(|read| *read > 0)?;
    let mut words = first.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut length = 0;
    let (mut table, mut key) = (false, String::new());
    let mut head = first.to_lowercase();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        head.push_str(&line.to_lowercase());
        let (name, value) = line.split_once(':')?;
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().ok()?;
        }
        table |= name.eq_ignore_ascii_case("accept") && value.contains("as=Table");
        if name.eq_ignore_ascii_case("sec-websocket-key") {
            value.trim().clone_into(&mut key);
        }
    }
    noted.heads.lock().expect("a lock").push(head);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let of_pod = path.strip_prefix("/api/v1/namespaces/default/pods/");
    if let Some((pod, what)) = of_pod.and_then(|rest| rest.split_once('/'))
        && there.pods
    {
        let order = inside::decoded(query);
        match (what, inside::said(&order, pod, there)) {
            ("exec", Some(said)) => {
                noted.execs.lock().expect("a lock").push(query.to_owned());
                std::thread::sleep(there.runs);
                return inside::carry_out(stream, &key, &order, &said);
            }
            ("log", _) => return written_out(stream, 200, "text/plain", &inside::log(pod)),
            _ => {}
        }
    }
    let (code, text) = respond(&method, path, query, &body, there, noted);
    let text = if table { as_table(&text) } else { text };
    written_out(stream, code, "application/json", &text.to_string())
}

fn written_out(mut stream: &TcpStream, code: u16, form: &str, text: &str) -> Option<()> {
    let date = jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT");
    let head = format!(
        "HTTP/1.1 {code} X\r\nDate: {date}\r\nContent-Type: {form}\r\nContent-Length: {}\r\n\r\n",
        text.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(text.as_bytes()).ok()
}

fn respond(
    method: &str,
    path: &str,
    query: &str,
    body: &Value,
    there: &There,
    noted: &Noted,
) -> (u16, Value) {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let last = parts.last().copied().unwrap_or_default();
    if method != "GET" {
        match last {
            "selfsubjectaccessreviews" => {
                let mut answer = body.clone();
                answer["status"] = json!({"allowed": there.allowed});
                return (201, answer);
            }
            "selfsubjectreviews" => {
                let mut answer = body.clone();
                answer["status"] = json!({"userInfo": {"username": "ada"}});
                return (201, answer);
            }
            "postgresqls"
                if there
                    .clusters
                    .iter()
                    .any(|(name, _)| body["metadata"]["name"] == *name)
                    || noted.created(there, &body["metadata"]["name"]).is_some() =>
            {
                return (409, refusal(409, "AlreadyExists"));
            }
            "operations" if there.refuses => return (403, refusal(403, "Forbidden")),
            _ if query.contains("dryRun=All") || body["dryRun"] == json!(["All"]) => {
                // It is taken as it comes.
                return written(method, path, body, there, noted);
            }
            _ => {
                let what = format!("{method} {path}");
                let mut writes = noted.writes.lock().expect("a lock");
                writes.push((what, body.clone()));
                drop(writes);
                if there.accepts {
                    return written(method, path, body, there, noted);
                }
                // It is enough to know that it was sent.
                return (500, refusal(500, "it is enough"));
            }
        }
    }
    match parts.as_slice() {
        ["api", "v1", "pods"] | ["api", "v1", "namespaces", "default", "pods"] => {
            let pods = match there.pods {
                true => inside::pods(query, there),
                false => json!([]),
            };
            (200, list("v1", "PodList", &pods))
        }
        [
            "apis",
            "pgfleet.io",
            "v1alpha1",
            "namespaces",
            "default",
            "operations",
            name,
        ] if *name == "k3j9x2m4aq" || there.accepts => (200, operation(there)),
        [
            "apis",
            "pgfleet.io",
            "v1alpha1",
            "namespaces",
            "default",
            "operations",
        ]
        | ["apis", "pgfleet.io", "v1alpha1", "operations"] => (
            200,
            list(
                "pgfleet.io/v1alpha1",
                "OperationList",
                &json!([operation(there)]),
            ),
        ),
        [
            "apis",
            "events.k8s.io",
            "v1",
            "namespaces",
            "default",
            "events",
        ] => {
            let event = json!({
                "apiVersion": "events.k8s.io/v1", "kind": "Event",
                "metadata": {"name": "main.1", "namespace": "default"},
                "eventTime": ago(2 * DAY), "type": "Normal", "reason": "PrimaryChanged",
                "note": "main-0 is the primary", "regarding": {"name": "main", "namespace": "default"},
            });
            (200, list("events.k8s.io/v1", "EventList", &json!([event])))
        }
        [
            "apis",
            "pgfleet.io",
            "v1alpha1",
            "namespaces",
            "default",
            "rollouts",
        ]
        | ["apis", "pgfleet.io", "v1alpha1", "rollouts"] => {
            let label = inside::decoded(query);
            let is_asked = !label.contains("rollout=") || label.contains(ROLLOUT);
            let own = (there.rollout && is_asked).then(|| rollout(there));
            let own: Vec<Value> = own.into_iter().collect();
            let own = json!(own);
            (200, list("pgfleet.io/v1alpha1", "RolloutList", &own))
        }
        [
            "apis",
            "pgfleet.io",
            "v1alpha1",
            "namespaces",
            "default",
            "rollouts",
            _,
        ] if there.rollout => (200, rollout(there)),
        [
            "api",
            "v1",
            "namespaces",
            "default",
            "persistentvolumeclaims",
        ] => (200, list("v1", "PersistentVolumeClaimList", &json!([]))),
        ["api", "v1", "namespaces", "default", "secrets"] => {
            let secrets = ["postgres", "standby"].map(secret);
            (200, list("v1", "SecretList", &json!(secrets)))
        }
        ["api", "v1", "namespaces", "default", "resourcequotas"] => {
            (200, list("v1", "ResourceQuotaList", &json!([])))
        }
        ["apis", "storage.k8s.io", "v1", "storageclasses"] => {
            let key = "storageclass.kubernetes.io/is-default-class";
            let class = json!({
                "metadata": {"name": "standard", "annotations": {key: "true"}}, "provisioner": "none",
            });
            let classes = json!([class]);
            (200, list("storage.k8s.io/v1", "StorageClassList", &classes))
        }
        ["api", "v1", "namespaces", "default", "pods", _, "exec"] => {
            noted.execs.lock().expect("a lock").push(query.to_owned());
            std::thread::sleep(there.runs);
            (404, refusal(404, "NotFound"))
        }
        ["api", "v1", "namespaces", "kube-system"] => {
            let metadata = json!({"name": "kube-system", "uid": there.uid});
            (
                200,
                json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}),
            )
        }
        ["version"] => {
            let info = json!({
                "major": "1", "minor": "34", "gitVersion": "v1.34.4", "gitCommit": "", "gitTreeState": "",
                "buildDate": "", "goVersion": "", "compiler": "gc", "platform": "linux/amd64",
            });
            (200, info)
        }
        ["apis", "pgfleet.io", "v1alpha1", "rollups", _] => match there.heard {
            Some(ago) => {
                let at = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(ago);
                let at = at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
                let rollup = json!({
                    "apiVersion": "pgfleet.io/v1alpha1", "kind": "Rollup", "metadata": {"name": "local"},
                    "clusterUID": there.uid, "clusterUid": there.uid,
                    "controllerVersion": "0.1.0", "observedAt": at, "summary": summary(there), "capabilities": ["rollout", "adopt"],
                    "controllerId": there.id,
                });
                (200, rollup)
            }
            None => (404, refusal(404, "NotFound")),
        },
        [
            "apis",
            "acid.zalan.do",
            "v1",
            "namespaces",
            "default",
            "postgresqls",
        ]
        | ["apis", "acid.zalan.do", "v1", "postgresqls"] => {
            let items: Vec<Value> = there
                .clusters
                .iter()
                .map(|(name, members)| cluster(name, *members, there))
                .collect();
            (
                200,
                list("acid.zalan.do/v1", "postgresqlList", &json!(items)),
            )
        }
        [
            "apis",
            "acid.zalan.do",
            "v1",
            "namespaces",
            _,
            "postgresqls",
        ] => {
            let none = list("acid.zalan.do/v1", "postgresqlList", &json!([]));
            (200, none)
        }
        [
            "apis",
            "acid.zalan.do",
            "v1",
            "namespaces",
            "default",
            "postgresqls",
            name,
        ] => match there.clusters.iter().find(|(one, _)| one == name) {
            Some((name, members)) => (200, cluster(name, *members, there)),
            None => match noted.created(there, &json!(name)) {
                Some(created) => (200, created),
                None => (404, refusal(404, "NotFound")),
            },
        },
        _ => (404, refusal(404, "NotFound")),
    }
}

/// What would be there now.
fn written(method: &str, path: &str, body: &Value, there: &There, noted: &Noted) -> (u16, Value) {
    if method == "POST" {
        return (201, body.clone());
    }
    let (code, mut answer) = respond("GET", path, "", &Value::Null, there, noted);
    if code != 200 {
        return (200, body.clone());
    }
    merge(&mut answer["spec"], &body["spec"]);
    // As if the controller had acted already.
    let annotations = body["metadata"]["annotations"].as_object();
    for (key, request) in annotations.into_iter().flatten() {
        if let Some(role) = key.strip_prefix("rotate.pgfleet.io/") {
            let told = format!("rotated.pgfleet.io/{role}");
            answer["metadata"]["annotations"][told] = request.clone();
        }
    }
    (200, answer)
}

/// What a patch leaves of an object.
fn merge(object: &mut Value, patch: &Value) {
    let Some(fields) = patch.as_object() else {
        return;
    };
    for (key, value) in fields {
        match value {
            Value::Object(_) if object[key].is_object() => merge(&mut object[key], value),
            Value::Null => {
                object.as_object_mut().map(|object| object.remove(key));
            }
            other => object[key] = other.clone(),
        }
    }
}
