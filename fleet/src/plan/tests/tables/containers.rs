//! Containers of a manifest that the configuration does not want.

use serde_json::json;

use super::Cluster;
use crate::{desired::Inputs, plan::children};

/// As Zalando's operator: what may not be created is refused, and what runs goes on with it.
#[test]
fn containers_that_are_not_wanted_are_refused_to_a_new_cluster_alone() {
    type Change = fn(&mut Cluster);
    let sidecars: Change = |c| {
        let sidecar = json!([{"name": "log", "image": "log:1"}]);
        c.manifest.spec.sidecars = serde_json::from_value(sidecar).expect("a sidecar");
    };
    let init: Change = |c| {
        let container = json!([{"name": "init", "image": "init:1"}]);
        c.manifest.spec.init_containers = serde_json::from_value(container).expect("a container");
    };
    let table: [(Change, bool, bool, Option<&str>); 6] = [
        (sidecars, true, true, None),
        (
            sidecars,
            false,
            true,
            Some("spec.sidecars: enable_sidecars is off"),
        ),
        (sidecars, false, false, None),
        (
            init,
            false,
            true,
            Some("spec.initContainers: enable_init_containers is off"),
        ),
        (init, false, false, None),
        (|_| {}, false, true, None),
    ];
    for (change, allowed, is_new, wrong) in table {
        let mut cluster = Cluster::of(2).with(change);
        cluster.manifest.spec.volume.size = "1Gi".to_owned();
        cluster.configuration.enable_sidecars = allowed;
        cluster.configuration.enable_init_containers = allowed;
        if is_new {
            cluster.facts.pods.clear();
            cluster.facts.children.clear();
        }
        let inputs = Inputs::plain(&cluster.manifest, &cluster.configuration);
        let made = children::wanted(&inputs, &cluster.facts);
        let said = made.err().map(|error| error.to_string());
        assert_eq!(said.as_deref(), wrong);
    }
    // While its StatefulSet is made anew, the pods are there.
    let mut replaced = Cluster::of(2).with(sidecars);
    replaced.manifest.spec.volume.size = "1Gi".to_owned();
    replaced.configuration.enable_sidecars = false;
    replaced.facts.children.clear();
    let inputs = Inputs::plain(&replaced.manifest, &replaced.configuration);
    assert!(children::wanted(&inputs, &replaced.facts).is_ok());
}
