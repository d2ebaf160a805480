//! Who may connect, to what, from where.

use std::{borrow::Cow, collections::BTreeMap};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use super::pattern;

/// What a role can be allowed, in the order of Zalando's schema; each also in capitals and as `no…`.
const FLAGS: [&str; 7] = [
    "bypassrls",
    "createdb",
    "createrole",
    "inherit",
    "login",
    "replication",
    "superuser",
];

/// Schema of one flag of a role.
pub(super) struct Flag;

impl JsonSchema for Flag {
    fn schema_name() -> Cow<'static, str> {
        "Flag".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let values: Vec<String> = FLAGS
            .iter()
            .flat_map(|flag| [(*flag).to_owned(), format!("no{flag}")])
            .flat_map(|flag| [flag.clone(), flag.to_uppercase()])
            .collect();
        json_schema!({ "type": "string", "enum": values })
    }
}

/// Schema of a range of addresses.
pub(super) struct Cidr;

impl JsonSchema for Cidr {
    fn schema_name() -> Cow<'static, str> {
        "Cidr".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": pattern::CIDR })
    }
}

/// A database with owner, reader and writer roles.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PreparedDatabase {
    /// Whether each role has a twin `…_user` that can log in; no when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_users: Option<bool>,
    /// Extensions by name, each with the schema that it is made in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extensions: Option<BTreeMap<String, String>>,
    /// Schemas by name; one called `data` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schemas: Option<BTreeMap<String, PreparedSchema>>,
    /// Namespace of the roles' secrets, where the controller allows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret_namespace: Option<String>,
}

/// The roles that log in to prepared databases, each with its database: the twins of owner, reader
/// and writer, of a database and of each of its schemas that has users.
pub fn prepared_logins(
    databases: &BTreeMap<String, PreparedDatabase>,
) -> Vec<(String, &PreparedDatabase)> {
    let mut logins = Vec::new();
    for (database, prepared) in databases {
        let mut twins = |prefix: &str| {
            logins.extend(
                ["owner", "reader", "writer"]
                    .map(|role| (format!("{prefix}_{role}_user"), prepared)),
            );
        };
        if prepared.default_users == Some(true) {
            twins(database);
        }
        for (schema, prepared) in prepared.schemas.iter().flatten() {
            // Twins of a schema need the roles that they are twins of.
            if prepared.default_roles != Some(false) && prepared.default_users == Some(true) {
                twins(&format!("{database}_{schema}"));
            }
        }
    }
    logins
}

/// A schema of a prepared database.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PreparedSchema {
    /// Whether the schema has an owner, a reader and a writer of its own; yes when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_roles: Option<bool>,
    /// Whether these have twins `…_user` that can log in; no when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_users: Option<bool>,
}
