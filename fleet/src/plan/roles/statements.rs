//! Statements on roles and databases, in an order in which each finds what it needs.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use super::{
    quote::{quote_identifier, quote_list, quote_literal},
    wish::{RoleWish, Wish},
};

/// A role as the database has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PresentRole {
    /// Its attributes in the form of [`RoleWish::flags`], also those that are off (`NOCREATEDB`).
    pub flags: Vec<String>,
    /// Whether its password verifies against the secret's.
    pub password_matches: bool,
    /// Its search path; empty where it has none of its own.
    pub search_path: Vec<String>,
}

/// What is there before anything is done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Present {
    /// Roles by name: those that are wished and those that they shall be members of.
    pub roles: BTreeMap<String, PresentRole>,
    /// Memberships: the role and its member.
    pub members: BTreeSet<(String, String)>,
    /// Those among them whose member may make others members.
    pub admins: BTreeSet<(String, String)>,
    /// Owner by database.
    pub databases: BTreeMap<String, String>,
}

impl Wish {
    /// All roles that a decision may depend on.
    pub fn names(&self) -> BTreeSet<&String> {
        let others = self.roles.values().flat_map(|role| {
            role.member_of
                .iter()
                .chain(&role.owner_roles)
                .chain(&role.admin)
        });
        let owners = self.databases.values();
        self.roles.keys().chain(others).chain(owners).collect()
    }
}

/// Databases that are left alone because nobody can own them, each with why. Zalando's operator
/// passes over them too.
pub fn skipped(wish: &Wish, present: &Present) -> Vec<String> {
    let databases = wish.databases.iter();
    databases
        .filter(|(_, owner)| !exists(owner, wish, present))
        .map(|(database, owner)| format!("database {database}: there is no role {owner}"))
        .collect()
}

fn exists(role: &String, wish: &Wish, present: &Present) -> bool {
    present.roles.contains_key(role) || wish.roles.contains_key(role)
}

/// Statements that turn what is there into what is wished. Nothing is ever dropped.
pub fn statements(
    wish: &Wish,
    present: &Present,
    verifiers: &BTreeMap<String, String>,
) -> Vec<String> {
    let mut statements = Vec::new();
    for (name, role) in &wish.roles {
        let verifier = role.secret.as_ref().and(verifiers.get(name));
        statements.extend(of_role(name, role, present.roles.get(name), verifier));
    }
    // What members are made of is there now.
    let exists = |name: &String| exists(name, wish, present);
    for (name, role) in &wish.roles {
        statements.extend(memberships(name, role, present, exists));
        let now = present
            .roles
            .get(name)
            .map(|role| role.search_path.as_slice());
        if !role.search_path.is_empty() && !is_same_path(now.unwrap_or_default(), &role.search_path)
        {
            let path = quote_list(&role.search_path);
            let name = quote_identifier(name);
            statements.push(format!("ALTER ROLE {name} SET search_path TO {path}"));
        }
    }
    for (database, owner) in wish.databases.iter().filter(|(_, owner)| exists(owner)) {
        let (quoted, owner_quoted) = (quote_identifier(database), quote_identifier(owner));
        match present.databases.get(database) {
            None => statements.push(format!("CREATE DATABASE {quoted} OWNER {owner_quoted}")),
            Some(present) if present != owner => {
                statements.push(format!("ALTER DATABASE {quoted} OWNER TO {owner_quoted}"));
            }
            Some(_) => {}
        }
    }
    statements
}

fn of_role(
    name: &str,
    role: &RoleWish,
    present: Option<&PresentRole>,
    verifier: Option<&String>,
) -> Option<String> {
    let mut options = String::new();
    let is_there = |flag: &&String| present.is_some_and(|there| there.flags.contains(flag));
    for flag in role.flags.iter().filter(|flag| !is_there(flag)) {
        let _ = write!(options, " {flag}");
    }
    if let Some(verifier) = verifier
        && present.is_none_or(|there| !there.password_matches)
    {
        let _ = write!(options, " PASSWORD {}", quote_literal(verifier));
    }
    let quoted = quote_identifier(name);
    match present {
        None => Some(format!("CREATE ROLE {quoted}{options}")),
        Some(_) if !options.is_empty() => Some(format!("ALTER ROLE {quoted}{options}")),
        Some(_) => None,
    }
}

fn memberships(
    name: &String,
    role: &RoleWish,
    present: &Present,
    exists: impl Fn(&String) -> bool,
) -> Vec<String> {
    let mut statements = Vec::new();
    let is_member =
        |of: &String, member: &String| present.members.contains(&(of.clone(), member.clone()));
    let quoted = quote_identifier(name);
    for other in role.owner_roles.iter().filter(|other| exists(other)) {
        if is_member(name, other) {
            statements.push(format!("REVOKE {quoted} FROM {}", quote_identifier(other)));
        }
    }
    let wanted = role.member_of.iter().chain(&role.owner_roles);
    for of in wanted.filter(|of| exists(of) && !is_member(of, name)) {
        statements.push(format!("GRANT {} TO {quoted}", quote_identifier(of)));
    }
    if let Some(admin) = role.admin.as_ref().filter(|admin| *admin != name && exists(admin))
        && !present.admins.contains(&(name.clone(), admin.clone()))
        // One that is a member of it already cannot be above it too.
        && !is_member(admin, name)
    {
        let admin = quote_identifier(admin);
        statements.push(format!("GRANT {quoted} TO {admin} WITH ADMIN OPTION"));
    }
    statements
}

/// Zalando's operator puts the schemas in any order; as long as none is missing they stay there.
fn is_same_path(is: &[String], wanted: &[String]) -> bool {
    let set = |path: &[String]| path.iter().cloned().collect::<BTreeSet<_>>();
    set(is) == set(wanted)
}
