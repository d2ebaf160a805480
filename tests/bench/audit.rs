//! What somebody asked of the API server, by its own audit log.

use std::collections::BTreeMap;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use pg_core::operation::{OperationSpec, OperationStatus};
use pg_tests::{Result, ensure, site::Site};
use serde::Deserialize;

/// Requests by what they are.
#[derive(Debug, Default, Eq, PartialEq)]
pub struct Requests {
    /// Writes of the Lease.
    pub lease: usize,
    /// Writes of the rollup.
    pub rollup: usize,
    /// All other writes.
    pub writes: usize,
    /// Reads, without those of the Lease.
    pub reads: usize,
    /// Reads of the Lease.
    pub lease_reads: usize,
    /// Watches that began.
    pub watches: usize,
    /// Each kind of request, in words.
    pub kinds: BTreeMap<String, usize>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    stage: String,
    verb: String,
    user: User,
    #[serde(default)]
    object_ref: Object,
    #[serde(rename = "requestURI", default)]
    uri: String,
    #[serde(default)]
    user_agent: String,
    request_received_timestamp: Timestamp,
}

#[derive(Deserialize)]
struct User {
    username: String,
}

#[derive(Default, Deserialize)]
struct Object {
    #[serde(default)]
    resource: String,
    #[serde(default)]
    subresource: String,
}

/// Requests of the controller in a context of the lab that keeps an audit log.
pub fn of_the_controller(
    site: &Site,
    context: &str,
    from: Timestamp,
    until: Timestamp,
) -> Result<Requests> {
    let path = site
        .kubeconfig
        .with_file_name(context)
        .join("log/audit.log");
    let path = path.display();
    let log = std::fs::read_to_string(path.to_string()).map_err(|why| format!("{path}: {why}"))?;
    let user = "system:serviceaccount:pg-fleet:pg-fleet";
    let found = count(&log, user, from, until);
    ensure!(found.lease > 0, "{path}: not even the Lease was renewed");
    Ok(found)
}

/// Counts a user's requests that came in between. Lines that are no events (the last one may be
/// half written) are left out.
pub fn count(log: &str, user: &str, from: Timestamp, until: Timestamp) -> Requests {
    let mut all = Requests::default();
    for line in log.lines().filter(|line| line.contains(user)) {
        let Ok(event) = serde_json::from_str::<Event>(line) else {
            continue;
        };
        let at = event.request_received_timestamp;
        // A watch is told twice: when it begins and when it ends.
        let watch = event.verb == "watch";
        let told = event.stage
            == if watch {
                "ResponseStarted"
            } else {
                "ResponseComplete"
            };
        if event.user.username != user || at < from || at >= until || !told {
            continue;
        }
        let what = &event.object_ref;
        let lease = what.resource == "leases";
        let read = matches!(event.verb.as_str(), "get" | "list");
        *match (watch, read, lease) {
            (true, _, _) => &mut all.watches,
            (false, true, true) => &mut all.lease_reads,
            (false, true, false) => &mut all.reads,
            (false, false, true) => &mut all.lease,
            (false, false, false) if what.resource == "rollups" => &mut all.rollup,
            (false, false, false) => &mut all.writes,
        } += 1;
        let path = match (what.resource.as_str(), what.subresource.as_str()) {
            ("", _) => event.uri,
            (resource, "") => resource.to_owned(),
            (resource, sub) => format!("{resource}/{sub}"),
        };
        *all.kinds
            .entry(format!("{} {path}", event.verb))
            .or_default() += 1;
    }
    all
}

/// One operation, from the moment it was there to its end.
#[derive(Debug, Eq, PartialEq)]
pub struct Act {
    /// Who asked.
    pub by: String,
    /// Where.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// When it was there.
    pub from: Timestamp,
    /// When its end was written; if it was not, the end of time.
    pub until: Timestamp,
}

/// The operations in a log that keeps requests and answers.
pub fn acts(log: &str) -> Vec<Act> {
    let mut acts: BTreeMap<(String, String), Act> = BTreeMap::new();
    for line in log.lines() {
        let Ok(event) = serde_json::from_str::<Answered>(line) else {
            continue;
        };
        let object = event.response_object;
        let key = (
            object.metadata.namespace.unwrap_or_default(),
            object.metadata.name.unwrap_or_default(),
        );
        if event.uri.contains("dryRun=") {
            continue;
        }
        if event.verb == "create" && event.response_status.code == 201 {
            let by = object.spec.map(|spec| spec.requested_by);
            acts.entry(key.clone()).or_insert(Act {
                by: by.unwrap_or_default(),
                namespace: key.0,
                name: key.1,
                from: event.stage_timestamp,
                until: Timestamp::MAX,
            });
        } else if event.response_status.code == 200
            && object.status.is_some_and(|status| status.phase.is_final())
            && let Some(act) = acts.get_mut(&key)
        {
            act.until = act.until.min(event.stage_timestamp);
        }
    }
    acts.into_values().collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answered {
    verb: String,
    #[serde(rename = "requestURI")]
    uri: String,
    stage_timestamp: Timestamp,
    response_status: Code,
    response_object: Shown,
}

#[derive(Deserialize)]
struct Code {
    code: u16,
}

#[derive(Deserialize)]
struct Shown {
    metadata: ObjectMeta,
    spec: Option<OperationSpec>,
    status: Option<OperationStatus>,
}

/// The paths that a user asked for since a time, but for those of one program.
pub fn but_for(log: &str, user: &str, but: &str, from: Timestamp) -> Vec<String> {
    let events = log
        .lines()
        .filter_map(|line| serde_json::from_str::<Event>(line).ok());
    events
        .filter(|event| {
            event.user.username == user
                && event.request_received_timestamp >= from
                && !event.user_agent.starts_with(but)
        })
        .map(|event| event.uri.split('?').next().unwrap_or_default().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const US: &str = "system:serviceaccount:pg-fleet:pg-fleet";

    fn line(stage: &str, verb: &str, user: &str, resource: &str, minute: u8) -> String {
        serde_json::json!({
            "stage": stage,
            "verb": verb,
            "user": { "username": user },
            "objectRef": { "resource": resource },
            "requestURI": "/somewhere",
            "requestReceivedTimestamp": format!("2026-01-01T00:{minute:02}:00.000000Z"),
        })
        .to_string()
    }

    #[test]
    fn operations_from_their_beginning_to_their_end() {
        let line = |verb: &str, code: u16, phase: &str, minute: u8| {
            serde_json::json!({
                "verb": verb,
                "requestURI": "/operations",
                "stageTimestamp": format!("2026-01-01T00:{minute:02}:00.000000Z"),
                "responseStatus": {"code": code},
                "responseObject": {
                    "metadata": {"name": "one", "namespace": "pg"},
                    "spec": {
                        "target": {"name": "main", "uid": "1"},
                        "action": {"switchover": {}},
                        "requestedBy": "alice",
                    },
                    "status": {"phase": phase},
                },
            })
            .to_string()
        };
        let log = [
            // Only tried.
            line("create", 201, "Pending", 0).replace("/operations", "/operations?dryRun=All"),
            line("create", 201, "Pending", 1),
            line("patch", 200, "Running", 2),
            // The same again is no second one.
            line("create", 409, "Running", 3),
            line("patch", 200, "Succeeded", 4),
            line("patch", 200, "Succeeded", 5),
            line("create", 201, "Pending", 6)[..80].to_owned(),
        ]
        .join("\n");
        let time = |text: &str| text.parse::<Timestamp>().unwrap_or_default();
        let act = Act {
            by: "alice".to_owned(),
            namespace: "pg".to_owned(),
            name: "one".to_owned(),
            from: time("2026-01-01T00:01:00Z"),
            until: time("2026-01-01T00:04:00Z"),
        };
        assert_eq!(acts(&log), [act]);
    }

    #[test]
    fn requests_of_all_programs_but_one() {
        let of = |agent: &str, minute: u8| {
            let line = line("ResponseComplete", "list", US, "pods", minute);
            line.replace(
                "\"stage\"",
                &format!("\"userAgent\":\"{agent}/1\",\"stage\""),
            )
        };
        let log = [of("kcm", 2), of("us", 2), of("us", 0)].join("\n");
        let from = "2026-01-01T00:01:00Z".parse::<Timestamp>();
        let found = from.map(|from| but_for(&log, US, "kcm", from));
        assert_eq!(found.ok(), Some(vec!["/somewhere".to_owned()]));
    }

    #[test]
    fn each_request_is_counted_once() {
        let log = [
            line("ResponseComplete", "patch", US, "leases", 1),
            line("ResponseComplete", "get", US, "leases", 1),
            line("ResponseComplete", "patch", US, "rollups", 2),
            line("ResponseComplete", "patch", US, "statefulsets", 3),
            line("ResponseComplete", "create", US, "events", 3),
            line("ResponseComplete", "get", US, "secrets", 4),
            line("ResponseStarted", "watch", US, "pods", 5),
            line("ResponseComplete", "watch", US, "pods", 5),
            // Not ours, before, after, and half a line.
            line("ResponseComplete", "patch", "admin", "pods", 5),
            line("ResponseComplete", "patch", US, "pods", 0),
            line("ResponseComplete", "patch", US, "pods", 10),
            line("ResponseComplete", "patch", US, "pods", 5)[..100].to_owned(),
        ]
        .join("\n");
        let time = |text: &str| text.parse::<Timestamp>();
        let (Ok(from), Ok(until)) = (time("2026-01-01T00:01:00Z"), time("2026-01-01T00:10:00Z"))
        else {
            panic!("times")
        };
        let found = count(&log, US, from, until);
        let of = |words: &[&str]| words.iter().map(|word| ((*word).to_owned(), 1)).collect();
        assert_eq!(
            found,
            Requests {
                lease: 1,
                rollup: 1,
                writes: 2,
                reads: 1,
                lease_reads: 1,
                watches: 1,
                kinds: of(&[
                    "patch leases",
                    "get leases",
                    "patch rollups",
                    "patch statefulsets",
                    "create events",
                    "get secrets",
                    "watch pods",
                ]),
            }
        );
    }
}
