//! `user`: roles of the manifest.

mod rotate;

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};

use super::{
    edit::{Edit, Step, Write, run as edit},
    entries,
};
use crate::{
    args::{UserAdd, UserDrop, UserVerb},
    cluster::Cluster,
    error::{Error, Kind, Result},
    exit::Exit,
    output::prompt::Class,
    session::Session,
};

const TIME: Duration = Duration::from_secs(120);

/// Lists, adds or drops.
pub async fn run(session: &Session, what: UserVerb) -> Result<Exit> {
    match what {
        UserVerb::List(named) => {
            entries::list(
                session,
                &named.targets,
                ("ROLE", "FLAGS"),
                "RoleList",
                |cluster| entries::of(cluster, "users", |flags| words(flags).join(",")),
            )
            .await
        }
        UserVerb::Add(args) => {
            let selection = session.select(std::slice::from_ref(&args.target))?;
            let verb = Edit {
                title: "Add a role to",
                done: "changed",
                time: TIME,
                change: &args.change,
            };
            edit(session, &selection, verb, |cluster| Ok(add(cluster, &args))).await
        }
        UserVerb::Rotate(args) => rotate::run(session, args).await,
        UserVerb::Drop(args) => {
            let selection = session.select(std::slice::from_ref(&args.target))?;
            let verb = Edit {
                title: "Drop a role of",
                done: "changed",
                time: TIME,
                change: &args.change,
            };
            edit(session, &selection, verb, |cluster| {
                drop_role(cluster, &args)
            })
            .await
        }
    }
}

fn words(flags: &Value) -> Vec<String> {
    let list = flags.as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter()
        .filter_map(Value::as_str)
        .map(str::to_lowercase)
        .collect()
}

fn add(cluster: &Cluster, args: &UserAdd) -> Step {
    let there = cluster.spec(&["users", &args.name]);
    let mut flags: BTreeSet<String> = there.map(words).unwrap_or_default().into_iter().collect();
    let before = flags.clone();
    for flag in &args.flags {
        // What is said now wins over its opposite.
        let opposite = flag
            .strip_prefix("no")
            .map_or_else(|| format!("no{flag}"), str::to_owned);
        flags.remove(&opposite);
        flags.insert(flag.clone());
    }
    if there.is_some() && flags == before {
        return Step::Same(format!("has the role {} already", args.name));
    }
    let list: Vec<String> = flags.into_iter().collect();
    let shown = if list.is_empty() {
        "none".to_owned()
    } else {
        list.join(",")
    };
    Step::Write(Write {
        spec: json!({ "users": { args.name.as_str(): list } }),
        class: Class::Low,
        effect: format!(
            "role {} with flags {shown}; its password goes into a secret",
            args.name
        ),
        done: format!("has the role {}", args.name),
        ..Write::default()
    })
}

fn drop_role(cluster: &Cluster, args: &UserDrop) -> Result<Step> {
    if cluster.spec(&["users", &args.name]).is_none() {
        return Ok(Step::Same(format!(
            "has no role {} in its manifest",
            args.name
        )));
    }
    let owned: Vec<String> = entries::of(cluster, "databases", |owner| {
        owner.as_str().unwrap_or_default().to_owned()
    })
    .into_iter()
    .filter(|(_, owner)| *owner == args.name)
    .map(|(database, _)| database)
    .collect();
    if !owned.is_empty() {
        return Err(Error::new(
            Kind::Refused,
            format!(
                "{} owns databases of the manifest: {}",
                args.name,
                owned.join(", ")
            ),
        ));
    }
    Ok(Step::Write(Write {
        spec: json!({ "users": { args.name.as_str(): null } }),
        class: Class::Disruptive,
        effect: format!(
            "role {} leaves the manifest; PostgreSQL keeps it and what it owns",
            args.name
        ),
        done: format!("has no role {} in its manifest any more", args.name),
        ..Write::default()
    }))
}
