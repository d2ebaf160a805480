//! Roles and databases of the manifest: what is wished, and the statements that bring it about.
//!
//! Pure: what is there is an argument, statements are the result. Names go through
//! [`quote_identifier`] and nothing else; passwords travel as SCRAM verifiers, never in clear.

use std::{collections::BTreeMap, fmt::Write as _};

use serde::Serialize;

use super::{View, action::Action, assess::Assessment};
use crate::hash;

/// Roles and databases that shall be there.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Wish {
    /// Roles by name.
    pub roles: BTreeMap<String, RoleWish>,
    /// Owner by database.
    pub databases: BTreeMap<String, String>,
}

/// A role that shall be there.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RoleWish {
    /// Its attributes, upper case: `LOGIN`, `CREATEDB` …
    pub flags: Vec<String>,
    /// The secret that holds its password.
    pub secret: Option<String>,
}

impl Wish {
    /// Hash, to tell whether anything is to be asked at all.
    pub fn hash(&self) -> String {
        hash::of(&serde_json::to_value(self).unwrap_or_default())
    }
}

/// What the manifest wishes. A flag that contradicts an earlier one wins, as with Zalando.
pub fn wish(view: &View<'_>) -> Wish {
    let mut roles = BTreeMap::new();
    for (name, flags) in view.manifest.spec.users.iter().flatten() {
        let flags: Vec<String> = flags
            .iter()
            .flatten()
            .map(|flag| flag.to_uppercase())
            .collect();
        let login = !flags.iter().any(|flag| flag == "NOLOGIN");
        let mut all = flags;
        if login && !all.iter().any(|flag| flag == "LOGIN") {
            all.push("LOGIN".to_owned());
        }
        all.sort();
        all.dedup();
        let secret = view
            .secrets
            .iter()
            .find(|secret| secret.username == *name)
            .map(|secret| secret.name.clone());
        roles.insert(
            name.clone(),
            RoleWish {
                flags: all,
                secret: secret.filter(|_| login),
            },
        );
    }
    let databases = view.manifest.spec.databases.clone().unwrap_or_default();
    Wish { roles, databases }
}

/// Looks into the database when something is wished that was not found in order yet.
pub fn next(view: &View<'_>, assessment: &Assessment) -> Option<Action> {
    if !view.configuration.enable_database_access || view.manifest.spec.standby.is_some() {
        return None;
    }
    assessment.primary.as_ref()?;
    let wish = wish(view);
    if view.is_inspected(&wish) {
        return None;
    }
    Some(Action::SettleRoles(wish))
}

impl View<'_> {
    /// Whether roles and databases were found in order, for exactly this wish.
    pub fn is_inspected(&self, wish: &Wish) -> bool {
        let wanted = wish.hash();
        let asked = self.facts.sql.as_ref().and_then(|answer| {
            answer.result.as_ref().ok().map(|sql| {
                sql.settled.as_deref() == Some(wanted.as_str())
                    && self.now.age(answer.at) < self.configuration.resync_period
            })
        });
        // Before the first answer of this process the status tells, so that a restarted
        // controller does not log into every database at once.
        asked.unwrap_or_else(|| {
            let status = self.manifest.status.as_ref();
            let fresh = status
                .and_then(|status| status.inspected_at.as_ref())
                .is_some_and(|at| {
                    self.now.wall.duration_since(at.0).as_secs()
                        < i64::try_from(self.configuration.resync_period.as_secs())
                            .unwrap_or(i64::MAX)
                });
            fresh && super::children::is_settled(self)
        })
    }
}

/// A role as the database has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PresentRole {
    /// Its attributes in the form of [`RoleWish::flags`], also those that are off (`NOCREATEDB`).
    pub flags: Vec<String>,
    /// Whether its password verifies against the secret's.
    pub password_matches: bool,
}

/// Statements that turn what is there into what is wished. Nothing is ever dropped.
pub fn statements(
    wish: &Wish,
    present: &BTreeMap<String, PresentRole>,
    databases: &BTreeMap<String, String>,
    verifiers: &BTreeMap<String, String>,
) -> Vec<String> {
    let mut statements = Vec::new();
    for (name, role) in &wish.roles {
        let verifier = role.secret.as_ref().and(verifiers.get(name));
        let mut options = String::new();
        let missing: Vec<&String> = match present.get(name) {
            Some(there) => role
                .flags
                .iter()
                .filter(|flag| !there.flags.contains(flag))
                .collect(),
            None => role.flags.iter().collect(),
        };
        for flag in missing {
            let _ = write!(options, " {flag}");
        }
        if let Some(verifier) = verifier
            && present
                .get(name)
                .is_none_or(|there| !there.password_matches)
        {
            let _ = write!(options, " PASSWORD {}", quote_literal(verifier));
        }
        let quoted = quote_identifier(name);
        if !present.contains_key(name) {
            statements.push(format!("CREATE ROLE {quoted}{options}"));
        } else if !options.is_empty() {
            statements.push(format!("ALTER ROLE {quoted}{options}"));
        }
    }
    for (database, owner) in &wish.databases {
        let (quoted, owner_quoted) = (quote_identifier(database), quote_identifier(owner));
        match databases.get(database) {
            None => statements.push(format!("CREATE DATABASE {quoted} OWNER {owner_quoted}")),
            Some(present) if present != owner => {
                statements.push(format!("ALTER DATABASE {quoted} OWNER TO {owner_quoted}"));
            }
            Some(_) => {}
        }
    }
    statements
}

/// An identifier that can be nothing else, whatever is in it.
pub fn quote_identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('\0', "").replace('"', "\"\""))
}

/// A literal that can be nothing else. Verifiers hold no backslash; `E''` is not needed with
/// `standard_conforming_strings`, which the session sets.
pub fn quote_literal(text: &str) -> String {
    format!("'{}'", text.replace('\0', "").replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wish(name: &str, flags: &[&str]) -> Wish {
        Wish {
            roles: [(
                name.to_owned(),
                RoleWish {
                    flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
                    secret: Some("s".to_owned()),
                },
            )]
            .into(),
            databases: [("app".to_owned(), name.to_owned())].into(),
        }
    }

    #[test]
    fn creates_alters_and_leaves_alone() {
        let wish = wish("app", &["CREATEDB", "LOGIN"]);
        let verifiers = [("app".to_owned(), "SCRAM-SHA-256$x".to_owned())].into();
        let none = BTreeMap::new();
        assert_eq!(
            statements(&wish, &none, &BTreeMap::new(), &verifiers),
            [
                "CREATE ROLE \"app\" CREATEDB LOGIN PASSWORD 'SCRAM-SHA-256$x'",
                "CREATE DATABASE \"app\" OWNER \"app\"",
            ]
        );
        let there = |flags: &[&str], password_matches| {
            [(
                "app".to_owned(),
                PresentRole {
                    flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
                    password_matches,
                },
            )]
            .into()
        };
        let databases = [("app".to_owned(), "postgres".to_owned())].into();
        assert_eq!(
            statements(&wish, &there(&["LOGIN"], true), &databases, &verifiers),
            [
                "ALTER ROLE \"app\" CREATEDB",
                "ALTER DATABASE \"app\" OWNER TO \"app\"",
            ]
        );
        let databases = [("app".to_owned(), "app".to_owned())].into();
        let settled = there(&["LOGIN", "CREATEDB"], true);
        assert!(statements(&wish, &settled, &databases, &verifiers).is_empty());
        let rotated = there(&["LOGIN", "CREATEDB"], false);
        assert_eq!(
            statements(&wish, &rotated, &databases, &verifiers),
            ["ALTER ROLE \"app\" PASSWORD 'SCRAM-SHA-256$x'"]
        );
    }

    proptest! {
        #[test]
        fn a_name_stays_one_identifier(name in "[a-z\"';\\- ]{1,12}") {
            let quoted = quote_identifier(&name);
            let inner = &quoted[1..quoted.len() - 1];
            // Every quote inside is doubled, so the identifier ends only at its end.
            prop_assert_eq!(inner.replace("\"\"", "").matches('"').count(), 0);
            prop_assert_eq!(inner.replace("\"\"", "\""), name);
        }
    }
}
