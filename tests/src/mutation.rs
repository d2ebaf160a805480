//! Manifests that nobody should write: a good one with one thing wrong.

use serde_json::{Map, Value, json};

/// SQL that would leave a trace if it were ever executed.
pub const INJECTION: &str = "x\"; CREATE ROLE injected SUPERUSER; --";
/// What only an injection makes: a role, a table, a schema or a database of this name.
pub const INJECTED: &str = "injected";

/// A manifest with something of everything, which runs.
pub fn good() -> Value {
    json!({
        "teamId": "acid",
        "numberOfInstances": 1,
        "postgresql": {"version": "17", "parameters": {"shared_buffers": "32MB", "max_connections": "50"}},
        "volume": {"size": "1Gi", "storageClass": "standard"},
        "users": {"app": ["createdb"], "reader": []},
        "databases": {"app": "app"},
        "preparedDatabases": {"bar": {
            "defaultUsers": true, "schemas": {"data": {"defaultUsers": true}},
            "extensions": {"plpgsql": "pg_catalog"},
        }},
        "resources": {
            "requests": {"cpu": "10m", "memory": "100Mi"},
            "limits": {"cpu": "500m", "memory": "500Mi"},
        },
        "patroni": {
            "ttl": 30, "loop_wait": 10, "pg_hba": ["host all all all scram-sha-256"],
            "initdb": {"encoding": "UTF8"}, "slots": {"kept": {"type": "physical"}},
        },
        "serviceAnnotations": {"team": "acid"},
        "podAnnotations": {"team": "acid"},
        "masterServiceAnnotations": {"role": "primary"},
        "env": [
            {"name": "LANG_HINT", "value": "C"},
            {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
            {"name": "MORE", "valueFrom": {"secretKeyRef": {"name": "more", "key": "more", "optional": true}}},
        ],
        "envFrom": [{"configMapRef": {"name": "more", "optional": true}}],
        "sidecars": [{
            "name": "log", "image": "lab/pause:1", "command": ["/pause"],
            "env": [{"name": "LEVEL", "value": "info"}], "ports": [{"containerPort": 9000}],
            "resources": {"limits": {"cpu": "100m", "memory": "50Mi"}},
        }],
        "initContainers": [{"name": "init", "image": "lab/pause:1"}],
        "additionalVolumes": [{
            "name": "more", "mountPath": "/more", "subPath": "a", "targetContainers": ["postgres", "log"],
            "volumeSource": {"emptyDir": {}},
        }],
        "tls": {"secretName": "certificates", "caFile": "ca.crt", "caSecretName": "authority"},
        "clone": {"cluster": "other"},
        "nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{
            "weight": 1,
            "preference": {"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]},
        }]},
        "tolerations": [{"key": "postgres", "operator": "Exists", "effect": "NoSchedule"}],
        // Open but for the last minute of a day: restarts wait for one.
        "maintenanceWindows": ["00:00-12:00", "12:00-23:59"],
        "allowedSourceRanges": ["127.0.0.1/32"],
    })
}

/// Splitmix: the same numbers each time.
pub struct Chance(pub u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap_or(0)
    }

    fn one<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// The good one with one thing wrong, and what.
pub fn mutated(chance: &mut Chance) -> (String, Value) {
    let mut spec = good();
    let paths = paths(&spec);
    let path = chance.one(&paths).clone();
    let what = match chance.below(5) {
        0 => {
            remove(&mut spec, &path);
            format!("without {path}")
        }
        1 => {
            let wrong = chance.one(&wrong_types()).clone();
            let what = format!("{path} is {wrong}");
            put(&mut spec, &path, wrong);
            what
        }
        2 => {
            let places = [
                "/volume/size",
                "/resources/requests/cpu",
                "/resources/requests/memory",
                "/resources/limits/cpu",
                "/resources/limits/memory",
                "/postgresql/parameters/shared_buffers",
            ];
            let quantities = [
                "0",
                "-1",
                "1e400",
                "1Ei",
                "9223372036854775807",
                "99999999999999999999999999",
                "0.0000000001",
                "1 Gi",
                "",
                "NaN",
                "1Gi1Gi",
            ];
            let (path, text) = (*chance.one(&places), *chance.one(&quantities));
            put(&mut spec, path, text.into());
            format!("{path} is {text:?}")
        }
        3 => {
            let text = hostile(chance);
            let maps = [
                "/users",
                "/databases",
                "/preparedDatabases",
                "/postgresql/parameters",
                "/serviceAnnotations",
                "/podAnnotations",
                "/patroni/slots",
                "/patroni/initdb",
                "/preparedDatabases/bar/schemas",
                "/preparedDatabases/bar/extensions",
            ];
            let path = *chance.one(&maps);
            let value = match path {
                "/users" => json!([]),
                "/databases" => json!("app"),
                "/preparedDatabases" | "/preparedDatabases/bar/schemas" => json!({}),
                "/patroni/slots" => json!({"type": "logical", "database": "app"}),
                _ => json!("x"),
            };
            if let Some(map) = spec.pointer_mut(path).and_then(Value::as_object_mut) {
                map.insert(text.clone(), value);
            }
            format!("{path} names {text:?}")
        }
        _ => {
            let text = hostile(chance);
            put(&mut spec, &path, text.clone().into());
            format!("{path} is {text:?}")
        }
    };
    (what, spec)
}

fn hostile(chance: &mut Chance) -> String {
    let all = [
        INJECTION.to_owned(),
        "'; CREATE ROLE injected SUPERUSER; --".to_owned(),
        "x\"; CREATE TABLE public.injected (); --".to_owned(),
        "x'; CREATE SCHEMA injected; --".to_owned(),
        "x; CREATE DATABASE injected".to_owned(),
        "$$; CREATE ROLE injected SUPERUSER; $$".to_owned(),
        "\\'; CREATE ROLE injected SUPERUSER; --".to_owned(),
        "a".repeat(300),
        "../../etc/passwd".to_owned(),
        "ä ö\u{202e}ü".to_owned(),
        "line\nbreak".to_owned(),
        "{\"a\": [}".to_owned(),
        "postgres".to_owned(),
        "pg_read_all_data".to_owned(),
        "%s%s%n".to_owned(),
        String::new(),
    ];
    chance.one(&all).clone()
}

fn wrong_types() -> [Value; 9] {
    [
        Value::Null,
        json!(-1),
        json!(4),
        json!(1.5),
        json!(true),
        json!("text"),
        json!([]),
        json!({}),
        json!([{"a": [1]}]),
    ]
}

/// Every path below, as JSON pointers.
fn paths(value: &Value) -> Vec<String> {
    let mut all = Vec::new();
    match value {
        Value::Object(map) => {
            for (key, below) in map {
                let key = key.replace('~', "~0").replace('/', "~1");
                all.push(format!("/{key}"));
                all.extend(paths(below).into_iter().map(|path| format!("/{key}{path}")));
            }
        }
        Value::Array(items) => {
            for (index, below) in items.iter().enumerate() {
                all.push(format!("/{index}"));
                all.extend(
                    paths(below)
                        .into_iter()
                        .map(|path| format!("/{index}{path}")),
                );
            }
        }
        _ => {}
    }
    all
}

fn put(spec: &mut Value, path: &str, value: Value) {
    if let Some(place) = spec.pointer_mut(path) {
        *place = value;
    }
}

fn remove(spec: &mut Value, path: &str) {
    let Some((above, key)) = path.rsplit_once('/') else {
        return;
    };
    match spec.pointer_mut(above) {
        Some(Value::Object(map)) => drop(Map::remove(map, key)),
        Some(Value::Array(items)) => {
            if let Ok(index) = key.parse::<usize>()
                && index < items.len()
            {
                items.remove(index);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// What is not in the good one is never mutated.
    #[test]
    fn the_good_one_has_something_of_every_kind() {
        let spec: pg_core::postgresql::PostgresqlSpec =
            serde_json::from_value(good()).expect("a manifest");
        assert!(spec.sidecars.is_some() && spec.init_containers.is_some());
        assert!(spec.env_from.is_some() && spec.additional_volumes.is_some());
        assert!(spec.tls.is_some() && spec.clone_from.is_some() && spec.node_affinity.is_some());
        let patroni = spec.patroni.expect("a section of Patroni");
        assert!(patroni.slots.is_some() && patroni.initdb.is_some());
    }

    #[test]
    fn the_same_each_time_and_all_different_from_the_good_one() {
        let some = |seed| -> Vec<String> {
            let mut chance = Chance(seed);
            (0..200).map(|_| mutated(&mut chance).0).collect()
        };
        assert_eq!(some(1), some(1));
        let different: HashSet<String> = some(1).into_iter().collect();
        assert!(different.len() > 120, "{}", different.len());
    }
}
