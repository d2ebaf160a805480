//! Limits of parameters: checked when they are read, and said in the schema.

use serde_json::{Map, Value, json};

use crate::{postgresql::pattern, window::is_window};

/// What the values of a parameter are limited to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Limit {
    /// Whole numbers from this one on.
    AtLeast(i32),
    /// These words.
    OneOf(&'static [&'static str]),
    /// Amounts of CPU.
    Cpu,
    /// Amounts of memory.
    Memory,
    /// Five fields of cron.
    Schedule,
    /// A list of windows of time.
    Window,
}

impl Limit {
    /// Refuses a value beyond the limit.
    pub(super) fn check(self, value: &Value) -> Result<(), String> {
        let texts = || match value {
            Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
            value => value.as_str().into_iter().collect::<Vec<_>>(),
        };
        match self {
            Self::AtLeast(least) => match value.as_i64() {
                Some(number) if number < i64::from(least) => {
                    Err(format!("{number} is less than {least}"))
                }
                _ => Ok(()),
            },
            Self::OneOf(words) => {
                texts()
                    .into_iter()
                    .try_for_each(|word| match words.contains(&word) {
                        true => Ok(()),
                        false => Err(format!("{word:?} is none of {}", words.join(", "))),
                    })
            }
            // None given is none to check.
            Self::Cpu | Self::Memory => texts()
                .into_iter()
                .filter(|text| !text.is_empty())
                .try_for_each(amount),
            Self::Schedule => texts().into_iter().try_for_each(schedule),
            Self::Window => texts().into_iter().try_for_each(window),
        }
    }

    /// Says the limit in a schema.
    pub(super) fn say(self, schema: &mut Map<String, Value>) {
        let mut say = |key: &str, value: Value| drop(schema.insert(key.to_owned(), value));
        match self {
            Self::AtLeast(least) => say("minimum", json!(f64::from(least))),
            Self::OneOf(words) => say("enum", json!(words)),
            Self::Cpu => say("pattern", json!(pattern::CPU)),
            Self::Memory => say("pattern", json!(pattern::BYTES)),
            Self::Schedule => say("pattern", json!(pattern::SCHEDULE)),
            Self::Window => {
                if let Some(items) = schema.get_mut("items").and_then(Value::as_object_mut) {
                    items.insert("pattern".to_owned(), json!(pattern::WINDOW));
                }
            }
        }
    }
}

/// Refuses what is no schedule of cron, as [`pattern::SCHEDULE`] does.
fn schedule(text: &str) -> Result<(), String> {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let field = |field: &str| {
        let (base, step) = field.split_once('/').unwrap_or((field, "1"));
        (base == "*" || number(base)) && number(step)
    };
    let fields: Vec<_> = text.split_whitespace().collect();
    match fields.len() == 5 && fields.into_iter().all(field) {
        true => Ok(()),
        false => Err(format!("{text:?} is no schedule such as 30 00 * * *")),
    }
}

/// Refuses what is no window of time, as [`pattern::WINDOW`] does, or one that ends before it begins.
fn window(text: &str) -> Result<(), String> {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let below = |text: &str, limit: u8| {
        let digits = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        digits && text.parse::<u8>().is_ok_and(|number| number < limit)
    };
    let time = |time: &str| {
        time.split_once(':')
            .is_some_and(|(hour, minute)| below(hour, 24) && below(minute, 60))
    };
    let fits = text.trim().split_once('-').is_some_and(|(from, to)| {
        let from = match from.split_once(':') {
            Some((day, from)) if DAYS.contains(&day) => from,
            _ => from,
        };
        time(from) && time(to)
    });
    match (fits, is_window(text)) {
        (true, true) => Ok(()),
        (true, false) => Err(format!(
            "{text:?} ends before it begins: one past midnight is two, as 22:00-23:59 and 00:00-02:00"
        )),
        (false, _) => Err(format!(
            "{text:?} is no window such as 01:00-06:00 or Sat:00:00-04:00"
        )),
    }
}

/// Refuses what is no amount of CPU or memory in Kubernetes' spelling.
fn amount(text: &str) -> Result<(), String> {
    const SUFFIXES: [&str; 16] = [
        "", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei",
    ];
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let is_number = digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty());
    let exponent = suffix
        .strip_prefix(['e', 'E'])
        .map(|e| e.strip_prefix(['+', '-']).unwrap_or(e))
        .is_some_and(|e| !e.is_empty() && digits(e));
    match is_number && (SUFFIXES.contains(&suffix) || exponent) {
        true => Ok(()),
        false => Err(format!("{text:?} is no amount such as 500m, 100Mi or 2Gi")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_kubernetes_ones() {
        for text in [
            "0", "1", "100m", "0.5", ".5", "5.", "500Mi", "1.5Gi", "1e3", "1E-2", "2E", "1k",
        ] {
            assert_eq!(amount(text), Ok(()), "{text}");
        }
        for text in [
            "", "m", "1K", "1 Gi", "1GB", "-1", "1.2.3", ".", "1e", "one", "1Mi5", "1µ",
        ] {
            assert!(amount(text).is_err(), "{text}");
        }
    }

    #[test]
    fn schedules_and_windows_are_those_of_the_patterns() {
        let matches =
            |pattern: &str, text: &str| regex::Regex::new(pattern).unwrap().is_match(text);
        for text in [
            "30 00 * * *",
            "*/5 1/2 * * 7",
            "1 2 3 4",
            "1 2 3 4 5 6",
            "",
            "a * * * *",
            "*/ * * * *",
            "1-2 * * * *",
        ] {
            assert_eq!(
                schedule(text).is_ok(),
                matches(pattern::SCHEDULE, text),
                "{text}"
            );
        }
        for text in [
            "01:00-06:00",
            "Sat:00:00-04:00",
            " 1:5-2:7 ",
            "24:00-01:00",
            "01:60-02:00",
            "Day:01:00-02:00",
            "01:00",
            "",
            "Sat:00:00-Sun:04:00",
            "001:00-02:00",
            "+1:00-02:00",
        ] {
            assert_eq!(
                window(text).is_ok(),
                matches(pattern::WINDOW, text),
                "{text}"
            );
        }
        // A pattern cannot compare.
        for text in ["22:00-02:00", "Sat:06:00-06:00"] {
            assert!(matches(pattern::WINDOW, text));
            let why = window(text).unwrap_err();
            assert!(why.contains("ends before it begins"), "{why}");
        }
    }
}
