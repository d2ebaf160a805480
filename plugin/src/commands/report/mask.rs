//! Masks what looks like a password, wherever it stands in a text. Pure.

use serde_json::Value;

const MASKED: &str = "*****";

/// Masks all texts of a document.
pub fn mask(value: &mut Value) {
    match value {
        Value::String(text) => *text = masked(text),
        Value::Array(list) => list.iter_mut().for_each(mask),
        Value::Object(map) => {
            // A variable of a container: its name tells what its value is.
            let variable = map.get("name").and_then(Value::as_str).is_some_and(tells);
            for (key, inner) in map.iter_mut() {
                if inner.is_string() && (tells(key) || variable && key == "value") {
                    *inner = Value::from(MASKED);
                } else {
                    mask(inner);
                }
            }
        }
        _ => {}
    }
}

/// Whether what has this name may be secret. A command may hold a key of a bucket.
fn tells(name: &str) -> bool {
    const WORDS: [&str; 8] = [
        "password",
        "passwd",
        "secret_key",
        "secret_access_key",
        "access_key",
        "token",
        "conninfo",
        "credentials",
    ];
    let name = name.to_lowercase();
    name.ends_with("_command") || WORDS.iter().any(|word| name.contains(word))
}

/// `password=x`, `PASSWORD 'x'`, `"password": "x"`, `scheme://user:x@host`.
fn masked(text: &str) -> String {
    let mut rest = text;
    let mut safe = String::new();
    while let Some((at, end)) = word(rest) {
        let (head, tail) = rest.split_at(end);
        let separators = tail.len() - tail.trim_start_matches([' ', '=', ':', '"', '\'']).len();
        let (separators, tail) = tail.split_at(separators);
        safe.push_str(head);
        safe.push_str(separators);
        // Without a separator it is part of a word, such as password_encryption.
        rest = tail;
        if separators.is_empty() || at > end {
            continue;
        }
        let length = tail
            .find([' ', '\'', '"', ',', ';', '&', '\n'])
            .unwrap_or(tail.len());
        if length > 0 {
            safe.push_str(MASKED);
            rest = tail.get(length..).unwrap_or_default();
        }
    }
    safe.push_str(rest);
    urls(&safe)
}

/// Where the next telling word begins and ends.
fn word(text: &str) -> Option<(usize, usize)> {
    // Lower case of ASCII keeps all places.
    let lower = text.to_ascii_lowercase();
    ["password", "passwd", "pgpassword"]
        .iter()
        .filter_map(|word| lower.find(word).map(|at| (at, at + word.len())))
        .min_by_key(|(_, end)| *end)
}

fn urls(text: &str) -> String {
    let mut safe = String::new();
    let mut rest = text;
    while let Some((head, tail)) = rest.split_once("://") {
        safe.push_str(head);
        safe.push_str("://");
        let end = tail.find(['/', ' ', '"', '\'']).unwrap_or(tail.len());
        let (authority, after) = tail.split_at(end);
        match authority.rsplit_once('@') {
            Some((user, host)) => {
                let user = user.split(':').next().unwrap_or_default();
                safe.push_str(&format!("{user}:{MASKED}@{host}"));
            }
            None => safe.push_str(authority),
        }
        rest = after;
    }
    safe.push_str(rest);
    safe
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn passwords_are_masked_wherever_they_stand() {
        let table = [
            (
                "host=a password=c4nary dbname=x",
                "host=a password=***** dbname=x",
            ),
            (
                "ALTER ROLE a PASSWORD 'c4nary'; x",
                "ALTER ROLE a PASSWORD '*****'; x",
            ),
            (r#"{"password": "c4nary"}"#, r#"{"password": "*****"}"#),
            (
                "postgres://bob:c4nary@host/db",
                "postgres://bob:*****@host/db",
            ),
            ("https://host/a", "https://host/a"),
            ("password_encryption is on", "password_encryption is on"),
            ("no words", "no words"),
        ];
        for (text, expected) in table {
            assert_eq!(masked(text), expected);
        }
        let mut document = json!({"primary_conninfo": "c4nary", "deep": [{"adminPassword": "c4nary"}],
            "archive_command": "AWS_KEY=c4nary push", "fine": "kept",
            "env": [{"name": "APP_TOKEN", "value": "c4nary"}, {"name": "PORT", "value": "kept"}]});
        mask(&mut document);
        let text = document.to_string();
        assert!(!text.contains("c4nary"), "{text}");
        assert_eq!(text.matches("kept").count(), 2, "{text}");
    }
}
