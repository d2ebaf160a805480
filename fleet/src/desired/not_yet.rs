//! What is asked for and does nothing here yet: it is accepted, so that a manifest need not be
//! changed for it, and said, so that nobody counts on it.

use pg_core::{
    configuration::Configuration,
    postgresteam::{Reach, asking},
};

use super::Inputs;
use crate::observe::world::Teams;

/// So many `PostgresTeam` resources are named; of more, how many.
const TEAMS: usize = 5;

/// Fields of the manifest, parameters, and `PostgresTeam` resources that ask for something that is
/// not done.
pub fn not_yet(inputs: &Inputs, teams: &Teams) -> Vec<String> {
    let asked = of_manifest(inputs)
        .into_iter()
        .chain(of_configuration(inputs.configuration));
    let asked = asked.filter(|(_, is_asked)| *is_asked);
    let mut all: Vec<String> = asked.map(|(name, _)| name.to_owned()).collect();
    let mut teams = of_teams(inputs, teams);
    let more = teams.len().saturating_sub(TEAMS);
    teams.truncate(TEAMS);
    all.append(&mut teams);
    if more > 0 {
        all.push(format!("{more} more PostgresTeams"));
    }
    all
}

/// Those that would make somebody a role of this cluster.
fn of_teams(inputs: &Inputs, teams: &Teams) -> Vec<String> {
    let configuration = inputs.configuration;
    if !configuration.enable_postgres_team_crd {
        return Vec::new();
    }
    let specs: Vec<_> = teams.values().map(|team| &team.spec).collect();
    let reach = Reach {
        superusers: configuration.enable_postgres_team_crd_superusers,
        superuser_teams: &configuration.postgres_superuser_teams,
    };
    let names: Vec<_> = teams.keys().collect();
    asking(&specs, &inputs.spec().team_id, reach)
        .into_iter()
        .filter_map(|place| names.get(place))
        .map(|(namespace, name)| format!("PostgresTeam {namespace}/{name}"))
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

fn of_configuration(configuration: &Configuration) -> [(&'static str, bool); 8] {
    // The default is an address where nobody is.
    let teams = configuration.enable_teams_api
        && configuration.teams_api_url != Configuration::default().teams_api_url;
    [
        (
            "enable_password_rotation",
            configuration.enable_password_rotation,
        ),
        ("enable_teams_api", teams),
        ("enable_team_superuser", configuration.enable_team_superuser),
        (
            "enable_team_member_deprecation",
            configuration.enable_team_member_deprecation,
        ),
        (
            "postgres_superuser_teams",
            !configuration.postgres_superuser_teams.is_empty(),
        ),
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
    use std::collections::BTreeMap;

    use pg_core::{
        configuration::{Effect, PARAMETERS},
        postgresql::Postgresql,
    };
    use serde_json::{Value, json};

    use super::*;
    use crate::observe::world::Team;

    /// Parameters that only say how something is done that another one, or the manifest, asks for.
    const HOW: [(&str, &[&str]); 4] = [
        (
            "enable_password_rotation",
            &[
                "password_rotation_interval",
                "password_rotation_user_retention",
            ],
        ),
        (
            "enable_teams_api",
            &[
                "oauth_token_secret_name",
                "teams_api_url",
                "team_api_role_configuration",
                "enable_postgres_team_crd",
                "role_deletion_suffix",
            ],
        ),
        (
            "enableConnectionPooler, enableReplicaConnectionPooler, connectionPooler",
            &[
                "enable_master_pooler_load_balancer",
                "enable_replica_pooler_load_balancer",
                "enable_master_pooler_node_port",
                "enable_replica_pooler_node_port",
            ],
        ),
        // Of AWS's API, which nothing here calls.
        (
            "volume.iops, volume.throughput, volume.type",
            &["aws_region"],
        ),
    ];
    /// The same by group.
    const HOW_GROUPS: [(&str, &str); 2] = [
        ("enableLogicalBackup", "logical_backup"),
        ("enableConnectionPooler", "connection_pooler"),
    ];

    /// Nothing that does nothing yet is asked for in silence.
    #[test]
    fn whatever_does_nothing_yet_is_named_or_says_how() {
        let of_configuration = of_configuration(&Configuration::default());
        let mut named: Vec<&str> = of_configuration.into_iter().map(|(name, _)| name).collect();
        named.extend(HOW.iter().flat_map(|(_, how)| *how));
        for parameter in PARAMETERS {
            let is_how = HOW_GROUPS
                .iter()
                .any(|(_, group)| *group == parameter.group);
            let is_named = named.contains(&parameter.name) || is_how;
            let does_nothing = parameter.effect() == Effect::NothingYet;
            assert_eq!(does_nothing, is_named, "{}", parameter.name);
        }
    }

    #[test]
    fn teams_that_ask_for_roles_are_named() {
        let team = |spec: Value| Team::of(serde_json::from_value(spec).expect("a spec"));
        let teams: Teams = BTreeMap::from([
            (
                ("b", "ann"),
                json!({ "additionalMembers": { "acid": ["ann"] } }),
            ),
            (
                ("a", "others"),
                json!({ "additionalMembers": { "others": ["bob"] } }),
            ),
            (
                ("a", "dba"),
                json!({ "additionalSuperuserTeams": { "acid": ["dba"] } }),
            ),
            (
                ("a", "eve"),
                json!({ "additionalMembers": { "dba": ["eve"] } }),
            ),
        ])
        .into_iter()
        .map(|((namespace, name), spec)| ((namespace.to_owned(), name.to_owned()), team(spec)))
        .collect();
        type Change = fn(&mut Configuration);
        let superusers = "enable_postgres_team_crd_superusers";
        let table: [(Change, &[&str]); 4] = [
            (|_| {}, &["PostgresTeam b/ann"]),
            (
                |c| c.enable_postgres_team_crd_superusers = true,
                &[
                    superusers,
                    "PostgresTeam a/dba",
                    "PostgresTeam a/eve",
                    "PostgresTeam b/ann",
                ],
            ),
            (
                |c| c.postgres_superuser_teams = vec!["dba".to_owned()],
                &[
                    "postgres_superuser_teams",
                    "PostgresTeam a/eve",
                    "PostgresTeam b/ann",
                ],
            ),
            (|c| c.enable_postgres_team_crd = false, &[]),
        ];
        let mut manifest = Postgresql::default();
        manifest.spec.team_id = "acid".to_owned();
        for (change, expected) in table {
            let mut configuration = Configuration::default();
            change(&mut configuration);
            let inputs = Inputs::plain(&manifest, &configuration);
            assert_eq!(not_yet(&inputs, &teams), expected);
        }
        let many: Teams = (0..7)
            .map(|number| {
                (
                    ("n".to_owned(), number.to_string()),
                    team(json!({ "additionalMembers": { "acid": ["a"] } })),
                )
            })
            .collect();
        let configuration = Configuration::default();
        let said = not_yet(&Inputs::plain(&manifest, &configuration), &many);
        assert_eq!((said.len(), &*said[5]), (6, "2 more PostgresTeams"));
    }

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
            assert_eq!(not_yet(&inputs, &Teams::new()), expected, "{fields}");
        }
    }

    #[test]
    fn what_is_configured_is_named() {
        type Change = fn(&mut Configuration);
        let table: [(Change, &[&str]); 8] = [
            (
                |c| c.enable_team_superuser = true,
                &["enable_team_superuser"],
            ),
            (
                |c| c.enable_team_member_deprecation = true,
                &["enable_team_member_deprecation"],
            ),
            (
                |c| c.postgres_superuser_teams = vec!["a".to_owned()],
                &["postgres_superuser_teams"],
            ),
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
            let inputs = Inputs::plain(&manifest, &configuration);
            assert_eq!(not_yet(&inputs, &Teams::new()), expected);
        }
    }
}
