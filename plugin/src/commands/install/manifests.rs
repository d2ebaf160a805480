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
    "crds/operatorconfigurations.yaml",
    "crds/postgresteams.yaml",
    "crds/operations.yaml",
    "crds/rollups.yaml",
    "crds/rollouts.yaml",
    "install/10-namespace.yaml",
    "install/20-rights.yaml",
    "install/30-roles.yaml",
    "install/40-policies.yaml",
    "install/45-protection.yaml",
    "install/50-configuration.yaml",
    "install/60-deployment.yaml",
];

/// The text of one of them; nothing where there is none of that path.
pub fn manifest(path: &str) -> &'static str {
    let file = FILES.iter().find(|file| file.path == path);
    file.map_or("", |file| file.text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_file_is_forgotten() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../manifests/");
        let mut there = BTreeSet::new();
        for folder in ["crds", "install"] {
            for entry in std::fs::read_dir(format!("{root}{folder}")).expect("a folder") {
                let name = entry.expect("an entry").file_name();
                there.insert(format!("{folder}/{}", name.to_string_lossy()));
            }
        }
        let listed: BTreeSet<String> = FILES.iter().map(|file| file.path.to_owned()).collect();
        assert_eq!(listed, there);
    }
}
