//! `upgrade`: a newer PostgreSQL.

use std::time::Duration;

use pg_core::operation::{Action, Upgrade as Act};
use serde_json::Value;

use super::operate::{Plan, Verb, primary, run as run_at_once, run_in_waves};
use crate::{
    args::{Change, Upgrade},
    cluster::Cluster,
    error::Result,
    exit::Exit,
    output::prompt::Class,
    session::Session,
};

/// Upgrades.
pub async fn run(session: &Session, args: Upgrade) -> Result<Exit> {
    let act = Act {
        to: args.to,
        image: args.image,
        check: args.check,
        no_way_back: args.no_way_back,
    };
    let selection = session.select(&args.targets)?;
    let plan = |cluster: &Cluster| plan(cluster, act.clone());
    if act.check {
        return run_at_once(session, &selection, check(&args.change), plan).await;
    }
    run_in_waves(session, &selection, verb(&args.change), &args.waves, plan).await
}

/// The verb.
pub fn verb(change: &Change) -> Verb<'_> {
    Verb {
        title: "Upgrade",
        right: "upgrade",
        class: Class::Disruptive,
        time: Duration::from_secs(3600),
        change,
    }
}

/// The same, where nobody feels anything.
fn check(change: &Change) -> Verb<'_> {
    Verb {
        title: "Check the upgrade of",
        class: Class::Low,
        time: Duration::from_secs(600),
        ..verb(change)
    }
}

/// What it does to one cluster.
pub fn plan(cluster: &Cluster, act: Act) -> Result<Plan> {
    match act.to.clone() {
        Some(to) => to_major(cluster, act, &to),
        None => Ok(to_image(cluster, act)),
    }
}

fn to_major(cluster: &Cluster, act: Act, to: &str) -> Result<Plan> {
    let running = cluster.status.running_version.as_deref();
    let now = running.and_then(|version| version.split('.').next());
    let now = now.unwrap_or(cluster.version());
    if now == to {
        return Ok(Plan::Nothing(format!("runs {to} already")));
    }
    let effect = if act.check {
        format!("looks whether {now} can become {to}; nobody feels it")
    } else {
        let primary = primary(cluster)?;
        let back = match (cluster.members_wanted() > 2, act.no_way_back) {
            (true, false) => {
                "; one replica keeps the old version stopped until the new one is whole"
            }
            (_, true) => "; nothing leads back to the old version",
            _ => "",
        };
        format!(
            "{now} → {to} in place on {primary}: nothing answers for as long as pg_upgrade --link takes, some seconds to minutes; replicas go on with their own files where these are proved to be the same, and are copied again otherwise{back}"
        )
    };
    Ok(Plan::Act {
        effect,
        action: Action::Upgrade(act),
    })
}

fn to_image(cluster: &Cluster, act: Act) -> Plan {
    let now = cluster.spec(&["dockerImage"]).and_then(Value::as_str);
    let image = act.image.as_deref().unwrap_or_default();
    let images = match now {
        Some(now) if now == image => format!("{image}, as the manifest says already"),
        Some(now) => format!("image {now} → {image}"),
        None => format!("image of the controller's configuration → {image}"),
    };
    let primary = cluster.status.primary.as_deref().unwrap_or("the primary");
    let feel = if cluster.members_wanted() > 1 {
        format!(
            "replicas are made anew first, one by one; then {primary} hands over: writes fail for 1 to 3 s"
        )
    } else {
        format!("{primary} is made anew: nothing answers until it is back")
    };
    Plan::Act {
        effect: format!("{images}; {feel}"),
        action: Action::Upgrade(act),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(cluster: &Cluster, act: Act) -> String {
        match plan(cluster, act).expect("possible") {
            Plan::Act { effect, .. } => effect,
            Plan::Nothing(why) => why,
        }
    }

    #[tokio::test]
    async fn a_major_version_says_what_is_lost_and_kept() {
        let cluster = |members: i64| {
            Cluster::nowhere(json!({
                "spec": {"numberOfInstances": members},
                "status": {"primary": "main-0", "runningVersion": "15.18"},
            }))
        };
        let to = |version: &str, check, no_way_back| Act {
            to: Some(version.to_owned()),
            check,
            no_way_back,
            ..Act::default()
        };
        assert_eq!(said(&cluster(2), to("15", false, false)), "runs 15 already");
        let checked = said(&cluster(2), to("17", true, false));
        assert_eq!(checked, "looks whether 15 can become 17; nobody feels it");
        let kept = said(&cluster(3), to("17", false, false));
        assert!(kept.ends_with("until the new one is whole"), "{kept}");
        let gone = said(&cluster(2), to("17", false, true));
        assert!(
            gone.ends_with("nothing leads back to the old version"),
            "{gone}"
        );
    }

    #[tokio::test]
    async fn the_effect_says_the_images_and_what_clients_feel() {
        let image = |spec: Value| {
            let more = json!({"spec": spec, "status": {"primary": "main-0"}});
            let act = Act {
                image: Some("new:1".to_owned()),
                ..Act::default()
            };
            said(&Cluster::nowhere(more), act)
        };
        let rolled = "replicas are made anew first, one by one; then main-0 hands over: writes fail for 1 to 3 s";
        assert_eq!(
            image(json!({"dockerImage": "old:1", "numberOfInstances": 2})),
            format!("image old:1 → new:1; {rolled}")
        );
        assert_eq!(
            image(json!({"numberOfInstances": 1})),
            "image of the controller's configuration → new:1; main-0 is made anew: nothing answers until it is back"
        );
        assert_eq!(
            image(json!({"dockerImage": "new:1", "numberOfInstances": 2})),
            format!("new:1, as the manifest says already; {rolled}")
        );
    }
}
