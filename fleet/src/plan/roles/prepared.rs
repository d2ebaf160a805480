//! What a prepared database holds: schemas, privileges by default, extensions, as Zalando's operator
//! makes them. The statements run inside that database.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    quote::{quote_identifier, quote_list},
    wish::{PreparedWish, SchemaWish},
};

/// What a database holds now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PresentDatabase {
    /// Its schemas.
    pub schemas: BTreeSet<String>,
    /// Its extensions, each with its schema.
    pub extensions: BTreeMap<String, String>,
    /// Who may use which schema: schema and role.
    pub usage: BTreeSet<(String, String)>,
    /// What is granted on objects to come.
    pub defaults: BTreeSet<DefaultGrant>,
}

/// A privilege on objects that a role will make.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct DefaultGrant {
    /// Who makes them.
    pub maker: String,
    /// In which schema; empty for all.
    pub schema: String,
    /// Kind of objects, in the words of `ALTER DEFAULT PRIVILEGES`.
    pub on: &'static str,
    /// Who gets the privilege.
    pub to: String,
    /// The privilege.
    pub privilege: String,
}

/// Kinds of objects by the letter that `pg_default_acl` has for each.
pub const KINDS: [(&str, &str); 5] = [
    ("r", "TABLES"),
    ("S", "SEQUENCES"),
    ("f", "FUNCTIONS"),
    ("T", "TYPES"),
    ("n", "SCHEMAS"),
];

/// What readers and writers get on objects of each kind.
const PRIVILEGES: [(&str, &[&str], &[&str]); 4] = [
    ("TABLES", &["SELECT"], &["INSERT", "UPDATE", "DELETE"]),
    ("SEQUENCES", &["SELECT"], &["USAGE", "UPDATE"]),
    ("FUNCTIONS", &["EXECUTE"], &["EXECUTE"]),
    ("TYPES", &["USAGE"], &["USAGE"]),
];

/// Statements that turn what is there into what is wished. Nothing is ever dropped or taken away.
pub fn statements(database: &str, wish: &PreparedWish, present: &PresentDatabase) -> Vec<String> {
    let mut wanted = Wanted::default();
    for owner in owners(database, wish.users) {
        wanted.by_default(&owner, "", database);
    }
    let mut statements = Vec::new();
    for (schema, of_schema) in &wish.schemas {
        if !present.schemas.contains(schema) {
            let owner = match of_schema.roles {
                true => format!("{database}_{schema}_owner"),
                false => format!("{database}_owner"),
            };
            let (schema, owner) = (quote_identifier(schema), quote_identifier(&owner));
            statements.push(format!(
                "CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {owner}"
            ));
        }
        wanted.of_schema(database, wish.users, schema, of_schema);
    }
    statements.extend(wanted.usage(present));
    statements.extend(wanted.defaults(present));
    for (extension, schema) in &wish.extensions {
        let (quoted, place) = (quote_identifier(extension), quote_identifier(schema));
        match present.extensions.get(extension) {
            None => statements.push(format!(
                "CREATE EXTENSION IF NOT EXISTS {quoted} SCHEMA {place}"
            )),
            Some(now) if now != schema => {
                statements.push(format!("ALTER EXTENSION {quoted} SET SCHEMA {place}"));
            }
            Some(_) => {}
        }
    }
    statements
}

/// The owner role of a prefix, and its twin that can log in.
fn owners(prefix: &str, users: bool) -> Vec<String> {
    let mut owners = vec![format!("{prefix}_owner")];
    if users {
        owners.push(format!("{prefix}_owner_user"));
    }
    owners
}

/// Privileges that shall be there.
#[derive(Default)]
struct Wanted {
    usage: BTreeSet<(String, String)>,
    defaults: BTreeSet<DefaultGrant>,
}

impl Wanted {
    /// Readers and writers of a prefix get these on what a maker will make.
    fn by_default(&mut self, maker: &str, schema: &str, prefix: &str) {
        let (reader, writer) = (format!("{prefix}_reader"), format!("{prefix}_writer"));
        let mut add = |on, to: &str, privilege: &str| {
            self.defaults.insert(DefaultGrant {
                maker: maker.to_owned(),
                schema: schema.to_owned(),
                on,
                to: to.to_owned(),
                privilege: privilege.to_owned(),
            });
        };
        for (on, of_reader, of_writer) in PRIVILEGES {
            of_reader
                .iter()
                .for_each(|privilege| add(on, &reader, privilege));
            of_writer
                .iter()
                .for_each(|privilege| add(on, &writer, privilege));
        }
        if schema.is_empty() {
            add("SCHEMAS", &reader, "USAGE");
            add("SCHEMAS", &writer, "USAGE");
        } else {
            self.usage.insert((schema.to_owned(), reader));
            self.usage.insert((schema.to_owned(), writer));
        }
    }

    /// The database's readers and writers reach every schema of it, those of a schema that one.
    fn of_schema(&mut self, database: &str, users: bool, schema: &str, wish: &SchemaWish) {
        let own = format!("{database}_{schema}");
        if wish.roles {
            for maker in owners(&own, wish.users) {
                self.by_default(&maker, schema, database);
            }
            for maker in owners(database, users)
                .into_iter()
                .chain(owners(&own, wish.users))
            {
                self.by_default(&maker, schema, &own);
            }
        } else {
            for maker in owners(database, users) {
                self.by_default(&maker, schema, database);
            }
        }
    }

    fn usage(&self, present: &PresentDatabase) -> Vec<String> {
        let mut missing: BTreeMap<&String, Vec<&String>> = BTreeMap::new();
        for (schema, role) in self.usage.difference(&present.usage) {
            missing.entry(schema).or_default().push(role);
        }
        let grant = |(schema, roles): (&String, Vec<&String>)| {
            let (schema, roles) = (quote_identifier(schema), quote_list(roles));
            format!("GRANT USAGE ON SCHEMA {schema} TO {roles}")
        };
        missing.into_iter().map(grant).collect()
    }

    fn defaults(&self, present: &PresentDatabase) -> Vec<String> {
        let mut missing: BTreeMap<_, Vec<&str>> = BTreeMap::new();
        for grant in self.defaults.difference(&present.defaults) {
            let of = (
                grant.maker.as_str(),
                grant.schema.as_str(),
                grant.on,
                grant.to.as_str(),
            );
            missing.entry(of).or_default().push(&grant.privilege);
        }
        let mut statements = Vec::new();
        for ((maker, schema, on, to), privileges) in missing {
            let place = match schema {
                "" => String::new(),
                schema => format!(" IN SCHEMA {}", quote_identifier(schema)),
            };
            let (maker, to) = (quote_identifier(maker), quote_identifier(to));
            let privileges = privileges.join(", ");
            statements.push(format!(
                "ALTER DEFAULT PRIVILEGES FOR ROLE {maker}{place} GRANT {privileges} ON {on} TO {to}"
            ));
        }
        statements
    }
}
