//! Makes arbitrary values that are valid under a schema.

use proptest::{
    collection::{btree_map, vec},
    prelude::*,
    sample::select,
};
use serde_json::{Map, Value, json};

use super::check::is_open;

/// Makes values of a schema.
pub fn value(schema: &Value) -> BoxedStrategy<Value> {
    let plain = match schema["type"].as_str() {
        _ if schema["x-kubernetes-int-or-string"] == true => {
            prop_oneof![any::<i32>().prop_map(Value::from), text()].boxed()
        }
        None => anything()
            .prop_filter("null is dropped", |v| !v.is_null())
            .boxed(),
        Some("string") => string(schema),
        Some("integer") => integer(schema),
        Some("boolean") => any::<bool>().prop_map(Value::from).boxed(),
        Some("array") => vec(value(&schema["items"]), 0..3)
            .prop_map(Value::from)
            .boxed(),
        Some("object") => object(schema),
        other => panic!("type {other:?}"),
    };
    match schema["nullable"] == true {
        true => prop_oneof![1 => Just(Value::Null), 4 => plain].boxed(),
        false => plain,
    }
}

fn object(schema: &Value) -> BoxedStrategy<Value> {
    if let Some(values) = schema.get("additionalProperties") {
        let entries = btree_map(key(), value(values), 0..3);
        return entries.prop_map(|map| map.into_iter().collect()).boxed();
    }
    let Some(properties) = schema["properties"].as_object() else {
        return if is_open(schema) {
            any_object()
        } else {
            Just(json!({})).boxed()
        };
    };
    let contains =
        |list: &Value, name: &str| list.as_array().is_some_and(|l| l.contains(&json!(name)));
    let fields: Vec<_> = properties
        .iter()
        .map(|(name, inner)| {
            let name = name.clone();
            let made = match contains(&schema["required"], &name) {
                true => value(inner).prop_map(Some).boxed(),
                false => prop::option::weighted(0.3, value(inner)).boxed(),
            };
            made.prop_map(move |value| value.map(|value| (name.clone(), value)))
        })
        .collect();
    let choices = schema["anyOf"].as_array().cloned().unwrap_or_default();
    (fields, any::<prop::sample::Index>())
        .prop_map(move |(fields, chosen)| {
            let mut object: Map<_, _> = fields.into_iter().flatten().collect();
            if !choices.is_empty() {
                for name in chosen.get(&choices)["required"]
                    .as_array()
                    .into_iter()
                    .flatten()
                {
                    let name = name.as_str().unwrap().to_owned();
                    object.entry(name).or_insert(json!("chosen"));
                }
            }
            Value::from(object)
        })
        .boxed()
}

fn integer(schema: &Value) -> BoxedStrategy<Value> {
    // Also where the format is int32, which the API server does not check.
    let least = schema["minimum"].as_f64().map_or(i64::MIN, |n| n as i64);
    let most = schema["maximum"].as_f64().map_or(i64::MAX, |n| n as i64);
    let small = least.max(-3)..=most.min(70_000);
    prop_oneof![3 => small, 1 => least..=most]
        .prop_map(Value::from)
        .boxed()
}

fn string(schema: &Value) -> BoxedStrategy<Value> {
    if let Some(values) = schema["enum"].as_array() {
        return select(values.clone()).boxed();
    }
    if schema["format"] == "uuid" {
        let uuid = any::<[u16; 8]>().prop_map(|[a, b, c, d, e, f, g, h]| {
            format!("{a:04x}{b:04x}-{c:04x}-{d:04X}-{e:04x}-{f:04x}{g:04x}{h:04x}")
        });
        return uuid.prop_map(Value::from).boxed();
    }
    let Some(pattern) = schema["pattern"].as_str() else {
        return text();
    };
    // One maker for each pattern, known by what only it has.
    let made = match pattern {
        p if p.starts_with(r"^(\d+m|") => cpu(),
        p if p.contains("EPTGMK") => bytes(),
        p if p.contains("Mon|Tue") => window(),
        p if p.ends_with("{4}$") => schedule(),
        p if p.contains("[Tt]") => timestamp(),
        p if p.contains("25[0-5]") => cidr(),
        other => panic!("no maker for the pattern {other}"),
    };
    made.prop_map(Value::from).boxed()
}

fn cpu() -> BoxedStrategy<String> {
    prop_oneof![
        any::<u16>().prop_map(|n| format!("{n}m")),
        any::<u16>().prop_map(|n| n.to_string()),
        (any::<u8>(), 0..1000_u16).prop_map(|(n, m)| format!("{n}.{m:03}")),
        (any::<u8>(), 0..10_u8).prop_map(|(n, m)| format!("{n}.{m}")),
    ]
    .boxed()
}

fn bytes() -> BoxedStrategy<String> {
    let unit = (
        select(vec!["E", "P", "T", "G", "M", "K"]),
        select(vec!["", "i"]),
    );
    let exponent = select(vec!["", "e0", "e3"]);
    prop_oneof![
        (any::<u32>(), exponent.clone()).prop_map(|(n, e)| format!("{n}{e}")),
        (any::<u16>(), any::<u8>(), exponent, unit.clone())
            .prop_map(|(n, m, e, (u, i))| format!("{n}.{m}{e}{u}{i}")),
        (any::<u16>(), unit).prop_map(|(n, (u, i))| format!("{n}{u}{i}")),
    ]
    .boxed()
}

fn schedule() -> BoxedStrategy<String> {
    let number = prop_oneof![
        Just("*".to_owned()),
        any::<u8>().prop_map(|n| n.to_string())
    ];
    let field = (number, prop::option::of(any::<u8>())).prop_map(|(n, step)| match step {
        Some(step) => format!("{n}/{step}"),
        None => n,
    });
    (vec(field, 5), select(vec![" ", "  ", "\t"]))
        .prop_map(|(fields, space)| fields.join(space))
        .boxed()
}

fn window() -> BoxedStrategy<String> {
    let time = (0..24_u8, 0..60_u8, any::<bool>()).prop_map(|(h, m, padded)| match padded {
        true => format!("{h:02}:{m:02}"),
        false => format!("{h}:{m}"),
    });
    let day = select(vec!["", "Mon:", "Wed:", "Sat:", "Sun:"]);
    (select(vec!["", " "]), day, time.clone(), time)
        .prop_map(|(space, day, from, to)| format!("{space}{day}{from}-{to}{space}"))
        .boxed()
}

fn timestamp() -> BoxedStrategy<String> {
    let date = (1..9999_u16, 1..13_u8, 1..32_u8, select(vec!['T', 't']));
    let time = (0..24_u8, 0..60_u8, 0..61_u8, prop::option::of(any::<u16>()));
    let offset = (select(vec!['+', '-']), 0..24_u8, 0..60_u8);
    (date, time, offset)
        .prop_map(|((y, mo, d, t), (h, m, s, fraction), (sign, oh, om))| {
            let fraction = fraction.map(|n| format!(".{n}")).unwrap_or_default();
            format!("{y}-{mo:02}-{d:02}{t}{h:02}:{m:02}:{s:02}{fraction}{sign}{oh:02}:{om:02}")
        })
        .boxed()
}

fn cidr() -> BoxedStrategy<String> {
    let v4 = (any::<[u8; 4]>(), 0..=32_u8)
        .prop_map(|([a, b, c, d], bits)| format!("{a}.{b}.{c}.{d}/{bits}"));
    let v6 = (any::<[u16; 8]>(), 0..=128_u8).prop_map(|(parts, bits)| {
        let parts = parts.map(|part| format!("{part:x}"));
        format!("{}/{bits}", parts.join(":"))
    });
    let short = (vec(any::<u16>(), 1..4), vec(any::<u16>(), 0..3)).prop_map(|(before, after)| {
        let join = |parts: Vec<u16>| {
            let parts: Vec<_> = parts.iter().map(|part| format!("{part:x}")).collect();
            parts.join(":")
        };
        format!("{}::{}/64", join(before), join(after))
    });
    prop_oneof![v4, v6, short, Just("::/0".to_owned())].boxed()
}

/// Any text, also the kinds that YAML takes for something else.
fn text() -> BoxedStrategy<Value> {
    let odd = vec![
        "", " ", "true", "null", "1", "1.0", "\"", "ä\n日", "a: b", "-", "{}", "#",
    ];
    prop_oneof![
        select(odd).prop_map(Value::from),
        any::<u32>().prop_map(|n| Value::from(format!("text-{n}"))),
        vec(any::<char>(), 0..6).prop_map(|chars| Value::from(String::from_iter(chars))),
    ]
    .boxed()
}

fn key() -> BoxedStrategy<String> {
    let names = vec![
        "app",
        "app.owner",
        "log_statement",
        "size",
        "type",
        "",
        "a b",
        "true",
    ];
    prop_oneof![
        select(names).prop_map(str::to_owned),
        any::<u16>().prop_map(|n| format!("key-{n}")),
    ]
    .boxed()
}

fn anything() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        text(),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            btree_map(key(), inner, 0..3).prop_map(|map| map.into_iter().collect()),
        ]
    })
    .boxed()
}

fn any_object() -> BoxedStrategy<Value> {
    btree_map(key(), anything(), 0..3)
        .prop_map(|map| map.into_iter().collect())
        .boxed()
}
