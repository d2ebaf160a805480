//! Environment of clusters whose data comes from elsewhere: clones and standbys (zalando.md §4).

use pg_core::{names, postgresql::CloneFrom};
use serde_json::Value;

use super::{
    super::Inputs,
    env::{password, suffix, value},
    given,
};

/// Where Amazon's webhook puts the token of a service account with a role.
const AWS_TOKEN_FILE: &str = "/var/run/secrets/eks.amazonaws.com/serviceaccount/token";

/// Variables of a clone. With a point in time it is restored from the archive, without one copied
/// from the live cluster in the same namespace.
pub(super) fn clone(inputs: &Inputs) -> Vec<Value> {
    let Some(source) = &inputs.spec().clone_from else {
        return Vec::new();
    };
    if source.cluster.is_empty() {
        return Vec::new();
    }
    let mut variables = vec![value("CLONE_SCOPE", &source.cluster)];
    match given(source.timestamp.as_deref()) {
        None => {
            let user = &inputs.configuration.replication_username;
            variables.extend([
                value("CLONE_METHOD", "CLONE_WITH_BASEBACKUP"),
                value("CLONE_HOST", &names::primary_service(&source.cluster)),
                value("CLONE_PORT", &names::POSTGRES_PORT.to_string()),
                value("CLONE_USER", user),
                password(inputs, "CLONE_PASSWORD", user, &source.cluster),
            ]);
        }
        Some(time) => variables.extend(from_archive(inputs, source, time)),
    }
    variables
}

fn from_archive(inputs: &Inputs, source: &CloneFrom, time: &str) -> Vec<Value> {
    let configuration = inputs.configuration;
    let mut variables = Vec::new();
    if let Some(path) = given(source.s3_wal_path.as_deref()) {
        variables.push(value("CLONE_WALE_S3_PREFIX", path));
    } else {
        if !configuration.wal_s3_bucket.is_empty() {
            variables.push(value("CLONE_WAL_S3_BUCKET", &configuration.wal_s3_bucket));
        } else if !configuration.wal_gs_bucket.is_empty() {
            variables.push(value("CLONE_WAL_GS_BUCKET", &configuration.wal_gs_bucket));
            if !configuration.gcp_credentials.is_empty() {
                variables.push(value(
                    "CLONE_GOOGLE_APPLICATION_CREDENTIALS",
                    &configuration.gcp_credentials,
                ));
            }
        } else if !configuration.wal_az_storage_account.is_empty() {
            variables.push(value(
                "CLONE_AZURE_STORAGE_ACCOUNT",
                &configuration.wal_az_storage_account,
            ));
        }
        let suffix = suffix(source.uid.as_deref().unwrap_or(""));
        variables.push(value("CLONE_WAL_BUCKET_SCOPE_SUFFIX", &suffix));
    }
    variables.extend([
        value("CLONE_METHOD", "CLONE_WITH_WALE"),
        value("CLONE_TARGET_TIME", time),
        value("CLONE_WAL_BUCKET_SCOPE_PREFIX", ""),
    ]);
    for (name, text) in [
        ("CLONE_AWS_ENDPOINT", &source.s3_endpoint),
        ("CLONE_WALE_S3_ENDPOINT", &source.s3_endpoint),
        ("CLONE_AWS_ACCESS_KEY_ID", &source.s3_access_key_id),
        ("CLONE_AWS_SECRET_ACCESS_KEY", &source.s3_secret_access_key),
    ] {
        if let Some(text) = given(text.as_deref()) {
            variables.push(value(name, text));
        }
    }
    if let Some(path_style) = source.s3_force_path_style {
        let flag = if path_style { "1" } else { "0" };
        variables.push(value("CLONE_AWS_S3_FORCE_PATH_STYLE", flag));
    }
    variables.extend(aws_role(inputs, "CLONE"));
    variables
}

/// Variables of a standby cluster: a host, an archive, or both.
pub(super) fn standby(inputs: &Inputs) -> Vec<Value> {
    let Some(source) = &inputs.spec().standby else {
        return Vec::new();
    };
    let mut variables = Vec::new();
    if let Some(host) = given(source.standby_host.as_deref()) {
        variables.push(value("STANDBY_HOST", host));
        for (name, text) in [
            ("STANDBY_PORT", &source.standby_port),
            (
                "STANDBY_PRIMARY_SLOT_NAME",
                &source.standby_primary_slot_name,
            ),
        ] {
            if let Some(text) = given(text.as_deref()) {
                variables.push(value(name, text));
            }
        }
    }
    let archive = [
        ("STANDBY_WALE_S3_PREFIX", &source.s3_wal_path),
        ("STANDBY_WALE_GS_PREFIX", &source.gs_wal_path),
    ]
    .into_iter()
    .find_map(|(name, path)| given(path.as_deref()).map(|path| value(name, path)));
    if let Some(archive) = archive {
        variables.extend([
            archive,
            value("STANDBY_METHOD", "STANDBY_WITH_WALE"),
            value("STANDBY_WAL_BUCKET_SCOPE_PREFIX", ""),
        ]);
        variables.extend(aws_role(inputs, "STANDBY"));
    }
    variables
}

/// The role of AWS under which the archive is read.
fn aws_role(inputs: &Inputs, prefix: &str) -> Vec<Value> {
    let role = &inputs.configuration.irsa_role_arn;
    if role.is_empty() {
        return Vec::new();
    }
    vec![
        value(&format!("{prefix}_AWS_ROLE_ARN"), role),
        value(
            &format!("{prefix}_AWS_WEB_IDENTITY_TOKEN_FILE"),
            AWS_TOKEN_FILE,
        ),
    ]
}
