//! Secrets of roles, and the roles themselves.

use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::{Action, Cluster, State, ago, names, objects::secret};
use crate::{observe::facts::Answer, plan::children, plan::tests::cluster::NOW};

#[test]
fn secrets_are_made_once_and_left() {
    let mut cluster = Cluster::of(1).with(|c| c.secrets.push(secret("app")));
    assert!(names(&cluster).contains(&"ensure secret"));
    cluster
        .facts
        .secrets
        .insert("app".to_owned(), Duration::ZERO);
    assert!(!names(&cluster).contains(&"ensure secret"));
    cluster.facts.secrets.clear();
    cluster.settle();
    assert_eq!(cluster.actions(), [], "the status says that it was found");
}

#[test]
fn a_secret_whose_metadata_changes_is_looked_at_again() {
    let mut cluster = Cluster::of(1).with(|c| {
        c.secrets = vec![secret("s")];
        c.facts.secrets.insert("s".to_owned(), NOW);
    });
    let ensured = |cluster: &Cluster| {
        let all = children::next(&cluster.view(), 1).into_iter();
        all.filter(|action| matches!(action, Action::EnsureSecret(_)))
            .count()
    };
    let id = ("Secret", "s".to_owned());
    let hash = children::secret_hash(&cluster.secrets[0]);
    cluster.facts.applied.insert(id, hash);
    assert_eq!(ensured(&cluster), 0);
    let inherited = ("cost".to_owned(), "42".to_owned());
    cluster.secrets[0].annotations.extend([inherited]);
    assert_eq!(ensured(&cluster), 1);
    // What the status says was in order is this, with its metadata.
    let hash = children::wanted_hash(&cluster.view());
    cluster.manifest.status.as_mut().expect("one").settled = Some(hash);
    assert_eq!(ensured(&cluster), 0);
    // That it was read in vain says more.
    cluster.facts.lost_secrets.insert("s".to_owned());
    assert_eq!(ensured(&cluster), 1);
    cluster.secrets[0].in_members = true;
    assert_eq!(ensured(&cluster), 0, "the members have another one");
}

#[test]
fn roles() {
    type Change = fn(&mut Cluster);
    let database = |c: &mut Cluster| {
        c.manifest.spec.databases = Some([("shop".to_owned(), "app".to_owned())].into());
    };
    let table: [(&str, bool, Change); 6] = [
        ("another database is wished", true, |_| {}),
        ("no primary", false, |c| c.put(0, State::Silent)),
        ("no access", false, |c| {
            c.configuration.enable_database_access = false
        }),
        ("found in order long ago", true, |c| {
            c.settle();
            c.facts.sql.as_mut().expect("asked").at = Duration::ZERO;
        }),
        ("found in order", false, Cluster::settle),
        // What was found before the edit says nothing of the edit, even when the edit was seen.
        ("the last try failed, the status is young", true, |c| {
            let status = c.manifest.status.as_mut().expect("a status");
            status.inspected_at = Some(Time(ago(60)));
            status.observed_generation = c.manifest.metadata.generation;
            let result = Err("connection refused".to_owned());
            c.facts.sql = Some(Answer {
                at: c.now.mono,
                result,
            });
        }),
    ];
    for (why, settles, change) in table {
        let cluster = Cluster::of(2).with(database).with(change);
        assert_eq!(names(&cluster).contains(&"settle roles"), settles, "{why}");
    }
}
