//! What is there in a database: roles and memberships, schemas, extensions, privileges. Read only.

use std::collections::BTreeMap;

use tokio_postgres::{Client, Error};

use crate::{
    plan::roles::{
        Present, PresentRole, Wish,
        prepared::{DefaultGrant, KINDS, PresentDatabase},
        quote::read_list,
    },
    secret::{self, Password},
};

const ROLES: &str = "\
    SELECT a.rolname::text, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, \
           rolreplication, rolbypassrls, rolpassword, s.setconfig \
    FROM pg_authid a LEFT JOIN pg_db_role_setting s ON s.setrole = a.oid AND s.setdatabase = 0 \
    WHERE a.rolname::text = ANY($1)";
const MEMBERS: &str = "\
    SELECT r.rolname::text, m.rolname::text, bool_or(a.admin_option) \
    FROM pg_auth_members a JOIN pg_authid r ON r.oid = a.roleid JOIN pg_authid m ON m.oid = a.member \
    WHERE r.rolname::text = ANY($1) OR m.rolname::text = ANY($1) GROUP BY 1, 2";
const DATABASES: &str = "SELECT datname::text, pg_get_userbyid(datdba)::text FROM pg_database";
const SCHEMAS: &str = "SELECT nspname::text FROM pg_namespace";
const EXTENSIONS: &str = "\
    SELECT e.extname::text, n.nspname::text \
    FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace";
const USAGE: &str = "\
    SELECT n.nspname::text, pg_get_userbyid(x.grantee)::text \
    FROM pg_namespace n, LATERAL aclexplode(n.nspacl) x \
    WHERE x.privilege_type = 'USAGE' AND x.grantee <> 0";
const DEFAULTS: &str = "\
    SELECT pg_get_userbyid(d.defaclrole)::text, COALESCE(n.nspname::text, ''), \
           d.defaclobjtype::text, pg_get_userbyid(x.grantee)::text, x.privilege_type::text \
    FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace, \
         LATERAL aclexplode(d.defaclacl) x \
    WHERE x.grantee <> 0";
/// Attributes of a role, in the order of [`ROLES`].
const FLAGS: [&str; 7] = [
    "SUPERUSER",
    "INHERIT",
    "CREATEROLE",
    "CREATEDB",
    "LOGIN",
    "REPLICATION",
    "BYPASSRLS",
];
const SEARCH_PATH: &str = "search_path=";

/// Roles that matter for a wish, and all databases.
pub async fn at_roles(
    client: &Client,
    wish: &Wish,
    passwords: &BTreeMap<String, Password>,
) -> Result<Present, Error> {
    let names: Vec<&String> = wish.names().into_iter().collect();
    let mut present = Present::default();
    for row in client.query(ROLES, &[&names]).await? {
        let name: String = row.get(0);
        let flag = |(index, flag): (usize, &&str)| match row.get(index + 1) {
            true => (*flag).to_owned(),
            false => format!("NO{flag}"),
        };
        let stored: Option<String> = row.get(8);
        let settings: Option<Vec<String>> = row.get(9);
        let path = settings
            .iter()
            .flatten()
            .find_map(|setting| setting.strip_prefix(SEARCH_PATH));
        let matches = |password| stored.is_some_and(|stored| secret::matches(&stored, password));
        let role = PresentRole {
            flags: FLAGS.iter().enumerate().map(flag).collect(),
            search_path: path.map(read_list).unwrap_or_default(),
            password_matches: passwords.get(&name).is_none_or(matches),
        };
        present.roles.insert(name, role);
    }
    for row in client.query(MEMBERS, &[&names]).await? {
        let pair: (String, String) = (row.get(0), row.get(1));
        if row.get(2) {
            present.admins.insert(pair.clone());
        }
        present.members.insert(pair);
    }
    for row in client.query(DATABASES, &[]).await? {
        present.databases.insert(row.get(0), row.get(1));
    }
    Ok(present)
}

/// What the database of this session holds.
pub async fn at_database(client: &Client) -> Result<PresentDatabase, Error> {
    let mut present = PresentDatabase::default();
    for row in client.query(SCHEMAS, &[]).await? {
        present.schemas.insert(row.get(0));
    }
    for row in client.query(EXTENSIONS, &[]).await? {
        present.extensions.insert(row.get(0), row.get(1));
    }
    for row in client.query(USAGE, &[]).await? {
        present.usage.insert((row.get(0), row.get(1)));
    }
    for row in client.query(DEFAULTS, &[]).await? {
        let letter: String = row.get(2);
        if let Some((_, on)) = KINDS.iter().find(|(of, _)| *of == letter) {
            present.defaults.insert(DefaultGrant {
                maker: row.get(0),
                schema: row.get(1),
                on,
                to: row.get(3),
                privilege: row.get(4),
            });
        }
    }
    Ok(present)
}
