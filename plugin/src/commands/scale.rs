//! `scale`: the number of members, absolute.

use std::time::Duration;

use serde_json::json;

use super::edit::{Edit, Step, Write, run as edit};
use crate::{
    args::Scale, cluster::Cluster, error::Result, exit::Exit, output::prompt::Class,
    session::Session,
};

/// Scales.
pub async fn run(session: &Session, args: Scale) -> Result<Exit> {
    let selection = session.select(&args.targets)?;
    let verb = Edit {
        title: "Scale",
        done: "scaled",
        time: Duration::from_secs(600),
        change: &args.change,
    };
    let wanted = i64::from(args.replicas);
    edit(session, &selection, verb, |cluster| {
        Ok(plan(cluster, wanted))
    })
    .await
}

fn plan(cluster: &Cluster, wanted: i64) -> Step {
    let now = cluster.members_wanted();
    if now == wanted {
        return Step::Same(format!("has {wanted} members already"));
    }
    let feel = match (now > wanted, wanted) {
        (true, 0) => "; the database stops, its volumes stay",
        (true, _) => {
            "; members of the highest numbers go, the primary moves first if it is among them"
        }
        (false, _) => "",
    };
    Step::Write(Write {
        spec: json!({ "numberOfInstances": wanted }),
        class: if now > wanted {
            Class::Disruptive
        } else {
            Class::Low
        },
        effect: format!("{now} → {wanted} members{feel}"),
        done: format!("scaled from {now} to {wanted}"),
        ..Write::default()
    })
}
