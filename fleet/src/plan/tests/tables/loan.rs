//! What a copy was lent goes when it serves.

use serde_json::json;

use super::{Action, Cluster, State, names};
use crate::plan::tests::cluster::NOW;

fn copy() -> Cluster {
    Cluster::of(2).with(|c| {
        c.manifest.spec.env = serde_json::from_value(json!([
            {"name": "CLONE_SCOPE", "value": "main"},
            {"name": "CLONE_PASSWORD", "valueFrom": {"secretKeyRef": {
                "name": "db.clone.pgfleet.io", "key": "password", "optional": true,
            }}},
        ]))
        .expect("variables");
        c.settle();
        c.facts.config.as_mut().expect("a config").initialize = Some("7".to_owned());
    })
}

#[test]
fn it_goes_once_when_the_copy_serves() {
    let name = "db.clone.pgfleet.io".to_owned();
    assert_eq!(copy().actions(), [Action::ReturnLoan(name)]);
    type Change = fn(&mut Cluster);
    let table: [(&str, Change); 4] = [
        ("it is gone", |c| c.facts.loan_returned = Some(NOW)),
        ("nothing is initialized", |c| {
            c.facts.config.as_mut().expect("a config").initialize = None;
        }),
        ("nobody serves", |c| c.put(0, State::Silent)),
        ("nothing was lent", |c| {
            c.manifest.spec.env = None;
            c.settle();
        }),
    ];
    for (why, change) in table {
        let cluster = copy().with(change);
        assert!(!names(&cluster).contains(&"return loan"), "{why}");
    }
}
