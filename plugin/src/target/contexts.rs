//! Which kube contexts are meant: names, short names, globs. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::{fleets::Fleets, glob, labels::Labels, shorts::short_names};
use crate::error::{Error, Kind, Result};

/// All contexts of the kubeconfig, in its order, with their short names.
#[derive(Clone, Debug, Default)]
pub struct Contexts {
    names: Vec<String>,
    shorts: BTreeMap<String, String>,
    current: Option<String>,
    fleets: Fleets,
}

/// What the flags ask for.
#[derive(Clone, Debug, Default)]
pub struct Wanted<'a> {
    /// `--context`
    pub include: &'a [String],
    /// `--not-context`
    pub exclude: &'a [String],
    /// `--all-contexts`
    pub all: bool,
    /// `--fleet`
    pub fleets: &'a [String],
    /// `--context-selector`
    pub labels: Option<&'a Labels>,
}

impl Wanted<'_> {
    /// Whether any context was chosen by a flag.
    pub fn by_flag(&self) -> bool {
        self.all
            || !self.include.is_empty()
            || !self.exclude.is_empty()
            || !self.fleets.is_empty()
            || self.labels.is_some()
    }

    /// Whether contexts were named one by one, by no pattern.
    pub fn is_exact(&self) -> bool {
        !self.all
            && self.exclude.is_empty()
            && self.fleets.is_empty()
            && self.labels.is_none()
            && !self.include.iter().any(|word| glob::is_pattern(word))
    }
}

impl Contexts {
    /// The contexts of a kubeconfig.
    pub fn new(names: Vec<String>, current: Option<String>) -> Self {
        let shorts = short_names(&names);
        Self {
            names,
            shorts,
            current: current.filter(|name| !name.is_empty()),
            fleets: Fleets::default(),
        }
    }

    /// With what a person's configuration says of them. An alias is the short name.
    pub fn with(mut self, fleets: Fleets) -> Result<Self> {
        if let Some(fault) = fleets.fault(&self.names) {
            return Err(Error::new(Kind::Configuration, fault));
        }
        for (context, about) in &fleets.contexts {
            let Some(alias) = &about.alias else { continue };
            // Whoever was short for the alias until now is called by its full name.
            for (name, short) in &mut self.shorts {
                if short == alias {
                    short.clone_from(name);
                }
            }
            if let Some(short) = self.shorts.get_mut(context) {
                short.clone_from(alias);
            }
        }
        self.fleets = fleets;
        Ok(self)
    }

    /// All names, in the kubeconfig's order.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// What a person's configuration says of them.
    pub fn fleets(&self) -> &Fleets {
        &self.fleets
    }

    /// Whether changes in a context are confirmed one class up.
    pub fn is_protected(&self, name: &str) -> bool {
        self.about(name).is_some_and(|about| about.protected)
    }

    fn about(&self, name: &str) -> Option<&super::fleets::About> {
        self.fleets.contexts.get(name)
    }

    /// Whether contexts are chosen by more than their names, written here or in a fleet: then
    /// nobody has said of each that its login program may run.
    pub fn is_by_pattern(&self, wanted: &Wanted<'_>) -> bool {
        let in_fleets = wanted
            .fleets
            .iter()
            .filter_map(|fleet| self.fleets.fleets.get(fleet))
            .flatten();
        let named = !wanted.include.is_empty() || !wanted.fleets.is_empty();
        wanted.by_flag() && !named
            || wanted
                .include
                .iter()
                .chain(in_fleets)
                .any(|word| self.find(word).is_none() && glob::is_pattern(word))
    }

    /// Short name of a context; its name if it has none.
    pub fn short<'a>(&'a self, name: &'a str) -> &'a str {
        self.shorts.get(name).map_or(name, String::as_str)
    }

    /// The one context of this name or short name.
    pub fn named(&self, word: &str) -> Result<String> {
        self.find(word)
            .map(str::to_owned)
            .ok_or_else(|| self.unknown(word))
    }

    fn find(&self, word: &str) -> Option<&str> {
        self.names
            .iter()
            .find(|name| *name == word)
            .or_else(|| {
                self.names
                    .iter()
                    .find(|name| self.shorts.get(*name).is_some_and(|short| short == word))
            })
            .map(String::as_str)
    }

    /// The contexts that the flags choose, in the kubeconfig's order; without flags the current.
    pub fn choose(&self, wanted: &Wanted<'_>) -> Result<Vec<String>> {
        if !wanted.by_flag() {
            return self.current().map(|name| vec![name]);
        }
        let excluded = self.expand(wanted.exclude)?;
        let included = match wanted.include {
            [] => None,
            words => Some(self.expand(words)?),
        };
        let of_fleets = match wanted.fleets {
            [] => None,
            fleets => Some(self.of_fleets(fleets)?),
        };
        let holds = |set: &Option<BTreeSet<&str>>, name: &str| {
            set.as_ref().is_none_or(|set| set.contains(name))
        };
        let none = BTreeMap::new();
        let chosen: Vec<String> = self
            .names
            .iter()
            .filter(|name| {
                holds(&included, name)
                    && holds(&of_fleets, name)
                    && !excluded.contains(name.as_str())
                    && wanted.labels.is_none_or(|labels| {
                        labels.matches(self.about(name).map_or(&none, |about| &about.labels))
                    })
            })
            .cloned()
            .collect();
        if chosen.is_empty() {
            return Err(Error::usage("no context is left by the flags")
                .hint("see `kubectl pg fleet show` for contexts, fleets and labels"));
        }
        Ok(chosen)
    }

    /// The contexts of fleets.
    pub fn of_fleets(&self, fleets: &[String]) -> Result<BTreeSet<&str>> {
        let mut found = BTreeSet::new();
        for fleet in fleets.iter().flat_map(|word| word.split(',')) {
            let Some(words) = self.fleets.fleets.get(fleet) else {
                let known: Vec<&str> = self.fleets.fleets.keys().map(String::as_str).collect();
                return Err(Error::usage(format!("there is no fleet {fleet:?}")).hint(
                    if known.is_empty() {
                        format!("kubectl pg fleet add {fleet} CONTEXT… makes it")
                    } else {
                        format!("there are: {}", known.join(", "))
                    },
                ));
            };
            for word in words {
                let found_here = self.expand_part(word);
                found.extend(found_here.map_err(|error| Error {
                    message: format!("fleet {fleet}: {}", error.message),
                    ..error
                })?);
            }
        }
        Ok(found)
    }

    fn current(&self) -> Result<String> {
        let Some(current) = &self.current else {
            return Err(
                Error::new(Kind::NoContext, "the kubeconfig has no current context")
                    .hint("name one with --context, or `kubectl config use-context NAME`"),
            );
        };
        if !self.names.contains(current) {
            return Err(self.unknown(current));
        }
        Ok(current.clone())
    }

    fn expand(&self, words: &[String]) -> Result<BTreeSet<&str>> {
        let mut found = BTreeSet::new();
        for word in words {
            if let Some(name) = self.find(word) {
                found.insert(name);
                continue;
            }
            for part in word
                .split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty())
            {
                found.extend(self.expand_part(part)?);
            }
        }
        Ok(found)
    }

    /// The contexts that one word names or covers.
    pub fn matching(&self, word: &str) -> Result<Vec<&str>> {
        self.expand_part(word)
    }

    fn expand_part(&self, part: &str) -> Result<Vec<&str>> {
        if let Some(name) = self.find(part) {
            return Ok(vec![name]);
        }
        if !glob::is_pattern(part) {
            return Err(self.unknown(part));
        }
        let found: Vec<&str> = self
            .names
            .iter()
            .filter(|name| glob::matches(part, name) || glob::matches(part, self.short(name)))
            .map(String::as_str)
            .collect();
        if found.is_empty() {
            return Err(
                Error::new(Kind::UnknownContext, format!("no context matches {part:?}"))
                    .hint(self.known()),
            );
        }
        Ok(found)
    }

    fn unknown(&self, word: &str) -> Error {
        Error::new(
            Kind::UnknownContext,
            format!("the kubeconfig has no context {word:?}"),
        )
        .hint(self.known())
    }

    fn known(&self) -> String {
        const SHOWN: usize = 8;
        if self.names.is_empty() {
            return "the kubeconfig has no contexts".to_owned();
        }
        let mut text = format!(
            "known are: {}",
            self.names
                .iter()
                .take(SHOWN)
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(", ")
        );
        if self.names.len() > SHOWN {
            text.push_str(&format!(" and {} more", self.names.len() - SHOWN));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn contexts(names: &[&str], current: Option<&str>) -> Contexts {
        Contexts::new(
            names.iter().map(|name| (*name).to_owned()).collect(),
            current.map(str::to_owned),
        )
    }

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn flags_choose() {
        let all = contexts(&["east", "west", "prod-a", "prod-b", "p_q"], Some("west"));
        type Words<'a> = &'a [&'a str];
        let table: [(Words<'_>, Words<'_>, bool, Option<Words<'_>>); 11] = [
            (&[], &[], false, Some(&["west"])),
            (&["east"], &[], false, Some(&["east"])),
            (&["west,east"], &[], false, Some(&["east", "west"])),
            (&["west", "east"], &[], false, Some(&["east", "west"])),
            (&["prod-*"], &[], false, Some(&["prod-a", "prod-b"])),
            (&["prod-*"], &["prod-b"], false, Some(&["prod-a"])),
            (&[], &["prod-*", "q"], false, Some(&["east", "west"])),
            (&["q"], &[], false, Some(&["p_q"])),
            (&["south"], &[], false, None),
            (&["x*"], &[], false, None),
            (&["east"], &["east"], false, None),
        ];
        for (include, exclude, everything, expected) in table {
            let (include, exclude) = (words(include), words(exclude));
            let wanted = Wanted {
                include: &include,
                exclude: &exclude,
                all: everything,
                ..Wanted::default()
            };
            assert_eq!(
                all.choose(&wanted).ok(),
                expected.map(words),
                "{include:?} {exclude:?}"
            );
        }
    }

    #[test]
    fn an_exact_name_wins_over_a_glob() {
        let all = contexts(&["a*", "ab", "ac"], None);
        let include = words(&["a*"]);
        let wanted = Wanted {
            include: &include,
            ..Wanted::default()
        };
        assert_eq!(all.choose(&wanted), Ok(words(&["a*"])));
    }

    #[test]
    fn no_current_context_is_said() {
        let error = contexts(&["a"], None)
            .choose(&Wanted::default())
            .expect_err("none");
        assert!(error.hint.is_some_and(|hint| hint.contains("--context")));
        assert!(
            contexts(&["a"], Some("gone"))
                .choose(&Wanted::default())
                .is_err()
        );
    }

    fn with_fleets() -> Contexts {
        let yaml = "
fleets: {prod: [prod-a, prod-b], wide: ['prod-*'], gone: [nowhere]}
contexts:
  prod-a: {alias: a, labels: {env: prod}, protected: true}
  prod-b: {labels: {env: prod}}
  west: {labels: {env: test}}
";
        contexts(&["east", "west", "prod-a", "prod-b", "x/a"], Some("west"))
            .with(serde_saphyr::from_str(yaml).expect("valid"))
            .expect("no fault")
    }

    #[test]
    fn fleets_and_labels_choose() {
        let all = with_fleets();
        type Words<'a> = &'a [&'a str];
        type Row<'a> = (
            Words<'a>,
            Words<'a>,
            Option<&'a str>,
            bool,
            Option<Words<'a>>,
        );
        let table: [Row<'_>; 9] = [
            (&[], &["prod"], None, false, Some(&["prod-a", "prod-b"])),
            (&[], &["wide"], None, true, Some(&["prod-a", "prod-b"])),
            (&["*-b"], &["prod"], None, true, Some(&["prod-b"])),
            (&["west"], &["prod"], None, false, None),
            (
                &[],
                &[],
                Some("env=prod"),
                true,
                Some(&["prod-a", "prod-b"]),
            ),
            (
                &["prod-a", "west"],
                &[],
                Some("env=test"),
                false,
                Some(&["west"]),
            ),
            (&[], &[], Some("env=none"), true, None),
            (&[], &["gone"], None, false, None),
            (&[], &["never"], None, false, None),
        ];
        for (include, fleets, labels, pattern, expected) in table {
            let (include, fleets) = (words(include), words(fleets));
            let labels: Option<Labels> = labels.map(|text| text.parse().expect("a selector"));
            let wanted = Wanted {
                include: &include,
                fleets: &fleets,
                labels: labels.as_ref(),
                ..Wanted::default()
            };
            assert_eq!(all.choose(&wanted).ok(), expected.map(words), "{wanted:?}");
            assert_eq!(all.is_by_pattern(&wanted), pattern, "{wanted:?}");
        }
    }

    #[test]
    fn an_alias_is_the_short_name() {
        let all = with_fleets();
        assert_eq!(all.short("prod-a"), "a");
        assert_eq!(all.named("a"), Ok("prod-a".to_owned()));
        assert_eq!(all.short("x/a"), "x/a", "its short name is taken");
        assert!(all.is_protected("prod-a") && !all.is_protected("prod-b"));
    }

    proptest! {
        #[test]
        fn every_short_name_leads_back(names in proptest::collection::hash_set("[ab/_]{1,6}", 1..12)) {
            let names: Vec<String> = names.into_iter().collect();
            let all = Contexts::new(names.clone(), None);
            for name in &names {
                prop_assert_eq!(all.named(name), Ok(name.clone()));
                prop_assert_eq!(all.named(all.short(name)), Ok(name.clone()));
            }
        }
    }
}
