//! What `install` brings, in the order in which it is applied. Kept as files under `manifests/`,
//! so that the same can be applied by other means.

/// One file of manifests.
pub struct File {
    /// Its path.
    pub path: &'static str,
    /// Its text.
    pub text: &'static str,
}

macro_rules! files {
    ($($path:literal),* $(,)?) => {
        &[$(File {
            path: $path,
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../manifests/", $path)),
        }),*]
    };
}

/// All of them.
pub const FILES: &[File] = files![
    "crds/postgresqls.yaml",
    "crds/operations.yaml",
    "crds/rollups.yaml",
];
