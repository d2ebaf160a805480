//! A Postgres cluster as seen from here: what the commands use of the resource, and the whole of
//! it for those who print it.

use std::sync::Arc;

use jiff::Timestamp;
use kube::api::DynamicObject;
use pg_core::postgresql::{HIBERNATED, Health, PostgresqlStatus};
use serde_json::Value;

use crate::{
    connect::Context,
    target::{Field, Target},
};

/// One Postgres cluster in one context.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Where it is.
    pub context: Arc<Context>,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What the controller says of it; empty when it has said nothing that is understood.
    pub status: PostgresqlStatus,
    /// The resource.
    pub object: DynamicObject,
}

impl Cluster {
    /// Who the primary is now, for a question.
    pub fn primary_now(&self) -> String {
        let primary = self.status.primary.as_deref();
        format!("primary now {}", primary.unwrap_or("unknown"))
    }

    /// From the resource.
    pub fn new(context: &Arc<Context>, object: DynamicObject) -> Self {
        let status = object
            .data
            .get("status")
            .and_then(PostgresqlStatus::deserialize_or_none)
            .unwrap_or_default();
        Self {
            context: Arc::clone(context),
            namespace: object.metadata.namespace.clone().unwrap_or_default(),
            name: object.metadata.name.clone().unwrap_or_default(),
            status,
            object,
        }
    }

    /// `main` in `pg` of no context, with more fields of its resource.
    #[cfg(test)]
    pub fn nowhere(more: Value) -> Self {
        let mut object = serde_json::json!({
            "apiVersion": "acid.zalan.do/v1", "kind": "postgresql",
            "metadata": {"name": "main", "namespace": "pg"}, "spec": {},
        });
        for (key, value) in more.as_object().into_iter().flatten() {
            match object[key].as_object_mut() {
                Some(there) => there.extend(value.as_object().cloned().unwrap_or_default()),
                None => object[key] = value.clone(),
            }
        }
        let object = serde_json::from_value(object).expect("an object");
        Self::new(&Arc::new(Context::nowhere()), object)
    }

    /// Its uid.
    pub fn uid(&self) -> &str {
        self.object.metadata.uid.as_deref().unwrap_or_default()
    }

    /// Whether it is the other one, though seen through another context.
    pub fn is_same(&self, other: &Self) -> bool {
        self.target() == other.target()
            || !self.uid().is_empty()
                && self.uid() == other.uid()
                && self.context.mark() == other.context.mark()
    }

    /// When the controller last wrote its status: what stands there was so then. It writes only
    /// what changed, so it may be so still.
    pub fn told_at(&self) -> Option<Timestamp> {
        let fields = self.object.metadata.managed_fields.as_ref()?;
        let of_status = fields
            .iter()
            .filter(|one| one.subresource.as_deref() == Some("status"));
        of_status
            .filter_map(|one| one.time.as_ref())
            .map(|time| time.0)
            .max()
    }

    /// Whether it is being deleted.
    pub fn is_going(&self) -> bool {
        self.object.metadata.deletion_timestamp.is_some()
    }

    /// When it was created.
    pub fn created(&self) -> Option<Timestamp> {
        self.object
            .metadata
            .creation_timestamp
            .as_ref()
            .map(|time| time.0)
    }

    /// A field of the manifest.
    pub fn spec(&self, path: &[&str]) -> Option<&Value> {
        path.iter()
            .try_fold(self.object.data.get("spec")?, |value, key| value.get(key))
    }

    /// An annotation of the manifest.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        let annotations = self.object.metadata.annotations.as_ref()?;
        annotations.get(key).map(String::as_str)
    }

    /// What `--where` looks at.
    pub fn field(&self, field: Field) -> String {
        let text = |path: &[&str]| {
            let value = self.spec(path).and_then(Value::as_str);
            value.unwrap_or_default().to_owned()
        };
        match field {
            Field::Namespace => self.namespace.clone(),
            Field::Name => self.name.clone(),
            Field::Health => self.health_in_a_word(),
            Field::Ready => self.status.ready.clone().unwrap_or_default(),
            Field::Version => self.version().to_owned(),
            Field::Primary => self.status.primary.clone().unwrap_or_default(),
            Field::Team => text(&["teamId"]),
            Field::Volume => text(&["volume", "size"]),
        }
    }

    /// Whether its manifest makes it the standby of another cluster.
    pub fn follows(&self) -> bool {
        self.spec(&["standby"]).is_some_and(|it| !it.is_null())
    }

    /// Members wanted.
    pub fn members_wanted(&self) -> i64 {
        self.spec(&["numberOfInstances"])
            .and_then(Value::as_i64)
            .unwrap_or_default()
    }

    /// Major version wanted.
    pub fn version(&self) -> &str {
        self.spec(&["postgresql", "version"])
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Health in one word; nobody has told: unknown.
    pub fn health(&self) -> Health {
        self.status.health.unwrap_or(Health::Unknown)
    }

    /// The same for a person: what is stopped on purpose is not down.
    pub fn health_in_a_word(&self) -> String {
        match self.status.is_hibernated() {
            true => HIBERNATED.to_owned(),
            false => self.health().to_string(),
        }
    }

    /// Whether somebody should look at it.
    pub fn is_a_problem(&self) -> bool {
        self.health() != Health::Healthy && !self.status.is_hibernated()
    }

    /// Its name in full: the context too.
    pub fn target(&self) -> Target {
        Target {
            namespace: Some(self.namespace.clone()),
            name: self.name.clone(),
            context: Some(self.context.name.clone()),
        }
    }
}

/// Decoding that leaves out what is not understood.
trait Lenient: Sized {
    fn deserialize_or_none(value: &Value) -> Option<Self>;
}

impl Lenient for PostgresqlStatus {
    fn deserialize_or_none(value: &Value) -> Option<Self> {
        use serde::Deserialize;
        Self::deserialize(value).ok()
    }
}
