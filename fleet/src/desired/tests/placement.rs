//! Where pods run, what they may do and what they get.

use serde_json::{Value, json};

use super::*;

#[test]
fn a_restricted_pod_is_within_the_standard() {
    let manifest = manifest(json!({
        "sidecars": [{ "name": "side", "image": "side:1" }],
        "initContainers": [{
            "name": "first", "image": "first:1",
            "securityContext": { "readOnlyRootFilesystem": true, "allowPrivilegeEscalation": true },
        }],
    }));
    let configuration = Configuration::default();
    let mut inputs = inputs(&manifest, &configuration);
    inputs.pod_security = PodSecurity::Restricted;
    let pod = &template(&inputs)["spec"];
    assert_eq!(
        pod["securityContext"],
        json!({
            "runAsUser": 101, "runAsGroup": 103, "fsGroup": 103,
            "runAsNonRoot": true, "seccompProfile": { "type": "RuntimeDefault" },
        })
    );
    let containers = ["containers", "initContainers"].map(|list| pod[list].as_array().unwrap());
    for container in containers.into_iter().flatten() {
        let context = &container["securityContext"];
        assert_eq!(context["allowPrivilegeEscalation"], false, "{container}");
        assert_eq!(
            context["capabilities"],
            json!({ "drop": ["ALL"] }),
            "{container}"
        );
        assert_ne!(context["privileged"], true);
    }
    assert_eq!(
        pod["initContainers"][0]["securityContext"]["readOnlyRootFilesystem"],
        true
    );

    let live = child(&inputs, ChildKind::StatefulSet, "acid-main");
    assert_eq!(pod_security_of(&live), PodSecurity::Restricted);
    inputs.pod_security = PodSecurity::Spilo;
    let live = child(&inputs, ChildKind::StatefulSet, "acid-main");
    assert_eq!(pod_security_of(&live), PodSecurity::Spilo);
    assert_eq!(live["metadata"].get("annotations"), None);
}

#[test]
fn what_the_standard_forbids_is_named() {
    let plain = manifest(json!({}));
    let root = manifest(json!({ "spiloRunAsUser": 0 }));
    let default = Configuration::default();
    let capable = Configuration {
        additional_pod_capabilities: words(&["SYS_NICE"]),
        ..Configuration::default()
    };
    let privileged = Configuration {
        spilo_privileged: true,
        ..Configuration::default()
    };
    for (manifest, configuration, named) in [
        (&root, &default, "spec.spiloRunAsUser"),
        (&plain, &capable, "additional_pod_capabilities"),
        (&plain, &privileged, "spilo_privileged"),
    ] {
        let mut inputs = inputs(manifest, configuration);
        assert!(children(&inputs).is_ok());
        inputs.pod_security = PodSecurity::Restricted;
        let error = children(&inputs).unwrap_err().to_string();
        assert!(error.contains(named), "{error}");
    }
}

#[test]
fn nodes_that_are_ready_join_those_that_are_wanted() {
    let wanted = json!({ "key": "disk", "operator": "In", "values": ["ssd"] });
    let ready = json!({ "key": "status", "operator": "In", "values": ["ready"] });
    let manifest = manifest(json!({ "nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{ "matchExpressions": [wanted] }],
        },
    } }));
    for (merge, terms) in [
        (
            "OR",
            json!([{ "matchExpressions": [wanted] }, { "matchExpressions": [ready] }]),
        ),
        ("AND", json!([{ "matchExpressions": [wanted, ready] }])),
    ] {
        let configuration = Configuration {
            node_readiness_label: pairs(&[("status", "ready")]),
            node_readiness_label_merge: merge.to_owned(),
            ..Configuration::default()
        };
        let nodes =
            &template(&inputs(&manifest, &configuration))["spec"]["affinity"]["nodeAffinity"];
        let required = &nodes["requiredDuringSchedulingIgnoredDuringExecution"];
        assert_eq!(required["nodeSelectorTerms"], terms, "{merge}");
    }
}

#[test]
fn volumes_are_mounted_where_they_are_wanted() {
    let manifest = manifest(json!({
        "sidecars": [{ "name": "side", "image": "side:1" }],
        "volume": { "size": "1Gi", "subPath": "$(POD_NAME)", "isSubPathExpr": true },
        "additionalVolumes": [
            { "name": "everywhere", "mountPath": "/e", "targetContainers": ["all", "side"], "volumeSource": { "emptyDir": {} } },
            { "name": "beside", "mountPath": "/s", "targetContainers": ["side"], "volumeSource": { "emptyDir": {} } },
            { "name": "main", "mountPath": "/m", "targetContainers": null, "volumeSource": { "emptyDir": {} } },
        ],
        "tls": { "secretName": "crt", "caFile": "ca.crt", "caSecretName": "ca" },
    }));
    let configuration = Configuration {
        additional_secret_mount: "keys".to_owned(),
        additional_secret_mount_path: "/keys".to_owned(),
        share_pgsocket_with_sidecars: true,
        ..Configuration::default()
    };
    let inputs = inputs(&manifest, &configuration);
    let pod = &template(&inputs)["spec"];
    let names = |list: &Value| -> Vec<String> {
        let list = list.as_array().unwrap();
        list.iter()
            .map(|one| one["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        names(&pod["volumes"]),
        [
            "dshm",
            "postgresql-run",
            "keys",
            "everywhere",
            "beside",
            "main",
            "crt",
            "ca"
        ]
    );
    assert_eq!(
        names(&pod["containers"][0]["volumeMounts"]),
        [
            "pgdata",
            "dshm",
            "postgresql-run",
            "keys",
            "everywhere",
            "main",
            "crt",
            "ca"
        ]
    );
    let side = &pod["containers"][1]["volumeMounts"];
    assert_eq!(
        names(side),
        ["pgdata", "postgresql-run", "keys", "everywhere", "beside"]
    );
    assert_eq!(side[0]["subPathExpr"], "$(POD_NAME)");
    assert!(env(&inputs).contains(&"SSL_CA_FILE=/tlsca/ca.crt".to_owned()));
}

#[test]
fn of_two_sidecars_with_one_name_the_first_stays() {
    let manifest = manifest(json!({ "sidecars": [
        { "name": "a", "image": "mine:1", "env": [{ "name": "pod_name", "value": "x" }] },
        { "image": "unnamed:1" },
    ] }));
    let configuration = Configuration::from_resource(&json!({ "configuration": {
        "sidecars": [{ "name": "a", "image": "theirs:1" }, { "name": "b", "image": "b:1" }],
        "sidecar_docker_images": { "b": "old:1", "c": "c:1" },
        "scalyr": { "scalyr_api_key": "key", "scalyr_image": "scalyr:1" },
    } }))
    .unwrap();
    let template = template(&inputs(&manifest, &configuration));
    let containers = template["spec"]["containers"].as_array().unwrap();
    let images: Vec<_> = containers[1..]
        .iter()
        .map(|c| c["image"].as_str().unwrap())
        .collect();
    assert_eq!(images, ["mine:1", "unnamed:1", "b:1", "c:1", "scalyr:1"]);
    assert_eq!(containers[2]["name"], "sidecar-1");
    // What the operator gives wins, in whatever case the name is written.
    assert_eq!(containers[1]["env"].as_array().unwrap().len(), 4);
}

/// As in Zalando's operator, the first at a path counts; here it is said.
#[test]
fn a_second_volume_at_a_path_is_left_out() {
    let volume = |name: &str, path: &str| json!({ "name": name, "mountPath": path, "volumeSource": { "emptyDir": {} } });
    let manifest = manifest(json!({
        "additionalVolumes": [
            volume("a", "/a"), volume("again", "/a"), volume("data", "/home/postgres/pgdata"),
            volume("mine", "/tls"), volume("b", "/b"),
        ],
        "tls": { "secretName": "certificates" },
    }));
    let configuration = Configuration::default();
    let inputs = inputs(&manifest, &configuration);
    let mounts = postgres(&inputs)["volumeMounts"].clone();
    let names: Vec<_> = mounts
        .as_array()
        .expect("mounts")
        .iter()
        .map(|mount| mount["name"].as_str().unwrap_or_default())
        .collect();
    assert!(
        ["a", "mine", "b"].iter().all(|name| names.contains(name)),
        "{names:?}"
    );
    assert!(
        ["again", "data", "certificates"]
            .iter()
            .all(|name| !names.contains(name)),
        "{names:?}"
    );
    let said: Vec<_> = objections(&inputs)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        said,
        [
            "spec.additionalVolumes[1].mountPath: \"/a\" is mounted already: this one is left out",
            "spec.additionalVolumes[2].mountPath: \"/home/postgres/pgdata\" is mounted already: this one is left out",
            "spec.tls: \"/tls\" is mounted already: this one is left out",
        ]
    );
}
