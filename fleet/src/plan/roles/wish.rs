//! Roles and databases that a manifest wishes.

use std::collections::{BTreeMap, BTreeSet};

use pg_core::{
    configuration::Configuration,
    postgresql::{PreparedDatabase, PreparedSchema},
};
use serde::Serialize;

use super::quote::is_name;
use crate::{desired, hash, plan::View};

/// Roles and databases that shall be there.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Wish {
    /// Roles by name.
    pub roles: BTreeMap<String, RoleWish>,
    /// Owner by database.
    pub databases: BTreeMap<String, String>,
    /// What databases hold, by database.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub prepared: BTreeMap<String, PreparedWish>,
}

/// A role that shall be there.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RoleWish {
    /// Its attributes, upper case: `LOGIN`, `CREATEDB` …
    pub flags: Vec<String>,
    /// The secret that holds its password.
    pub secret: Option<SecretName>,
    /// Roles that it is a member of.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub member_of: BTreeSet<String>,
    /// The same, where these roles exist; the other way round they must not be members.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub owner_roles: BTreeSet<String>,
    /// The role that may make others members of it, where that exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admin: Option<String>,
    /// Its search path; none leaves it alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub search_path: Vec<String>,
}

/// Where a secret is.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SecretName {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// What a database shall hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PreparedWish {
    /// Whether the owner has a twin that can log in.
    pub users: bool,
    /// Schemas by name.
    pub schemas: BTreeMap<String, SchemaWish>,
    /// Extensions by name, each with its schema.
    pub extensions: BTreeMap<String, String>,
}

/// A schema that shall be there.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SchemaWish {
    /// Whether it has an owner, a reader and a writer of its own.
    pub roles: bool,
    /// Whether these have twins that can log in.
    pub users: bool,
}

/// The schema of prepared databases that name none.
const DEFAULT_SCHEMA: &str = "data";
/// The path of prepared roles begins with the schema called like the role itself.
const OWN_SCHEMA: &str = "$user";

impl Wish {
    /// Hash, to tell whether anything is to be asked at all.
    pub fn hash(&self) -> String {
        hash::of(&serde_json::to_value(self).unwrap_or_default())
    }
}

/// What the manifest wishes. A role whose flags are none, or contradict each other, is left alone,
/// and so are roles of the system and protected ones; a prepared role goes before one of the same name
/// among the users, and an owner that the manifest names before a prepared one.
pub fn wish(view: &View<'_>) -> Wish {
    let (spec, configuration) = (&view.manifest.spec, view.configuration);
    let mut wish = Wish::default();
    // Only what logs in needs a name that can be a secret's too.
    let may_be = |name: &str, login: bool| {
        let fits = match login {
            true => desired::may_be_role(name, configuration),
            false => !desired::is_reserved_role(name, configuration),
        };
        fits && is_name(name)
    };
    for (name, flags) in spec.users.iter().flatten() {
        if may_be(name, true) && desired::are_role_flags(flags.as_deref().unwrap_or_default()) {
            let flags = flags.iter().flatten().map(|flag| flag.to_uppercase());
            wish.roles
                .insert(name.clone(), user(flags.collect(), configuration));
        }
    }
    for (name, database) in prepared(view) {
        if is_name(&name) {
            add_prepared(&mut wish, &name, &database, &may_be);
        }
    }
    let databases = spec.databases.iter().flatten();
    for (name, owner) in databases.filter(|(name, owner)| is_name(name) && is_name(owner)) {
        wish.databases.insert(name.clone(), owner.clone());
    }
    let owners: BTreeSet<String> = spec
        .databases
        .iter()
        .flatten()
        .map(|(_, o)| o.clone())
        .collect();
    for (name, role) in &mut wish.roles {
        let is_prepared_owner = role.admin.is_some()
            && !role.search_path.is_empty()
            && (name.ends_with("_owner") || name.ends_with("_owner_user"));
        if owners.contains(name) || is_prepared_owner {
            role.owner_roles = configuration
                .additional_owner_roles
                .iter()
                .filter(|other| *other != name && is_name(other))
                .cloned()
                .collect();
            // One cannot be above and below the other.
            let above = &role.owner_roles;
            role.admin.take_if(|admin| above.contains(admin));
        }
        let login = role.flags.iter().any(|flag| flag == "LOGIN");
        let secret = view.secrets.iter().find(|secret| secret.username == *name);
        role.secret = secret.filter(|_| login).map(|secret| SecretName {
            namespace: secret.namespace.clone(),
            name: secret.name.clone(),
        });
    }
    wish
}

fn user(mut flags: Vec<String>, configuration: &Configuration) -> RoleWish {
    if !flags
        .iter()
        .any(|flag| flag == "NOLOGIN" || flag == "LOGIN")
    {
        flags.push("LOGIN".to_owned());
    }
    flags.sort();
    flags.dedup();
    let admin = &configuration.team_admin_role;
    let has_admin = configuration.enable_admin_role_for_users && !admin.is_empty();
    RoleWish {
        flags,
        admin: has_admin.then(|| admin.clone()),
        ..RoleWish::default()
    }
}

/// The prepared databases; a section that is there and empty means one called like the cluster.
fn prepared(view: &View<'_>) -> BTreeMap<String, PreparedDatabase> {
    match &view.manifest.spec.prepared_databases {
        None => BTreeMap::new(),
        Some(databases) if databases.is_empty() => {
            let name = view.key.name.replace('-', "_");
            BTreeMap::from([(name, PreparedDatabase::default())])
        }
        Some(databases) => databases.clone(),
    }
}

fn add_prepared(
    wish: &mut Wish,
    name: &str,
    database: &PreparedDatabase,
    may_be: &impl Fn(&str, bool) -> bool,
) {
    let given = database.schemas.clone().unwrap_or_default();
    let schemas = match given.is_empty() {
        true => BTreeMap::from([(DEFAULT_SCHEMA.to_owned(), PreparedSchema::default())]),
        false => given,
    };
    let path = |schemas: &mut dyn Iterator<Item = &String>| -> Vec<String> {
        std::iter::once(OWN_SCHEMA.to_owned())
            .chain(schemas.cloned())
            .collect()
    };
    let users = database.default_users == Some(true);
    let all = path(&mut schemas.keys());
    add_roles(wish, name, "admin", users, &all, may_be);
    let mut prepared = PreparedWish {
        users,
        ..PreparedWish::default()
    };
    for (schema, given) in schemas.iter().filter(|(schema, _)| is_name(schema)) {
        let roles = given.default_roles != Some(false);
        let users = roles && given.default_users == Some(true);
        if roles {
            let own = path(&mut std::iter::once(schema));
            let prefix = format!("{name}_{schema}");
            add_roles(wish, &prefix, &format!("{name}_owner"), users, &own, may_be);
        }
        prepared
            .schemas
            .insert(schema.clone(), SchemaWish { roles, users });
    }
    let extensions = database.extensions.clone().unwrap_or_default();
    prepared.extensions = extensions
        .into_iter()
        .filter(|(extension, schema)| is_name(extension) && is_name(schema))
        .collect();
    // Without its roles there is nothing to prepare for.
    if ["owner", "reader", "writer"]
        .iter()
        .all(|role| wish.roles.contains_key(&format!("{name}_{role}")))
    {
        wish.databases
            .insert(name.to_owned(), format!("{name}_owner"));
        wish.prepared.insert(name.to_owned(), prepared);
    }
}

/// Owner, reader and writer, and their twins that can log in. A writer reads too.
fn add_roles(
    wish: &mut Wish,
    prefix: &str,
    admin: &str,
    users: bool,
    search_path: &[String],
    may_be: &impl Fn(&str, bool) -> bool,
) {
    let mut add = |suffix: &str, login: &str, member_of: Option<&str>| {
        let name = format!("{prefix}_{suffix}");
        if !may_be(&name, login == "LOGIN") {
            return;
        }
        let admin = match suffix.starts_with("owner") {
            true => admin.to_owned(),
            false => format!("{prefix}_owner"),
        };
        let role = RoleWish {
            flags: vec![login.to_owned()],
            member_of: member_of
                .map(|of| format!("{prefix}_{of}"))
                .into_iter()
                .collect(),
            admin: Some(admin),
            search_path: search_path.to_vec(),
            ..RoleWish::default()
        };
        wish.roles.insert(name, role);
    };
    add("owner", "NOLOGIN", None);
    add("reader", "NOLOGIN", None);
    add("writer", "NOLOGIN", Some("reader"));
    if users {
        for role in ["owner", "reader", "writer"] {
            add(&format!("{role}_user"), "LOGIN", Some(role));
        }
    }
}
