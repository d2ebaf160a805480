//! What somebody asked of the API server, by its own audit log.

use std::collections::BTreeMap;

use jiff::Timestamp;
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
