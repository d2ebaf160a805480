//! The definitions of the custom resources, as `manifests/crds/` and `pg-fleet crds` give them.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSONSchemaProps,
};
use kube::CustomResourceExt;
use serde_json::Value;

use crate::{
    configuration::OperatorConfiguration,
    operation::Operation,
    postgresql::{Postgresql, schema},
    postgresteam::PostgresTeam,
    rollout::Rollout,
    rollup::Rollup,
};

/// The definition of a custom resource could not be made: a mistake in this program.
#[derive(Debug, thiserror::Error)]
pub enum CrdError {
    /// The schema is not one of Kubernetes.
    #[error("cannot make the definition of {name}: {source}")]
    Schema {
        /// Name of the definition.
        name: &'static str,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// The definition cannot be written as YAML.
    #[error("cannot write a definition: {0}")]
    Yaml(#[from] serde_saphyr::ser_error::Error),
}

/// Returns the definitions of all custom resources.
pub fn crds() -> Result<Vec<CustomResourceDefinition>, CrdError> {
    Ok(vec![
        mended(Postgresql::crd(), Postgresql::crd_name(), schema::mend)?,
        mended(
            OperatorConfiguration::crd(),
            OperatorConfiguration::crd_name(),
            |_| (),
        )?,
        mended(
            PostgresTeam::crd(),
            PostgresTeam::crd_name(),
            schema::without_null,
        )?,
        mended(Operation::crd(), Operation::crd_name(), |_| ())?,
        mended(Rollup::crd(), Rollup::crd_name(), |_| ())?,
        mended(Rollout::crd(), Rollout::crd_name(), |_| ())?,
    ])
}

/// Returns a definition as the text of a file.
pub fn yaml(crd: &CustomResourceDefinition) -> Result<String, CrdError> {
    let text = serde_saphyr::to_string(crd)?;
    Ok(format!(
        "# Generated from src/: UPDATE=1 cargo test -p pg-core crds\n{text}"
    ))
}

/// Changes the schema of a definition, as JSON.
fn mended(
    mut crd: CustomResourceDefinition,
    name: &'static str,
    change: fn(&mut Value),
) -> Result<CustomResourceDefinition, CrdError> {
    for version in &mut crd.spec.versions {
        if let Some(schema) = &mut version.schema {
            let error = |source| CrdError::Schema { name, source };
            let mut value = serde_json::to_value(&schema.open_api_v3_schema).map_err(error)?;
            change(&mut value);
            schema::tidy(&mut value);
            schema.open_api_v3_schema =
                serde_json::from_value::<Option<JSONSchemaProps>>(value).map_err(error)?;
        }
    }
    Ok(crd)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where a definition is kept.
    fn path(crd: &CustomResourceDefinition) -> String {
        let plural = &crd.spec.names.plural;
        format!(
            "{}/manifests/crds/{plural}.yaml",
            env!("CARGO_MANIFEST_DIR")
        )
    }

    #[test]
    fn crds_in_manifests_are_current() {
        for crd in crds().unwrap() {
            let path = path(&crd);
            let made = crate::crd::yaml(&crd).unwrap();
            if std::env::var_os("UPDATE").is_some() {
                std::fs::write(&path, &made).unwrap();
            }
            let kept = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(
                kept == made,
                "{path} is not what the types say: UPDATE=1 cargo test -p pg-core crds"
            );
        }
    }
}
