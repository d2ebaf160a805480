//! `--where version=15,health!=Healthy`: a choice by what is shown of a cluster. Pure.

use std::str::FromStr;

use super::glob;

/// What can be asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Field {
    /// Namespace.
    Namespace,
    /// Name.
    Name,
    /// Healthy, Degraded, Down, Unknown, Hibernated.
    Health,
    /// Members that serve, of those wanted.
    Ready,
    /// Major version of the manifest.
    Version,
    /// The primary's pod.
    Primary,
    /// Team of the manifest.
    Team,
    /// Size of the volumes in the manifest.
    Volume,
}

const FIELDS: [(&str, Field); 8] = [
    ("namespace", Field::Namespace),
    ("name", Field::Name),
    ("health", Field::Health),
    ("ready", Field::Ready),
    ("version", Field::Version),
    ("primary", Field::Primary),
    ("team", Field::Team),
    ("volume", Field::Volume),
];

/// All of its terms must hold.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Where(Vec<Term>);

#[derive(Clone, Debug, Eq, PartialEq)]
struct Term {
    field: Field,
    equal: bool,
    /// In lower case; may be a pattern.
    value: String,
}

impl Where {
    /// Whether a cluster with these texts is chosen. A health that nobody told is Unknown.
    pub fn holds(&self, text: impl Fn(Field) -> String) -> bool {
        self.0.iter().all(|term| {
            let mut text = text(term.field).to_lowercase();
            if term.field == Field::Health && text.is_empty() {
                "unknown".clone_into(&mut text);
            }
            (text == term.value || glob::matches(&term.value, &text)) == term.equal
        })
    }
}

impl FromStr for Where {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.split(',')
            .map(term)
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

fn term(part: &str) -> Result<Term, String> {
    let (field, equal, value) = match (part.split_once("!="), part.split_once('=')) {
        (Some((field, value)), _) => (field, false, value),
        (None, Some((field, value))) => (field, true, value.strip_prefix('=').unwrap_or(value)),
        (None, None) => {
            return Err(format!(
                "{part:?} is not like version=15 or health!=Healthy"
            ));
        }
    };
    let field = field.trim();
    let known = FIELDS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(field));
    let Some((_, field)) = known else {
        let names: Vec<&str> = FIELDS.iter().map(|(name, _)| *name).collect();
        return Err(format!("{field:?} is none of {}", names.join(", ")));
    };
    Ok(Term {
        field: *field,
        equal,
        value: value.trim().to_lowercase(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_meet_texts() {
        let table = [
            ("version=15", Some(true)),
            ("version==15", Some(true)),
            ("version!=15", Some(false)),
            ("health=unknown", Some(true)),
            ("health!=Healthy", Some(true)),
            ("version=15,health=Healthy", Some(false)),
            ("name=ORD*", Some(true)),
            ("team=", Some(true)),
            ("age=5m", None),
            ("version", None),
            ("", None),
        ];
        let text = |field| {
            let text = match field {
                Field::Name => "orders",
                Field::Version => "15",
                _ => "",
            };
            text.to_owned()
        };
        for (words, expected) in table {
            let holds = words.parse::<Where>().ok().map(|one| one.holds(text));
            assert_eq!(holds, expected, "{words}");
        }
    }
}
