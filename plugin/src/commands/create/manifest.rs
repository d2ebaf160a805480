//! The manifest that `create` sends: that of a file, with the flags on top. Pure but for the file.

use std::path::Path;

use pg_core::{names, postgresql::MAJOR_VERSIONS};
use serde_json::{Map, Value, json};

use crate::{
    args::Create,
    commands::change::Request,
    error::{Error, Result},
    target::Target,
};

/// Version of PostgreSQL where nothing else is said.
pub const VERSION: &str = "17";
/// Members, the same.
pub const MEMBERS: i32 = 2;
/// Size of each volume, the same.
pub const SIZE: &str = "10Gi";

/// The manifest to begin with.
pub fn read(path: &Path) -> Result<Map<String, Value>> {
    let wrong = |why: String| Error::usage(format!("{}: {why}", path.display()));
    let text = if path == Path::new("-") {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(path)
    }
    .map_err(|error| wrong(error.to_string()))?;
    let value: Value =
        serde_saphyr::from_str(&text).map_err(|error| wrong(format!("is not YAML: {error}")))?;
    match value {
        Value::Object(map)
            if map.get("kind") == Some(&json!("postgresql"))
                && map.get("apiVersion") == Some(&json!("acid.zalan.do/v1")) =>
        {
            Ok(map)
        }
        _ => Err(wrong(
            "is not one manifest of kind postgresql, acid.zalan.do/v1".to_owned(),
        )),
    }
}

/// The `spec`: that of the file, with the flags on top; what neither says has a default.
pub fn spec(args: &Create, base: Option<&Map<String, Value>>) -> Result<Map<String, Value>> {
    let mut spec = base
        .and_then(|base| base.get("spec"))
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    put(
        &mut spec,
        &["teamId"],
        args.team.clone().map(Value::from),
        Some(json!("acid")),
    );
    put(
        &mut spec,
        &["postgresql", "version"],
        args.version.clone().map(Value::from),
        Some(json!(VERSION)),
    );
    put(
        &mut spec,
        &["numberOfInstances"],
        args.replicas.map(Value::from),
        Some(json!(MEMBERS)),
    );
    put(
        &mut spec,
        &["volume", "size"],
        args.size.clone().map(Value::from),
        Some(json!(SIZE)),
    );
    put(
        &mut spec,
        &["volume", "storageClass"],
        args.storage_class.clone().map(Value::from),
        None,
    );
    put(
        &mut spec,
        &["patroni", "synchronous_mode"],
        args.synchronous.then_some(json!(true)),
        None,
    );
    let version = spec
        .get("postgresql")
        .and_then(|server| server.get("version"));
    match version.and_then(Value::as_str) {
        Some(version) if MAJOR_VERSIONS.contains(&version) => Ok(spec),
        other => Err(Error::usage(format!(
            "{} is not a version of PostgreSQL that can be created",
            other.map_or_else(|| "this".to_owned(), |version| format!("{version:?}"))
        ))
        .hint(format!("--version is one of {}", MAJOR_VERSIONS.join(", ")))),
    }
}

/// Sets a field to what was asked, or to its default where there is nothing.
fn put(spec: &mut Map<String, Value>, path: &[&str], asked: Option<Value>, default: Option<Value>) {
    let Some((last, parents)) = path.split_last() else {
        return;
    };
    if asked.is_none() && default.is_none() {
        return;
    }
    let mut here = spec;
    for parent in parents {
        let next = here.entry(*parent).or_insert_with(|| json!({}));
        let Value::Object(map) = next else {
            return;
        };
        here = map;
    }
    match (asked, default) {
        (Some(value), _) => {
            here.insert((*last).to_owned(), value);
        }
        (None, Some(value)) => {
            here.entry(*last).or_insert(value);
        }
        (None, None) => {}
    }
}

/// The manifest of one target.
pub fn manifest(
    args: &Create,
    request: &Request,
    base: Option<&Map<String, Value>>,
    spec: &Map<String, Value>,
    target: &Target,
    by: Option<&str>,
) -> Value {
    let kept = |key: &str| {
        base.and_then(|base| base.get("metadata")?.get(key)?.as_object())
            .cloned()
            .unwrap_or_default()
    };
    let mut labels = kept("labels");
    labels.insert(names::REQUEST_LABEL.to_owned(), json!(request.id));
    let mut annotations = kept("annotations");
    if let Some(by) = by {
        annotations.insert(names::REQUESTED_BY.to_owned(), json!(by));
    }
    if let Some(reason) = &args.change.reason {
        annotations.insert(names::REASON.to_owned(), json!(reason));
    }
    let mut metadata = json!({
        "name": target.name,
        "namespace": target.namespace,
        "labels": labels,
    });
    if !annotations.is_empty() {
        metadata["annotations"] = json!(annotations);
    }
    json!({
        "apiVersion": "acid.zalan.do/v1",
        "kind": "postgresql",
        "metadata": metadata,
        "spec": spec,
    })
}

/// A manifest for a person.
pub fn in_words(spec: &Map<String, Value>) -> String {
    let text = |path: &[&str]| {
        let value = path.split_first().and_then(|(first, rest)| {
            rest.iter()
                .try_fold(spec.get(*first)?, |value, key| value.get(*key))
        });
        match value {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => "?".to_owned(),
        }
    };
    let members = text(&["numberOfInstances"]);
    let s = if members == "1" { "" } else { "s" };
    format!(
        "PostgreSQL {}, {members} member{s}, {} each",
        text(&["postgresql", "version"]),
        text(&["volume", "size"])
    )
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Cli, Verb};

    fn spec_of(flags: &str, base: Value) -> Result<Map<String, Value>> {
        let line = format!("kubectl-pg create main {flags}");
        let cli = Cli::try_parse_from(line.split_whitespace()).expect("valid");
        let Verb::Create(args) = cli.verb else {
            panic!("not create")
        };
        spec(&args, base.as_object())
    }

    #[test]
    fn flags_win_over_the_file_and_defaults_fill_the_rest() {
        let base = json!({"spec": {"teamId": "shop", "numberOfInstances": 3,
                                   "postgresql": {"version": "16", "parameters": {"work_mem": "8MB"}}}});
        let spec = spec_of("--version 17 --synchronous", base).expect("valid");
        assert_eq!(
            Value::Object(spec),
            json!({"teamId": "shop", "numberOfInstances": 3,
                   "postgresql": {"version": "17", "parameters": {"work_mem": "8MB"}},
                   "volume": {"size": "10Gi"}, "patroni": {"synchronous_mode": true}})
        );
    }

    #[test]
    fn versions_are_those_that_exist() {
        assert!(spec_of("", json!({})).is_ok());
        let error = spec_of("--version 13", json!({})).expect_err("too old");
        assert_eq!(error.kind, crate::error::Kind::Usage);
        assert!(spec_of("", json!({"spec": {"postgresql": {"version": 17}}})).is_err());
    }

    #[test]
    fn a_manifest_in_words() {
        let spec = spec_of("--replicas 3 --size 5Gi", json!({})).expect("valid");
        assert_eq!(in_words(&spec), "PostgreSQL 17, 3 members, 5Gi each");
        let spec = spec_of("--replicas 1", json!({})).expect("valid");
        assert_eq!(in_words(&spec), "PostgreSQL 17, 1 member, 10Gi each");
    }
}
