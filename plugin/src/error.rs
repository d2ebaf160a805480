//! What went wrong, where, and what to do about it.

use std::fmt;

use serde::Serialize;

use crate::exit::Exit;

/// What sort of thing went wrong; a word for programs in `-o json`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub enum Kind {
    /// The command line cannot be carried out as it is.
    Usage,
    /// No kubeconfig, or one that cannot be read.
    Kubeconfig,
    /// The configuration of this program is not usable.
    Configuration,
    /// No context of this name.
    UnknownContext,
    /// None is named, and the kubeconfig has no current one.
    NoContext,
    /// The API server does not answer.
    Unreachable,
    /// The API server does not know who we are.
    Unauthorized,
    /// The API server does not let us.
    Forbidden,
    /// Not there.
    NotFound,
    /// There already.
    AlreadyExists,
    /// The API server does not accept the object.
    Invalid,
    /// Changed by somebody else meanwhile.
    Conflict,
    /// The resources or the controller are not installed there.
    NotInstalled,
    /// The controller has not been heard of for too long.
    ControllerDown,
    /// A guard rail.
    Refused,
    /// A person said no.
    Declined,
    /// A person has to say yes, and none is there.
    ConfirmationNeeded,
    /// Time ran out; the work goes on.
    TimedOut,
    /// Ctrl-C.
    Interrupted,
    /// Stopped by a person or a gate.
    Stopped,
    /// Tried, and failed.
    Failed,
    /// The API server's answer is not understood.
    Answer,
}

/// One error with its place and a hint.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, thiserror::Error)]
pub struct Error {
    /// What sort.
    pub kind: Kind,
    /// One sentence.
    pub message: String,
    /// The kube context, in full.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// The object: `namespace/name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// The result of everything that can go wrong here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error without a place.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            context: None,
            object: None,
            hint: None,
        }
    }

    /// An error of the command line.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// Tells the context, unless one is told.
    pub fn context(mut self, context: &str) -> Self {
        self.context.get_or_insert_with(|| context.to_owned());
        self
    }

    /// Tells the object, unless one is told.
    pub fn object(mut self, namespace: &str, name: &str) -> Self {
        self.object
            .get_or_insert_with(|| format!("{namespace}/{name}"));
        self
    }

    /// Tells what to do, unless that is told.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint.get_or_insert_with(|| hint.into());
        self
    }

    /// Whether it may be otherwise in a moment: it says nothing of what was asked for.
    pub fn is_passing(&self) -> bool {
        matches!(self.kind, Kind::Unreachable | Kind::Answer)
    }

    /// How a command ends with this error; `untouched`: it changes things and has not begun to.
    pub fn exit(&self, untouched: bool) -> Exit {
        match self.kind {
            Kind::Usage | Kind::UnknownContext | Kind::NoContext => Exit::Usage,
            Kind::Refused | Kind::Declined | Kind::ConfirmationNeeded => Exit::Refused,
            Kind::TimedOut => Exit::TimedOut,
            Kind::Stopped => Exit::Stopped,
            Kind::Interrupted => Exit::Interrupted,
            _ if untouched => Exit::Refused,
            _ => Exit::Failed,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(context) = &self.context {
            write!(f, "{context}: ")?;
        }
        if let Some(object) = &self.object {
            write!(f, "{object}: ")?;
        }
        f.write_str(&self.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_comes_first() {
        let error = Error::new(Kind::NotFound, "no such Postgres cluster")
            .context("east")
            .object("pg", "main")
            .context("west");
        assert_eq!(error.to_string(), "east: pg/main: no such Postgres cluster");
    }

    #[test]
    fn before_the_first_change_everything_is_a_refusal() {
        for kind in [
            Kind::Unreachable,
            Kind::Forbidden,
            Kind::NotFound,
            Kind::Kubeconfig,
        ] {
            assert_eq!(Error::new(kind, "").exit(true), Exit::Refused);
            assert_eq!(Error::new(kind, "").exit(false), Exit::Failed);
        }
        assert_eq!(Error::usage("").exit(true), Exit::Usage);
        assert_eq!(
            Error::new(Kind::Interrupted, "").exit(true),
            Exit::Interrupted
        );
    }
}
