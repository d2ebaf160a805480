//! Label selectors as kubectl writes them: `env=prod,region!=us,tier in (a,b),!old`. Pure.

use std::{collections::BTreeMap, str::FromStr};

/// All of its terms must hold.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Labels(Vec<Term>);

#[derive(Clone, Debug, Eq, PartialEq)]
struct Term {
    key: String,
    test: Test,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Test {
    There,
    Absent,
    In(Vec<String>),
    /// Holds too where the key is missing, as kubectl has it.
    NotIn(Vec<String>),
}

impl Labels {
    /// Whether labels satisfy it.
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.0.iter().all(|term| {
            let value = labels.get(&term.key);
            match &term.test {
                Test::There => value.is_some(),
                Test::Absent => value.is_none(),
                Test::In(values) => value.is_some_and(|value| values.contains(value)),
                Test::NotIn(values) => value.is_none_or(|value| !values.contains(value)),
            }
        })
    }
}

impl FromStr for Labels {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let terms: Vec<Term> = parts(text)
            .into_iter()
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(term)
            .collect::<Result<_, _>>()?;
        if terms.is_empty() {
            return Err("a selector is like env=prod,region!=us".to_owned());
        }
        Ok(Self(terms))
    }
}

/// Cut at commas that are in no parentheses.
fn parts(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    text.split(|c| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
    .collect()
}

fn term(part: &str) -> Result<Term, String> {
    let wrong = || format!("{part:?} is not like KEY=VALUE, KEY!=VALUE, KEY, !KEY or KEY in (A,B)");
    let made = |key: &str, test: Test| {
        let key = key.trim();
        let odd = |c: char| c.is_whitespace() || "=!(),".contains(c);
        if key.is_empty() || key.contains(odd) {
            return Err(wrong());
        }
        Ok(Term {
            key: key.to_owned(),
            test,
        })
    };
    let one = |value: &str| vec![value.trim().to_owned()];
    if let Some((head, list)) = part.strip_suffix(')').and_then(|rest| rest.split_once('(')) {
        let values = list
            .split(',')
            .map(|value| value.trim().to_owned())
            .collect();
        let (key, word) = head.trim().rsplit_once(' ').ok_or_else(wrong)?;
        return match word {
            "in" => made(key, Test::In(values)),
            "notin" => made(key, Test::NotIn(values)),
            _ => Err(wrong()),
        };
    }
    if let Some((key, value)) = part.split_once("!=") {
        return made(key, Test::NotIn(one(value)));
    }
    if let Some((key, value)) = part.split_once('=') {
        return made(key, Test::In(one(value.strip_prefix('=').unwrap_or(value))));
    }
    match part.strip_prefix('!') {
        Some(key) => made(key, Test::Absent),
        None => made(part, Test::There),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors() {
        let labels: BTreeMap<String, String> = [("env", "prod"), ("region", "eu")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into();
        let table = [
            ("env=prod", Some(true)),
            ("env==prod", Some(true)),
            ("env=test", Some(false)),
            ("env!=test", Some(true)),
            ("tier!=gold", Some(true)),
            ("env=prod,region=us", Some(false)),
            ("env", Some(true)),
            ("tier", Some(false)),
            ("!tier", Some(true)),
            ("!env", Some(false)),
            ("region in (us, eu),env", Some(true)),
            ("region notin (us,eu)", Some(false)),
            ("region of (us)", None),
            ("", None),
            ("=x", None),
            ("a b", None),
            ("env in (prod", None),
        ];
        for (text, expected) in table {
            let holds = text.parse::<Labels>().ok().map(|one| one.matches(&labels));
            assert_eq!(holds, expected, "{text}");
        }
    }
}
