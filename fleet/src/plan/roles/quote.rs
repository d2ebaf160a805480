//! Names and texts in statements: whatever is in them, they stay what they are. The driver quotes
//! them; a NUL, which PostgreSQL has nowhere, is left out before.

use postgres_protocol::escape::{escape_identifier, escape_literal};

/// The longest name that PostgreSQL keeps; a longer one it would cut, and never find again.
const LONGEST: usize = 63;

/// An identifier that can be nothing else, whatever is in it.
pub fn quote_identifier(name: &str) -> String {
    escape_identifier(&name.replace('\0', ""))
}

/// A literal that can be nothing else, whatever `standard_conforming_strings` is.
pub fn quote_literal(text: &str) -> String {
    escape_literal(&text.replace('\0', ""))
}

/// Identifiers in a list.
pub fn quote_list<'a>(names: impl IntoIterator<Item = &'a String>) -> String {
    let quoted: Vec<_> = names
        .into_iter()
        .map(|name| quote_identifier(name))
        .collect();
    quoted.join(", ")
}

/// Whether PostgreSQL can keep such a name as it is.
pub fn is_name(name: &str) -> bool {
    (1..=LONGEST).contains(&name.len()) && !name.contains('\0')
}

/// Reads a list of identifiers as PostgreSQL writes one (`"$user", data`).
pub fn read_list(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let mut name = String::new();
        if let Some(mut inner) = rest.strip_prefix('"') {
            while let Some((before, after)) = inner.split_once('"') {
                name.push_str(before);
                inner = after;
                match after.strip_prefix('"') {
                    Some(after) => {
                        name.push('"');
                        inner = after;
                    }
                    None => break,
                }
            }
            rest = inner;
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            name.push_str(rest[..end].trim());
            rest = &rest[end..];
        }
        names.push(name);
        rest = rest.trim_start();
        rest = rest.strip_prefix(',').unwrap_or("").trim_start();
    }
    names
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lists_as_postgresql_writes_them() {
        assert_eq!(
            read_list("\"$user\", data, \"we\"\"ird, one\""),
            ["$user", "data", "we\"ird, one"]
        );
        assert_eq!(read_list(""), Vec::<String>::new());
        assert_eq!(read_list("a,b"), ["a", "b"]);
        assert_eq!(read_list("\"never closed"), [""]);
    }

    #[test]
    fn a_text_stays_one_literal() {
        for (text, quoted) in [
            ("it's", "'it''s'"),
            ("a\0b", "'ab'"),
            // Whether a backslash is one or an escape is for a session to say, else.
            ("\\'; DROP ROLE x; --", " E'\\\\''; DROP ROLE x; --'"),
        ] {
            assert_eq!(quote_literal(text), quoted);
        }
    }

    #[test]
    fn names_that_would_be_cut() {
        assert!(is_name("a") && is_name(&"a".repeat(63)) && is_name("we\"ird"));
        assert!(!is_name("") && !is_name(&"a".repeat(64)) && !is_name("a\0b"));
    }

    proptest! {
        #[test]
        fn a_name_stays_one_identifier(name in "[a-z\"';\\- ]{1,12}") {
            let quoted = quote_identifier(&name);
            let inner = &quoted[1..quoted.len() - 1];
            // Every quote inside is doubled, so the identifier ends only at its end.
            prop_assert_eq!(inner.replace("\"\"", "").matches('"').count(), 0);
            prop_assert_eq!(inner.replace("\"\"", "\""), name);
        }

        #[test]
        fn a_list_is_read_as_it_was_written(names in prop::collection::vec("[a-z\"', $]{1,6}", 0..4)) {
            prop_assert_eq!(read_list(&quote_list(&names)), names);
        }

        #[test]
        fn any_text_is_read_to_its_end(text: String) {
            read_list(&text);
        }
    }
}
