//! `-o json` and `-o yaml`: one document of one versioned kind, also when something fails. Each
//! item names its context; what has no item of its own stands under `errors`.

use serde::Serialize;
use serde_json::Value;

use super::{
    jsonpath::Template,
    text::{acts, in_json},
};
use crate::{
    args::Format,
    error::{Error, Kind, Result},
};

/// Version of all documents that this program prints.
pub const API_VERSION: &str = "cli.pgfleet.io/v1alpha1";

/// The document.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Document<T> {
    api_version: &'static str,
    kind: &'static str,
    /// Id of the request, of verbs that change something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// One record per object or target.
    pub items: Vec<T>,
    /// What could not be had.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Error>,
}

impl<T: Serialize> Document<T> {
    /// A document of this kind.
    pub fn new(kind: &'static str, items: Vec<T>, errors: Vec<Error>) -> Self {
        Self {
            api_version: API_VERSION,
            kind,
            request: None,
            items,
            errors,
        }
    }
}

/// Any value as a tree.
pub fn value_of(value: &impl Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(unprintable)
}

/// Any value as JSON or YAML.
pub fn render(value: &impl Serialize, format: Format) -> Result<String> {
    if format == Format::Yaml {
        let value = value_of(value)?;
        let text = serde_saphyr::to_string(&value).map_err(unprintable)?;
        // A plain text of YAML cannot write such characters out; JSON can, and is YAML.
        if !text.contains(|c| c != '\n' && acts(c)) {
            return Ok(text);
        }
    }
    let mut text = serde_json::to_string_pretty(value).map_err(unprintable)?;
    text.push('\n');
    Ok(in_json(text))
}

/// A document in the form that was asked for.
pub fn in_form(
    value: &impl Serialize,
    format: Format,
    template: Option<&Template>,
) -> Result<String> {
    match template {
        Some(template) => Ok(template.render(&value_of(value)?)),
        None => render(value, format),
    }
}

fn unprintable(error: impl std::fmt::Display) -> Error {
    Error::new(
        Kind::Failed,
        format!("the result cannot be written: {error}"),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn one_document_also_with_errors() {
        let document = Document::new(
            "ClusterList",
            vec![json!({"context": "east"})],
            vec![Error::new(Kind::Unreachable, "no answer").context("west")],
        );
        insta::assert_snapshot!(render(&document, Format::Json).expect("text"), @r#"
        {
          "apiVersion": "cli.pgfleet.io/v1alpha1",
          "kind": "ClusterList",
          "items": [
            {
              "context": "east"
            }
          ],
          "errors": [
            {
              "kind": "Unreachable",
              "message": "no answer",
              "context": "west"
            }
          ]
        }
        "#);
        let yaml = render(&document, Format::Yaml).expect("text");
        assert!(yaml.contains("kind: ClusterList"), "{yaml}");
    }

    #[test]
    fn what_acts_on_a_terminal_is_written_out() {
        let hostile = "a\u{1b}[2J\u{9b}31m\u{7f}\u{202e}\u{feff}\nb\tc";
        let value = json!({ hostile: [hostile] });
        for form in [Format::Json, Format::Yaml] {
            let text = render(&value, form).expect("text");
            assert!(!text.contains(|c| c != '\n' && acts(c)), "{text:?}");
            let read: Value = serde_saphyr::from_str(&text).expect("the same");
            assert_eq!(read, value, "{text}");
        }
    }
}
