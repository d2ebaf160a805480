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

/// The value of a setting as it may be told: its own name may say that it is secret.
pub fn setting(name: &str, value: &str) -> String {
    match tells(name) && !value.is_empty() {
        true => MASKED.to_owned(),
        false => masked(value),
    }
}

/// How names end in a text whose values are secret.
const ENDINGS: [&str; 10] = [
    "password",
    "passwd",
    "secret",
    "secret_key",
    "access_key",
    "access_key_id",
    "token",
    "conninfo",
    "credentials",
    "bearer",
];

/// Of these, words behind which the value comes without a sign between: `PASSWORD 'x'`.
const SPACED: [&str; 3] = ["password", "passwd", "bearer"];

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

/// `password=x`, `PASSWORD 'x y'`, `"password": "x"`, the same as a text in JSON, `TOKEN=x`,
/// `scheme://user:x@host`.
fn masked(text: &str) -> String {
    let mut safe = String::new();
    let mut rest = text;
    while let Some((head, name, tail)) = next_name(rest) {
        safe.push_str(head);
        safe.push_str(name);
        rest = tail;
        let Some((between, value, after)) = value_of(name, tail) else {
            continue;
        };
        safe.push_str(between);
        if !value.is_empty() {
            safe.push_str(MASKED);
        }
        rest = after;
    }
    safe.push_str(rest);
    urls(&safe)
}

/// The next word of letters, digits, `_` and `-`, with what stands before and behind it.
fn next_name(text: &str) -> Option<(&str, &str, &str)> {
    let in_name = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let start = text.find(in_name)?;
    let (head, from) = text.split_at(start);
    let (name, tail) = from.split_at(from.find(|c| !in_name(c)).unwrap_or(from.len()));
    Some((head, name, tail))
}

/// Where a name tells of a secret: what stands between, the secret, and what stands behind it.
fn value_of<'a>(name: &str, tail: &'a str) -> Option<(&'a str, &'a str, &'a str)> {
    let name = name.to_lowercase().replace('-', "_");
    let ends = |words: &[&str]| words.iter().any(|word| name.ends_with(word));
    if !ends(&ENDINGS) {
        return None;
    }
    let at = |rest: &str| tail.len() - rest.len();
    // The end of the name's own quotes, then the sign.
    let behind = tail
        .trim_start_matches(['\\', '"', '\''])
        .trim_start_matches(' ');
    let signed = behind.trim_start_matches(['=', ':']);
    let is_signed = signed.len() < behind.len();
    let unsigned = ends(&SPACED) && tail.starts_with(' ');
    if !is_signed && !unsigned {
        return None;
    }
    let value = match is_signed {
        true => signed.trim_start_matches(' '),
        false => tail.trim_start_matches(' '),
    };
    let quoted = value.trim_start_matches('\\');
    let slashes = value.len() - quoted.len();
    let inside = |quote: char| Some((quote, quoted.strip_prefix(quote)?));
    let (open, length) = match inside('"').or_else(|| inside('\'')) {
        Some((quote, inside)) => (slashes + 1, closing(inside, quote, slashes)),
        None => (0, value.find(UNQUOTED).unwrap_or(value.len())),
    };
    let begin = at(value) + open;
    let (between, rest) = tail.split_at(begin);
    let (secret, after) = rest.split_at(length);
    Some((between, secret, after))
}

/// What ends a value without quotes.
const UNQUOTED: [char; 9] = [' ', '\'', '"', ',', ';', '&', '\n', '\\', '}'];

/// Where a quoted value ends: at the quote behind as many backslashes as there were before the
/// first; twice the quote is one of the value. Without an end all of it is the value.
fn closing(text: &str, quote: char, slashes: usize) -> usize {
    let mut before = 0;
    let mut all = text.char_indices().peekable();
    while let Some((at, c)) = all.next() {
        match c {
            '\\' => before += 1,
            c if c == quote && before == slashes => {
                if slashes == 0 && all.next_if(|(_, next)| *next == quote).is_some() {
                    continue;
                }
                return at - slashes;
            }
            _ => before = 0,
        }
    }
    text.len()
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
            ("password='two words' x", "password='*****' x"),
            ("PASSWORD 'it''s c4nary' x", "PASSWORD '*****' x"),
            (r"password='it\'s c4nary' x", "password='*****' x"),
            ("password='c4nary without end", "password='*****"),
            (
                r#"{\"password\":\"c4nary\",\"a\":1}"#,
                r#"{\"password\":\"*****\",\"a\":1}"#,
            ),
            (
                r#"{\\\"token\\\": \\\"c4nary x\\\"}"#,
                r#"{\\\"token\\\": \\\"*****\\\"}"#,
            ),
            ("token=c4nary&x=1", "token=*****&x=1"),
            (
                "AWS_SECRET_ACCESS_KEY=c4nary push",
                "AWS_SECRET_ACCESS_KEY=***** push",
            ),
            ("aws-access-key-id: c4nary", "aws-access-key-id: *****"),
            (
                "Authorization: Bearer c4nary",
                "Authorization: Bearer *****",
            ),
            (
                "PGPASSWORD=ü password=c4nary",
                "PGPASSWORD=***** password=*****",
            ),
            ("the token of this", "the token of this"),
            ("secretName: pg-secret", "secretName: pg-secret"),
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
