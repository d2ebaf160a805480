//! `set`: any other field of the manifest, with its impact shown before.

pub mod impact;

use std::time::Duration;

use pg_core::operation::{Action, Set as Act, SetField};
use serde_json::{Value, json};

use super::{
    change::{find, open},
    edit::{Edit, Step, Write, run as edit, would_be_accepted},
    operate::{Plan, Verb, run_in_waves as operate},
};
use crate::{
    args::{Change, Set},
    cluster::Cluster,
    error::{Error, Result},
    exit::Exit,
    output::prompt::Class,
    session::Session,
    target::{Selection, TargetArg},
};
use impact::impact;

const TIME: Duration = Duration::from_secs(600);

/// Fields that another verb owns.
const OWNED: [(&str, &str); 8] = [
    ("numberOfInstances", "scale"),
    ("volume", "resize"),
    ("resources", "resize"),
    ("users", "user add"),
    ("databases", "db add"),
    ("postgresql.version", "upgrade --to"),
    ("dockerImage", "upgrade --image"),
    ("standby", "apply"),
];

/// Maps whose keys may hold dots.
const MAPS: [&str; 3] = [
    "postgresql.parameters",
    "podAnnotations",
    "serviceAnnotations",
];

/// One field and its value; none takes it away.
#[derive(Clone, Debug, PartialEq)]
struct Field {
    path: Vec<String>,
    value: Value,
}

/// Sets.
pub async fn run(session: &Session, args: Set) -> Result<Exit> {
    let (words, fields) = sorted(&args.words)?;
    if fields.is_empty() {
        return Err(Error::usage(
            "no field to set: KEY=VALUE, such as postgresql.parameters.work_mem=16MB",
        ));
    }
    if words.is_empty() && !session.chooses_many() {
        return Err(Error::usage("no target: [NAMESPACE/]NAME[@CONTEXT]"));
    }
    let selection = session.select(&words)?;
    if selection.named.len() != 1 || args.waves.plan.is_some() {
        let sites = open(session, &selection.contexts, false).await?;
        let clusters = find(session, &selection, &sites, args.change.where_found).await?;
        if clusters.len() > 1 || args.waves.plan.is_some() {
            return in_waves(session, &selection, &args, &fields, &clusters).await;
        }
    }
    let verb = Edit {
        title: "Set fields of",
        done: "changed",
        time: TIME,
        change: &args.change,
    };
    edit(session, &selection, verb, |cluster| {
        let mut step = plan(cluster, &fields);
        if let Step::Write(write) = &mut step
            && write.class >= Class::Disruptive
        {
            write.effect = format!("{}; {}", write.effect, cluster.primary_now());
        }
        Ok(step)
    })
    .await
}

/// Several are a rollout: each is written by its controller when its turn has come.
async fn in_waves(
    session: &Session,
    selection: &Selection,
    args: &Set,
    fields: &[Field],
    clusters: &[Cluster],
) -> Result<Exit> {
    let mut class = Class::default();
    for cluster in clusters {
        let Step::Write(write) = plan(cluster, fields) else {
            continue;
        };
        class = class.max(write.class);
        // The API server's own judgement, before any is written.
        would_be_accepted(cluster, &write.spec).await?;
    }
    let verb = verb(&args.change, class);
    let act = act(fields);
    let plan = |cluster: &Cluster| Ok(plan_act(cluster, act.clone()));
    operate(session, selection, verb, &args.waves, plan, |_| None).await
}

/// Whether words name fields alone.
pub fn names_no_target(words: &[String]) -> bool {
    sorted(words).is_ok_and(|(targets, fields)| targets.is_empty() && !fields.is_empty())
}

/// Targets and fields told apart: only a field has a `=` before any `@` or `/`.
fn sorted(words: &[String]) -> Result<(Vec<TargetArg>, Vec<Field>)> {
    let (mut targets, mut fields) = (Vec::new(), Vec::new());
    for word in words {
        match word.split_once('=') {
            Some((key, value)) if !key.contains(['@', '/']) => fields.push(field(key, value)?),
            _ => targets.push(word.parse().map_err(Error::usage)?),
        }
    }
    Ok((targets, fields))
}

fn field(key: &str, value: &str) -> Result<Field> {
    let key = key.strip_prefix("spec.").unwrap_or(key);
    let owner = OWNED.iter().find(|(owned, _)| {
        key == *owned
            || key
                .strip_prefix(owned)
                .is_some_and(|rest| rest.starts_with('.'))
    });
    if let Some((owned, verb)) = owner {
        return Err(
            Error::usage(format!("set does not change {owned}")).hint(format!("kubectl pg {verb}"))
        );
    }
    let map = MAPS
        .iter()
        .find_map(|map| Some((*map, key.strip_prefix(map)?.strip_prefix('.')?)));
    let (parents, last) = map.unwrap_or(("", key));
    let mut path: Vec<String> = parents
        .split('.')
        .filter(|part| !part.is_empty())
        .map(str::to_owned)
        .collect();
    match map {
        Some(_) => path.push(last.to_owned()),
        None => path.extend(last.split('.').map(str::to_owned)),
    }
    if path.iter().any(String::is_empty) {
        return Err(Error::usage(format!("{key:?} is no path of a field")));
    }
    let value = match (value, map) {
        ("", _) => Value::Null,
        // The values of these maps are texts.
        (text, Some(_)) => json!(text),
        (text, None) => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
    };
    Ok(Field { path, value })
}

/// The same as an act of its own.
fn act(fields: &[Field]) -> Act {
    let field = |field: &Field| SetField {
        path: field.path.clone(),
        value: Some(field.value.to_string()).filter(|_| !field.value.is_null()),
    };
    Act {
        fields: fields.iter().map(field).collect(),
    }
}

/// The verb, where it is an act of its own.
pub fn verb(change: &Change, class: Class) -> Verb<'_> {
    Verb {
        title: "Set fields of",
        right: "patch",
        class,
        time: TIME,
        change,
    }
}

/// What an act does to one cluster.
pub fn plan_act(cluster: &Cluster, act: Act) -> Plan {
    let fields = act.fields.iter().map(|field| Field {
        path: field.path.clone(),
        value: field.value.as_ref().map_or(Value::Null, |text| {
            serde_json::from_str(text).unwrap_or_default()
        }),
    });
    match plan(cluster, &fields.collect::<Vec<_>>()) {
        Step::Same(why) => Plan::Nothing(why),
        Step::Write(write) => Plan::Act {
            action: Action::Set(act),
            effect: write.effect,
        },
    }
}

fn plan(cluster: &Cluster, fields: &[Field]) -> Step {
    let changing: Vec<&Field> = fields
        .iter()
        .filter(|field| {
            let path: Vec<&str> = field.path.iter().map(String::as_str).collect();
            cluster.spec(&path).unwrap_or(&Value::Null) != &field.value
        })
        .collect();
    if changing.is_empty() {
        return Step::Same("is so already".to_owned());
    }
    let mut write = Write {
        spec: json!({}),
        done: "changed".to_owned(),
        ..Write::default()
    };
    let mut effects = Vec::new();
    for field in changing {
        let name = field.path.join(".");
        let path: Vec<&str> = field.path.iter().map(String::as_str).collect();
        let before = cluster.spec(&path).map_or("-".to_owned(), impact::short);
        let after = match &field.value {
            Value::Null => "-".to_owned(),
            value => impact::short(value),
        };
        let (class, what) = impact(&name);
        write.class = write.class.max(class);
        effects.push(format!("{name} {before} → {after} ({what})"));
        let mut here = &mut write.spec;
        for part in &field.path {
            here = &mut here[part.as_str()];
        }
        *here = field.value.clone();
    }
    write.effect = effects.join("; ");
    Step::Write(write)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_apart() {
        let words = |text: &str| -> Vec<String> { text.split(' ').map(str::to_owned).collect() };
        let line = "pg/main@a=b spec.postgresql.parameters.pg_stat_statements.max=10 \
                    patroni.ttl=40 patroni.synchronous_mode=true teamId=shop schedulerName=";
        let (targets, fields) = sorted(&words(line)).expect("valid");
        assert_eq!(targets.len(), 1);
        let made = |path: &[&str], value: Value| Field {
            path: path.iter().map(|part| (*part).to_owned()).collect(),
            value,
        };
        assert_eq!(
            fields,
            [
                made(
                    &["postgresql", "parameters", "pg_stat_statements.max"],
                    json!("10")
                ),
                made(&["patroni", "ttl"], json!(40)),
                made(&["patroni", "synchronous_mode"], json!(true)),
                made(&["teamId"], json!("shop")),
                made(&["schedulerName"], Value::Null),
            ]
        );
        for bad in [
            "numberOfInstances=3",
            "volume.size=1Gi",
            "users.bob=[]",
            "a..b=1",
            "Main",
        ] {
            assert!(sorted(&words(bad)).is_err(), "{bad}");
        }
        assert!(sorted(&words("volumes=x")).is_ok(), "not volume");
    }
}
