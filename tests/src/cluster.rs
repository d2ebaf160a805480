//! One Postgres cluster under test.

use std::fmt::Debug;

use k8s_openapi::{
    NamespaceResourceScope,
    api::{
        apps::v1::StatefulSet,
        core::v1::{PersistentVolumeClaim, Pod},
    },
};
use kube::{
    Api, Resource, ResourceExt,
    api::{ListParams, Patch, PatchParams, PostParams},
};
use pg_core::postgresql::{
    Postgresql,
    status::{Health, PostgresqlStatus},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::{Result, ensure, kubernetes, site::Site, wait};

/// A Postgres cluster: this one and no later one of the same name.
#[derive(Clone)]
pub struct Cluster {
    /// Where it is.
    pub site: Site,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
}

impl Cluster {
    /// Creates it from a spec, for a controller with this id or for the one without.
    pub async fn create(
        site: &Site,
        namespace: &str,
        name: &str,
        controller: Option<&str>,
        spec: Value,
    ) -> Result<Self> {
        let mut manifest: Postgresql = serde_json::from_value(json!({
            "apiVersion": "acid.zalan.do/v1",
            "kind": "postgresql",
            "metadata": { "name": name },
            "spec": spec,
        }))?;
        if let Some(id) = controller {
            let key = pg_core::names::CONTROLLER_ANNOTATION.to_owned();
            manifest.annotations_mut().insert(key, id.to_owned());
        }
        let api = Api::<Postgresql>::namespaced(site.client.clone(), namespace);
        api.create(&PostParams::default(), &manifest).await?;
        Self::find(site, namespace, name).await
    }

    /// Finds one that somebody else created.
    pub async fn find(site: &Site, namespace: &str, name: &str) -> Result<Self> {
        let api = Api::<Postgresql>::namespaced(site.client.clone(), namespace);
        let uid = api.get(name).await?.uid();
        Ok(Self {
            site: site.clone(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            uid: uid.ok_or("it has no uid")?,
        })
    }

    /// As a target on the plugin's command line.
    pub fn target(&self) -> String {
        format!("{}/{}@{}", self.namespace, self.name, self.site.context)
    }

    /// The pod with this number.
    pub fn member(&self, ordinal: i32) -> String {
        pg_core::names::member(&self.name, ordinal)
    }

    /// Its manifests.
    pub fn api(&self) -> Api<Postgresql> {
        Api::namespaced(self.site.client.clone(), &self.namespace)
    }

    /// Objects of its namespace.
    pub fn children<K>(&self) -> Api<K>
    where
        K: Resource<Scope = NamespaceResourceScope>,
        K::DynamicType: Default,
    {
        Api::namespaced(self.site.client.clone(), &self.namespace)
    }

    /// The names of a kind's objects in its namespace.
    pub async fn names<K>(&self) -> Result<Vec<String>>
    where
        K: Resource<Scope = NamespaceResourceScope> + Clone + DeserializeOwned + Debug,
        K::DynamicType: Default,
    {
        let list = self.children::<K>().list(&ListParams::default()).await?;
        Ok(list.iter().map(ResourceExt::name_any).collect())
    }

    /// The labels that its objects carry.
    pub fn labels(&self) -> String {
        format!("application=spilo,cluster-name={}", self.name)
    }

    /// The manifest now.
    pub async fn manifest(&self) -> Result<Postgresql> {
        Ok(self.api().get(&self.name).await?)
    }

    /// The status now.
    pub async fn status(&self) -> Result<PostgresqlStatus> {
        Ok(self.manifest().await?.status.unwrap_or_default())
    }

    /// Changes the manifest by a merge patch.
    pub async fn patch(&self, patch: Value) -> Result {
        self.api()
            .patch(&self.name, &PatchParams::default(), &Patch::Merge(&patch))
            .await?;
        Ok(())
    }

    /// Waits until the status is as wanted.
    pub async fn wait(
        &self,
        what: &str,
        holds: impl Fn(&PostgresqlStatus) -> bool,
    ) -> Result<PostgresqlStatus> {
        wait::until(&format!("{} {what}", self.target()), async || {
            let status = self.status().await?;
            ensure!(holds(&status), "{}", in_words(&status));
            Ok(status)
        })
        .await
    }

    /// Waits until the manifest is carried out and every member serves; gives the status.
    pub async fn running(&self) -> Result<PostgresqlStatus> {
        let what = format!("{} is Running", self.target());
        wait::until(&what, async || {
            let manifest = self.manifest().await?;
            let generation = manifest.metadata.generation;
            let wanted = manifest.spec.number_of_instances;
            let status = manifest.status.unwrap_or_default();
            let ready = status
                .conditions
                .iter()
                .any(|condition| condition.type_ == "Ready" && condition.status == "True");
            let settled = status.postgres_cluster_status == "Running"
                && ready
                && status.observed_generation == generation
                && status.health == Some(Health::Healthy)
                && status.ready == Some(format!("{wanted}/{wanted}"))
                && status.members.len() == usize::try_from(wanted)?;
            ensure!(settled, "{}", in_words(&status));
            Ok(status)
        })
        .await
    }

    /// The primary, as the status says.
    pub async fn primary(&self) -> Result<String> {
        let primary = self.status().await?.primary;
        primary.ok_or_else(|| "no primary is known".into())
    }

    /// The members that are not the primary.
    pub async fn replicas(&self) -> Result<Vec<String>> {
        let status = self.status().await?;
        let others = status
            .members
            .into_iter()
            .map(|member| member.name)
            .filter(|name| Some(name) != status.primary.as_ref());
        Ok(others.collect())
    }

    /// Its pods.
    pub async fn pods(&self) -> Result<Vec<Pod>> {
        kubernetes::pods(&self.site, &self.namespace, &self.labels()).await
    }

    /// Names of the pods that carry a role's label.
    pub async fn with_role(&self, role: &str) -> Result<Vec<String>> {
        let pods = self.pods().await?;
        let carries = |pod: &&Pod| pod.labels().get("spilo-role").is_some_and(|is| is == role);
        Ok(pods
            .iter()
            .filter(carries)
            .map(ResourceExt::name_any)
            .collect())
    }

    /// One pod.
    pub async fn pod(&self, name: &str) -> Result<Pod> {
        kubernetes::pod(&self.site, &self.namespace, name).await
    }

    /// The node of a member.
    pub async fn node(&self, member: &str) -> Result<String> {
        kubernetes::node_of(&self.pod(member).await?)
    }

    /// A node that no member is on.
    pub async fn other_node(&self) -> Result<String> {
        let mut nodes = self.site.nodes().await?;
        for pod in self.pods().await? {
            let taken = kubernetes::node_of(&pod)?;
            nodes.retain(|node| *node != taken);
        }
        nodes.pop().ok_or_else(|| "every node has a member".into())
    }

    /// SQL in a member.
    pub async fn sql(&self, member: &str, sql: &str) -> Result<String> {
        kubernetes::sql(&self.site, &self.namespace, member, sql).await
    }

    /// A command in a member.
    pub async fn exec(&self, member: &str, command: &[&str]) -> Result<String> {
        kubernetes::exec(&self.site, &self.namespace, member, command).await
    }

    /// The StatefulSet.
    pub async fn stateful_set(&self) -> Result<StatefulSet> {
        Ok(self.children().get(&self.name).await?)
    }

    /// Names of the volume claims, in order.
    pub async fn claims(&self) -> Result<Vec<String>> {
        let api = self.children::<PersistentVolumeClaim>();
        let parameters = kube::api::ListParams::default().labels(&self.labels());
        let list = api.list(&parameters).await?;
        let mut names: Vec<String> = list.iter().map(ResourceExt::name_any).collect();
        names.sort();
        Ok(names)
    }

    /// Which containers run: pods with uids and restarts. The same before and after means that
    /// nothing was restarted.
    pub async fn incarnations(&self) -> Result<Vec<String>> {
        let mut all: Vec<String> = self
            .pods()
            .await?
            .iter()
            .map(|pod| {
                let restarts: i32 = pod
                    .status
                    .iter()
                    .flat_map(|status| status.container_statuses.iter().flatten())
                    .map(|container| container.restart_count)
                    .sum();
                let uid = pod.uid().unwrap_or_default();
                format!("{} {uid} {restarts}", pod.name_any())
            })
            .collect();
        all.sort();
        Ok(all)
    }

    /// The superuser's password.
    pub async fn password(&self) -> Result<String> {
        let name = format!(
            "postgres.{}.credentials.postgresql.acid.zalan.do",
            self.name
        );
        kubernetes::secret(&self.site, &self.namespace, &name, "password").await
    }
}

/// A status in one line.
fn in_words(status: &PostgresqlStatus) -> String {
    let members: Vec<String> = status
        .members
        .iter()
        .map(|member| format!("{} {} {}", member.name, member.role, member.state))
        .collect();
    let work = status.current.as_ref().map(|work| &work.step);
    format!(
        "{}, {:?}, ready {:?}, primary {:?}, {}, current {work:?}",
        status.postgres_cluster_status,
        status.health,
        status.ready,
        status.primary,
        members.join(", ")
    )
}
