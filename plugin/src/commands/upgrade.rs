//! `upgrade`: a newer PostgreSQL.

use std::time::Duration;

use pg_core::{
    operation::{Action, Upgrade as Act},
    postgresql::{Health, status::condition},
};
use serde_json::Value;

use super::operate::{Plan, Verb, primary, run as run_at_once, run_in_waves};
use crate::{
    args::{Change, Upgrade},
    cluster::Cluster,
    error::{Error, Kind, Result},
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
    let waves = &args.waves;
    let against = |cluster: &Cluster| act.to.as_ref().and_then(|_| against(cluster, &act));
    run_in_waves(
        session,
        &selection,
        verb(&args.change),
        waves,
        plan,
        against,
    )
    .await
}

/// Why a major upgrade would be refused, as far as that is known from outside: a plan over many
/// leaves such a one out, instead of stopping at it.
fn against(cluster: &Cluster, act: &Act) -> Option<String> {
    let is = |kind: &str| {
        let mut all = cluster.status.conditions.iter();
        all.any(|one| one.type_ == kind && one.status == "True")
    };
    let health = cluster.status.health;
    if cluster.spec(&["standby"]).is_some_and(Value::is_object) {
        Some("it is a standby and follows its source: upgrade that one".to_owned())
    } else if is(condition::MAINTENANCE) {
        Some("Patroni is paused; maintenance off first".to_owned())
    } else if health != Some(Health::Healthy) {
        let health = health.unwrap_or(Health::Unknown);
        Some(format!("it is not healthy: {health}"))
    } else if cluster.members_wanted() < 3 && !act.no_way_back {
        Some(
            "with fewer than two replicas nothing leads back; --no-way-back accepts that"
                .to_owned(),
        )
    } else {
        None
    }
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
    let number = |version: &str| version.parse::<u32>().ok();
    if !act.check && number(now) > number(to) && number(to).is_some() {
        let what = format!("it runs {now}, which is newer than {to}");
        return Err(Error::new(Kind::Refused, what));
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
    async fn what_would_be_refused_is_left_out_of_a_plan() {
        let cluster = |members: i64, more: Value, health: &str, paused: &str| {
            let mut spec = json!({"numberOfInstances": members});
            if let Some(standby) = more.get("standby") {
                spec["standby"] = standby.clone();
            }
            Cluster::nowhere(json!({"spec": spec, "status": {
                "PostgresClusterStatus": "Running", "health": health,
                "conditions": [{"type": "Maintenance", "status": paused, "reason": "", "message": "",
                    "lastTransitionTime": "2026-11-21T12:00:00Z"}],
            }}))
        };
        let standby = json!({"standby": {"standby_host": "main"}});
        let table = [
            (cluster(3, json!({}), "Healthy", "False"), false, None),
            (
                cluster(3, standby, "Healthy", "False"),
                false,
                Some("standby"),
            ),
            (
                cluster(3, json!({}), "Healthy", "True"),
                false,
                Some("paused"),
            ),
            (
                cluster(3, json!({}), "Degraded", "False"),
                false,
                Some("not healthy: Degraded"),
            ),
            (
                cluster(2, json!({}), "Healthy", "False"),
                false,
                Some("--no-way-back"),
            ),
            (cluster(2, json!({}), "Healthy", "False"), true, None),
        ];
        for (cluster, no_way_back, expected) in table {
            let act = Act {
                to: Some("17".to_owned()),
                no_way_back,
                ..Act::default()
            };
            let why = against(&cluster, &act);
            let told = why.as_deref().unwrap_or_default();
            assert_eq!(why.is_some(), expected.is_some(), "{told}");
            assert!(told.contains(expected.unwrap_or_default()), "{told}");
        }
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
