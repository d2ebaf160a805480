//! From words and flags to (context, namespace, name). Pure.

use std::collections::BTreeMap;

use super::{
    Target,
    contexts::{Contexts, Wanted},
};
use crate::error::{Error, Result};

/// One Postgres cluster in one context; the namespace may still be the context's own.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Chosen {
    /// The context, in full.
    pub context: String,
    /// The namespace, when it was written.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
}

/// Where to look, and for what.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Selection {
    /// The contexts, in the kubeconfig's order.
    pub contexts: Vec<String>,
    /// The clusters that were named; empty: all there are.
    pub named: Vec<Chosen>,
}

impl Selection {
    /// What was named in one context.
    pub fn named_in<'a>(&'a self, context: &str) -> impl Iterator<Item = &'a Chosen> {
        self.named.iter().filter(move |one| one.context == context)
    }
}

/// Brings targets and flags together.
pub fn select(
    targets: &[Target],
    namespace: Option<&str>,
    wanted: &Wanted<'_>,
    all: &Contexts,
) -> Result<Selection> {
    if wanted.by_flag()
        && let Some(target) = targets.iter().find(|target| target.context.is_some())
    {
        return Err(Error::usage(format!(
            "{target} names its context, and a flag names others"
        ))
        .hint("write the context in one of the two places"));
    }
    let floating = targets.is_empty() || targets.iter().any(|target| target.context.is_none());
    let chosen = if floating {
        all.choose(wanted)?
    } else {
        Vec::new()
    };
    let mut named = Vec::new();
    for target in targets {
        let own = match &target.context {
            Some(word) => vec![all.named(word)?],
            None => chosen.clone(),
        };
        for context in own {
            let one = Chosen {
                context,
                namespace: target
                    .namespace
                    .clone()
                    .or_else(|| namespace.map(str::to_owned)),
                name: target.name.clone(),
            };
            if !named.contains(&one) {
                named.push(one);
            }
        }
    }
    let mut contexts = chosen;
    for one in &named {
        if !contexts.contains(&one.context) {
            contexts.push(one.context.clone());
        }
    }
    Ok(Selection { contexts, named })
}

/// For destructive verbs: a target in full, or exactly one context named exactly.
pub fn narrow_to_one(
    target: &Target,
    namespace: Option<&str>,
    wanted: &Wanted<'_>,
    everything: bool,
    all: &Contexts,
) -> Result<Chosen> {
    if everything || !wanted.is_exact() {
        return Err(Error::usage(
            "this verb takes one target in full, no selector, pattern, -A or --all-contexts",
        )
        .hint("write NAMESPACE/NAME@CONTEXT"));
    }
    let mut named = select(std::slice::from_ref(target), namespace, wanted, all)?.named;
    match (named.pop(), named.is_empty()) {
        (Some(one), true) => Ok(one),
        _ => Err(Error::usage("this verb takes one target in one context")
            .hint("write NAMESPACE/NAME@CONTEXT")),
    }
}

/// The namespaces that contexts fall back on, where a change does not say one: they must agree.
pub fn one_namespace<'a>(
    defaults: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<(), Error> {
    let mut by_namespace: BTreeMap<&str, &str> = BTreeMap::new();
    for (context, namespace) in defaults {
        by_namespace.entry(namespace).or_insert(context);
    }
    if by_namespace.len() > 1 {
        let list: Vec<String> = by_namespace
            .iter()
            .map(|(namespace, context)| format!("{namespace} in {context}"))
            .collect();
        return Err(Error::usage(format!(
            "the contexts have different default namespaces: {}",
            list.join(", ")
        ))
        .hint("say which with -n"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contexts() -> Contexts {
        Contexts::new(
            ["east", "west"].map(str::to_owned).to_vec(),
            Some("east".to_owned()),
        )
    }

    fn chosen(target: &str, flags: &[&str]) -> Result<Vec<String>> {
        let include: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        let wanted = Wanted {
            include: &include,
            ..Wanted::default()
        };
        let targets: Vec<Target> = target
            .split_whitespace()
            .map(|word| word.parse().expect("a target"))
            .collect();
        let selection = select(&targets, Some("pg"), &wanted, &contexts())?;
        Ok(selection
            .named
            .into_iter()
            .map(|one| {
                format!(
                    "{}/{}@{}",
                    one.namespace.unwrap_or_default(),
                    one.name,
                    one.context
                )
            })
            .collect())
    }

    #[test]
    fn targets_meet_contexts() {
        assert_eq!(chosen("main", &[]), Ok(vec!["pg/main@east".to_owned()]));
        assert_eq!(
            chosen("main x/other", &["*"]),
            Ok([
                "pg/main@east",
                "pg/main@west",
                "x/other@east",
                "x/other@west"
            ]
            .map(str::to_owned)
            .to_vec())
        );
        assert_eq!(
            chosen("main@west main@west main", &[]),
            Ok(["pg/main@west", "pg/main@east"].map(str::to_owned).to_vec())
        );
        assert!(chosen("main@west", &["east"]).is_err());
        assert!(chosen("main@south", &[]).is_err());
    }

    #[test]
    fn destructive_verbs_take_one() {
        let target: Target = "main".parse().expect("a target");
        let one = |include: &[&str], all: bool| {
            let include: Vec<String> = include.iter().map(|word| (*word).to_owned()).collect();
            let wanted = Wanted {
                include: &include,
                all,
                ..Wanted::default()
            };
            narrow_to_one(&target, None, &wanted, false, &contexts()).map(|one| one.context)
        };
        assert_eq!(one(&[], false), Ok("east".to_owned()));
        assert_eq!(one(&["west"], false), Ok("west".to_owned()));
        assert!(one(&["east,west"], false).is_err());
        assert!(one(&["e*"], false).is_err());
        assert!(one(&[], true).is_err());
    }

    #[test]
    fn default_namespaces_must_agree() {
        assert!(one_namespace([("east", "pg"), ("west", "pg")]).is_ok());
        assert!(one_namespace([("east", "pg"), ("west", "default")]).is_err());
    }
}
