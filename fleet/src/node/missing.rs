//! What Spilo does and this image does not: said in the log, or refused where silence would cost data. The whole list is
//! manifests/images/postgres/README.md.

use super::environment::Environment;

/// What the environment asks for and this image does not do; the full list is manifests/images/postgres/README.md.
pub fn warnings(env: &Environment) -> Vec<String> {
    let mut warnings = Vec::new();
    if let Some(name) = env.names().find(|name| {
        ["WAL_", "WALE_", "WALG_"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
            && ["_BUCKET", "_PREFIX"].iter().any(|end| name.ends_with(end))
            && *name != "WAL_BUCKET_SCOPE_PREFIX"
    }) {
        warnings.push(format!(
            "{name} is set, but WAL-G is not in this image: NOTHING IS ARCHIVED OR BACKED UP"
        ));
    }
    if env.get("PAM_OAUTH2").is_some() {
        warnings.push("PAM_OAUTH2 is set, but the PAM module is not in this image: members of the human role cannot log in through it".into());
    }
    if env.get("CRONTAB").is_some() {
        warnings.push("CRONTAB is set, but this image runs no cron".into());
    }
    warnings
}

/// The variable that asks for a first start of a kind that Patroni cannot do here. A copy of a live source is made before
/// Patroni starts (copy.rs): it begins nothing in its place.
pub fn refused_bootstrap(env: &Environment) -> Option<&str> {
    env.names().find(|name| {
        *name == "CLONE_METHOD"
            || (env.get("STANDBY_HOST").is_none()
                && name.starts_with("STANDBY_WAL")
                && name.ends_with("_PREFIX")
                && *name != "STANDBY_WAL_BUCKET_SCOPE_PREFIX")
    })
}
