//! SQL in a cluster's primary: one connection, bounded, with nothing in its search path but
//! `pg_catalog` (a database's owner must not be able to put functions in our way), and never a
//! password in clear in a statement.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use k8s_openapi::{ByteString, api::core::v1::Secret};
use kube::{api::GetParams, core::Request};
use pg_core::{configuration::Configuration, names};
use tokio::time::timeout;
use tokio_postgres::{Client, Config, config::SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Actor, Error, kubernetes::collection, lock};
use crate::{
    observe::facts::{Facts, Key, SqlFacts},
    plan::roles::{self, PresentRole, Wish},
    secret::{self, Password},
    tls,
};

const PATIENCE: Duration = Duration::from_secs(15);
/// Key of the advisory lock under which roles and databases are changed: "pgfl".
const ADVISORY_LOCK: i64 = 0x7067_666c;

/// Makes roles and databases as wished and tells what was found.
///
/// # Errors
///
/// When the primary cannot be reached or refuses a statement.
pub async fn settle(
    actor: &Actor,
    key: &Key,
    facts: &Facts,
    configuration: &Configuration,
    primary: &str,
    wish: &Wish,
) -> Result<SqlFacts, Error> {
    let work = settle_unbounded(actor, key, facts, configuration, primary, wish);
    timeout(PATIENCE, work)
        .await
        .unwrap_or_else(|_| Err(Error::TimedOut(format!("sql on {primary}"))))
}

async fn settle_unbounded(
    actor: &Actor,
    key: &Key,
    facts: &Facts,
    configuration: &Configuration,
    primary: &str,
    wish: &Wish,
) -> Result<SqlFacts, Error> {
    let user = &configuration.super_username;
    let superuser = names::secret(&configuration.secret_name_template, user, &key.name);
    let password = read_password(actor, key, &superuser).await?;
    let address = facts
        .pods
        .get(primary)
        .and_then(|pod| pod.ip.clone())
        .ok_or_else(|| Error::Missing(format!("{primary} has no address")))?;
    let failed = |error: tokio_postgres::Error| Error::Sql {
        member: primary.to_owned(),
        message: explain(&error),
    };
    let client = connect(&address, user, &password).await.map_err(failed)?;

    let locked: bool = client
        .query_one("SELECT pg_try_advisory_lock($1)", &[&ADVISORY_LOCK])
        .await
        .map_err(failed)?
        .get(0);
    if !locked {
        return Err(Error::Sql {
            member: primary.to_owned(),
            message: "another session changes roles and databases now".to_owned(),
        });
    }
    let row = client
        .query_one(
            "SELECT current_setting('server_version'), pg_is_in_recovery()",
            &[],
        )
        .await
        .map_err(failed)?;
    let server_version: String = row.get(0);
    if row.get(1) {
        return Err(Error::Sql {
            member: primary.to_owned(),
            message: "it is in recovery: not the primary any more".to_owned(),
        });
    }

    let mut passwords = BTreeMap::new();
    for (name, role) in &wish.roles {
        if let Some(secret) = &role.secret {
            passwords.insert(name.clone(), read_password(actor, key, secret).await?);
        }
    }
    let present = present_roles(&client, wish, &passwords)
        .await
        .map_err(failed)?;
    let databases = client
        .query(
            "SELECT datname::text, pg_get_userbyid(datdba)::text FROM pg_database",
            &[],
        )
        .await
        .map_err(failed)?
        .into_iter()
        .map(|row| (row.get(0), row.get(1)))
        .collect();
    let mut verifiers = BTreeMap::new();
    for (name, password) in &passwords {
        if !present.get(name).is_some_and(|role| role.password_matches) {
            let verifier = secret::verifier(password)
                .map_err(|error| Error::Missing(format!("randomness: {error}")))?;
            verifiers.insert(name.clone(), verifier);
        }
    }
    for statement in roles::statements(wish, &present, &databases, &verifiers) {
        tracing::info!(cluster = %key, statement = without_password(&statement), "sql");
        client.batch_execute(&statement).await.map_err(failed)?;
    }
    Ok(SqlFacts {
        settled: Some(wish.hash()),
        server_version,
    })
}

async fn connect(
    address: &str,
    user: &str,
    password: &Password,
) -> Result<Client, tokio_postgres::Error> {
    let mut config = Config::new();
    config
        .host(address)
        .port(u16::try_from(names::POSTGRES_PORT).unwrap_or(5432))
        .user(user)
        .password(password.expose())
        .dbname("postgres")
        .application_name("pg-fleet")
        .connect_timeout(Duration::from_secs(5))
        .ssl_mode(SslMode::Require)
        .options("-c search_path=pg_catalog -c statement_timeout=10s -c lock_timeout=5s -c log_statement=none");
    let tls = MakeRustlsConnect::new(Arc::unwrap_or_clone(tls::unverified()));
    let (client, connection) = config.connect(tls).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "connection to PostgreSQL ended");
        }
    });
    Ok(client)
}

async fn present_roles(
    client: &Client,
    wish: &Wish,
    passwords: &BTreeMap<String, Password>,
) -> Result<BTreeMap<String, PresentRole>, tokio_postgres::Error> {
    let names: Vec<&String> = wish.roles.keys().collect();
    let rows = client
        .query(
            "SELECT rolname::text, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, \
                    rolreplication, rolbypassrls, rolpassword \
             FROM pg_authid WHERE rolname::text = ANY($1)",
            &[&names],
        )
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let name: String = row.get(0);
            let flags = [
                "SUPERUSER",
                "INHERIT",
                "CREATEROLE",
                "CREATEDB",
                "LOGIN",
                "REPLICATION",
                "BYPASSRLS",
            ]
            .iter()
            .enumerate()
            .map(|(index, flag)| {
                if row.get(index + 1) {
                    (*flag).to_owned()
                } else {
                    format!("NO{flag}")
                }
            })
            .collect();
            let stored: Option<String> = row.get(8);
            let password_matches = passwords.get(&name).is_none_or(|password| {
                stored.is_some_and(|stored| secret::matches(&stored, password))
            });
            (
                name,
                PresentRole {
                    flags,
                    password_matches,
                },
            )
        })
        .collect())
}

async fn read_password(actor: &Actor, key: &Key, name: &str) -> Result<Password, Error> {
    let secret: Secret = actor
        .send(
            format!("read secret {name}"),
            Request::new(collection("Secret", &key.namespace)).get(name, &GetParams::default()),
        )
        .await
        .inspect_err(|error| {
            // Secrets are not watched: so it shows that somebody has deleted one.
            if error.is_not_found() {
                lock(&actor.world).update(key, |facts| {
                    facts.secrets.remove(name);
                });
            }
        })?;
    let ByteString(bytes) = secret
        .data
        .unwrap_or_default()
        .remove("password")
        .ok_or_else(|| Error::Missing(format!("secret {name} has no key password")))?;
    String::from_utf8(bytes)
        .map(Password::new)
        .map_err(|_| Error::Missing(format!("the password in secret {name} is not text")))
}

/// PostgreSQL's own words where there are some; the driver's alone say only "db error".
fn explain(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(
        || error.to_string(),
        |db| format!("{} ({})", db.message(), db.code().code()),
    )
}

fn without_password(statement: &str) -> &str {
    statement
        .split_once(" PASSWORD ")
        .map_or(statement, |(head, _)| head)
}
