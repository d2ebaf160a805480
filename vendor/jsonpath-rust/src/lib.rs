//! kube looks for the token in what the login program of a `gcp` auth provider prints, at a path
//! like `$.credential.access_token`. The crate of this name reads all of JSONPath, with a grammar and
//! regular expressions: more than half a megabyte of the plugin. This one reads keys and indices.

use std::fmt;

use serde_json::Value;

/// A path that is more than keys and indices.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NoPath(String);

impl fmt::Display for NoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not made of keys and indices", self.0)
    }
}

impl std::error::Error for NoPath {}

/// Values that are found by a path.
pub trait JsonPath: Sized {
    /// What is at a path: one value, or none.
    ///
    /// # Errors
    ///
    /// When it is no path.
    fn query(&self, path: &str) -> Result<Vec<&Self>, NoPath>;
}

impl JsonPath for Value {
    fn query(&self, path: &str) -> Result<Vec<&Self>, NoPath> {
        let steps = steps(path).ok_or_else(|| NoPath(path.to_owned()))?;
        let found = steps.into_iter().try_fold(self, |value, step| match step {
            Step::Key(key) => value.get(key),
            Step::Index(index) => value.get(index),
        });
        Ok(found.into_iter().collect())
    }
}

enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

/// `$.a['b.c'][0]`
fn steps(path: &str) -> Option<Vec<Step<'_>>> {
    let mut rest = path.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let (step, behind) = if let Some(inner) = rest.strip_prefix('[') {
            let (inner, behind) = inner.split_once(']')?;
            let quoted = |quote| inner.strip_prefix(quote)?.strip_suffix(quote);
            let step = match quoted('\'').or_else(|| quoted('"')) {
                Some(key) => Step::Key(key),
                None => Step::Index(inner.parse().ok()?),
            };
            (step, behind)
        } else {
            let key = rest.strip_prefix('.')?;
            let end = key.find(['.', '[']).unwrap_or(key.len());
            let (key, behind) = key.split_at_checked(end)?;
            let plain = |char: char| char.is_alphanumeric() || "_-".contains(char);
            if key.is_empty() || !key.chars().all(plain) {
                return None;
            }
            (Step::Key(key), behind)
        };
        steps.push(step);
        rest = behind;
    }
    Some(steps)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths() {
        let value = json!({"credential": {"access_token": "t", "a.b": ["x", "y"]}});
        let found = |path: &str| {
            let found = value.query(path).ok()?;
            Some(found.first().map(|it| it.to_string()).unwrap_or_default())
        };
        let table = [
            ("$.credential.access_token", Some("\"t\"")),
            ("$.credential['a.b'][1]", Some("\"y\"")),
            ("$['credential'].access_token", Some("\"t\"")),
            ("$.credential.none", Some("")),
            ("$.credential[0]", Some("")),
            ("credential", None),
            ("$..access_token", None),
            ("$.credential.*", None),
            ("$.credential[?(@.a)]", None),
            ("$.credential[0", None),
        ];
        for (path, expected) in table {
            assert_eq!(found(path).as_deref(), expected, "{path}");
        }
    }
}
