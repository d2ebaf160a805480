//! A client of a Postgres cluster, as an application is one: through a Service, with a fresh
//! connection after each error. It runs where Services have addresses (`lab exec-node`) and ends
//! with its stdin, so that nothing is left of it when the test is gone.
//!
//!   writer write ADDRESS TABLE MILLISECONDS   numbered rows; one JSON line for each answer
//!   writer query ADDRESS SQL                  first column of each row, one a line
//!
//! The user is `postgres`, its password in WRITER_PASSWORD.

use std::{
    io::Write,
    process::ExitCode,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use pg_tests::{Result, tls, workload::Answer};
use tokio::{
    io::AsyncReadExt,
    time::{Instant, sleep_until, timeout},
};
use tokio_postgres::{Client, Config, config::SslMode};

/// Who does not accept a connection within this time is not there.
const CONNECTING: Duration = Duration::from_secs(1);
/// An answer that takes longer is none.
const PATIENCE: Duration = Duration::from_secs(2);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["write", address, table, interval] => {
            tokio::select! {
                result = write(address, table, interval) => result,
                () = stdin_ends() => Ok(()),
            }
        }
        ["query", address, sql] => query(address, sql).await,
        _ => {
            Err("usage: writer write ADDRESS TABLE MILLISECONDS | writer query ADDRESS SQL".into())
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("writer: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn stdin_ends() {
    let mut rest = Vec::new();
    let _ = tokio::io::stdin().read_to_end(&mut rest).await;
}

async fn connect(address: &str) -> Result<Client> {
    let (client, connection) = Config::new()
        .host(address)
        .user("postgres")
        .password(std::env::var("WRITER_PASSWORD")?)
        .dbname("postgres")
        .ssl_mode(SslMode::Require)
        .connect_timeout(CONNECTING)
        .connect(tls::connector()?)
        .await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn within<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    timeout(PATIENCE, work)
        .await
        .unwrap_or_else(|_| Err("no answer".into()))
}

/// A number is used once: whether a row whose answer was lost is there, nobody knows.
async fn write(address: &str, table: &str, interval: &str) -> Result {
    let interval = Duration::from_millis(interval.parse()?);
    let insert = format!("INSERT INTO {table} (n) VALUES ($1)");
    let mut client: Option<Client> = None;
    let mut row: i64 = 0;
    loop {
        let next = Instant::now() + interval;
        row += 1;
        let error = match step(&mut client, address, &insert, row).await {
            Ok(()) => None,
            Err(error) => {
                client = None;
                Some(error.to_string())
            }
        };
        let at = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
        let answer = Answer {
            row,
            at: u64::try_from(at)?,
            error,
        };
        let mut out = std::io::stdout().lock();
        writeln!(out, "{}", serde_json::to_string(&answer)?)?;
        out.flush()?;
        drop(out);
        sleep_until(next).await;
    }
}

async fn step(client: &mut Option<Client>, address: &str, insert: &str, row: i64) -> Result {
    let connected = match client {
        Some(connected) => connected,
        None => client.insert(within(connect(address)).await?),
    };
    within(async {
        connected
            .execute(insert, &[&row])
            .await
            .map_err(explained)?;
        Ok(())
    })
    .await
}

async fn query(address: &str, sql: &str) -> Result {
    let client = within(connect(address)).await?;
    let rows = within(async { client.simple_query(sql).await.map_err(explained) }).await?;
    for message in rows {
        if let tokio_postgres::SimpleQueryMessage::Row(row) = message {
            println!("{}", row.get(0).unwrap_or_default());
        }
    }
    Ok(())
}

fn explained(error: tokio_postgres::Error) -> pg_tests::Error {
    match error.as_db_error() {
        Some(known) => known.message().to_owned().into(),
        None => error.into(),
    }
}
