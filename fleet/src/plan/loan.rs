//! The password that a copy was lent (`kubectl pg clone`): the source's own, for its base backup.
//! Once the copy serves it goes, whatever became of the program that lent it.

use pg_core::names;

use super::{View, action::Action, assess::Assessment};

/// Takes it away, once.
pub fn next(view: &View<'_>, assessment: &Assessment) -> Option<Action> {
    let name = names::loan(&view.key.name);
    let env = view.manifest.spec.env.as_deref().unwrap_or_default();
    let is_lent = env.iter().any(|variable| {
        variable.value().pointer("/valueFrom/secretKeyRef/name") == Some(&name.as_str().into())
    });
    let config = view.facts.config.as_ref();
    let initialize = config.and_then(|config| config.initialize.as_deref());
    let serves = assessment.primary.is_some() && initialize.is_some_and(|it| !it.is_empty());
    (is_lent && serves && view.facts.loan_returned.is_none()).then_some(Action::ReturnLoan(name))
}
