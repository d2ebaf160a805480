//! The context, where the kubeconfig leaves it open: nothing names one, none is the current one,
//! and there are several.

use super::{list::choose, table};
use crate::{
    error::{Error, Kind, Result},
    session::Session,
};

/// Whether a context can be picked in place of ending with this error.
pub fn helps(session: &Session, error: &Error) -> bool {
    error.kind == Kind::NoContext
        && session.screen.can_ask
        && session.flags.of_one_context().is_none()
        && session.connector.contexts.names().len() > 1
}

/// Has it picked; gives its name.
pub async fn context(session: &Session) -> Result<String> {
    let contexts = &session.connector.contexts;
    let lines = contexts.names().iter().map(|name| {
        let namespace = session.connector.default_namespace(name);
        let protected = contexts.is_protected(name);
        [
            name.clone(),
            format!("namespace {namespace}"),
            if protected { "protected" } else { "" }.to_owned(),
        ]
    });
    let rows = table([true, false, false], lines);
    let at = choose("Which context?", &rows).await?;
    let name = contexts.names().get(at).cloned().unwrap_or_default();
    session.screen.note(&format!("context {name}"));
    Ok(name)
}
