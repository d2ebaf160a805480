//! Exit codes as a type. 2 and 5 promise that nothing was changed.

use std::process::ExitCode;

/// How a command, or its work on one target, ended.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Exit {
    /// Done; with `--wait=false`: accepted.
    Done,
    /// Tried, and failed.
    Failed,
    /// The command line cannot be carried out as it is.
    Usage,
    /// Targets or contexts ended differently.
    Mixed,
    /// Time ran out; the work goes on in the cluster.
    TimedOut,
    /// Refused before the first change.
    Refused,
    /// Stopped by a gate, a window or a person.
    Stopped,
    /// Ctrl-C.
    Interrupted,
    /// A bug.
    Bug,
}

impl Exit {
    /// The number that the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Mixed => 3,
            Self::TimedOut => 4,
            Self::Refused => 5,
            Self::Stopped => 6,
            Self::Bug => 70,
            Self::Interrupted => 130,
        }
    }

    /// A word for it, in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Done => "Done",
            Self::Failed => "Failed",
            Self::Usage => "Usage",
            Self::Mixed => "Mixed",
            Self::TimedOut => "TimedOut",
            Self::Refused => "Refused",
            Self::Stopped => "Stopped",
            Self::Interrupted => "Interrupted",
            Self::Bug => "Bug",
        }
    }

    /// One ending for a change of several targets: theirs if they agree, else [`Exit::Mixed`].
    pub fn of_change(each: impl IntoIterator<Item = Self>) -> Self {
        let mut each = each.into_iter();
        let Some(first) = each.next() else {
            return Self::Done;
        };
        each.fold(first, |all, one| match (all, one) {
            (Self::Interrupted, _) | (_, Self::Interrupted) => Self::Interrupted,
            (all, one) if all == one => all,
            _ => Self::Mixed,
        })
    }

    /// One ending for a read: some contexts that did not answer make it mixed, all make it failed.
    pub fn of_read(answered: usize, dead: usize, allow_unreachable: bool) -> Self {
        match (answered, dead) {
            (_, 0) => Self::Done,
            (0, _) => Self::Failed,
            _ if allow_unreachable => Self::Done,
            _ => Self::Mixed,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::Exit::*;
    use super::*;

    #[test]
    fn changes_fold() {
        let table: [(&[Exit], Exit); 8] = [
            (&[], Done),
            (&[Done], Done),
            (&[TimedOut], TimedOut),
            (&[Refused, Refused], Refused),
            (&[Done, Failed], Mixed),
            (&[Failed, Failed], Failed),
            (&[Done, Refused, Done], Mixed),
            (&[Done, Interrupted, Failed], Interrupted),
        ];
        for (each, expected) in table {
            assert_eq!(Exit::of_change(each.iter().copied()), expected, "{each:?}");
        }
    }

    #[test]
    fn one_target_is_never_mixed() {
        for exit in [Done, Failed, Usage, TimedOut, Refused, Stopped, Interrupted] {
            assert_eq!(Exit::of_change([exit]), exit);
        }
    }

    #[test]
    fn reads_fold() {
        assert_eq!(Exit::of_read(2, 0, false), Done);
        assert_eq!(Exit::of_read(1, 1, false), Mixed);
        assert_eq!(Exit::of_read(1, 1, true), Done);
        assert_eq!(Exit::of_read(0, 2, true), Failed);
    }
}
