//! `release`: a Postgres cluster goes back to the controller that had it before. The controller
//! hands the fields of its objects over and takes its own name off last.

use std::time::Duration;

use pg_core::names::{ADOPTED_FROM, CONTROLLER_ANNOTATION, RELEASE};
use serde_json::json;

use super::{
    adopt::{named, own_id},
    edit::{Awaits, Edit, Step, Write, run_asking as edit},
};
use crate::{
    args::Release,
    cluster::Cluster,
    error::{Error, Kind, Result},
    exit::Exit,
    output::prompt::Class,
    session::Session,
};

/// Releases.
pub async fn run(session: &Session, args: Release) -> Result<Exit> {
    let selection = session.select(&args.targets)?;
    let verb = Edit {
        title: "Release",
        done: "released",
        time: Duration::from_secs(600),
        change: &args.change,
    };
    edit(session, &selection, verb, async |cluster: &Cluster| {
        plan(cluster, &own_id(&cluster.context).await?)
    })
    .await
}

fn plan(cluster: &Cluster, own: &str) -> Result<Step> {
    let now = cluster
        .annotation(CONTROLLER_ANNOTATION)
        .unwrap_or_default();
    let to = cluster.annotation(ADOPTED_FROM).unwrap_or_default();
    if now != own {
        let what = format!("it is not pg-fleet's but that of {}", named(now));
        return Err(Error::new(Kind::Refused, what));
    }
    if to == own {
        let what = format!(
            "pg-fleet itself is {} here: it would take it up again",
            named(own)
        );
        return Err(Error::new(Kind::Refused, what)
            .hint("kubectl pg uninstall, then start the other operator"));
    }
    Ok(Step::Write(Write {
        annotations: vec![(RELEASE.into(), json!(to))],
        class: Class::Disruptive,
        effect: format!(
            "from {} to {}; pg-fleet lets go of it and no pod restarts; \
             nobody heals or scales it unless that one runs",
            named(own),
            named(to)
        ),
        done: format!("released to {}", named(to)),
        awaits: Some(Awaits {
            gone: vec![RELEASE.into()],
            ..Awaits::default()
        }),
        ..Write::default()
    }))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::Value;

    use super::*;
    use crate::connect::Context;

    fn planned(annotations: Value, own: &str) -> Result<Step> {
        let object = json!({
            "apiVersion": "acid.zalan.do/v1", "kind": "postgresql",
            "metadata": {"name": "main", "namespace": "pg", "annotations": annotations},
            "spec": {},
        });
        let object = serde_json::from_value(object).expect("an object");
        plan(&Cluster::new(&Arc::new(Context::nowhere()), object), own)
    }

    #[tokio::test]
    async fn it_goes_back_to_where_it_came_from() {
        let table = [
            (json!({CONTROLLER_ANNOTATION: "us"}), "us", Some("")),
            (
                json!({CONTROLLER_ANNOTATION: "us", ADOPTED_FROM: "them"}),
                "us",
                Some("them"),
            ),
            (json!({ADOPTED_FROM: "them"}), "", Some("them")),
            (json!({}), "", None),
            (json!({}), "us", None),
            (json!({CONTROLLER_ANNOTATION: "them"}), "us", None),
        ];
        for (annotations, own, to) in table {
            let what = format!("{annotations} {own:?}");
            let written = match planned(annotations, own) {
                Ok(Step::Write(write)) => Some(write.annotations),
                Ok(Step::Same(_)) => panic!("{what}: nothing to do"),
                Err(error) => {
                    assert_eq!(error.kind, Kind::Refused, "{what}");
                    None
                }
            };
            assert_eq!(
                written,
                to.map(|to| vec![(RELEASE.into(), json!(to))]),
                "{what}"
            );
        }
    }
}
