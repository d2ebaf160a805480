//! New passwords for roles, asked for by annotations of the manifest (`kubectl pg user rotate`).
//!
//! The request's name goes into the Secret in the write that changes the password. So whoever comes
//! after one who died in between finds out that the password is the new one already, and only alters
//! the role; and a request that is made again changes nothing. The annotation goes last, and leaves
//! another in its place, which says what was done.

use std::collections::BTreeMap;

use pg_core::names::{ROTATE, ROTATED};

use super::{
    View,
    action::Action,
    roles::{RoleWish, Wish},
};

/// A role that gets a new password.
#[derive(Clone, Debug, PartialEq)]
pub struct Rotation {
    /// The role.
    pub role: String,
    /// The request that asks for it.
    pub request: String,
    /// What the role shall be, as far as it takes part: its attributes and its secret.
    pub wish: RoleWish,
}

/// Annotations by name; `None` takes one away.
type Change = BTreeMap<String, Option<String>>;

/// What to do now in a database that can be changed.
pub fn next(view: &View<'_>, wish: &Wish) -> Vec<Action> {
    let mut actions = Vec::new();
    let mut told = Change::new();
    for (role, request) in asked(view) {
        let Some(possible) = wish.roles.get(role).filter(|role| role.secret.is_some()) else {
            told.insert(format!("{ROTATE}{role}"), None);
            continue;
        };
        if view.facts.rotated.get(role).is_some_and(|by| by == request) {
            told.insert(format!("{ROTATE}{role}"), None);
            told.insert(format!("{ROTATED}{role}"), Some(request.to_owned()));
            continue;
        }
        actions.push(Action::RotatePassword(Rotation {
            role: role.to_owned(),
            request: request.to_owned(),
            wish: RoleWish {
                flags: possible.flags.clone(),
                secret: possible.secret.clone(),
                ..RoleWish::default()
            },
        }));
    }
    actions.extend(tell(told));
    actions
}

/// What to do where no role can be changed: nobody waits for what will not come.
pub fn refused(view: &View<'_>) -> Vec<Action> {
    let gone = asked(view).map(|(role, _)| (format!("{ROTATE}{role}"), None));
    tell(gone.collect()).into_iter().collect()
}

/// Roles, each with the request.
fn asked<'a>(view: &'a View<'_>) -> impl Iterator<Item = (&'a str, &'a str)> {
    let annotations = view.manifest.metadata.annotations.iter().flatten();
    annotations.filter_map(|(key, request)| Some((key.strip_prefix(ROTATE)?, request.as_str())))
}

fn tell(change: Change) -> Option<Action> {
    (!change.is_empty()).then_some(Action::Annotate(change))
}
