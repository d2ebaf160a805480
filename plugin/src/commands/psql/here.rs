//! The psql of this machine, through a forwarded socket: as any role, with one's own ~/.psqlrc,
//! history and files.

use std::process::Stdio;

use k8s_openapi::api::core::v1::Secret as Object;
use kube::Api;
use pg_core::{configuration::Configuration, names};
use tokio::process::Command;

use super::{
    Asked, Ran,
    forward::Forward,
    run::{READ_ONLY, Watched, database, drain, feed},
};
use crate::{
    args::Psql,
    cluster::Cluster,
    error::{Error, Kind, Result},
    exit::Exit,
    preflight,
    secret::Secret,
    session::Session,
    stop::ended,
};

/// The superuser, who is meant where no role is named.
const SUPERUSER: &str = "postgres";

/// Variables of libpq that are the person's own taste; all others would lead elsewhere.
fn keeps(variable: &str) -> bool {
    const TASTE: [&str; 5] = [
        "PGOPTIONS",
        "PGTZ",
        "PGDATESTYLE",
        "PGCLIENTENCODING",
        "PGAPPNAME",
    ];
    !variable.starts_with("PG") || TASTE.contains(&variable)
}

/// psql, ready to start: with a way to the pod and the role's password, if it may be read.
async fn prepared(
    session: &Session,
    cluster: &Cluster,
    args: &Psql,
    forward: &Forward,
) -> Result<Command> {
    let role = args.role.as_deref().unwrap_or(SUPERUSER);
    let mut command = Command::new("psql");
    command.arg("-h").arg(&forward.folder);
    command.args(["-p", &names::POSTGRES_PORT.to_string()]);
    command.args(["-U", role, "-d", database(args)]);
    command.args(&args.args);
    for (variable, _) in std::env::vars_os() {
        if variable.to_str().is_some_and(|name| !keeps(name)) {
            command.env_remove(variable);
        }
    }
    match password(cluster, role).await {
        Ok(password) => {
            command.env("PGPASSFILE", forward.password_file(&password)?);
        }
        Err(error) => {
            session
                .screen
                .note(&format!("without a password of {role}: {error}"));
        }
    }
    command.kill_on_drop(true);
    Ok(command)
}

/// The password of a role, as its Secret has it.
async fn password(cluster: &Cluster, role: &str) -> Result<Secret> {
    let name = names::secret(&template(cluster).await, role, &cluster.name);
    let secrets: Api<Object> = cluster.context.api(&cluster.namespace);
    let secret = cluster.context.ask(secrets.get(&name)).await?;
    let value = secret.data.and_then(|mut data| data.remove("password"));
    value
        .and_then(|value| String::from_utf8(value.0).ok())
        .map(Secret::new)
        .ok_or_else(|| {
            Error::new(Kind::NotFound, format!("Secret {name} holds no password"))
                .context(&cluster.context.name)
        })
}

/// How Secrets are named: as configured, where the controller's report may be read.
async fn template(cluster: &Cluster) -> String {
    let report = preflight::report(&cluster.context).await.ok().flatten();
    report
        .and_then(|mut report| report.body.configuration.remove("secret_name_template"))
        .filter(|template| !template.is_empty())
        .unwrap_or_else(|| Configuration::default().secret_name_template)
}

fn cannot_start(error: &std::io::Error) -> Error {
    if error.kind() == std::io::ErrorKind::NotFound {
        return Error::new(Kind::Failed, "there is no psql on this machine")
            .hint("install PostgreSQL's client; without --user and --local psql runs in the pod");
    }
    Error::new(Kind::Failed, format!("psql cannot be started: {error}"))
}

/// With a person before it.
pub async fn interactive(
    session: &Session,
    cluster: &Cluster,
    pod: &str,
    args: &Psql,
) -> Result<Exit> {
    let forward = Forward::open(cluster, pod, &session.stop)?;
    let mut command = prepared(session, cluster, args, &forward).await?;
    session.screen.progress().apart(|| ());
    let _heard = session.stop.leave_to_child();
    let mut child = command.spawn().map_err(|error| cannot_start(&error))?;
    let status = tokio::select! {
        status = child.wait() => status.map_err(|error| cannot_start(&error))?,
        () = ended() => return Err(Error::new(Kind::Interrupted, "interrupted")),
    };
    if let Some(error) = forward.fault().filter(|_| !status.success()) {
        return Err(error);
    }
    Ok(if status.success() {
        Exit::Done
    } else {
        Exit::Failed
    })
}

/// Runs SQL.
pub async fn sql(
    session: &Session,
    cluster: &Cluster,
    pod: &str,
    asked: &Asked<'_>,
) -> Result<Ran> {
    let forward = Forward::open(cluster, pod, &session.stop)?;
    let mut command = prepared(session, cluster, asked.args, &forward).await?;
    // Nobody is there to be asked for a password.
    command.args(["-X", "-w", "-v", "ON_ERROR_STOP=1", "-f", "-"]);
    if asked.read_only {
        command.env("PGOPTIONS", READ_ONLY);
    }
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| cannot_start(&error))?;
    let watched = Watched::new(asked.live.then_some(&session.screen));
    let (stdin, out, err) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let all = async {
        tokio::join!(
            feed(stdin, asked.sql),
            drain(out, |text| watched.out(text)),
            drain(err, |text| watched.err(text)),
        )
    };
    let ((), stdout, stderr) = tokio::select! {
        ended = all => ended,
        () = ended() => return Err(Error::new(Kind::Interrupted, "interrupted")),
    };
    let status = child.wait().await.map_err(|error| cannot_start(&error))?;
    if let Some(error) = forward.fault().filter(|_| !status.success()) {
        return Err(error);
    }
    Ok(Ran {
        pod: pod.to_owned(),
        stdout,
        stderr,
        ok: status.success(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_environment_leads_elsewhere() {
        for gone in ["PGPASSWORD", "PGHOSTADDR", "PGSERVICE", "PGREQUIREPEER"] {
            assert!(!keeps(gone), "{gone}");
        }
        for kept in ["PGTZ", "PAGER", "PSQLRC", "HOME", "PATH"] {
            assert!(keeps(kept), "{kept}");
        }
    }
}
