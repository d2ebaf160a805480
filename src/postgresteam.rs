//! `PostgresTeam`: who belongs to which team beside what the teams' API says, as Zalando's operator
//! defines it.

use std::collections::BTreeMap;

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Teams and members beside those of the teams' API.
#[derive(Clone, CustomResource, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[kube(
    group = "acid.zalan.do",
    version = "v1",
    kind = "PostgresTeam",
    plural = "postgresteams",
    shortname = "pgteam",
    category = "all",
    namespaced,
    derive = "PartialEq",
    doc = "Teams and members beside those of the teams' API."
)]
#[serde(rename_all = "camelCase")]
pub struct PostgresTeamSpec {
    /// Of each team, the teams whose members are superusers of its clusters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub additional_superuser_teams: Option<BTreeMap<String, Vec<String>>>,
    /// Of each team, the teams whose members are members of it too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub additional_teams: Option<BTreeMap<String, Vec<String>>>,
    /// Of each team, its further members.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub additional_members: Option<BTreeMap<String, Vec<String>>>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fields;

    #[test]
    fn our_schema_is_zalandos() {
        let ours = fields::of_definition("postgresteams");
        let table = include_str!("testdata/fields-postgresteam.tsv");
        let zalandos = fields::zalando(table, &["metadata"], &ours);
        let rows = |schema| fields::rows(schema, &["metadata"]);
        let differences = fields::differences(&rows(&ours), &rows(&zalandos));
        assert_eq!(differences, Vec::<String>::new());
    }

    #[test]
    fn what_is_read_is_written_back() {
        let team = json!({
            "apiVersion": "acid.zalan.do/v1", "kind": "PostgresTeam", "metadata": { "name": "a" },
            "spec": { "additionalTeams": { "a": ["b"], "c": [] }, "additionalMembers": {} },
        });
        let read: PostgresTeam = serde_json::from_value(team.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), team);
    }
}
