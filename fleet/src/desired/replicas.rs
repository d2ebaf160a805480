//! How many members a cluster has.

use pg_core::{configuration::Configuration, postgresql::Postgresql};

use super::metadata::annotation;

/// The number of members that the manifest asks for, within the configuration's limits (negative
/// means none), unless the manifest carries the annotation that ignores them. A standby cluster
/// may have one member whatever the minimum is (zalando.md §1).
pub fn replicas(manifest: &Postgresql, configuration: &Configuration) -> i32 {
    let asked = manifest.spec.number_of_instances.max(0);
    let exempt = annotation(
        manifest,
        &configuration.ignore_instance_limits_annotation_key,
    ) == Some("true");
    if exempt || (manifest.spec.standby.is_some() && asked == 1) {
        return i32::try_from(asked).unwrap_or(i32::MAX);
    }
    let (min, max) = (
        i64::from(configuration.min_instances),
        i64::from(configuration.max_instances),
    );
    // The minimum last: where the limits contradict each other, more members are the safer side.
    let asked = if max >= 0 { asked.min(max) } else { asked };
    let asked = if min >= 0 { asked.max(min) } else { asked };
    i32::try_from(asked).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use pg_core::postgresql::Standby;

    use super::*;

    #[test]
    fn limits_hold_unless_ignored() {
        let table = [
            // (asked, min, max, standby, ignored, members)
            (2, -1, -1, false, false, 2),
            (0, -1, -1, false, false, 0),
            (-3, -1, -1, false, false, 0),
            (1, 2, -1, false, false, 2),
            (9, -1, 5, false, false, 5),
            (9, -1, 5, false, true, 9),
            (1, 2, 5, true, false, 1),
            (1, 2, 0, true, false, 1),
            (4, 2, 3, true, false, 3),
            (3, 4, 2, false, false, 4),
        ];
        for (asked, min, max, standby, ignored, members) in table {
            let mut manifest = Postgresql::default();
            manifest.spec.number_of_instances = asked;
            manifest.spec.standby = standby.then(Standby::default);
            manifest.metadata.annotations = ignored.then(|| {
                [("ignore".to_owned(), "true".to_owned())]
                    .into_iter()
                    .collect()
            });
            let configuration = Configuration {
                min_instances: min,
                max_instances: max,
                ignore_instance_limits_annotation_key: "ignore".to_owned(),
                ..Configuration::default()
            };
            assert_eq!(
                replicas(&manifest, &configuration),
                members,
                "{asked} within {min}..{max}"
            );
        }
    }
}
