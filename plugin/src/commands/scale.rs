//! `scale`: the number of members, absolute.

use std::time::Duration;

use pg_core::names;
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
    let primary = cluster.primary_now();
    let feel = match (now > wanted, wanted) {
        (true, 0) => format!("; {primary}: the database stops, its volumes stay"),
        (true, _) => format!(
            "; members of the highest numbers go; {primary}, {}",
            fate(cluster, wanted)
        ),
        (false, _) => String::new(),
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

/// What becomes of the primary when members from this number on go.
fn fate(cluster: &Cluster, wanted: i64) -> &'static str {
    let primary = cluster.status.primary.as_deref().unwrap_or_default();
    match names::ordinal(&cluster.name, primary).map(i64::from) {
        Some(number) if number < wanted => "which stays",
        Some(_) => "which goes: another takes over first",
        None => "which moves first if it is among them",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_is_said_what_becomes_of_the_primary() {
        let effect = |primary: Option<&str>, wanted| {
            let spec = json!({"numberOfInstances": 3});
            let cluster = Cluster::nowhere(json!({"spec": spec, "status": {"primary": primary}}));
            match plan(&cluster, wanted) {
                Step::Write(write) => write.effect,
                Step::Same(why) => why,
            }
        };
        assert!(effect(Some("main-0"), 2).ends_with("primary now main-0, which stays"));
        let goes = effect(Some("main-2"), 2);
        assert!(goes.ends_with("primary now main-2, which goes: another takes over first"));
        assert!(effect(None, 2).contains("primary now unknown"));
        assert!(effect(Some("main-0"), 0).contains("primary now main-0: the database stops"));
        assert_eq!(effect(Some("main-0"), 4), "3 → 4 members");
    }
}
