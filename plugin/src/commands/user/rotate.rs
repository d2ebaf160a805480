//! `user rotate`: roles get new passwords. The controller makes them and writes them into the roles'
//! Secrets; here they are only asked for, in annotations of the manifest that bear the request's id.

use std::{borrow::Cow, collections::BTreeMap};

use pg_core::{
    names::{ROTATE, ROTATED, ROTATIONS},
    postgresql::{PreparedDatabase, prepared_logins},
};
use serde_json::{Value, json};

use super::{TIME, words};
use crate::{
    args::UserRotate,
    cluster::Cluster,
    commands::{
        change::new_id,
        edit::{
            Awaits, Edit, Step, Write,
            requests::{self, Before},
            run as edit,
        },
    },
    error::{Error, Kind, Result},
    exit::Exit,
    output::prompt::Class,
    session::Session,
};

/// Roles that Patroni and every pod log in with.
const SYSTEM: [&str; 2] = ["postgres", "standby"];

/// Rotates.
pub async fn run(session: &Session, mut args: UserRotate) -> Result<Exit> {
    args.roles.sort();
    args.roles.dedup();
    let selection = session.select(std::slice::from_ref(&args.target))?;
    // It is written into the manifest with each role.
    let request = args.change.request.get_or_insert_with(new_id).clone();
    let verb = Edit {
        title: "Change passwords of",
        done: "changed",
        time: TIME,
        change: &args.change,
    };
    edit(session, &selection, verb, |cluster| {
        plan(cluster, &args.roles, &request)
    })
    .await
}

fn plan(cluster: &Cluster, roles: &[String], request: &str) -> Result<Step> {
    let refused = |what: String| Err(Error::new(Kind::Refused, what));
    let asked = json!({ ROTATE: roles });
    let kept = cluster.annotation(ROTATIONS);
    let before = before(cluster, request, &asked)?;
    // What another request has done since is newer than what this one would do.
    let is_done = |role: &str| {
        let by = |key: &str| cluster.annotation(&format!("{key}{role}"));
        let since = |by: Option<&str>| by.is_some_and(|by| requests::is_after(kept, by, request));
        by(ROTATED) == Some(request)
            || before == Before::This && (since(by(ROTATED)) || since(by(ROTATE)))
    };
    let due: Vec<&String> = roles.iter().filter(|role| !is_done(role)).collect();
    if due.is_empty() {
        return Ok(Step::Same(
            "got new passwords by this request before".to_owned(),
        ));
    }
    let logins = logins(cluster);
    for role in &due {
        let role = role.as_str();
        if SYSTEM.contains(&role) {
            return refused(format!(
                "{role} is a role of the system: Patroni and every pod log in with it, and it keeps its password"
            ));
        }
        match logins.get(role) {
            Some(true) => {}
            Some(false) => return refused(format!("{role} may not log in: it has no password")),
            None => {
                return Err(Error::new(
                    Kind::Refused,
                    format!("there is no role {role} in its manifest"),
                )
                .hint(format!("kubectl pg user list {}", cluster.target())));
            }
        }
        let other = cluster.annotation(&format!("{ROTATE}{role}"));
        if let Some(other) = other.filter(|other| *other != request) {
            return Err(Error::new(
                Kind::Refused,
                format!("a new password of {role} is on its way already, by request {other}"),
            )
            .hint(format!("wait for that one: --request {other}")));
        }
    }
    if cluster.spec(&["standby"]).is_some_and(|it| !it.is_null()) {
        return refused("a standby cluster has the roles of the one that it follows".to_owned());
    }
    if cluster.members_wanted() == 0 {
        return Err(
            Error::new(Kind::Refused, "it hibernates: no password can be changed")
                .hint(format!("kubectl pg hibernate off {}", cluster.target())),
        );
    }
    let names: Vec<&str> = due.iter().map(|role| role.as_str()).collect();
    let names = names.join(", ");
    let key = |role: &String| Cow::Owned(format!("{ROTATE}{role}"));
    let mut annotations: Vec<_> = due.iter().map(|role| (key(role), json!(request))).collect();
    // One that is kept keeps its place: who came after it stays after it.
    if before == Before::Nothing {
        let all = requests::with(kept, request, &asked);
        annotations.push((Cow::Borrowed(ROTATIONS), json!(all)));
    }
    Ok(Step::Write(Write {
        annotations,
        class: Class::Disruptive,
        effect: format!(
            "new passwords of {names}, in their Secrets: who is connected stays, and nobody \
             connects with the old ones any more"
        ),
        done: format!("has new passwords of {names}, in their Secrets"),
        awaits: Some(Awaits {
            gone: due.iter().map(|role| key(role)).collect(),
            told: due
                .iter()
                .map(|role| (format!("{ROTATED}{role}"), request.to_owned()))
                .collect(),
        }),
        ..Write::default()
    }))
}

/// What the request has asked for before; an error where it asked for something else.
fn before(cluster: &Cluster, request: &str, asked: &Value) -> Result<Before> {
    match requests::before(cluster.annotation(ROTATIONS), request, asked) {
        Before::Another => {
            let why = format!("request {request} was for another change of it");
            Err(Error::new(Kind::Refused, why)
                .hint("new passwords get a request of their own: leave --request out"))
        }
        before => Ok(before),
    }
}

/// The roles of the manifest, and whether they log in.
fn logins(cluster: &Cluster) -> BTreeMap<String, bool> {
    let users = cluster.spec(&["users"]).and_then(Value::as_object);
    let mut all: BTreeMap<String, bool> = users
        .into_iter()
        .flatten()
        .map(|(role, flags)| {
            let login = !words(flags).iter().any(|flag| flag == "nologin");
            (role.clone(), login)
        })
        .collect();
    let prepared = cluster.spec(&["preparedDatabases"]).cloned();
    let prepared = prepared.and_then(|all| serde_json::from_value(all).ok());
    let prepared: BTreeMap<String, PreparedDatabase> = prepared.unwrap_or_default();
    let logins = prepared_logins(&prepared).into_iter();
    all.extend(logins.map(|(role, _)| (role, true)));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(more: Value, roles: &[&str]) -> Result<Step> {
        let mut object = json!({"spec": {
            "numberOfInstances": 2,
            "users": {"app": [], "group": ["NOLOGIN"]},
            "preparedDatabases": {"shop": {"defaultUsers": true, "schemas": {"data": {"defaultUsers": true}}}},
        }});
        for (key, value) in more.as_object().into_iter().flatten() {
            for (name, value) in value.as_object().into_iter().flatten() {
                object[key][name] = value.clone();
            }
        }
        let roles: Vec<String> = roles.iter().map(|role| (*role).to_owned()).collect();
        plan(&Cluster::nowhere(object), &roles, "k3j9")
    }

    #[tokio::test]
    async fn each_role_is_asked_for_by_the_request() {
        let step = planned(
            json!({}),
            &["app", "shop_data_reader_user", "shop_owner_user"],
        );
        let Ok(Step::Write(write)) = step else {
            panic!("nothing is written");
        };
        let keys: Vec<&str> = write
            .annotations
            .iter()
            .map(|(key, _)| key.as_ref())
            .collect();
        assert_eq!(
            keys,
            [
                "rotate.pgfleet.io/app",
                "rotate.pgfleet.io/shop_data_reader_user",
                "rotate.pgfleet.io/shop_owner_user",
                "pgfleet.io/rotations"
            ]
        );
        let asked = &write.annotations[..3];
        assert!(asked.iter().all(|(_, by)| by == "k3j9"));
        assert_eq!((write.spec, write.class), (Value::Null, Class::Disruptive));
    }

    #[tokio::test]
    async fn what_has_no_password_gets_none() {
        let pending = json!({"metadata": {"annotations": {"rotate.pgfleet.io/app": "other"}}});
        let table = [
            (json!({}), "postgres", "role of the system"),
            (json!({}), "group", "may not log in"),
            (json!({}), "shop_owner", "no role shop_owner"),
            (json!({}), "bob", "no role bob"),
            (pending, "app", "by request other"),
            (
                json!({"spec": {"standby": {"standby_host": "x"}}}),
                "app",
                "standby",
            ),
            (
                json!({"spec": {"numberOfInstances": 0}}),
                "app",
                "hibernates",
            ),
        ];
        for (more, role, words) in table {
            match planned(more, &[role]) {
                Err(error) => {
                    assert_eq!(error.kind, Kind::Refused, "{words}");
                    assert!(error.message.contains(words), "{words}: {error}");
                }
                Ok(_) => panic!("{words}: it is not refused"),
            }
        }
    }

    #[tokio::test]
    async fn a_request_is_taken_up_where_it_was_left() {
        let told = |app: &str, owner: &str| {
            asked(json!({
                "rotated.pgfleet.io/app": app, "rotated.pgfleet.io/shop_owner_user": owner,
            }))
        };
        assert_eq!(told("old", "old"), 2);
        assert_eq!(told("k3j9", "old"), 1);
        assert_eq!(told("k3j9", "k3j9"), 0);
    }

    /// For how many of two roles it is asked.
    fn asked(annotations: Value) -> usize {
        let roles = ["app", "shop_owner_user"];
        match planned(json!({"metadata": {"annotations": annotations}}), &roles) {
            Ok(Step::Write(write)) => {
                let keys = write.annotations.iter();
                keys.filter(|(key, _)| key.starts_with(ROTATE)).count()
            }
            Ok(Step::Same(_)) => 0,
            Err(error) => panic!("{error}"),
        }
    }

    #[tokio::test]
    async fn an_older_request_makes_no_second_password() {
        let change = json!({ ROTATE: ["app", "shop_owner_user"] });
        let other = json!({ ROTATE: ["app"] });
        let first = requests::with(None, "k3j9", &change);
        let then = requests::with(Some(&first), "later", &other);
        let turned = requests::with(None, "later", &other);
        let turned = requests::with(Some(&turned), "k3j9", &change);
        let one = |key: &str, by: &str, kept: &str| {
            let key = format!("{key}app");
            asked(json!({
                key: by, ROTATIONS: kept, "rotated.pgfleet.io/shop_owner_user": "k3j9",
            }))
        };
        assert_eq!(one(ROTATED, "later", &then), 0, "by another since");
        assert_eq!(one(ROTATE, "later", &then), 0, "another is on its way");
        assert_eq!(one(ROTATE, "k3j9", &then), 1, "it is on its way itself");
        // The controller let go of it: the role still has what another gave it before.
        assert_eq!(one(ROTATED, "later", &turned), 1);
        assert_eq!(one(ROTATED, "unknown", &turned), 1);
    }

    #[tokio::test]
    async fn a_request_for_another_change_is_refused() {
        let other = requests::with(None, "k3j9", &json!({ ROTATE: ["eve"] }));
        let more = json!({"metadata": {"annotations": { ROTATIONS: other }}});
        let refused = planned(more, &["app"]).map(drop).expect_err("refused");
        assert!(refused.message.contains("another change"), "{refused}");
    }
}
