//! `PostgresTeam` resources. Nobody becomes a role by them yet; each cluster says which of them ask
//! for that.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use pg_core::postgresteam::{PostgresTeam, PostgresTeamSpec};

use super::{World, not_older};
use crate::observe::{
    facts::Key,
    object::{Guarded, Meta},
};

/// All that can be read, by namespace and name.
pub type Teams = BTreeMap<(String, String), Team>;

/// One of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Team {
    uid: String,
    version: String,
    /// What it says.
    pub spec: PostgresTeamSpec,
}

#[cfg(test)]
impl Team {
    /// One that says this.
    pub fn of(spec: PostgresTeamSpec) -> Self {
        Self {
            uid: String::new(),
            version: String::new(),
            spec,
        }
    }
}

fn id(meta: &Meta) -> (String, String) {
    (meta.namespace.clone(), meta.name.clone())
}

impl World {
    /// A `PostgresTeam`. Tells all clusters when it says something else.
    pub fn team(&mut self, team: Guarded<PostgresTeam>) -> Vec<Key> {
        let meta = &team.metadata;
        let known = self.teams.get(&id(meta));
        let old = known.is_some_and(|known| !not_older(&known.version, &meta.resource_version));
        if old || self.graves.holds(meta) {
            return Vec::new();
        }
        let Ok(object) = team.object else {
            return self.team_gone(&team.metadata);
        };
        let same = known.is_some_and(|known| known.spec == object.spec);
        let team = Team {
            uid: meta.uid.clone(),
            version: meta.resource_version.clone(),
            spec: object.spec,
        };
        let id = id(meta);
        Arc::make_mut(&mut self.teams).insert(id, team);
        self.told(!same)
    }

    /// One that is gone, or cannot be read.
    pub fn team_gone(&mut self, meta: &Meta) -> Vec<Key> {
        self.graves.bury(meta);
        let known = self.teams.get(&id(meta));
        let is = known.is_some_and(|known| known.uid == meta.uid);
        if is {
            Arc::make_mut(&mut self.teams).remove(&id(meta));
        }
        self.told(is)
    }

    /// After a whole list: what was not in it is gone.
    pub(in crate::observe) fn teams_listed(&mut self, seen: &HashSet<String>) -> Vec<Key> {
        let before = self.teams.len();
        if self.teams.values().any(|team| !seen.contains(&team.uid)) {
            Arc::make_mut(&mut self.teams).retain(|_, team| seen.contains(&team.uid));
        }
        self.told(self.teams.len() != before)
    }

    fn told(&self, changed: bool) -> Vec<Key> {
        let all = self.clusters.iter().filter(|_| changed);
        let all = all.filter(|(_, facts)| facts.manifest.is_some());
        all.map(|(key, _)| key.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::observe::world::Labels;

    fn team(version: &str, member: &str) -> Guarded<PostgresTeam> {
        let team = json!({
            "apiVersion": "acid.zalan.do/v1", "kind": "PostgresTeam",
            "metadata": { "name": "a", "namespace": "n", "uid": "u", "resourceVersion": version },
            "spec": { "additionalMembers": { "acid": [member] } },
        });
        serde_json::from_value(team).expect("a team")
    }

    #[test]
    fn clusters_hear_of_what_changed_in_it() {
        let mut world = World::new(Labels {
            cluster_name: "cluster-name".to_owned(),
            role: "spilo-role".to_owned(),
            ready_node: BTreeMap::new(),
        });
        let manifest = json!({
            "apiVersion": "acid.zalan.do/v1", "kind": "postgresql",
            "metadata": { "name": "db", "namespace": "n", "uid": "m", "resourceVersion": "1" },
            "spec": { "teamId": "acid", "numberOfInstances": 1, "postgresql": { "version": "17" },
                      "volume": { "size": "1Gi" } },
        });
        let key = world.manifest(serde_json::from_value(manifest).expect("a manifest"));
        let key = key.expect("a new one");
        let all = [key.clone()];
        let count = |world: &World| world.snapshot(&key).map(|facts| facts.teams.len());
        assert_eq!(world.team(team("2", "ann")), all);
        assert_eq!(count(&world), Some(1));
        assert_eq!(world.team(team("3", "ann")), [], "nothing else is said");
        assert_eq!(world.team(team("4", "bob")), all);
        assert_eq!(world.team(team("2", "ann")), [], "that is old");
        assert_eq!(world.teams_listed(&["u".to_owned()].into()), []);
        assert_eq!(world.teams_listed(&HashSet::new()), all);
        assert_eq!(count(&world), Some(0));
        world.team(team("5", "ann"));
        let gone = team("6", "ann").metadata;
        assert_eq!(world.team_gone(&gone), all);
        assert_eq!(world.team(team("5", "ann")), [], "it went in the next");
        assert_eq!(count(&world), Some(0));
    }
}
