//! Everything in a namespace, without what differs by nature.

use std::collections::BTreeMap;

use kube::Client;
use serde_json::Value;

use crate::Result;

/// Objects by kind and name, as text; history by what happened to whom.
pub type Snapshot = BTreeMap<String, String>;

const COLLECTIONS: [(&str, &str); 17] = [
    ("api/v1", "configmaps"),
    ("api/v1", "endpoints"),
    ("api/v1", "persistentvolumeclaims"),
    ("api/v1", "pods"),
    ("api/v1", "secrets"),
    ("api/v1", "serviceaccounts"),
    ("api/v1", "services"),
    ("apis/acid.zalan.do/v1", "postgresqls"),
    ("apis/apps/v1", "controllerrevisions"),
    ("apis/apps/v1", "deployments"),
    ("apis/apps/v1", "statefulsets"),
    ("apis/batch/v1", "cronjobs"),
    ("apis/pgfleet.io/v1alpha1", "operations"),
    ("apis/pgfleet.io/v1alpha1", "rollouts"),
    ("apis/policy/v1", "poddisruptionbudgets"),
    ("apis/rbac.authorization.k8s.io/v1", "rolebindings"),
    ("apis/rbac.authorization.k8s.io/v1", "roles"),
];
/// Given by the API server, or by time.
const BY_NATURE: [&str; 16] = [
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "managedFields",
    "clusterIP",
    "clusterIPs",
    "podIP",
    "podIPs",
    "nodePort",
    // Where the namespace's name is part of what is wanted, so it is of its hash.
    "settled",
    "planHash",
    "sliceHash",
    // Written at most once a minute, and so not at the end of every run.
    "lagBytes",
    "inspectedAt",
    "pendingRestart",
    // Its condition's times are cut to seconds, and so are these.
    "startTime",
];

/// Takes one.
pub async fn of(client: &Client, namespace: &str) -> Result<Snapshot> {
    let mut all = Snapshot::new();
    let (mut revisions, mut uids) = (Vec::new(), Vec::new());
    for (group, plural) in COLLECTIONS {
        let path = format!("/{group}/namespaces/{namespace}/{plural}");
        let request = http::Request::get(path).body(Vec::new())?;
        let list: Value = client.request(request).await?;
        for object in list["items"].as_array().into_iter().flatten() {
            let name = object["metadata"]["name"].as_str().unwrap_or_default();
            if plural == "controllerrevisions" {
                revisions.push((object["revision"].as_i64(), name.to_owned()));
            }
            if let ("postgresqls", Some(uid)) = (plural, object["metadata"]["uid"].as_str()) {
                uids.push((uid.to_owned(), name.to_owned()));
            }
            let mut object = object.clone();
            if plural == "secrets"
                && let Some(data) = object["data"].as_object_mut()
            {
                data.insert("password".to_owned(), "a secret".into());
            }
            let owners = owners(&object, plural);
            normalise(&mut object, namespace);
            object["owners"] = owners;
            let text = serde_json::to_string_pretty(&object)?;
            all.insert(format!("{plural}/{name}"), text);
        }
    }
    revisions.sort();
    let mut words = numbered(&revisions);
    words.extend(uids.iter().filter_map(|(uid, name)| {
        // As an operation of a rollout has it in its name.
        let short = uid.split('-').next()?;
        Some((format!("-{short}-"), format!("-{name}-")))
    }));
    let replaced = |text: &str| {
        words.iter().fold(text.to_owned(), |text, (word, by)| {
            text.replace(word.as_str(), by)
        })
    };
    Ok(all
        .iter()
        .map(|(name, text)| (replaced(name), replaced(text)))
        .collect())
}

/// Revisions have names by hash; here they are counted.
fn numbered(revisions: &[(Option<i64>, String)]) -> Vec<(String, String)> {
    let word = |(n, (_, name)): (usize, &(Option<i64>, String))| {
        let hash = name.rsplit('-').next().unwrap_or(name);
        (hash.to_owned(), format!("REVISION{n}"))
    };
    revisions.iter().enumerate().map(word).collect()
}

/// Kinds of which it matters whose the fields are.
const OWNED: [&str; 3] = ["poddisruptionbudgets", "services", "statefulsets"];

/// Who holds which fields, as lines of text; their times are left out.
fn owners(object: &Value, plural: &str) -> Value {
    let entries = object["metadata"]["managedFields"].as_array();
    let mut owners: Vec<String> = entries
        .into_iter()
        .flatten()
        .filter(|entry| OWNED.contains(&plural) && entry["subresource"].is_null())
        .map(|entry| {
            let (manager, operation) = (&entry["manager"], &entry["operation"]);
            masked(&format!("{manager} {operation} {}", entry["fieldsV1"]))
        })
        .collect();
    owners.sort();
    owners.into()
}

fn normalise(value: &mut Value, namespace: &str) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !BY_NATURE.contains(&name.as_str()));
            fields
                .values_mut()
                .for_each(|value| normalise(value, namespace));
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|value| normalise(value, namespace)),
        Value::String(text) => *text = masked(&text.replace(namespace, "NAMESPACE")),
        _ => {}
    }
}

/// Times, ages, uids and addresses on loopback become words.
pub fn masked(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':' | '+');
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        if end == 0 {
            masked.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let (word, after) = rest.split_at(end);
        masked.push_str(match word {
            word if is_time(word) => "TIME",
            word if is_uid(word) => "UID",
            word if after.starts_with(" s ago") && word.parse::<u32>().is_ok() => "AGE",
            word if word.starts_with("127.") => "ADDRESS",
            word if word.starts_with("kube-api-access-") => "kube-api-access",
            word => word,
        });
        rest = after;
    }
    masked
}

fn is_time(word: &str) -> bool {
    let digits = |range: std::ops::Range<usize>| {
        word.get(range)
            .is_some_and(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    digits(0..4) && digits(5..7) && digits(8..10) && word.get(10..11) == Some("T")
}

fn is_uid(word: &str) -> bool {
    let lengths: Vec<usize> = word.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && word.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

/// How two differ, line by line; nothing when they do not.
pub fn difference(expected: &Snapshot, found: &Snapshot) -> Option<String> {
    let mut lines = Vec::new();
    let mut names: Vec<&String> = expected.keys().chain(found.keys()).collect();
    names.sort();
    names.dedup();
    for name in names {
        match (expected.get(name), found.get(name)) {
            (Some(_), None) => lines.push(format!("  missing: {name}")),
            (None, Some(text)) => lines.push(format!("  left over: {name} {}", short(text))),
            (Some(a), Some(b)) if a != b => {
                lines.push(format!("  differs: {name}"));
                let missing = |of: &str, other: &str, sign: char| -> Vec<String> {
                    of.lines()
                        .filter(|line| !other.lines().any(|there| there == *line))
                        .map(|line| format!("    {sign} {}", short(line.trim())))
                        .take(12)
                        .collect()
                };
                lines.extend(missing(a, b, '-'));
                lines.extend(missing(b, a, '+'));
            }
            _ => {}
        }
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn short(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(300) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_by_nature_is_masked() {
        let text =
            r#"{"at":"2026-11-21T10:00:00.5Z","url":"http://127.4.5.6:8008/patroni","n":"main-1"}"#;
        assert_eq!(
            masked(text),
            r#"{"at":"TIME","url":"http://ADDRESS/patroni","n":"main-1"}"#
        );
        assert_eq!(
            masked("0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0 2026"),
            "UID 2026"
        );
        assert_eq!(masked("renewed 12 s ago, 3 s"), "renewed AGE s ago, 3 s");
    }

    #[test]
    fn a_difference_names_object_and_line() {
        let one = |name: &str, text: &str| Snapshot::from([(name.to_owned(), text.to_owned())]);
        let same = one("pods/a", "x\ny");
        assert_eq!(difference(&same, &same), None);
        let told = difference(&same, &one("pods/a", "x\nz"));
        assert_eq!(told.as_deref(), Some("  differs: pods/a\n    - y\n    + z"));
        let told = difference(&same, &one("pods/b", "x"));
        let expected = "  missing: pods/a\n  left over: pods/b x";
        assert_eq!(told.as_deref(), Some(expected));
    }
}
