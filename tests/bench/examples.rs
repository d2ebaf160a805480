//! `examples`: the manifests that come with Zalando's operator are applied and reach Running. What
//! the lab cannot have is replaced: images (by its own), PostgreSQL 13 (by 15), resources of other
//! operators.

use std::{collections::BTreeMap, time::Instant};

use k8s_openapi::api::core::v1::Secret;
use kube::{Api, api::PostParams};
use pg_tests::{Result, cluster::Cluster, ensure, kubectl, site::Site, zalando};
use serde_json::{Value, json};

use crate::{
    ground,
    report::{Figure, Report},
};

const CONTEXT: &str = "examples";
const DEFAULT: &str = "default";
/// The oldest major of the lab's image.
const OLDEST: &str = "15";

pub async fn measure(report: &mut Report) -> Result {
    let site = ground::prepare(CONTEXT, 2, &[]).await?;
    let result = figures(&site, report).await;
    ground::down(CONTEXT).await?;
    result
}

async fn figures(site: &Site, report: &mut Report) -> Result {
    let (mut all, mut running) = (0, 0);
    for (file, objects) in examples().await? {
        all += 1;
        let began = Instant::now();
        let ended = runs(site, &objects).await;
        let seconds = began.elapsed().as_secs_f64();
        let why = ended.as_ref().err().map(ToString::to_string);
        report.row(
            "examples",
            json!({ "file": file, "seconds": seconds, "wrong": why }),
        )?;
        match ended {
            Ok(()) => running += 1,
            Err(error) => eprintln!("examples: {file}: {error}"),
        }
    }
    report.figure(&Figure {
        name: "examples".to_owned(),
        measured: format!("{running} of {all} Running"),
        target: "all".to_owned(),
        against: "the manifests of Zalando's operator 1.15.1; other images, 15 for 13".to_owned(),
        ok: all > 0 && running == all,
    })
}

/// Files with Postgres clusters, the source of the standby first.
async fn examples() -> Result<Vec<(String, Vec<Value>)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(zalando::manifests().await?)? {
        let file = entry?.file_name().to_string_lossy().into_owned();
        if !file.ends_with(".yaml") {
            continue;
        }
        let text = zalando::manifest(&file).await?;
        let objects: Vec<Value> =
            serde_saphyr::from_multiple(&text).map_err(|error| format!("{file}: {error}"))?;
        let known = |object: &Value| {
            let version = object["apiVersion"].as_str().unwrap_or_default();
            object.is_object() && !version.starts_with("monitoring.coreos.com/")
        };
        let objects: Vec<Value> = objects.into_iter().filter(known).map(fitted).collect();
        if objects.iter().any(is_cluster) {
            found.push((file, objects));
        }
    }
    found.sort_by_key(|(file, objects)| (objects.iter().any(is_standby), file.clone()));
    Ok(found)
}

fn is_cluster(object: &Value) -> bool {
    object["kind"] == "postgresql"
}

fn is_standby(object: &Value) -> bool {
    is_cluster(object) && object["spec"]["standby"].is_object()
}

fn fitted(mut object: Value) -> Value {
    if is_cluster(&object) && object["spec"]["postgresql"]["version"] == "13" {
        object["spec"]["postgresql"]["version"] = json!(OLDEST);
    }
    object
}

async fn runs(site: &Site, objects: &[Value]) -> Result {
    for object in objects {
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or(DEFAULT);
        if is_cluster(object) {
            prepare(site, namespace, object).await?;
        }
        kubectl::apply(site, &object.to_string()).await?;
    }
    for object in objects.iter().filter(|object| is_cluster(object)) {
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or(DEFAULT);
        let name = object["metadata"]["name"].as_str().ok_or("no name")?;
        let cluster = Cluster::find(site, namespace, name).await?;
        cluster.running().await?;
    }
    Ok(())
}

/// What its page of Zalando's documentation asks for before: a standby has the passwords of its
/// source; and a sidecar's Secret that no cluster has.
async fn prepare(site: &Site, namespace: &str, object: &Value) -> Result {
    let name = object["metadata"]["name"].as_str().ok_or("no name")?;
    let secrets = Api::<Secret>::namespaced(site.client.clone(), namespace);
    let create = async |name: &str, data: BTreeMap<String, Value>| {
        let secret = serde_json::from_value(json!({
            "metadata": { "name": name }, "data": data,
        }))?;
        secrets.create(&PostParams::default(), &secret).await?;
        Ok::<(), pg_tests::Error>(())
    };
    if let Some(host) = object["spec"]["standby"]["standby_host"].as_str() {
        let source = host.split('.').next().unwrap_or_default();
        for role in ["postgres", "standby"] {
            let of =
                |cluster: &str| format!("{role}.{cluster}.credentials.postgresql.acid.zalan.do");
            let secret = secrets.get(&of(source)).await?;
            let data = secret.data.unwrap_or_default();
            ensure!(
                data.contains_key("password"),
                "{} has no password",
                of(source)
            );
            let data = data
                .into_iter()
                .map(|(key, value)| Ok((key, serde_json::to_value(value)?)))
                .collect::<Result<_>>()?;
            create(&of(name), data).await?;
        }
    }
    let text = object.to_string();
    let foreign = "postgres.test-pg.credentials.postgresql.acid.zalan.do";
    if text.contains(foreign) {
        create(
            foreign,
            BTreeMap::from([("password".to_owned(), json!("eA=="))]),
        )
        .await?;
    }
    Ok(())
}
