//! Checks of one context.

use jiff::Timestamp;
use kube::api::ListParams;
use serde_json::Value;

use super::{Check, Verdict};
use crate::{
    connect::Context,
    error::Kind,
    preflight::{Right, controller, rights},
    session::Session,
};

/// From here on clocks are too far apart.
const CLOCKS: i64 = 5;

/// All of them; none sends a change.
pub async fn checks(session: &Session, context: &Context) -> Vec<Check> {
    let began = Timestamp::now();
    let version = context
        .get::<Value>("/version", &ListParams::default(), "", None)
        .await;
    let version = match version {
        Ok(version) => version,
        Err(error) => {
            let mend = error
                .hint
                .unwrap_or_else(|| "is it up, is this the right network?".into());
            return vec![Check::new("connect", error.message).but(Verdict::Fail, mend)];
        }
    };
    let git = version.body["gitVersion"].as_str().unwrap_or("?");
    let mut checks = vec![Check::new(
        "connect",
        format!("{} is {git}", context.server),
    )];
    let clocks = clock(version.at, began, Timestamp::now());
    checks.push(clocks.mended(|| {
        let name = &context.name;
        format!("see what takes its Date away: kubectl get --raw /version -v 8 --context {name}")
    }));
    checks.push(match controller(context).await {
        Ok(_) => Check::new("controller", "reports"),
        Err(error) => {
            let verdict = match error.kind {
                Kind::NotInstalled | Kind::ControllerDown => Verdict::Fail,
                _ => Verdict::Unknown,
            };
            Check::new("controller", error.message)
                .but(verdict, error.hint.unwrap_or_default())
                .mended(|| format!("kubectl pg version --server --context {}", context.name))
        }
    });
    let namespace = session
        .flags
        .namespace
        .as_ref()
        .unwrap_or(&context.namespace);
    let right = |verb, group, resource| Right {
        verb,
        group,
        resource,
        namespace,
        name: "",
    };
    // Which of the two is asked of a psql depends on the age of the API server.
    let psql = ["get", "create"].map(|verb| right(verb, "", "pods/exec"));
    for (check, needed) in [
        (
            "right to see",
            &[right("list", "acid.zalan.do", "postgresqls")][..],
        ),
        (
            "right to change",
            &[right("patch", "acid.zalan.do", "postgresqls")],
        ),
        (
            "right to operate",
            &[right("create", "pgfleet.io", "operations")],
        ),
        ("right for psql", &psql),
    ] {
        checks.push(match rights(context, needed).await {
            Ok(()) => Check::new(check, format!("in namespace {namespace}")),
            // Not to have a right may be as it should be.
            Err(error) => {
                let mend = error.hint.unwrap_or_default();
                Check::new(check, error.message)
                    .but(Verdict::Unknown, mend)
                    .mended(|| format!("kubectl auth whoami --context {}", context.name))
            }
        });
    }
    checks
}

fn clock(server: Option<Timestamp>, before: Timestamp, after: Timestamp) -> Check {
    let Some(server) = server else {
        return Check::new("clock", "the server does not tell its time").but(Verdict::Unknown, "");
    };
    // A Date header is cut to the second: the answer was made in [server, server + 1 s).
    let behind = before.as_second() - server.as_second() - 1;
    let ahead = server.as_second() - after.as_second();
    let apart = behind.max(ahead).max(0);
    let evidence = format!("{apart} s between here and the API server");
    Check::new("clock", evidence).holds(apart < CLOCKS, "set the clock that is wrong (NTP)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks() {
        let at = |second: i64| Timestamp::from_second(second).expect("a time");
        let table = [
            (100, 100, 101, Verdict::Pass),
            (100, 104, 104, Verdict::Pass),
            (100, 106, 106, Verdict::Fail),
            (106, 100, 101, Verdict::Fail),
            // A slow answer is no wrong clock.
            (106, 100, 106, Verdict::Pass),
        ];
        for (server, before, after, verdict) in table {
            let check = clock(Some(at(server)), at(before), at(after));
            assert_eq!(check.verdict, verdict, "{server} {before} {after}");
        }
        assert_eq!(clock(None, at(0), at(0)).verdict, Verdict::Unknown);
    }
}
