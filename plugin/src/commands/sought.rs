//! Names that were looked for in several contexts: one that is found nowhere is an error, of one that
//! is found somewhere it is told in how many others it is not. Contexts that do not answer tell nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    error::{Error, Kind},
    output::{Screen, text::count},
    target::Chosen,
};

/// In how many contexts a name was seen, and in which it was not.
#[derive(Debug, Default)]
struct Places {
    there: usize,
    absent: BTreeSet<String>,
}

/// So many contexts are named where all are meant.
const NAMED: usize = 3;

/// What was named, by its namespace as it was written and its name.
#[derive(Debug, Default)]
pub struct Sought(BTreeMap<(Option<String>, String), Places>);

impl Sought {
    /// A context has answered.
    pub fn looked(&mut self, one: &Chosen, there: bool) {
        let key = (one.namespace.clone(), one.name.clone());
        let places = self.0.entry(key).or_default();
        match there {
            true => places.there += 1,
            false => {
                places.absent.insert(one.context.clone());
            }
        }
    }

    /// How often something was not where it was looked for.
    pub fn absent(&self) -> usize {
        self.0.values().map(|places| places.absent.len()).sum()
    }

    /// An error for each that is in no context that answered.
    pub fn nowhere(&self) -> Vec<Error> {
        let nowhere = self.0.iter().filter(|(_, places)| places.there == 0);
        nowhere
            .map(|(key, places)| {
                let contexts: Vec<&str> = places.absent.iter().map(String::as_str).collect();
                let among = match contexts.len() {
                    0 => String::new(),
                    1..=NAMED => format!(" --context {}", contexts.join(",")),
                    _ => " --all-contexts".to_owned(),
                };
                let mut error = Error::new(Kind::NotFound, "there is no such Postgres cluster")
                    .hint(format!("kubectl pg list -A{among}"));
                if let [context] = contexts.as_slice() {
                    error = error.context(context);
                }
                error.object = Some(written(key));
                error
            })
            .collect()
    }

    /// Tells where the rest is missing.
    pub fn say(&self, screen: &Screen) {
        for (key, places) in &self.0 {
            if places.there > 0 && !places.absent.is_empty() {
                let absent = count(places.absent.len(), "context");
                screen.note(&format!("{}: not in {absent}", written(key)));
            }
        }
    }
}

fn written((namespace, name): &(Option<String>, String)) -> String {
    match namespace {
        Some(namespace) => format!("{namespace}/{name}"),
        None => name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_counts_with_its_namespace() {
        let one = |context: &str, namespace: Option<&str>, name: &str| Chosen {
            context: context.to_owned(),
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
        };
        let mut sought = Sought::default();
        assert_eq!(sought.nowhere(), []);
        for (context, namespace, name, there) in [
            ("east", Some("team"), "main", true),
            ("west", Some("team"), "main", false),
            ("east", Some("shop"), "main", false),
            ("east", None, "other", false),
            ("west", None, "other", false),
        ] {
            sought.looked(&one(context, namespace, name), there);
        }
        let nowhere = sought.nowhere();
        let told: Vec<_> = nowhere.iter().map(ToString::to_string).collect();
        let wanted = ["other", "east: shop/main"];
        assert_eq!(
            told,
            wanted.map(|it| format!("{it}: there is no such Postgres cluster"))
        );
        // Where it was looked for is where the hint leads.
        let hints: Vec<_> = nowhere.iter().filter_map(|it| it.hint.as_deref()).collect();
        let wanted = ["east,west", "east"].map(|it| format!("kubectl pg list -A --context {it}"));
        assert_eq!(hints, wanted);
        assert_eq!(sought.absent(), 4);
    }
}
