//! What a person's configuration says of contexts: fleets, aliases, labels, which are protected.
//! It can name contexts, never commands.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The configuration file.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Fleets {
    /// Names of sets of contexts, with their contexts: names or globs.
    pub fleets: BTreeMap<String, Vec<String>>,
    /// What is known of single contexts, by their full names.
    pub contexts: BTreeMap<String, About>,
}

/// What is known of one context.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct About {
    /// Its short name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// What `--context-selector` looks at.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Whether changes there are confirmed one class up.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub protected: bool,
}

impl Fleets {
    /// What is wrong with it, seen from the contexts that there are.
    pub fn fault(&self, names: &[String]) -> Option<String> {
        let mut users: BTreeMap<&str, &str> = BTreeMap::new();
        for (context, about) in &self.contexts {
            let Some(alias) = about.alias.as_deref() else {
                continue;
            };
            if names.iter().any(|name| name == alias && name != context) {
                return Some(format!(
                    "the alias {alias:?} is the name of another context"
                ));
            }
            if let Some(other) = users.insert(alias, context) {
                return Some(format!(
                    "{other:?} and {context:?} have one alias, {alias:?}"
                ));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(yaml: &str) -> Result<Fleets, String> {
        serde_saphyr::from_str(yaml).map_err(|error| error.to_string())
    }

    #[test]
    fn commands_have_no_place() {
        let yaml = "fleets: {prod: [a, 'b-*']}\ncontexts: {a: {alias: x, labels: {env: prod}, protected: true}}\n";
        let fleets = read(yaml).expect("valid");
        assert!(fleets.contexts.get("a").is_some_and(|a| a.protected));
        assert!(read("contexts: {a: {command: rm}}").is_err_and(|why| why.contains("command")));
        assert!(read("hooks: [x]").is_err());
    }

    #[test]
    fn aliases_are_unique() {
        let names = ["a", "b"].map(str::to_owned);
        let fault = |yaml: &str| read(yaml).expect("valid").fault(&names);
        assert_eq!(fault("contexts: {a: {alias: x}, b: {alias: y}}"), None);
        assert!(fault("contexts: {a: {alias: x}, b: {alias: x}}").is_some());
        assert!(fault("contexts: {a: {alias: b}}").is_some());
        assert_eq!(fault("contexts: {a: {alias: a}}"), None);
    }
}
