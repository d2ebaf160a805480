//! `-o jsonpath=…`: the part of kubectl's templates that people use: text, `{.a.b}`, `{.a[0]}`,
//! `{.a[*].b}`, `{['a.b']}`, `{.a[?(@.b=="c")]}`, `{range …}…{end}`, `{"\n"}`.

use std::str::FromStr;

use serde_json::Value;

/// A template.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug, Eq, PartialEq)]
enum Part {
    Text(String),
    Path(Vec<Step>),
    Range(Vec<Step>, Vec<Part>),
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Step {
    Key(String),
    Index(i64),
    All,
    /// Elements where a path has a value (or, negated, another one).
    Only(Vec<Step>, bool, String),
}

impl Template {
    /// The text of a value. What is not there prints nothing.
    pub fn render(&self, value: &Value) -> String {
        let mut text = String::new();
        print(&self.0, value, &mut text);
        text
    }
}

fn print(parts: &[Part], value: &Value, text: &mut String) {
    for part in parts {
        match part {
            Part::Text(plain) => text.push_str(plain),
            Part::Path(steps) => {
                let found: Vec<String> = walk(steps, value).into_iter().map(word).collect();
                text.push_str(&found.join(" "));
            }
            Part::Range(steps, inner) => {
                for one in walk(steps, value) {
                    print(inner, one, text);
                }
            }
        }
    }
}

fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

fn walk<'a>(steps: &[Step], value: &'a Value) -> Vec<&'a Value> {
    let mut found = vec![value];
    for step in steps {
        found = found.into_iter().flat_map(|one| next(step, one)).collect();
    }
    found
}

fn next<'a>(step: &Step, value: &'a Value) -> Vec<&'a Value> {
    let elements = || match value {
        Value::Array(list) => list.iter().collect(),
        Value::Object(map) => map.values().collect(),
        _ => Vec::new(),
    };
    match step {
        Step::Key(key) => value.get(key).into_iter().collect(),
        Step::Index(index) => {
            let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
            let place = if *index < 0 {
                list.len().checked_sub(index.unsigned_abs() as usize)
            } else {
                usize::try_from(*index).ok()
            };
            place
                .and_then(|place| list.get(place))
                .into_iter()
                .collect()
        }
        Step::All => elements(),
        Step::Only(path, equal, wanted) => elements()
            .into_iter()
            .filter(|one| {
                walk(path, one)
                    .into_iter()
                    .any(|found| word(found) == *wanted)
                    == *equal
            })
            .collect(),
    }
}

impl FromStr for Template {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // kubectl takes a bare path too.
        let braced = if text.contains('{') {
            text.to_owned()
        } else {
            format!("{{{text}}}")
        };
        let mut rest = braced.as_str();
        let parts = template(&mut rest, false)?;
        Ok(Self(parts))
    }
}

/// Parts until the end, or until `{end}` inside a range.
fn template(rest: &mut &str, in_range: bool) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    loop {
        let Some((before, after)) = rest.split_once('{') else {
            if in_range {
                return Err("a {range} has no {end}".to_owned());
            }
            if !rest.is_empty() {
                parts.push(Part::Text((*rest).to_owned()));
            }
            return Ok(parts);
        };
        if !before.is_empty() {
            parts.push(Part::Text(before.to_owned()));
        }
        let end = closing(after).ok_or("a { has no }")?;
        let (inside, tail) = after.split_at(end);
        *rest = tail.strip_prefix('}').unwrap_or(tail);
        let inside = inside.trim();
        if inside == "end" {
            if in_range {
                return Ok(parts);
            }
            return Err("an {end} has no {range}".to_owned());
        } else if let Some(list) = inside.strip_prefix("range ") {
            let steps = path(list.trim())?;
            parts.push(Part::Range(steps, template(rest, true)?));
        } else if let Some(quoted) = quoted(inside) {
            parts.push(Part::Text(unescaped(quoted)));
        } else {
            parts.push(Part::Path(path(inside)?));
        }
    }
}

/// Where the brace ends, quotes looked over.
fn closing(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '}') => return Some(at),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    None
}

fn quoted(text: &str) -> Option<&str> {
    ['"', '\'']
        .into_iter()
        .find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote))
}

fn unescaped(text: &str) -> String {
    text.replace("\\n", "\n").replace("\\t", "\t")
}

fn path(text: &str) -> Result<Vec<Step>, String> {
    let wrong = || format!("{text:?} is not a path such as .items[*].context");
    let mut rest = text.strip_prefix(['$', '@']).unwrap_or(text);
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('[') {
            let end = bracket_end(after);
            let (inside, tail) = after.split_at(end.ok_or_else(wrong)?);
            rest = tail.strip_prefix(']').ok_or_else(wrong)?;
            steps.push(bracket(inside).ok_or_else(wrong)?);
            continue;
        }
        rest = rest.strip_prefix('.').unwrap_or(rest);
        if rest.is_empty() && steps.is_empty() {
            break; // The whole.
        }
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (key, tail) = rest.split_at(end);
        match key {
            "" if tail.starts_with('[') => {}
            "" => return Err(wrong()),
            "*" => steps.push(Step::All),
            key => steps.push(Step::Key(key.to_owned())),
        }
        rest = tail;
    }
    Ok(steps)
}

/// Where a bracket ends: quotes are looked over, brackets inside counted.
fn bracket_end(text: &str) -> Option<usize> {
    let (mut quote, mut depth) = (None, 0_usize);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, ']') if depth == 0 => return Some(at),
            (None, ']') => depth -= 1,
            (None, '[') => depth += 1,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    None
}

fn bracket(inside: &str) -> Option<Step> {
    if inside == "*" {
        return Some(Step::All);
    }
    if let Some(key) = quoted(inside) {
        return Some(Step::Key(key.to_owned()));
    }
    if let Some(test) = inside
        .strip_prefix("?(")
        .and_then(|rest| rest.strip_suffix(')'))
    {
        let (at, equal) = match (test.find("=="), test.find("!=")) {
            (Some(at), _) => (at, true),
            (None, Some(at)) => (at, false),
            (None, None) => return None,
        };
        let (left, right) = test.split_at(at);
        let right = right.get(2..)?.trim();
        let steps = path(left.trim()).ok()?;
        return Some(Step::Only(
            steps,
            equal,
            quoted(right).unwrap_or(right).to_owned(),
        ));
    }
    inside.parse().ok().map(Step::Index)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn templates() {
        let value = json!({"items": [
            {"context": "east", "n": 1, "ok": true, "labels": {"a.b/c": "x"}},
            {"context": "west", "n": 2, "ok": null},
        ]});
        let table = [
            ("{.items[*].context}", Some("east west")),
            (".items[0].n", Some("1")),
            ("{.items[-1].context}", Some("west")),
            ("{.items[7].context}{.no.such}", Some("")),
            ("{$.items[0]['labels']['a.b/c']}", Some("x")),
            ("n={.items[1].n};", Some("n=2;")),
            (
                r#"{range .items[*]}{.context}{"\t"}{.n}{"\n"}{end}"#,
                Some("east\t1\nwest\t2\n"),
            ),
            (r#"{.items[?(@.context=="west")].n}"#, Some("2")),
            ("{.items[?(@.context!='west')].n}", Some("1")),
            ("{.items[?(@.ok==true)].n}", Some("1")),
            ("{.items[0].labels}", Some(r#"{"a.b/c":"x"}"#)),
            ("{.items[}", None),
            ("{.items", None),
            ("{range .items[*]}x", None),
            ("x{end}", None),
            ("{.a..b}", None),
            ("{.items[x]}", None),
        ];
        for (text, expected) in table {
            let printed = text.parse::<Template>().ok().map(|one| one.render(&value));
            assert_eq!(printed.as_deref(), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "[{}.\\[\\]*?(@=!)'\"a0 -]{0,30}") {
            if let Ok(template) = text.parse::<Template>() {
                template.render(&json!({"a": [{"a": 0}]}));
            }
        }
    }
}
