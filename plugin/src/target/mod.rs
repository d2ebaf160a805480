//! What a word on the command line names: `[NAMESPACE/]NAME[@CONTEXT]`. Pure.

pub mod contexts;
mod filter;
pub mod fleets;
mod glob;
mod labels;
mod select;
mod shorts;

pub use filter::{Field, Where};
pub use glob::is_pattern;
pub use labels::Labels;
pub use select::{Chosen, Selection, narrow_to_one, one_namespace, select};

use std::{fmt, str::FromStr};

use pg_core::names;

use crate::args::dns_subdomain;

/// A Postgres cluster as a person names it.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Target {
    /// Its namespace; else that of `-n`, else the context's.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// Its context, verbatim; else the chosen ones.
    pub context: Option<String>,
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text
            .strip_prefix("postgresql.acid.zalan.do/")
            .unwrap_or(text);
        let (object, context) = match text.split_once('@') {
            Some((_, "")) => return Err(format!("{text:?} names no context after the @")),
            Some((object, context)) => (object, Some(context.to_owned())),
            None => (text, None),
        };
        let (namespace, name) = match object.split_once('/') {
            Some((namespace, name)) => (Some(namespace), name),
            None => (None, object),
        };
        if name.contains('/') {
            return Err(format!(
                "{text:?} has too many slashes; a target is [NAMESPACE/]NAME[@CONTEXT]"
            ));
        }
        if let Some(namespace) = namespace {
            dns_subdomain(namespace).map_err(|why| format!("a namespace {why}"))?;
        }
        dns_subdomain(name).map_err(|why| format!("the name of a Postgres cluster {why}"))?;
        Ok(Self {
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
            context,
        })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(namespace) = &self.namespace {
            write!(f, "{namespace}/")?;
        }
        f.write_str(&self.name)?;
        if let Some(context) = &self.context {
            write!(f, "@{context}")?;
        }
        Ok(())
    }
}

/// A target, or `-` for those on stdin.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TargetArg {
    /// Written here.
    One(Target),
    /// Lines of stdin.
    Stdin,
    /// The one that was picked from a list.
    Picked,
}

/// Stands in a line for what is picked; no name can be this.
pub const PICKED: &str = "@";

impl FromStr for TargetArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "-" {
            return Ok(Self::Stdin);
        }
        if text == PICKED {
            return Ok(Self::Picked);
        }
        text.parse().map(Self::One)
    }
}

/// The targets in lines of text; empty lines and those behind `#` are skipped.
pub fn targets_in(text: &str) -> Result<Vec<Target>, String> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::parse)
        .collect()
}

/// A member as a person names it: its pod, or its number.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Member {
    /// Its ordinal.
    Number(i32),
    /// Its pod.
    Pod(String),
}

impl Member {
    /// The pod's name; an error when it cannot belong to this cluster.
    pub fn pod(&self, cluster: &str) -> Result<String, String> {
        match self {
            Self::Number(ordinal) => Ok(names::member(cluster, *ordinal)),
            Self::Pod(pod) if names::ordinal(cluster, pod).is_some() => Ok(pod.clone()),
            Self::Pod(pod) => Err(format!(
                "{pod} is no member of {cluster}; its members are {cluster}-0, {cluster}-1 …"
            )),
        }
    }
}

impl FromStr for Member {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse::<i32>() {
            Ok(ordinal) if ordinal >= 0 => Ok(Self::Number(ordinal)),
            Ok(_) => Err("a member's number is not negative".to_owned()),
            Err(_) => dns_subdomain(text)
                .map(|pod| Self::Pod(pod.to_owned()))
                .map_err(|why| format!("the name of a member {why}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn target(namespace: Option<&str>, name: &str, context: Option<&str>) -> Target {
        Target {
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
            context: context.map(str::to_owned),
        }
    }

    #[test]
    fn grammar() {
        let table = [
            ("main", Some(target(None, "main", None))),
            ("pg/main", Some(target(Some("pg"), "main", None))),
            ("main@east", Some(target(None, "main", Some("east")))),
            (
                "pg/main@east",
                Some(target(Some("pg"), "main", Some("east"))),
            ),
            (
                "pg/main@arn:aws:eks:eu-central-1:123456789012:cluster/prod-1",
                Some(target(
                    Some("pg"),
                    "main",
                    Some("arn:aws:eks:eu-central-1:123456789012:cluster/prod-1"),
                )),
            ),
            (
                "main@ns/api-host:6443/admin@corp",
                Some(target(None, "main", Some("ns/api-host:6443/admin@corp"))),
            ),
            (
                "postgresql.acid.zalan.do/main",
                Some(target(None, "main", None)),
            ),
            ("", None),
            ("@east", None),
            ("main@", None),
            ("/main", None),
            ("pg/", None),
            ("a/b/c", None),
            ("Main", None),
            ("ma in", None),
            ("main\u{1b}[31m", None),
            ("-main", None),
        ];
        for (text, expected) in table {
            assert_eq!(text.parse::<Target>().ok(), expected, "{text:?}");
        }
    }

    #[test]
    fn members() {
        assert_eq!(Member::Number(2).pod("main"), Ok("main-2".to_owned()));
        assert_eq!("main-1".parse(), Ok(Member::Pod("main-1".to_owned())));
        assert_eq!("1".parse(), Ok(Member::Number(1)));
        assert!("-1".parse::<Member>().is_err());
        assert!(Member::Pod("other-0".to_owned()).pod("main").is_err());
    }

    #[test]
    fn stdin() {
        assert_eq!("-".parse(), Ok(TargetArg::Stdin));
        let lines = targets_in("# a list\n pg/main@east \n\nother\n").expect("valid");
        assert_eq!(lines.len(), 2);
        assert!(targets_in("main\nA\n").is_err());
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(
            namespace in proptest::option::of("[a-z]([a-z0-9-]{0,10}[a-z0-9])?"),
            name in "[a-z]([a-z0-9-]{0,10}[a-z0-9])?",
            context in proptest::option::of("[ -~]{1,40}"),
        ) {
            let target = Target { namespace, name, context };
            prop_assert_eq!(target.to_string().parse::<Target>(), Ok(target));
        }

        #[test]
        fn nothing_panics(text in "\\PC{0,60}") {
            let _ = text.parse::<Target>();
        }
    }
}
