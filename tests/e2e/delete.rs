//! Deletion: what goes and what stays.

use std::fmt::Debug;

use k8s_openapi::{
    NamespaceResourceScope,
    api::{
        apps::v1::StatefulSet,
        core::v1::{ConfigMap, Endpoints, Namespace, PersistentVolumeClaim, Pod, Secret, Service},
        discovery::v1::EndpointSlice,
        policy::v1::PodDisruptionBudget,
    },
};
use kube::{Api, Resource, api::DeleteParams};
use pg_tests::{
    Result, cluster::Cluster, ensure, manifest, plugin::Plugin, site::Place, test::run, wait,
};
use serde::de::DeserializeOwned;

/// All objects of a cluster, as `Kind name`. The service account of the namespace's pods and its role
/// binding are not among them: they stay, for the next cluster there, as Zalando's operator leaves them.
async fn objects(cluster: &Cluster) -> Result<Vec<String>> {
    let mut all = Vec::new();
    all.extend(names::<StatefulSet>(cluster).await?);
    all.extend(names::<Pod>(cluster).await?);
    all.extend(names::<Service>(cluster).await?);
    all.extend(names::<Endpoints>(cluster).await?);
    all.extend(names::<PodDisruptionBudget>(cluster).await?);
    all.extend(names::<ConfigMap>(cluster).await?);
    all.extend(names::<Secret>(cluster).await?);
    all.extend(names::<PersistentVolumeClaim>(cluster).await?);
    all.extend(names::<EndpointSlice>(cluster).await?);
    Ok(all)
}

async fn names<K>(cluster: &Cluster) -> Result<Vec<String>>
where
    K: Resource<Scope = NamespaceResourceScope> + Clone + DeserializeOwned + Debug,
    K::DynamicType: Default,
{
    let kind = K::kind(&K::DynamicType::default()).into_owned();
    let names = cluster.names::<K>().await?.into_iter();
    let names = names.filter(|name| name != "kube-root-ca.crt");
    Ok(names.map(|name| format!("{kind} {name}")).collect())
}

/// As installed, volumes and Secrets stay, and a new cluster of the name comes up with the rows.
#[test]
fn volumes_and_secrets_stay() {
    run(async |test| {
        let west = test.share(Place::West).await?;
        let plugin = Plugin::new(&west)?;
        let cluster = test.running(&west, "main", manifest::members(2)).await?;
        let primary = cluster.primary().await?;
        cluster
            .sql(&primary, "CREATE TABLE t AS SELECT 42 AS n")
            .await?;
        let password = cluster.password().await?;
        let target = cluster.target();
        plugin
            .ok(&format!("delete {target} --confirm {target}"))
            .await?;
        wait::until("only volumes and Secrets are left", async || {
            let mut left = objects(&cluster).await?;
            left.sort();
            let expected = [
                "PersistentVolumeClaim pgdata-main-0",
                "PersistentVolumeClaim pgdata-main-1",
                "Secret postgres.main.credentials.postgresql.acid.zalan.do",
                "Secret standby.main.credentials.postgresql.acid.zalan.do",
            ];
            ensure!(left == expected, "{left:?}");
            Ok(())
        })
        .await?;

        let again = test.running(&west, "main", manifest::members(2)).await?;
        ensure!(again.uid != cluster.uid, "it was never deleted");
        ensure!(
            again.password().await? == password,
            "the password is another one"
        );
        for member in ["main-0", "main-1"] {
            let rows = again.sql(member, "SELECT n FROM t").await?;
            ensure!(rows == "42", "{member} has {rows:?}");
        }
        Ok(())
    });
}

/// Asked to by who deletes, the controller leaves nothing at all.
#[test]
fn nothing_stays() {
    run(async |test| {
        let west = test.share(Place::West).await?;
        let plugin = Plugin::new(&west)?;
        let cluster = test.running(&west, "main", manifest::members(2)).await?;
        let target = cluster.target();
        let delete = format!("delete {target} --with data,secrets --confirm {target}");
        plugin.ok(&delete).await?;
        wait::until("nothing is left", async || {
            let left = objects(&cluster).await?;
            ensure!(left.is_empty(), "{left:?}");
            Ok(())
        })
        .await
    });
}

/// A namespace that is deleted with a Postgres cluster in it goes: the controller makes nothing
/// there any more and takes its finalizer off.
#[test]
fn with_its_namespace() {
    run(async |test| {
        let west = test.share(Place::West).await?;
        test.running(&west, "main", manifest::members(1)).await?;
        let namespaces = Api::<Namespace>::all(west.client.clone());
        namespaces
            .delete(&test.namespace, &DeleteParams::default())
            .await?;
        wait::until("the namespace is gone", async || {
            match namespaces.get_opt(&test.namespace).await? {
                None => Ok(()),
                Some(there) => Err(format!("{:?}", there.status).into()),
            }
        })
        .await
    });
}
