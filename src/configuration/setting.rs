//! Types of parameters, and how each is written in a ConfigMap and in an OperatorConfiguration.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::duration;
use crate::postgresql::Opaque;

/// A type of a parameter.
pub(super) trait Setting: Sized {
    /// Reads the text of a ConfigMap; the error says what is wrong.
    fn from_text(text: &str) -> Result<Self, String>;
    /// Reads the value of an OperatorConfiguration.
    fn from_json(value: &Value) -> Result<Self, String>;
    /// Returns the value as in an OperatorConfiguration.
    fn to_json(&self) -> Value;
    /// Returns the schema of the value in an OperatorConfiguration.
    fn schema() -> Value;
}

fn must_be(what: &str, value: &Value) -> String {
    format!("{value} must be {what}")
}

impl Setting for String {
    fn from_text(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        let text = value.as_str().ok_or_else(|| must_be("text", value))?;
        Ok(text.to_owned())
    }
    fn to_json(&self) -> Value {
        json!(self)
    }
    fn schema() -> Value {
        json!({ "type": "string" })
    }
}

impl Setting for bool {
    fn from_text(text: &str) -> Result<Self, String> {
        match text {
            "1" | "t" | "T" | "true" | "True" | "TRUE" => Ok(true),
            "" | "0" | "f" | "F" | "false" | "False" | "FALSE" => Ok(false),
            _ => Err(format!("{text:?} is neither true nor false")),
        }
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        value
            .as_bool()
            .ok_or_else(|| must_be("true or false", value))
    }
    fn to_json(&self) -> Value {
        json!(self)
    }
    fn schema() -> Value {
        json!({ "type": "boolean" })
    }
}

impl Setting for i32 {
    fn from_text(text: &str) -> Result<Self, String> {
        text.parse()
            .map_err(|_| format!("{text:?} is no whole number"))
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        let number = value.as_i64().and_then(|number| number.try_into().ok());
        number.ok_or_else(|| must_be("a whole number", value))
    }
    fn to_json(&self) -> Value {
        json!(self)
    }
    fn schema() -> Value {
        json!({ "type": "integer", "format": "int32" })
    }
}

impl Setting for Option<i64> {
    fn from_text(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Ok(None);
        }
        text.parse()
            .map(Some)
            .map_err(|_| format!("{text:?} is no whole number"))
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        let number = value
            .as_i64()
            .ok_or_else(|| must_be("a whole number", value))?;
        Ok(Some(number))
    }
    fn to_json(&self) -> Value {
        json!(self)
    }
    fn schema() -> Value {
        json!({ "type": "integer", "format": "int64" })
    }
}

impl Setting for Duration {
    fn from_text(text: &str) -> Result<Self, String> {
        duration::parse(text)
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        let text = value
            .as_str()
            .ok_or_else(|| must_be("a time such as 30s", value))?;
        duration::parse(text)
    }
    fn to_json(&self) -> Value {
        json!(duration::show(*self))
    }
    fn schema() -> Value {
        json!({ "type": "string" })
    }
}

impl Setting for Vec<String> {
    fn from_text(text: &str) -> Result<Self, String> {
        let items = text.split(',').filter(|_| !text.is_empty());
        Ok(items.map(|item| item.trim().to_owned()).collect())
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        Self::deserialize(value).map_err(|_| must_be("a list of texts", value))
    }
    fn to_json(&self) -> Value {
        json!(self)
    }
    fn schema() -> Value {
        json!({ "type": "array", "items": { "type": "string" } })
    }
}

impl Setting for BTreeMap<String, String> {
    fn from_text(text: &str) -> Result<Self, String> {
        let pair = |pair: &str| match pair.split_once(':') {
            Some((key, value)) => Ok((unquoted(key), unquoted(value))),
            None => Err(format!("{pair:?} is no key:value")),
        };
        split(text, ',')?.into_iter().map(pair).collect()
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        Self::deserialize(value).map_err(|_| must_be("a map of texts", value))
    }
    fn to_json(&self) -> Value {
        json!(self)
    }
    fn schema() -> Value {
        json!({ "type": "object", "additionalProperties": { "type": "string" } })
    }
}

fn any_object() -> Value {
    json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true })
}

/// Objects of Kubernetes' types have no spelling as text.
const NO_TEXT: &str = "can be given in an OperatorConfiguration only";

impl<T> Setting for Option<Opaque<T>> {
    fn from_text(text: &str) -> Result<Self, String> {
        match text.is_empty() {
            true => Ok(None),
            false => Err(NO_TEXT.to_owned()),
        }
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        match value.is_object() {
            true => Ok(Some(Opaque::from_value(value.clone()))),
            false => Err(must_be("an object", value)),
        }
    }
    fn to_json(&self) -> Value {
        json!(self)
    }
    fn schema() -> Value {
        any_object()
    }
}

impl<T> Setting for Vec<Opaque<T>> {
    fn from_text(text: &str) -> Result<Self, String> {
        match text.is_empty() {
            true => Ok(Vec::new()),
            false => Err(NO_TEXT.to_owned()),
        }
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        let list = value
            .as_array()
            .filter(|list| list.iter().all(Value::is_object));
        let list = list.ok_or_else(|| must_be("a list of objects", value))?;
        Ok(list.iter().cloned().map(Opaque::from_value).collect())
    }
    fn to_json(&self) -> Value {
        json!(self)
    }
    fn schema() -> Value {
        json!({ "type": "array", "items": any_object() })
    }
}

/// Splits at commas (or semicolons) that are not inside quotes.
fn split(text: &str, separator: char) -> Result<Vec<&str>, String> {
    let mut quote = None;
    let parts = text.split(|c: char| {
        match quote {
            Some(open) if open == c => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            _ => {}
        }
        c == separator && quote.is_none()
    });
    let parts = parts.collect();
    match quote {
        Some(quote) => Err(format!("a quote {quote} is not closed in {text:?}")),
        None if text.is_empty() => Ok(Vec::new()),
        None => Ok(parts),
    }
}

fn unquoted(text: &str) -> String {
    let text = text.trim();
    let inner = ['"', '\'']
        .iter()
        .find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
    inner.unwrap_or(text).to_owned()
}

/// Makes an enumeration of words.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
        pub enum $name {
            $($(#[$word_doc])* $variant,)+
        }

        impl $name {
            /// Returns the word for it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(word: &str) -> Result<Self, String> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(format!("{word:?} is none of {}", [$($word),+].join(", "))),
                }
            }
        }

        impl Setting for $name {
            fn from_text(text: &str) -> Result<Self, String> {
                match text.is_empty() {
                    true => Ok(Self::default()),
                    false => text.parse(),
                }
            }
            fn from_json(value: &Value) -> Result<Self, String> {
                value.as_str().ok_or_else(|| must_be("text", value))?.parse()
            }
            fn to_json(&self) -> Value {
                json!(self.as_str())
            }
            fn schema() -> Value {
                json!({ "type": "string", "enum": [$($word),+] })
            }
        }
    };
}

words! {
    /// How the members of a StatefulSet start.
    PodManagementPolicy {
        /// One after the other.
        #[default]
        OrderedReady = "ordered_ready",
        /// All at once.
        Parallel = "parallel",
    }
}

words! {
    /// Who makes a volume larger.
    StorageResizeMode {
        /// The API of AWS.
        Ebs = "ebs",
        /// Both.
        Mixed = "mixed",
        /// Kubernetes, by the claim.
        #[default]
        Pvc = "pvc",
        /// Nobody.
        Off = "off",
    }
}

words! {
    /// Security context of the database pods of new clusters.
    PodSecurity {
        /// As Zalando's: started as root.
        #[default]
        Spilo = "spilo",
        /// As Pod Security `restricted` asks.
        Restricted = "restricted",
    }
}

words! {
    /// What becomes of a volume that is no longer used.
    Retention {
        /// It stays.
        #[default]
        Retain = "retain",
        /// It goes.
        Delete = "delete",
    }
}

/// What becomes of the volumes of a StatefulSet.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct RetentionPolicy {
    /// When it is deleted.
    pub when_deleted: Retention,
    /// When it is scaled down.
    pub when_scaled: Retention,
}

impl RetentionPolicy {
    fn from_map(map: BTreeMap<String, String>) -> Result<Self, String> {
        let mut policy = Self::default();
        for (when, what) in map {
            let what = what.parse().map_err(|reason| format!("{when}: {reason}"))?;
            match when.as_str() {
                "when_deleted" => policy.when_deleted = what,
                "when_scaled" => policy.when_scaled = what,
                _ => return Err(format!("{when:?} is neither when_deleted nor when_scaled")),
            }
        }
        Ok(policy)
    }
}

impl Setting for RetentionPolicy {
    fn from_text(text: &str) -> Result<Self, String> {
        Self::from_map(BTreeMap::from_text(text)?)
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        Self::from_map(BTreeMap::from_json(value)?)
    }
    fn to_json(&self) -> Value {
        json!({
            "when_deleted": self.when_deleted.as_str(),
            "when_scaled": self.when_scaled.as_str(),
        })
    }
    fn schema() -> Value {
        BTreeMap::<String, String>::schema()
    }
}

/// A secret with a role for all clusters, and where in it name, password and groups are.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct InfrastructureRole {
    /// The secret.
    pub secretname: String,
    /// Its key with the role's name.
    pub userkey: String,
    /// Its key with the password.
    pub passwordkey: String,
    /// Its key with the role's groups.
    pub rolekey: String,
    /// Name of the role, where the secret has none.
    pub defaultuservalue: String,
    /// Groups of the role, where the secret has none.
    pub defaultrolevalue: String,
    /// More about the roles, as YAML.
    pub details: String,
    /// Whether keys are numbered: several roles in one secret.
    pub template: bool,
}

impl Setting for Vec<InfrastructureRole> {
    fn from_text(text: &str) -> Result<Self, String> {
        let role = |text: &str| {
            let role: BTreeMap<String, String> = BTreeMap::from_text(text)?;
            let value = |(key, text): (String, String)| match key.as_str() {
                "template" => Ok((key, json!(bool::from_text(&text)?))),
                _ => Ok((key, json!(text))),
            };
            let role = role
                .into_iter()
                .map(value)
                .collect::<Result<Value, String>>()?;
            InfrastructureRole::deserialize(role).map_err(|error| error.to_string())
        };
        split(text, ';')?.into_iter().map(role).collect()
    }
    fn from_json(value: &Value) -> Result<Self, String> {
        Self::deserialize(value).map_err(|error| error.to_string())
    }
    fn to_json(&self) -> Value {
        json!(self)
    }
    fn schema() -> Value {
        let text = || json!({ "type": "string" });
        json!({ "type": "array", "items": { "type": "object", "properties": {
            "secretname": text(), "userkey": text(), "passwordkey": text(), "rolekey": text(),
            "defaultuservalue": text(), "defaultrolevalue": text(), "details": text(),
            "template": { "type": "boolean" },
        } } })
    }
}
