//! `upgrade`: a newer PostgreSQL.

use std::time::Duration;

use pg_core::operation::{Action, Upgrade as Act};
use serde_json::Value;

use super::operate::{Plan, Verb, run_on_one};
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
    run_on_one(session, &args.target, verb(&args.change), |cluster| {
        let act = Act {
            image: Some(args.image.clone()),
            ..Act::default()
        };
        Ok(plan(cluster, act))
    })
    .await
}

/// The verb.
pub fn verb(change: &Change) -> Verb<'_> {
    Verb {
        title: "Upgrade",
        right: "upgrade",
        class: Class::Disruptive,
        time: Duration::from_secs(1800),
        change,
    }
}

/// What it does to one cluster.
pub fn plan(cluster: &Cluster, act: Act) -> Plan {
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

    #[tokio::test]
    async fn the_effect_says_the_images_and_what_clients_feel() {
        let image = |spec: Value| {
            let more = json!({"spec": spec, "status": {"primary": "main-0"}});
            let act = Act {
                image: Some("new:1".to_owned()),
                ..Act::default()
            };
            match plan(&Cluster::nowhere(more), act) {
                Plan::Act { effect, .. } => effect,
                Plan::Nothing(why) => why,
            }
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
