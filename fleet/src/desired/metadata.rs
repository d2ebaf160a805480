//! Labels, annotations and owners of all objects (zalando.md §3.16).

use std::collections::BTreeMap;

use pg_core::{
    names,
    postgresql::{Postgresql, PostgresqlSpec},
    store::Store,
};
use regex::bytes::{Regex, RegexBuilder};
use serde_json::{Map, Value, json};

use super::{ChildKind, Error, Inputs};

/// Label with the team that owns the cluster; its name is fixed.
const TEAM_LABEL: &str = "team";

/// Names and values.
pub(super) type Pairs = BTreeMap<String, String>;

impl<'a> Inputs<'a> {
    pub(super) fn spec(&self) -> &'a PostgresqlSpec {
        &self.manifest.spec
    }

    pub(super) fn name(&self) -> &'a str {
        self.manifest.metadata.name.as_deref().unwrap_or("")
    }

    pub(super) fn namespace(&self) -> &'a str {
        self.manifest.metadata.namespace.as_deref().unwrap_or("")
    }

    pub(super) fn uid(&self) -> &'a str {
        self.manifest.metadata.uid.as_deref().unwrap_or("")
    }

    /// The annotation of the manifest with this name; an empty name (parameter not set) has none.
    pub(super) fn manifest_annotation(&self, key: &str) -> Option<&'a str> {
        annotation(self.manifest, key)
    }

    /// Whether Patroni keeps its state in ConfigMaps; then the primary's Service has a selector.
    pub(super) fn uses_config_maps(&self) -> bool {
        Store::of(self.configuration) == Store::ConfigMaps
    }

    /// The labels of every selector: few, because they can never change.
    pub(super) fn selector(&self) -> Pairs {
        names::selector_labels(
            &self.configuration.cluster_labels,
            &self.configuration.cluster_name_label,
            self.name(),
        )
    }

    /// The labels of every object: the selector's, the team and what the manifest hands down.
    pub(super) fn labels(&self) -> Pairs {
        let mut labels = self.selector();
        labels.insert(TEAM_LABEL.to_owned(), self.spec().team_id.clone());
        let own = self.manifest.metadata.labels.as_ref();
        for key in &self.configuration.inherited_labels {
            if let Some(value) = own.and_then(|labels| labels.get(key)) {
                labels.insert(key.clone(), value.clone());
            }
        }
        labels
    }

    /// Adds the label that tells primary and replicas apart.
    pub(super) fn with_role(&self, mut labels: Pairs, role: &str) -> Pairs {
        labels.insert(self.configuration.pod_role_label.clone(), role.to_owned());
        labels
    }

    /// The given annotations and those that the manifest hands down, which win.
    pub(super) fn annotations(&self, mut given: Pairs) -> Pairs {
        for key in &self.configuration.inherited_annotations {
            if let Some(value) = self.manifest_annotation(key) {
                given.insert(key.clone(), value.to_owned());
            }
        }
        given
    }

    /// Annotations of the manifest that tell a downscaler what to do; only the StatefulSet has
    /// them. The parameter holds regular expressions that may match anywhere in the name, so
    /// `downscaler/*` is one, and not a file name's pattern.
    pub(super) fn downscaler_annotations(&self) -> Result<Pairs, Error> {
        let mut found = Pairs::new();
        let own = self.manifest.metadata.annotations.as_ref();
        for pattern in &self.configuration.downscaler_annotations {
            let pattern = self::pattern(pattern)?;
            found.extend(
                own.into_iter()
                    .flatten()
                    .filter(|(key, _)| pattern.is_match(key.as_bytes()))
                    .map(|(key, value)| (key.clone(), value.clone())),
            );
        }
        Ok(found)
    }

    /// The owners of every object: those of the manifest, and the manifest itself if configured.
    pub(super) fn owner_references(&self) -> Vec<Value> {
        let mut owners: Vec<Value> = Vec::new();
        let mut controlled = false;
        let mut present = false;
        for owner in self.manifest.metadata.owner_references.iter().flatten() {
            controlled |= owner.controller == Some(true);
            present |= owner.uid == self.uid();
            owners.extend(serde_json::to_value(owner));
        }
        if self.configuration.enable_owner_references && !present {
            let mut own = json!({
                "apiVersion": "acid.zalan.do/v1",
                "kind": "postgresql",
                "name": self.name(),
                "uid": self.uid(),
            });
            // The API server accepts one controller only; Zalando's operator asks for a second.
            if !controlled {
                own["controller"] = json!(true);
            }
            owners.push(own);
        }
        owners
    }

    /// An object of the cluster as it is applied, without its spec.
    pub(super) fn object(
        &self,
        kind: ChildKind,
        name: &str,
        labels: &Pairs,
        annotations: &Pairs,
    ) -> Value {
        let mut metadata = metadata(Some(name), self.namespace(), labels, annotations);
        let owners = self.owner_references();
        if !owners.is_empty() {
            metadata["ownerReferences"] = Value::Array(owners);
        }
        json!({ "apiVersion": kind.api_version(), "kind": kind.kind(), "metadata": metadata })
    }
}

/// One of the downscaler's patterns.
pub(super) fn pattern(text: &str) -> Result<Regex, Error> {
    // Without Unicode's tables the classes mean what they mean in Go.
    RegexBuilder::new(text)
        .unicode(false)
        .size_limit(1 << 20)
        .build()
        .map_err(|error| Error::configuration("downscaler_annotations", error.to_string()))
}

/// An annotation of a manifest, none for an empty name.
pub(super) fn annotation<'a>(manifest: &'a Postgresql, key: &str) -> Option<&'a str> {
    if key.is_empty() {
        return None;
    }
    let annotations = manifest.metadata.annotations.as_ref()?;
    annotations.get(key).map(String::as_str)
}

/// Metadata without owners; empty parts are absent.
pub(super) fn metadata(
    name: Option<&str>,
    namespace: &str,
    labels: &Pairs,
    annotations: &Pairs,
) -> Value {
    let mut metadata = Map::new();
    if let Some(name) = name {
        metadata.insert("name".to_owned(), json!(name));
    }
    metadata.insert("namespace".to_owned(), json!(namespace));
    for (key, pairs) in [("labels", labels), ("annotations", annotations)] {
        if !pairs.is_empty() {
            metadata.insert(key.to_owned(), json!(pairs));
        }
    }
    Value::Object(metadata)
}
