//! Roles and databases of the manifest: what is wished, and the statements that bring it about.
//!
//! Pure: what is there is an argument, statements are the result. Names go through
//! [`quote::quote_identifier`] and nothing else; passwords travel as SCRAM verifiers, never in
//! clear.

pub mod prepared;
pub mod quote;
mod statements;
mod wish;

#[cfg(test)]
mod tests;

pub use statements::{Present, PresentRole, skipped, statements};
pub use wish::{PreparedWish, RoleWish, SecretName, Wish, wish};

use super::{View, action::Action, assess::Assessment, rotation};

/// Looks into the database when something is wished that was not found in order yet, and gives roles
/// new passwords that somebody asked for.
pub fn next(view: &View<'_>, assessment: &Assessment) -> Vec<Action> {
    if !view.configuration.enable_database_access || view.manifest.spec.standby.is_some() {
        return rotation::refused(view);
    }
    if assessment.standby || assessment.primary.is_none() {
        return Vec::new();
    }
    let wish = wish(view);
    let mut actions = rotation::next(view, &wish);
    if !view.is_inspected(&wish) {
        actions.insert(0, Action::SettleRoles(wish));
    }
    actions
}

impl View<'_> {
    /// Whether roles and databases were found in order, for exactly this wish.
    pub fn is_inspected(&self, wish: &Wish) -> bool {
        let wanted = wish.hash();
        let asked = self.facts.sql.as_ref().map(|answer| {
            answer.result.as_ref().is_ok_and(|sql| {
                sql.settled.as_deref() == Some(wanted.as_str())
                    && self.now.age(answer.at) < self.configuration.resync_period
            })
        });
        // Before the first answer of this process the status tells, so that a restarted
        // controller does not log into every database at once.
        asked.unwrap_or_else(|| {
            let status = self.manifest.status.as_ref();
            let fresh = status
                .and_then(|status| status.inspected_at.as_ref())
                .is_some_and(|at| {
                    self.now.wall.duration_since(at.0).as_secs()
                        < i64::try_from(self.configuration.resync_period.as_secs())
                            .unwrap_or(i64::MAX)
                });
            fresh && super::children::is_settled(self)
        })
    }
}
