//! `resize`: volumes, only up; CPU and memory of the members.

use std::time::Duration;

use serde_json::{Value, json};

use super::edit::{Edit, Step, Write, run as edit};
use crate::{
    args::Resize,
    cluster::Cluster,
    error::{Error, Kind, Result},
    exit::Exit,
    output::{prompt::Class, quantity},
    session::Session,
};

/// Resizes.
pub async fn run(session: &Session, args: Resize) -> Result<Exit> {
    let selection = session.select(&args.targets)?;
    let verb = Edit {
        title: "Resize",
        done: "resized",
        time: Duration::from_secs(1200),
        change: &args.change,
    };
    edit(session, &selection, verb, |cluster| plan(cluster, &args)).await
}

fn plan(cluster: &Cluster, args: &Resize) -> Result<Step> {
    let text = |path: &[&str]| cluster.spec(path).and_then(Value::as_str).unwrap_or("-");
    let mut spec = json!({});
    let mut effects = Vec::new();
    let mut class = Class::Low;
    if let Some(size) = &args.size {
        let now = text(&["volume", "size"]);
        match (quantity::amount(size), quantity::amount(now)) {
            (Some(wanted), Some(is)) if wanted < is => {
                return Err(Error::new(
                    Kind::Refused,
                    format!("its volumes have {now}; a volume cannot shrink"),
                ));
            }
            (wanted, is) if wanted == is => {}
            _ => {
                spec["volume"] = json!({ "size": size });
                effects.push(format!("volumes {now} → {size}, while it runs"));
            }
        }
    }
    for (name, bounds) in [("cpu", &args.cpu), ("memory", &args.memory)] {
        let Some((asked, limit)) = bounds else {
            continue;
        };
        let now = |kind| text(&["resources", kind, name]);
        if now("requests") == asked && now("limits") == limit {
            continue;
        }
        if quantity::amount(asked) > quantity::amount(limit) {
            return Err(Error::usage(format!(
                "--{name}: {asked} is more than its limit {limit}"
            )));
        }
        spec["resources"]["requests"][name] = json!(asked);
        spec["resources"]["limits"][name] = json!(limit);
        effects.push(format!(
            "{name} {}:{} → {asked}:{limit}, by a rolling restart of the pods",
            now("requests"),
            now("limits")
        ));
        class = Class::Disruptive;
    }
    if effects.is_empty() {
        return Ok(Step::Same("has this size already".to_owned()));
    }
    if class == Class::Disruptive {
        effects.push(cluster.primary_now());
    }
    Ok(Step::Write(Write {
        spec,
        class,
        effect: effects.join("; "),
        done: "resized".to_owned(),
        ..Write::default()
    }))
}
