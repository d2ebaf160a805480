//! `hibernate`: all members stop, the volumes stay; off brings back as many as there were.

use std::time::Duration;

use serde_json::{Value, json};

use super::edit::{Edit, Step, Write, run as edit};
use crate::{
    args::{Hibernate, Switch},
    cluster::Cluster,
    error::{Error, Kind, Result},
    exit::Exit,
    output::prompt::Class,
    session::Session,
};

/// How many members there were.
pub const MEMBERS: &str = "pgfleet.io/hibernated-members";

/// Stops or starts.
pub async fn run(session: &Session, args: Hibernate) -> Result<Exit> {
    let selection = session.select(&args.targets)?;
    let (title, done) = match args.state {
        Switch::On => ("Hibernate", "hibernated"),
        Switch::Off => ("Wake", "woken"),
    };
    let verb = Edit {
        title,
        done,
        time: Duration::from_secs(600),
        change: &args.change,
    };
    edit(session, &selection, verb, |cluster| {
        plan(cluster, args.state)
    })
    .await
}

fn plan(cluster: &Cluster, state: Switch) -> Result<Step> {
    let now = cluster.members_wanted();
    let slept = cluster
        .annotation(MEMBERS)
        .and_then(|text| text.parse::<i64>().ok());
    match (state, now) {
        (Switch::On, 0) => Ok(Step::Same("hibernates already".to_owned())),
        (Switch::On, _) => Ok(Step::Write(Write {
            spec: json!({ "numberOfInstances": 0 }),
            annotations: vec![(MEMBERS.into(), json!(now.to_string()))],
            class: Class::Disruptive,
            effect: format!(
                "its {now} members stop, nobody can connect; the volumes stay; {}",
                cluster.primary_now()
            ),
            done: "hibernates".to_owned(),
            ..Write::default()
        })),
        (Switch::Off, 0) => {
            let Some(members) = slept.filter(|members| *members > 0) else {
                let error = Error::new(Kind::Refused, "it is not known how many members it had");
                return Err(error.hint(format!(
                    "kubectl pg scale {} --replicas N",
                    cluster.target()
                )));
            };
            Ok(Step::Write(Write {
                spec: json!({ "numberOfInstances": members }),
                annotations: vec![(MEMBERS.into(), Value::Null)],
                class: Class::Low,
                effect: format!("{members} members start"),
                done: "is awake".to_owned(),
                ..Write::default()
            }))
        }
        (Switch::Off, _) => Ok(Step::Same("is awake already".to_owned())),
    }
}
