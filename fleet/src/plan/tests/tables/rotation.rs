//! A new password is asked for by an annotation, and told by another when it is there.

use std::collections::BTreeMap;

use pg_core::names::{ROTATE, ROTATED};
use serde_json::json;

use super::{Action, Cluster, State, names};
use crate::desired::{self, Inputs};

/// Its role `app` logs in and `group` does not.
fn cluster() -> Cluster {
    Cluster::of(2).with(|c| {
        let users = json!({"app": [], "group": ["nologin"]});
        c.manifest.spec.users = serde_json::from_value(users).expect("users");
        c.manifest.metadata.namespace = Some("shop".to_owned());
        c.secrets = desired::secrets(&Inputs::plain(&c.manifest, &c.configuration));
        for secret in &c.secrets {
            c.facts.secrets.insert(secret.name.clone(), c.now.mono);
        }
        c.settle();
    })
}

/// The same, where a new password of this role is asked for.
fn asked(role: &str) -> Cluster {
    cluster().with(|c| {
        let annotations = &mut c.manifest.metadata.annotations;
        let annotations = annotations.get_or_insert_default();
        annotations.insert(format!("{ROTATE}{role}"), "k3j9".to_owned());
    })
}

#[test]
fn a_role_gets_one_for_a_request() {
    assert_eq!(cluster().actions(), []);
    let actions = asked("app").actions();
    let [Action::RotatePassword(rotation)] = actions.as_slice() else {
        panic!("{actions:?}");
    };
    let (role, request) = (rotation.role.as_str(), rotation.request.as_str());
    assert_eq!((role, request), ("app", "k3j9"));
    let secret = rotation.wish.secret.as_ref().expect("a secret");
    assert_eq!(secret.name, "app.db.credentials.postgresql.acid.zalan.do");
    assert_eq!(rotation.wish.flags, ["LOGIN"]);
}

#[test]
fn the_request_goes_when_there_is_nothing_left_to_do() {
    type Change = fn(&mut Cluster);
    let done = |c: &mut Cluster| {
        c.facts.rotated.insert("app".to_owned(), "k3j9".to_owned());
    };
    // Whether it goes, and whether it is said to be done.
    let table: [(&str, &str, Change, Option<bool>); 8] = [
        ("it was given", "app", done, Some(true)),
        (
            "another was given before",
            "app",
            |c| {
                c.facts.rotated.insert("app".to_owned(), "old".to_owned());
            },
            None,
        ),
        ("it does not log in", "group", |_| (), Some(false)),
        ("nobody knows it", "bob", |_| (), Some(false)),
        ("the system's own", "postgres", |_| (), Some(false)),
        (
            "the primary is away",
            "app",
            |c| c.put(0, State::Silent),
            None,
        ),
        (
            "databases are left alone",
            "app",
            |c| c.configuration.enable_database_access = false,
            Some(false),
        ),
        (
            "its roles are another's",
            "app",
            |c| {
                let standby = json!({"standby_host": "elsewhere"});
                c.manifest.spec.standby = serde_json::from_value(standby).expect("a source");
            },
            Some(false),
        ),
    ];
    for (why, role, change, ends) in table {
        let cluster = asked(role).with(change);
        let told = cluster
            .actions()
            .into_iter()
            .find_map(|action| match action {
                Action::Annotate(told) => Some(told),
                _ => None,
            });
        let expected = ends.map(|done| {
            let mut told = BTreeMap::from([(format!("{ROTATE}{role}"), None)]);
            if done {
                told.insert(format!("{ROTATED}{role}"), Some("k3j9".to_owned()));
            }
            told
        });
        assert_eq!(told, expected, "{why}");
        let given = names(&cluster).contains(&"rotate password");
        assert_eq!(given, why == "another was given before", "{why}");
    }
}

/// What cannot be made of the other roles holds up no new password.
#[test]
fn it_does_not_wait_for_other_roles() {
    let cluster = asked("app").with(|c| {
        let error = "settle roles".to_owned();
        c.facts.failed(error.clone(), c.now.mono, "no".to_owned());
        c.facts.sql.as_mut().expect("asked").result = Err(error);
    });
    assert_eq!(names(&cluster), ["rotate password"]);
}
