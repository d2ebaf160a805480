//! Names that were looked for in several contexts: one that is found nowhere is an error, of one that
//! is found somewhere it is told in how many others it is not. Contexts that do not answer tell nothing.

use std::collections::BTreeMap;

use crate::{
    error::{Error, Kind},
    output::{Screen, text::count},
    target::Chosen,
};

/// In how many contexts a name was seen, and in how many it was not.
#[derive(Debug, Default)]
struct Places {
    there: usize,
    absent: usize,
}

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
            false => places.absent += 1,
        }
    }

    /// How often something was not where it was looked for.
    pub fn absent(&self) -> usize {
        self.0.values().map(|places| places.absent).sum()
    }

    /// An error for each that is in no context that answered.
    pub fn nowhere(&self) -> Vec<Error> {
        let nowhere = self.0.iter().filter(|(_, places)| places.there == 0);
        nowhere
            .map(|(key, _)| {
                let mut error = Error::new(Kind::NotFound, "there is no such Postgres cluster")
                    .hint("kubectl pg list -A");
                error.object = Some(written(key));
                error
            })
            .collect()
    }

    /// Tells where the rest is missing.
    pub fn say(&self, screen: &Screen) {
        for (key, places) in &self.0 {
            if places.there > 0 && places.absent > 0 {
                let absent = count(places.absent, "context");
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
        let one = |namespace: Option<&str>, name: &str| Chosen {
            context: String::new(),
            namespace: namespace.map(str::to_owned),
            name: name.to_owned(),
        };
        let mut sought = Sought::default();
        assert_eq!(sought.nowhere(), []);
        for (namespace, name, there) in [
            (Some("team"), "main", true),
            (Some("team"), "main", false),
            (Some("shop"), "main", false),
            (None, "other", false),
            (None, "other", false),
        ] {
            sought.looked(&one(namespace, name), there);
        }
        let nowhere: Vec<_> = sought.nowhere().iter().map(ToString::to_string).collect();
        let wanted =
            ["other", "shop/main"].map(|it| format!("{it}: there is no such Postgres cluster"));
        assert_eq!(nowhere, wanted);
        assert_eq!(sought.absent(), 4);
    }
}
