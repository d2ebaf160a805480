//! SQL in a cluster's primary: one connection, bounded, with nothing in its search path but
//! `pg_catalog` (a database's owner must not be able to put functions in our way), and never a
//! password in clear in a statement.

use std::{collections::BTreeMap, time::Duration};

use k8s_openapi::{ByteString, api::core::v1::Secret};
use kube::{api::GetParams, core::Request};
use pg_core::{configuration::Configuration, names, postgresql::status::SourceStatus};
use tokio::time::{sleep, timeout};
use tokio_postgres::{Client, error::SqlState};

use super::{Actor, Error, connection::connect, look};
use crate::{
    kinds::collection,
    observe::facts::{Facts, Key, Replication, SourceAnswer, SqlFacts},
    plan::{
        roles::{self, PreparedWish, Present, SecretName, Wish},
        rotation::Rotation,
    },
    secret::{self, Password},
};

const PATIENCE: Duration = Duration::from_secs(15);
/// Somebody waits for a failover: a primary that does not answer by then is not asked.
const A_MOMENT: Duration = Duration::from_secs(3);
/// How often, and how far apart, replicas are looked at until they have a new password. One that
/// lags for longer is not waited for.
const LOOKS: usize = 15;
const PAUSE: Duration = Duration::from_millis(200);
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

/// What each replica that streams from this primary lacks, in one query.
///
/// # Errors
///
/// When the primary cannot be reached in a moment, or is none.
pub async fn replication(
    actor: &Actor,
    key: &Key,
    facts: &Facts,
    configuration: &Configuration,
    primary: &str,
) -> Result<Replication, Error> {
    let work = async {
        let failed = |error: tokio_postgres::Error| Error::Sql {
            member: primary.to_owned(),
            message: explain(&error),
        };
        let login = login(actor, key, facts, configuration, primary).await?;
        let client = login.connect("postgres").await.map_err(failed)?;
        // On a replica pg_current_wal_lsn fails: nobody is taken for a primary that is none.
        let standby = facts
            .config
            .as_ref()
            .is_some_and(|config| config.standby().is_some());
        let position = match standby {
            true => "pg_last_wal_receive_lsn()",
            false => "pg_current_wal_lsn()",
        };
        let query = format!(
            "SELECT application_name::text, \
                    pg_wal_lsn_diff({position}, flush_lsn)::bigint \
             FROM pg_stat_replication WHERE state = 'streaming' AND flush_lsn IS NOT NULL"
        );
        let lacks = client
            .query(&query, &[])
            .await
            .map_err(failed)?
            .into_iter()
            .map(|row| (row.get(0), row.get::<_, i64>(1).max(0)))
            .collect();
        Ok(Replication {
            primary: primary.to_owned(),
            lacks,
        })
    };
    timeout(A_MOMENT, work)
        .await
        .unwrap_or_else(|_| Err(Error::TimedOut(format!("sql on {primary}"))))
}

/// Asks the server that a cluster followed whether it is still a primary, as the role that followed.
///
/// # Errors
///
/// When it cannot be reached in a moment.
pub async fn source(
    actor: &Actor,
    key: &Key,
    configuration: &Configuration,
    source: &SourceStatus,
) -> Result<SourceAnswer, Error> {
    let failed = |message: String| Error::Sql {
        member: source.to_string(),
        message,
    };
    let work = async {
        let user = &configuration.replication_username;
        let secret = SecretName {
            namespace: key.namespace.clone(),
            name: names::secret(&configuration.secret_name_template, user, &key.name),
        };
        let password = read_password(actor, key, &secret).await?;
        // As a pod of the namespace would find it.
        let host = match source.host.contains(['.', ':']) {
            true => source.host.clone(),
            false => format!("{}.{}", source.host, key.namespace),
        };
        let port = source.port.parse().unwrap_or(5432);
        let database = "postgres".to_owned();
        let client = connect((&host, port), user, &password, database, SEARCH_PATH)
            .await
            .map_err(|error| failed(explain(&error)))?;
        let row = client
            .query_one(
                "SELECT NOT pg_catalog.pg_is_in_recovery(), \
                        (SELECT system_identifier::text FROM pg_catalog.pg_control_system())",
                &[],
            )
            .await
            .map_err(|error| failed(explain(&error)))?;
        Ok(SourceAnswer {
            is_primary: row.get(0),
            system: row.get(1),
        })
    };
    timeout(A_MOMENT, work)
        .await
        .unwrap_or_else(|_| Err(Error::TimedOut(format!("sql on {source}"))))
}

/// Who logs in where.
struct Login {
    address: String,
    user: String,
    password: Password,
}

impl Login {
    async fn connect(&self, database: &str) -> Result<Client, tokio_postgres::Error> {
        let port = u16::try_from(names::POSTGRES_PORT).unwrap_or(5432);
        connect(
            (&self.address, port),
            &self.user,
            &self.password,
            database.to_owned(),
            OPTIONS,
        )
        .await
    }
}

async fn login(
    actor: &Actor,
    key: &Key,
    facts: &Facts,
    configuration: &Configuration,
    member: &str,
) -> Result<Login, Error> {
    let user = configuration.super_username.clone();
    let superuser = SecretName {
        namespace: key.namespace.clone(),
        name: names::secret(&configuration.secret_name_template, &user, &key.name),
    };
    let password = read_password(actor, key, &superuser).await?;
    let address = facts
        .pods
        .get(member)
        .and_then(|pod| pod.ip.clone())
        .ok_or_else(|| Error::Missing(format!("{member} has no address")))?;
    Ok(Login {
        address,
        user,
        password,
    })
}

async fn settle_unbounded(
    actor: &Actor,
    key: &Key,
    facts: &Facts,
    configuration: &Configuration,
    primary: &str,
    wish: &Wish,
) -> Result<SqlFacts, Error> {
    let login = login(actor, key, facts, configuration, primary).await?;
    let failed = |error| refused_by(primary, &error);
    let (client, server_version) = login.alone(primary).await?;
    let (present, mut refused) = make(actor, key, primary, &client, wish).await?;
    for (database, prepared) in &wish.prepared {
        match prepare(key, &login, database, prepared).await {
            Ok(more) => refused.extend(more),
            Err(error) if error.as_db_error().is_some() => {
                refused.push(format!("database {database}: {}", explain(&error)));
            }
            Err(error) => return Err(failed(error)),
        }
    }
    must_be_none(primary, &refused)?;
    Ok(SqlFacts {
        settled: Some(wish.hash()),
        skipped: roles::skipped(wish, &present),
        server_version,
    })
}

/// Gives a role the password of its Secret, which is a new one if none was made for this request. The
/// Secret is written when the session that alters the role is open: whoever reads it may log in a
/// moment later.
///
/// # Errors
///
/// When the primary cannot be reached or refuses, or the Secret cannot be written.
pub async fn rotate(
    actor: &Actor,
    key: &Key,
    facts: &Facts,
    configuration: &Configuration,
    primary: &str,
    rotation: &Rotation,
) -> Result<(), Error> {
    let work = async {
        let login = login(actor, key, facts, configuration, primary).await?;
        let (client, _) = login.alone(primary).await?;
        if let Some(secret) = &rotation.wish.secret {
            actor.renew_password(key, secret, &rotation.request).await?;
        }
        let roles = BTreeMap::from([(rotation.role.clone(), rotation.wish.clone())]);
        let wish = Wish {
            roles,
            ..Wish::default()
        };
        let (_, refused) = make(actor, key, primary, &client, &wish).await?;
        must_be_none(primary, &refused)?;
        let told = until_replicas_know(&client).await;
        told.map_err(|error| refused_by(primary, &error))
    };
    timeout(PATIENCE, work)
        .await
        .unwrap_or_else(|_| Err(Error::TimedOut(format!("sql on {primary}"))))
}

/// Waits until all replicas that stream have what was done here, for a while: one that is promoted
/// before knows the old password only, and the Secret the new one.
async fn until_replicas_know(client: &Client) -> Result<(), tokio_postgres::Error> {
    let here = client
        .query_one("SELECT pg_current_wal_lsn()::text", &[])
        .await?;
    let here: String = here.get(0);
    let behind = "SELECT EXISTS (SELECT FROM pg_stat_replication \
                  WHERE state = 'streaming' AND flush_lsn < $1::text::pg_lsn)";
    for _ in 0..LOOKS {
        if !client.query_one(behind, &[&here]).await?.get::<_, bool>(0) {
            break;
        }
        sleep(PAUSE).await;
    }
    Ok(())
}

impl Login {
    /// A session on the primary in which nobody else changes roles and databases, and the server's
    /// version.
    async fn alone(&self, primary: &str) -> Result<(Client, String), Error> {
        let failed = |error| refused_by(primary, &error);
        let client = self.connect("postgres").await.map_err(failed)?;
        // A controller that has just died may have left a session: it is waited for a moment.
        client
            .query_one("SELECT pg_advisory_lock($1)", &[&ADVISORY_LOCK])
            .await
            .map_err(|error| match error.code() {
                Some(&SqlState::LOCK_NOT_AVAILABLE) => Error::Sql {
                    member: primary.to_owned(),
                    message: "another session changes roles and databases now".to_owned(),
                },
                _ => failed(error),
            })?;
        let row = client
            .query_one(
                "SELECT current_setting('server_version'), pg_is_in_recovery()",
                &[],
            )
            .await
            .map_err(failed)?;
        if row.get(1) {
            return Err(Error::Sql {
                member: primary.to_owned(),
                message: "it is in recovery: not the primary any more".to_owned(),
            });
        }
        Ok((client, row.get(0)))
    }
}

/// Makes roles and databases as wished, with the passwords of their Secrets; gives what was there
/// before, and what was refused.
async fn make(
    actor: &Actor,
    key: &Key,
    primary: &str,
    client: &Client,
    wish: &Wish,
) -> Result<(Present, Vec<String>), Error> {
    let failed = |error| refused_by(primary, &error);
    let mut passwords = BTreeMap::new();
    for (name, role) in &wish.roles {
        if let Some(secret) = &role.secret {
            passwords.insert(name.clone(), read_password(actor, key, secret).await?);
        }
    }
    let present = look::at_roles(client, wish, &passwords)
        .await
        .map_err(failed)?;
    let mut verifiers = BTreeMap::new();
    for (name, password) in &passwords {
        let role = present.roles.get(name);
        if !role.is_some_and(|role| role.password_matches) {
            let verifier = secret::verifier(password)
                .map_err(|error| Error::Missing(format!("randomness: {error}")))?;
            verifiers.insert(name.clone(), verifier);
        }
    }
    let statements = roles::statements(wish, &present, &verifiers);
    let refused = run(key, client, "postgres", statements)
        .await
        .map_err(failed)?;
    Ok((present, refused))
}

fn refused_by(primary: &str, error: &tokio_postgres::Error) -> Error {
    Error::Sql {
        member: primary.to_owned(),
        message: explain(error),
    }
}

fn must_be_none(primary: &str, refused: &[String]) -> Result<(), Error> {
    if refused.is_empty() {
        return Ok(());
    }
    Err(Error::Sql {
        member: primary.to_owned(),
        message: told(refused),
    })
}

/// Makes what a prepared database shall hold; gives what was refused.
async fn prepare(
    key: &Key,
    login: &Login,
    database: &str,
    wish: &PreparedWish,
) -> Result<Vec<String>, tokio_postgres::Error> {
    let client = login.connect(database).await?;
    let present = look::at_database(&client).await?;
    let statements = roles::prepared::statements(database, wish, &present);
    run(key, &client, database, statements).await
}

/// One statement that is refused holds up no other; gives what was. Where the connection is gone
/// none is tried.
async fn run(
    key: &Key,
    client: &Client,
    database: &str,
    statements: Vec<String>,
) -> Result<Vec<String>, tokio_postgres::Error> {
    let mut refused = Vec::new();
    for statement in statements {
        let shown = without_password(&statement);
        tracing::info!(cluster = %key, database, statement = shown, "sql");
        match client.batch_execute(&statement).await {
            Ok(()) => {}
            Err(error) if error.as_db_error().is_some() && !client.is_closed() => {
                refused.push(format!("{shown}: {}", explain(&error)));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(refused)
}

/// The first of what was refused, and how much more there is.
fn told(refused: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown = refused.iter().take(SHOWN).cloned().collect::<Vec<_>>();
    match refused.len().saturating_sub(SHOWN) {
        0 => shown.join("; "),
        more => format!("{}; and {more} more", shown.join("; ")),
    }
}

/// Nothing of a database's owner is called. A setting beside it that only a superuser may choose
/// would end any other role's connection.
const SEARCH_PATH: &str = "-c search_path=pg_catalog";
/// The same of a superuser: nothing waits for long, nothing is logged, and a session whose node died
/// without a word, and its locks with it, goes within half a minute.
const OPTIONS: &str = "-c search_path=pg_catalog -c statement_timeout=10s -c lock_timeout=5s -c log_statement=none \
     -c synchronous_commit=local -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 \
     -c tcp_user_timeout=25s";

async fn read_password(actor: &Actor, key: &Key, secret: &SecretName) -> Result<Password, Error> {
    let SecretName { namespace, name } = secret;
    let secret: Secret = actor
        .send(
            format!("read secret {name}"),
            Request::new(collection("Secret", namespace)).get(name, &GetParams::default()),
        )
        .await
        .inspect_err(|error| actor.note_lost(key, name, error))?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_refused_is_told_in_bounds() {
        let refused =
            |count: usize| -> Vec<String> { (0..count).map(|n| format!("no {n}")).collect() };
        assert_eq!(told(&refused(1)), "no 0");
        assert_eq!(
            told(&refused(7)),
            "no 0; no 1; no 2; no 3; no 4; and 2 more"
        );
        assert_eq!(
            without_password("CREATE ROLE \"a\" LOGIN PASSWORD 'SCRAM'"),
            "CREATE ROLE \"a\" LOGIN"
        );
    }
}
