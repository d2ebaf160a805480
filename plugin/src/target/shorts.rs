//! Short names of contexts. Pure.

use std::collections::BTreeMap;

/// The last part behind `/` or `_`, lengthened until no two contexts share it.
pub fn short_names(names: &[String]) -> BTreeMap<String, String> {
    let mut parts: BTreeMap<&str, usize> = names.iter().map(|name| (name.as_str(), 1)).collect();
    loop {
        let mut users: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, count) in &parts {
            users.entry(tail(name, *count)).or_default().push(name);
        }
        let shared: Vec<&str> = users
            .into_iter()
            .filter(|(_, names)| names.len() > 1)
            .flat_map(|(short, names)| names.into_iter().filter(move |name| *name != short))
            .collect();
        if shared.is_empty() {
            break;
        }
        for name in shared {
            *parts.entry(name).or_default() += 1;
        }
    }
    parts
        .into_iter()
        .map(|(name, count)| (name.to_owned(), tail(name, count).to_owned()))
        .collect()
}

fn tail(name: &str, parts: usize) -> &str {
    name.rmatch_indices(['/', '_'])
        .nth(parts - 1)
        .map(|(at, separator)| &name[at + separator.len()..])
        .filter(|tail| !tail.is_empty())
        .unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_are_unique() {
        let table = [
            (
                "arn:aws:eks:eu-central-1:123456789012:cluster/prod-1",
                "prod-1",
            ),
            ("gke_project_europe-west1_main", "europe-west1_main"),
            ("gke_project_us-east1_main", "us-east1_main"),
            ("east", "east"),
            ("x/east", "x/east"),
            ("odd/", "odd/"),
        ];
        let names: Vec<String> = table.iter().map(|(name, _)| (*name).to_owned()).collect();
        let shorts = short_names(&names);
        for (name, short) in table {
            assert_eq!(shorts.get(name).map(String::as_str), Some(short), "{name}");
        }
    }
}
