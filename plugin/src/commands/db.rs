//! `db`: databases of the manifest.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    edit::{Edit, Step, Write, run as edit},
    entries,
};
use crate::{
    args::{DbAdd, DbVerb},
    cluster::Cluster,
    error::{Error, Kind, Result},
    exit::Exit,
    output::prompt::Class,
    session::Session,
};

/// Lists or adds.
pub async fn run(session: &Session, what: DbVerb) -> Result<Exit> {
    match what {
        DbVerb::List(named) => {
            let columns = ("DATABASE", "OWNER");
            entries::list(
                session,
                &named.targets,
                columns,
                "DatabaseList",
                |cluster| {
                    entries::of(cluster, "databases", |owner| {
                        owner.as_str().unwrap_or_default().to_owned()
                    })
                },
            )
            .await
        }
        DbVerb::Add(args) => {
            let selection = session.select(std::slice::from_ref(&args.target))?;
            let verb = Edit {
                title: "Add a database to",
                done: "changed",
                time: Duration::from_secs(120),
                change: &args.change,
            };
            edit(session, &selection, verb, |cluster| add(cluster, &args)).await
        }
    }
}

fn add(cluster: &Cluster, args: &DbAdd) -> Result<Step> {
    if cluster.spec(&["users", &args.owner]).is_none() {
        return Err(Error::new(
            Kind::Refused,
            format!(
                "its manifest has no role {} to own the database",
                args.owner
            ),
        )
        .hint(format!(
            "kubectl pg user add {} {}",
            cluster.target(),
            args.owner
        )));
    }
    match cluster
        .spec(&["databases", &args.name])
        .and_then(Value::as_str)
    {
        Some(owner) if owner == args.owner => Ok(Step::Same(format!(
            "has the database {} already",
            args.name
        ))),
        Some(owner) => Err(Error::new(
            Kind::Refused,
            format!("its database {} belongs to {owner}", args.name),
        )),
        None => Ok(Step::Write(Write {
            spec: json!({ "databases": { args.name.as_str(): args.owner } }),
            class: Class::Low,
            effect: format!("database {} of {}", args.name, args.owner),
            done: format!("has the database {}", args.name),
            ..Write::default()
        })),
    }
}
