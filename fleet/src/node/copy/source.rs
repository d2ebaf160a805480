//! The server that a copy is taken from, and the way to it.

use super::{child, one_line};
use crate::node::Error;
use crate::node::environment::Environment;
use crate::node::prepare::Account;
use crate::node::supervise::as_account;

/// What the copy is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A cluster of its own, with its own passwords.
    Clone,
    /// One that goes on following.
    Standby,
}

/// A server that a copy is taken from.
#[derive(Clone, PartialEq, Eq)]
pub struct Source {
    /// What for.
    pub purpose: Purpose,
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: String,
    /// The port on this pod's loopback where somebody's terminal may have an end (relay.rs), for where the host is not reached.
    relay: Option<String>,
    user: String,
    password: String,
}

/// Where that end is.
const LOOPBACK: &str = "127.0.0.1";

impl Source {
    /// The source that an environment names, if it names a live one.
    pub fn of(env: &Environment) -> Option<Self> {
        let standby = env.or("PGUSER_STANDBY", "standby");
        if let Some(host) = env.get("STANDBY_HOST") {
            return Some(Self {
                purpose: Purpose::Standby,
                host: host.to_owned(),
                port: env.or("STANDBY_PORT", "5432").to_owned(),
                // nobody would carry it for good
                relay: None,
                user: standby.to_owned(),
                password: env.or("PGPASSWORD_STANDBY", "").to_owned(),
            });
        }
        if env.get("CLONE_METHOD") != Some("CLONE_WITH_BASEBACKUP") {
            return None;
        }
        Some(Self {
            purpose: Purpose::Clone,
            host: env.get("CLONE_HOST")?.to_owned(),
            port: env.or("CLONE_PORT", "5432").to_owned(),
            relay: env.get("CLONE_RELAY_PORT").map(str::to_owned),
            user: env.or("CLONE_USER", standby).to_owned(),
            password: env.or("CLONE_PASSWORD", "").to_owned(),
        })
    }

    /// libpq's own variables: nothing of it stands in a command line. It takes the second host where the first is not reached,
    /// and not where that one refuses it.
    pub fn variables(&self, scope: &str) -> [(&'static str, String); 6] {
        let with = |first: &str, second: &str| match &self.relay {
            Some(_) => format!("{first},{second}"),
            None => first.to_owned(),
        };
        let relay = self.relay.as_deref().unwrap_or_default();
        [
            ("PGHOST", with(&self.host, LOOPBACK)),
            ("PGPORT", with(&self.port, relay)),
            ("PGUSER", self.user.clone()),
            ("PGPASSWORD", self.password.clone()),
            ("PGAPPNAME", scope.to_owned()),
            ("PGCONNECT_TIMEOUT", "10".to_owned()),
        ]
    }

    /// The same, by the way that was found alone.
    fn by(&self, host: &str, port: &str) -> Self {
        Self {
            host: host.to_owned(),
            port: port.to_owned(),
            relay: None,
            ..self.clone()
        }
    }
}

/// The source by the way on which it is reached, and its major version.
pub async fn reach(source: &Source, scope: &str, account: Account) -> Result<(Source, u32), Error> {
    let output = child(as_account(account, "psql")?)
        .args(["--no-psqlrc", "--no-password", "-Atq"])
        .args(["-c", "SHOW server_version_num", "-c", "\\echo :HOST :PORT"])
        .args(["--dbname", "dbname=postgres replication=true"])
        .envs(source.variables(scope))
        .output()
        .await
        .map_err(Error::io("run psql"))?;
    let told = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        return Err(Error::Program {
            program: "psql",
            output: one_line(&String::from_utf8_lossy(&output.stderr)),
        });
    }
    reached(source, &told).ok_or_else(|| Error::Program {
        program: "psql",
        output: format!("no version: {told}"),
    })
}

/// What psql said of the server: its version's number, then host and port of it.
fn reached(source: &Source, told: &str) -> Option<(Source, u32)> {
    let mut words = told.split_whitespace();
    let number: u32 = words.next()?.parse().ok()?;
    let (host, port) = (words.next()?, words.next()?);
    Some((source.by(host, port), number / 10_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources() {
        let of = |all: &[(&str, &str)]| Source::of(&all.iter().copied().collect());
        let base = ("CLONE_METHOD", "CLONE_WITH_BASEBACKUP");
        assert!(of(&[]).is_none());
        assert!(of(&[base]).is_none());
        assert!(of(&[("CLONE_METHOD", "CLONE_WITH_WALE"), ("CLONE_HOST", "h")]).is_none());
        let clone = of(&[base, ("CLONE_HOST", "h"), ("PGPASSWORD_STANDBY", "own")]);
        let clone = clone.expect("a source");
        assert_eq!(
            (clone.purpose, clone.port.as_str(), clone.user.as_str()),
            (Purpose::Clone, "5432", "standby")
        );
        assert_eq!(
            clone.password, "",
            "a clone's own password is not its source's"
        );
        let standby = of(&[
            base,
            ("CLONE_HOST", "h"),
            ("STANDBY_HOST", "other"),
            ("STANDBY_PORT", "6"),
            ("PGPASSWORD_STANDBY", "same"),
        ])
        .expect("a source");
        assert_eq!(
            (
                standby.purpose,
                standby.port.as_str(),
                standby.password.as_str()
            ),
            (Purpose::Standby, "6", "same")
        );
    }

    #[test]
    fn a_terminal_is_asked_where_the_address_is_not_reached() {
        let of = |more: &[(&str, &str)]| {
            let base = [
                ("CLONE_METHOD", "CLONE_WITH_BASEBACKUP"),
                ("CLONE_HOST", "db.east.example"),
                ("CLONE_PORT", "5433"),
            ];
            Source::of(&base.iter().chain(more).copied().collect()).expect("a source")
        };
        let way = |source: &Source| {
            let [(_, host), (_, port), ..] = source.variables("copy");
            format!("{host} {port}")
        };
        assert_eq!(way(&of(&[])), "db.east.example 5433");
        let both = of(&[("CLONE_RELAY_PORT", "6432")]);
        assert_eq!(way(&both), "db.east.example,127.0.0.1 5433,6432");
        // All that follows goes the way that was found.
        let (found, version) = reached(&both, "150018\n127.0.0.1 6432\n").expect("reached");
        assert_eq!((way(&found).as_str(), version), ("127.0.0.1 6432", 15));
        assert!(reached(&both, "").is_none());
        assert!(reached(&both, "150018\n").is_none());
    }
}
