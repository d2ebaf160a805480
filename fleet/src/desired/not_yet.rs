//! What is asked for and does nothing here yet: it is accepted, so that a manifest need not be
//! changed for it, and said, so that nobody counts on it.

use pg_core::configuration::Configuration;

use super::Inputs;

/// Fields of the manifest, and parameters, that ask for something that is not done.
pub fn not_yet(inputs: &Inputs) -> Vec<&'static str> {
    let asked = of_manifest(inputs)
        .into_iter()
        .chain(of_configuration(inputs.configuration));
    asked
        .filter_map(|(name, is_asked)| is_asked.then_some(name))
        .collect()
}

fn of_manifest(inputs: &Inputs) -> [(&'static str, bool); 16] {
    let spec = inputs.spec();
    let on = |flag: Option<bool>| flag == Some(true);
    let some = |list: &Option<Option<Vec<String>>>| {
        let mut names = list.iter().flatten().flatten();
        names.next().is_some()
    };
    let (pooler, dumps) = (
        spec.connection_pooler.is_some() && spec.enable_connection_pooler != Some(false),
        on(spec.enable_logical_backup),
    );
    [
        ("enableConnectionPooler", on(spec.enable_connection_pooler)),
        (
            "enableReplicaConnectionPooler",
            on(spec.enable_replica_connection_pooler),
        ),
        ("connectionPooler", pooler),
        (
            "enableMasterPoolerLoadBalancer",
            on(spec.enable_master_pooler_load_balancer),
        ),
        (
            "enableReplicaPoolerLoadBalancer",
            on(spec.enable_replica_pooler_load_balancer),
        ),
        (
            "enableMasterPoolerNodePort",
            on(spec.enable_master_pooler_node_port),
        ),
        (
            "enableReplicaPoolerNodePort",
            on(spec.enable_replica_pooler_node_port),
        ),
        ("enableLogicalBackup", dumps),
        (
            "logicalBackupSchedule",
            dumps && spec.logical_backup_schedule.is_some(),
        ),
        (
            "logicalBackupRetention",
            dumps && spec.logical_backup_retention.is_some(),
        ),
        (
            "usersWithSecretRotation",
            some(&spec.users_with_secret_rotation),
        ),
        (
            "usersWithInPlaceSecretRotation",
            some(&spec.users_with_in_place_secret_rotation),
        ),
        (
            "streams",
            spec.streams.as_ref().is_some_and(|list| !list.is_empty()),
        ),
        ("volume.iops", spec.volume.iops.is_some()),
        ("volume.throughput", spec.volume.throughput.is_some()),
        (
            "volume.type",
            spec.volume.type_.as_ref().is_some_and(|it| !it.is_empty()),
        ),
    ]
}

fn of_configuration(configuration: &Configuration) -> [(&'static str, bool); 5] {
    // The default is an address where nobody is.
    let teams = configuration.enable_teams_api
        && configuration.teams_api_url != Configuration::default().teams_api_url;
    [
        (
            "enable_password_rotation",
            configuration.enable_password_rotation,
        ),
        ("enable_teams_api", teams),
        (
            "enable_postgres_team_crd_superusers",
            configuration.enable_postgres_team_crd_superusers,
        ),
        (
            "infrastructure_roles_secret_name",
            !configuration.infrastructure_roles_secret_name.is_empty(),
        ),
        (
            "infrastructure_roles_secrets",
            !configuration.infrastructure_roles_secrets.is_empty(),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use pg_core::postgresql::Postgresql;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn what_is_asked_for_is_named() {
        let table: [(Value, &[&str]); 14] = [
            (json!({}), &[]),
            (
                json!({"enableConnectionPooler": true}),
                &["enableConnectionPooler"],
            ),
            (json!({"enableConnectionPooler": false}), &[]),
            (
                json!({"enableConnectionPooler": false, "connectionPooler": {}}),
                &[],
            ),
            (json!({"connectionPooler": {}}), &["connectionPooler"]),
            (
                json!({"enableReplicaConnectionPooler": true, "enableReplicaPoolerNodePort": true}),
                &[
                    "enableReplicaConnectionPooler",
                    "enableReplicaPoolerNodePort",
                ],
            ),
            (
                json!({"enableLogicalBackup": true, "logicalBackupRetention": "1 week"}),
                &["enableLogicalBackup", "logicalBackupRetention"],
            ),
            (json!({"logicalBackupSchedule": "30 00 * * *"}), &[]),
            (
                json!({"usersWithSecretRotation": ["a"]}),
                &["usersWithSecretRotation"],
            ),
            (
                json!({"usersWithInPlaceSecretRotation": ["a"]}),
                &["usersWithInPlaceSecretRotation"],
            ),
            (json!({"usersWithSecretRotation": []}), &[]),
            (json!({"usersIgnoringSecretRotation": ["a"]}), &[]),
            (
                json!({"streams": [{"applicationId": "a", "database": "b", "tables": {}}]}),
                &["streams"],
            ),
            (
                json!({"volume": {"size": "1Gi", "iops": 3000, "throughput": 125, "type": "gp3"}}),
                &["volume.iops", "volume.throughput", "volume.type"],
            ),
        ];
        for (fields, expected) in table {
            let mut spec = json!({
                "teamId": "a", "numberOfInstances": 1, "volume": {"size": "1Gi"},
                "postgresql": {"version": "17"},
            });
            for (key, value) in fields.as_object().expect("fields") {
                spec[key] = value.clone();
            }
            let manifest: Postgresql =
                serde_json::from_value(json!({"metadata": {}, "spec": spec})).expect("a manifest");
            let configuration = Configuration::default();
            let inputs = Inputs::plain(&manifest, &configuration);
            assert_eq!(not_yet(&inputs), expected, "{fields}");
        }
    }

    #[test]
    fn what_is_configured_is_named() {
        type Change = fn(&mut Configuration);
        let table: [(Change, &[&str]); 5] = [
            (|c| c.enable_teams_api = true, &[]),
            (
                |c| {
                    c.enable_teams_api = true;
                    c.teams_api_url = "https://teams.shop/".to_owned();
                },
                &["enable_teams_api"],
            ),
            (
                |c| c.enable_password_rotation = true,
                &["enable_password_rotation"],
            ),
            (
                |c| c.infrastructure_roles_secret_name = "roles".to_owned(),
                &["infrastructure_roles_secret_name"],
            ),
            (
                |c| c.infrastructure_roles_secrets = vec![Default::default()],
                &["infrastructure_roles_secrets"],
            ),
        ];
        let manifest = Postgresql::default();
        for (change, expected) in table {
            let mut configuration = Configuration::default();
            change(&mut configuration);
            assert_eq!(not_yet(&Inputs::plain(&manifest, &configuration)), expected);
        }
    }
}
