//! The database that psql opens: one of those that the manifest names.

use serde_json::Value;

use super::{list::choose, table};
use crate::{cluster::Cluster, error::Result, session::Session};

/// The one that is always there, and opened where nothing else is said.
pub const DEFAULT: &str = "postgres";

/// Has it picked where there is a choice.
pub async fn database(session: &Session, cluster: &Cluster) -> Result<String> {
    let mut found = of_manifest(cluster);
    if found.len() < 2 || !session.screen.can_ask {
        return Ok(DEFAULT.to_owned());
    }
    let lines = found.iter().map(|(name, owner)| {
        let owner = owner.as_ref().map(|owner| format!("of {owner}"));
        [name.clone(), owner.unwrap_or_default()]
    });
    let rows = table([true, false], lines);
    let at = choose("Which database?", &rows).await?;
    Ok(found.swap_remove(at).0)
}

/// Databases with their owners, the default first.
fn of_manifest(cluster: &Cluster) -> Vec<(String, Option<String>)> {
    let entries = |key: &str| {
        let entries = cluster.spec(&[key]).and_then(Value::as_object);
        entries.into_iter().flatten()
    };
    let owned =
        entries("databases").map(|(name, owner)| (name.clone(), owner.as_str().map(str::to_owned)));
    let prepared = entries("preparedDatabases").map(|(name, _)| (name.clone(), None));
    let mut found = vec![(DEFAULT.to_owned(), None)];
    for (name, owner) in owned.chain(prepared) {
        if found.iter().all(|(other, _)| *other != name) {
            found.push((name, owner));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn databases_of_a_manifest() {
        let found = |spec: Value| {
            let all = of_manifest(&Cluster::nowhere(json!({ "spec": spec })));
            let words = all.into_iter().map(|(name, owner)| match owner {
                Some(owner) => format!("{name} of {owner}"),
                None => name,
            });
            words.collect::<Vec<_>>().join(", ")
        };
        assert_eq!(found(json!({})), "postgres");
        assert_eq!(
            found(json!({
                "databases": {"shop": "ada", "postgres": "bob"},
                "preparedDatabases": {"blog": {}, "shop": {}},
            })),
            "postgres, shop of ada, blog"
        );
    }
}
