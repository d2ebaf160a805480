//! Values of flags, checked while parsing.

use std::{str::FromStr, time::Duration};

use jiff::Timestamp;
use pg_core::{names, rollout::Gate};

/// `90s`, `10m`, `1h30m`, `2d`: more than nothing.
pub fn duration(text: &str) -> Result<Duration, String> {
    let mut total = Duration::ZERO;
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(not_a_duration(text));
    }
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, tail) = rest.split_at(digits);
        let number: u64 = number.parse().map_err(|_| not_a_duration(text))?;
        let letters = tail.len()
            - tail
                .trim_start_matches(|c: char| c.is_ascii_alphabetic())
                .len();
        let (unit, tail) = tail.split_at(letters);
        let part = match unit {
            "ms" => Some(Duration::from_millis(number)),
            "s" => Some(Duration::from_secs(number)),
            "m" => number.checked_mul(60).map(Duration::from_secs),
            "h" => number.checked_mul(3600).map(Duration::from_secs),
            "d" => number.checked_mul(86400).map(Duration::from_secs),
            "" if number == 0 => Some(Duration::ZERO),
            _ => None,
        };
        total = part
            .and_then(|part| total.checked_add(part))
            .ok_or_else(|| not_a_duration(text))?;
        rest = tail;
    }
    if total.is_zero() {
        return Err("0 is no time; give one, such as 15s".to_owned());
    }
    Ok(total)
}

/// The same, or as kubectl takes it: a number alone is seconds.
pub fn request_time(text: &str) -> Result<Duration, String> {
    match text.trim().parse() {
        Ok(seconds) if seconds > 0 => Ok(Duration::from_secs(seconds)),
        _ => duration(text),
    }
}

fn not_a_duration(text: &str) -> String {
    format!("{text:?} is not a duration such as 90s, 10m, 1h30m or 2d")
}

/// A moment in the past: so long ago, or a time with its offset.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Since {
    /// So long ago.
    Ago(Duration),
    /// At this time.
    At(Timestamp),
}

impl FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(time) = text.parse() {
            return Ok(Self::At(time));
        }
        duration(text).map(Self::Ago).map_err(|_| {
            format!(
                "{text:?} is neither a duration (10m) nor a time with offset (2026-11-21T10:00:00Z)"
            )
        })
    }
}

/// `HOST` or `HOST:PORT`; an IPv6 address with a port stands in brackets.
pub fn host_port(text: &str) -> Result<(String, u16), String> {
    let wrong = || format!("{text:?} is not HOST or HOST:PORT");
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, rest)) => (host, Some(rest.strip_prefix(':').ok_or_else(wrong)?)),
        None => match text.split_once(':') {
            Some((host, port)) if !port.contains(':') => (host, Some(port)),
            Some(_) => (text, None),
            None => (text, None),
        },
    };
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
    if host.is_empty() || !host.chars().all(fits) {
        return Err(wrong());
    }
    let port = match port {
        Some(port) => port
            .parse()
            .ok()
            .filter(|port| *port > 0)
            .ok_or_else(wrong)?,
        None => 5432,
    };
    Ok((host.to_owned(), port))
}

/// A duration that may be nothing.
pub fn soak(text: &str) -> Result<Duration, String> {
    match text {
        "0" | "0s" => Ok(Duration::ZERO),
        text => duration(text),
    }
}

/// A window of time.
pub fn window(text: &str) -> Result<String, String> {
    pg_core::window::is_window(text)
        .then(|| text.to_owned())
        .ok_or_else(|| format!("{text:?} is no window such as Sat:01:00-05:00 or 01:00-05:00"))
}

/// A gate between two waves.
pub fn gate(text: &str) -> Result<Gate, String> {
    let number = |text: &str| text.parse().map_err(|_| format!("{text:?} is no number"));
    match text.split_once('=') {
        None if text == "approval" => Ok(Gate::Approval {}),
        None if text == "archiving" => Ok(Gate::Archiving {}),
        None if text == "leader" => Ok(Gate::Leader {}),
        Some(("lag", bytes)) => number(bytes).map(Gate::Lag),
        Some(("log", lines)) => lines
            .parse()
            .map(Gate::Log)
            .map_err(|_| format!("{lines:?} is no number of lines")),
        Some(("connections", percent)) => percent
            .trim_end_matches('%')
            .parse()
            .ok()
            .filter(|percent| (1..=100).contains(percent))
            .map(Gate::Connections)
            .ok_or_else(|| format!("{percent:?} is no share from 1 to 100")),
        Some(("sql", query)) if !query.is_empty() => Ok(Gate::Sql(query.to_owned())),
        _ => Err(format!(
            "{text:?} is none of approval, leader, lag=BYTES, archiving, connections=PERCENT, log=LINES, sql=QUERY"
        )),
    }
}

/// A namespace: a DNS label.
pub fn namespace(text: &str) -> Result<String, String> {
    dns_label(text, 63)
        .map(str::to_owned)
        .map_err(|why| format!("a namespace {why}"))
}

/// Name of a new Postgres cluster: a DNS label that leaves room for what is derived from it.
pub fn new_cluster(text: &str) -> Result<(), String> {
    dns_label(text, names::MAX_CLUSTER_NAME)
        .map(drop)
        .map_err(|why| format!("the name of a Postgres cluster {why}"))?;
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(
            "the name of a Postgres cluster begins with a letter: it names Services".into(),
        );
    }
    Ok(())
}

/// Checks a DNS label; the error reads behind its subject.
pub fn dns_label(text: &str, longest: usize) -> Result<&str, String> {
    let valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if text.is_empty() || !text.chars().all(valid) || text.starts_with('-') || text.ends_with('-') {
        return Err(format!(
            "holds lower-case letters, digits and inner hyphens, not {text:?}"
        ));
    }
    if text.len() > longest {
        return Err(format!(
            "has at most {longest} characters; {text} has {}",
            text.len()
        ));
    }
    Ok(text)
}

/// Checks a name of an object that exists; the error reads behind its subject.
pub fn dns_subdomain(text: &str) -> Result<&str, String> {
    let longest = 253;
    if text.len() > longest {
        return Err(format!("has at most {longest} characters"));
    }
    for label in text.split('.') {
        dns_label(label, longest)?;
    }
    Ok(text)
}

/// Members wanted.
pub fn replicas(text: &str) -> Result<i32, String> {
    match text.parse::<i64>() {
        Ok(number) if number < 0 => Err("the number of members cannot be negative".to_owned()),
        Ok(number) => i32::try_from(number).map_err(|_| format!("{number} members are too many")),
        Err(_) => Err(format!("{text:?} is not a number of members")),
    }
}

/// A quantity of bytes or CPU, as Kubernetes writes it.
pub fn quantity(text: &str) -> Result<String, String> {
    let number_end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(number_end);
    let known = [
        "", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei",
    ];
    let positive = number.parse::<f64>().is_ok_and(|number| number > 0.0);
    if positive && number.starts_with(|c: char| c.is_ascii_digit()) && known.contains(&unit) {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "{text:?} is not a quantity such as 20Gi, 500Mi or 250m"
        ))
    }
}

/// `250m`, or `250m:1`: asked for, and limit.
pub fn bounds(text: &str) -> Result<(String, String), String> {
    let (asked, limit) = text.split_once(':').unwrap_or((text, text));
    Ok((quantity(asked)?, quantity(limit)?))
}

/// Name of a fleet.
pub fn fleet_name(text: &str) -> Result<String, String> {
    dns_label(text, 63)
        .map(str::to_owned)
        .map_err(|why| format!("the name of a fleet {why}"))
}

/// An object's namespace and name, in full.
pub fn object_name(text: &str) -> Result<(String, String), String> {
    let Some((namespace, name)) = text.split_once('/') else {
        return Err(format!("{text:?} is not NAMESPACE/NAME"));
    };
    dns_label(namespace, 63).map_err(|why| format!("a namespace {why}"))?;
    dns_subdomain(name).map_err(|why| format!("a name {why}"))?;
    Ok((namespace.to_owned(), name.to_owned()))
}

/// Name of a role or database, as the manifest takes it.
pub fn role(text: &str) -> Result<String, String> {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-.".contains(c);
    let first = text.starts_with(|c: char| c.is_ascii_lowercase() || c == '_');
    if first && text.len() <= 63 && text.chars().all(good) {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "{text:?} is no name of lower-case letters, digits, _ - . and at most 63 characters"
        ))
    }
}

/// Address of an API server.
pub fn url(text: &str) -> Result<String, String> {
    let host = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && !host.contains(char::is_whitespace) => {
            Ok(text.to_owned())
        }
        _ => Err(format!("{text:?} is not a URL such as https://host:6443")),
    }
}

/// A flag of a role.
pub fn role_flag(text: &str) -> Result<String, String> {
    const FLAGS: [&str; 7] = [
        "login",
        "createdb",
        "createrole",
        "superuser",
        "inherit",
        "replication",
        "bypassrls",
    ];
    let flag = text.trim().to_ascii_lowercase();
    let known = |flag: &str| FLAGS.contains(&flag);
    if known(&flag) || flag.strip_prefix("no").is_some_and(known) {
        Ok(flag)
    } else {
        Err(format!(
            "{text:?} is none of {}, or no… of them",
            FLAGS.join(", ")
        ))
    }
}

/// A major version of PostgreSQL.
pub fn version(text: &str) -> Result<String, String> {
    match text.parse::<u8>() {
        Ok(major) if (9..=99).contains(&major) && major.to_string() == text => Ok(text.to_owned()),
        _ => Err(format!("{text:?} is not a major version such as 17")),
    }
}

/// Id of a request: it becomes part of object names and a label.
pub fn request_id(text: &str) -> Result<String, String> {
    dns_label(text, 40)
        .map(str::to_owned)
        .map_err(|why| format!("a request id {why}"))
}

/// `KEY=VALUE`.
pub fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(format!("{text:?} is not KEY=VALUE")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_are_read_as_they_are_shown() {
        for text in [
            "approval",
            "leader",
            "archiving",
            "lag=1048576",
            "connections=80%",
            "log=0",
            "sql=select a = 'b'",
        ] {
            let read = gate(text).map(|gate| gate.to_string());
            assert_eq!(read.as_deref(), Ok(text));
        }
        for bad in [
            "",
            "log",
            "log=-1",
            "log=many",
            "connections=0",
            "sql=",
            "leader=x",
        ] {
            assert!(gate(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn addresses() {
        let table = [
            ("db.example", Some(("db.example", 5432))),
            ("db.example:6432", Some(("db.example", 6432))),
            ("10.0.0.1:1", Some(("10.0.0.1", 1))),
            ("fd00::1", Some(("fd00::1", 5432))),
            ("[fd00::1]:6432", Some(("fd00::1", 6432))),
            ("", None),
            (":5432", None),
            ("db:0", None),
            ("db:many", None),
            ("db:70000", None),
            ("a b", None),
            ("db'; x", None),
        ];
        for (text, expected) in table {
            let expected = expected.map(|(host, port)| (host.to_owned(), port));
            assert_eq!(host_port(text).ok(), expected, "{text:?}");
        }
    }

    #[test]
    fn durations() {
        let table = [
            ("90s", Some(90)),
            ("1h30m", Some(5400)),
            ("2d", Some(172_800)),
            ("10m", Some(600)),
            ("0", None),
            ("0s", None),
            ("10", None),
            ("m", None),
            ("", None),
            ("-5s", None),
            ("99999999999999999999d", None),
        ];
        for (text, expected) in table {
            assert_eq!(
                duration(text).ok(),
                expected.map(Duration::from_secs),
                "{text}"
            );
        }
    }

    #[test]
    fn the_time_of_a_request_is_as_kubectl_takes_it() {
        for (text, expected) in [
            ("30", Some(30)),
            ("30s", Some(30)),
            ("1m", Some(60)),
            ("0", None),
            ("-1", None),
            ("1.5", None),
        ] {
            let expected = expected.map(Duration::from_secs);
            assert_eq!(request_time(text).ok(), expected, "{text}");
        }
    }

    #[test]
    fn quantities() {
        for good in ["20Gi", "1.5G", "250m", "10", "0.5"] {
            assert!(quantity(good).is_ok(), "{good}");
        }
        for bad in ["", "Gi", "20GB", "-1Gi", "0Gi", "1 Gi", ".5G", "1..2Gi"] {
            assert!(quantity(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_of_new_clusters() {
        assert!(new_cluster("main").is_ok());
        assert!(new_cluster(&"a".repeat(58)).is_ok());
        for bad in ["", "Main", "-a", "a-", "a_b", "1a", &"a".repeat(64), "a.b"] {
            assert!(new_cluster(bad).is_err(), "{bad}");
        }
        assert!(new_cluster(&"a".repeat(64)).is_err_and(|why| why.contains("58")));
    }

    #[test]
    fn times_and_durations_are_told_apart() {
        assert_eq!("5m".parse(), Ok(Since::Ago(Duration::from_secs(300))));
        assert!(matches!(
            "2026-11-21T10:00:00+01:00".parse(),
            Ok(Since::At(_))
        ));
        assert!("yesterday".parse::<Since>().is_err());
    }
}
