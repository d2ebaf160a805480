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

/// Which further people a configuration lets in, beside those of a cluster's own team.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reach<'a> {
    /// Whether superusers may be named (`enable_postgres_team_crd_superusers`).
    pub superusers: bool,
    /// Teams whose members are superusers everywhere (`postgres_superuser_teams`).
    pub superuser_teams: &'a [String],
}

/// Which of these (by place) ask for roles in the clusters of a team, as Zalando's operator reads
/// them: teams lead to further teams, and all of them to their members.
pub fn asking<'a>(teams: &[&'a PostgresTeamSpec], team: &'a str, reach: Reach<'a>) -> Vec<usize> {
    type Part = fn(&PostgresTeamSpec) -> &Option<BTreeMap<String, Vec<String>>>;
    let (further, superusers, members): (Part, Part, Part) = (
        |spec| &spec.additional_teams,
        |spec| &spec.additional_superuser_teams,
        |spec| &spec.additional_members,
    );
    let of = |spec: &'a PostgresTeamSpec, part: Part, team: &str| -> &'a [String] {
        // The borrow is the resource's, not the function's.
        let map = part(spec).as_ref();
        map.and_then(|map| map.get(team)).map_or(&[], Vec::as_slice)
    };
    let closure = |part: Part| {
        let mut all = vec![team];
        let mut next = 0;
        while let Some(from) = all.get(next).copied() {
            next += 1;
            for more in teams.iter().flat_map(|spec| of(spec, part, from)) {
                if !all.contains(&more.as_str()) {
                    all.push(more);
                }
            }
        }
        all
    };
    let joined = closure(further);
    let above = match reach.superusers {
        true => closure(superusers),
        false => Vec::new(),
    };
    let everywhere = reach.superuser_teams.iter().map(String::as_str);
    let people: Vec<&str> = joined
        .iter()
        .chain(&above)
        .copied()
        .chain(everywhere)
        .collect();
    let asks = |spec: &'a PostgresTeamSpec| {
        let any =
            |part: Part, teams: &[&str]| teams.iter().any(|team| !of(spec, part, team).is_empty());
        any(further, &joined) || any(superusers, &above) || any(members, &people)
    };
    let all = teams.iter().enumerate();
    all.filter(|(_, spec)| asks(spec))
        .map(|(place, _)| place)
        .collect()
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
    fn whom_a_cluster_hears_of() {
        let teams = [
            json!({ "additionalMembers": { "acid": ["ann"] } }),
            json!({ "additionalMembers": { "other": ["bob"], "acid": [] } }),
            json!({ "additionalTeams": { "acid": ["second"], "second": ["third", "acid"] } }),
            json!({ "additionalMembers": { "third": ["cyd"] } }),
            json!({ "additionalSuperuserTeams": { "acid": ["root"] } }),
            json!({ "additionalMembers": { "root": ["dan"] } }),
            json!({ "additionalMembers": { "dba": ["eve"] } }),
            json!({}),
        ];
        let teams: Vec<PostgresTeamSpec> = teams
            .into_iter()
            .map(|it| serde_json::from_value(it).unwrap())
            .collect();
        let teams: Vec<_> = teams.iter().collect();
        let dba = ["dba".to_owned()];
        let table: [(&str, bool, &[String], &[usize]); 6] = [
            ("acid", false, &[], &[0, 2, 3]),
            ("acid", true, &[], &[0, 2, 3, 4, 5]),
            ("acid", false, &dba, &[0, 2, 3, 6]),
            ("third", true, &[], &[3]),
            ("other", false, &[], &[1]),
            ("nobody", true, &[], &[]),
        ];
        for (team, superusers, superuser_teams, expected) in table {
            let reach = Reach {
                superusers,
                superuser_teams,
            };
            assert_eq!(asking(&teams, team, reach), expected, "{team} {superusers}");
        }
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
