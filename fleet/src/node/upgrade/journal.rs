//! The journal of a major upgrade: what stands on the volume, and what follows from it. Pure.
//!
//! While a journal blocks, neither Patroni nor PostgreSQL is started. There is one commit point,
//! [`State::Committed`], written before the linked new cluster is started for the first time:
//! before it everything is undone, after it everything goes forward (safety.md §6). Each step is
//! done, made durable, and the volume is looked at again; so a crash between two, or within one,
//! is nothing that must be known.

use serde::{Deserialize, Serialize};

/// Where an upgrade of this volume is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// Primary: it was asked for; the new, empty cluster lies beside the old one.
    Asked,
    /// Primary: Patroni has ended, the old cluster was shut down, and is being converted.
    Converting,
    /// Primary: the new cluster holds the data. Nothing leads back.
    Committed,
    /// Primary: the new cluster lies where the old one lay.
    Swapped,
    /// Primary: Patroni's `initialize` names the new cluster; it may serve. What makes it whole
    /// (extensions, statistics) goes on beside.
    Serving,
    /// Replica: it is to run without Patroni.
    Holding,
    /// Replica: PID 1 says that Patroni does not run. PostgreSQL may go on following.
    Following,
    /// Replica: PostgreSQL was stopped, too.
    Held,
    /// Replica: the primary serves as another cluster, and this data is thrown away.
    Discarding,
}

impl State {
    /// Whether Patroni must not run.
    pub fn blocks(self) -> bool {
        self != Self::Serving
    }

    /// Whether somebody else says what comes next.
    pub fn waits(self) -> bool {
        matches!(self, Self::Holding | Self::Following | Self::Held)
    }

    /// Whether it is certain that nobody can promote this replica.
    pub fn holds(self) -> bool {
        matches!(self, Self::Following | Self::Held)
    }

    /// Whether the old version may still come back on this volume.
    #[cfg(test)]
    fn leads_back(self) -> bool {
        matches!(
            self,
            Self::Asked | Self::Converting | Self::Holding | Self::Following | Self::Held
        )
    }
}

/// The journal.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Journal {
    /// Where it is.
    pub state: State,
    /// The operation that asked for it.
    pub operation: String,
    /// The major version before.
    pub from: u32,
    /// The major version after.
    pub to: u32,
    /// System identifier before.
    pub old_system: String,
    /// System identifier after; of a replica, once it is known.
    #[serde(default)]
    pub new_system: String,
}

/// How one ended.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Last {
    /// The operation.
    pub operation: String,
    /// Whether the new version serves.
    pub done: bool,
    /// The version that this volume is of since, or waits for.
    #[serde(default)]
    pub version: Option<u32>,
    /// What a person should know, one sentence each.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// A directory for data.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Dir {
    /// Not there, or nothing in it.
    Empty,
    /// A cluster of this version.
    Cluster(u32),
    /// One whose `pg_control` pg_upgrade has put aside: its files are the new cluster's as well.
    Disabled(u32),
    /// Something else, such as a cluster that is half deleted.
    Unknown,
}

/// What lies on the volume.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Found {
    /// Where the server's data belongs.
    pub data: Dir,
    /// The new cluster, while it is made.
    pub new: Dir,
    /// The old cluster, once it was put aside.
    pub old: Dir,
}

/// The next thing to do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Step {
    /// Put the old cluster's `pg_control` back.
    Enable,
    /// Delete the new cluster.
    DeleteNew,
    /// Delete what was put aside.
    DeleteOld,
    /// Put the data aside.
    MoveOut,
    /// Put the new cluster where the data belongs.
    MoveIn,
    /// Note this state.
    Note(State),
    /// Name the new cluster in `initialize`, and note that.
    Admit,
    /// Close the journal: the old version serves.
    Undone,
    /// Close the journal: an empty directory waits for a copy.
    Emptied,
    /// Nothing: Patroni may start, or somebody else says what comes next.
    Rest,
    /// Nothing that is known to be right: a person must look.
    Stuck,
}

/// What follows, for whoever finds a journal and did not write its last state himself.
pub fn next(state: State, from: u32, to: u32, found: Found) -> Step {
    match state {
        State::Asked | State::Converting => match found {
            Found {
                data: Dir::Disabled(version),
                ..
            } if version == from => Step::Enable,
            Found {
                data: Dir::Cluster(version),
                new,
                ..
            } if version == from => match new {
                Dir::Empty => Step::Undone,
                _ => Step::DeleteNew,
            },
            _ => Step::Stuck,
        },
        State::Committed => match (found.data, found.new) {
            (Dir::Disabled(old) | Dir::Cluster(old), Dir::Cluster(new))
                if (old, new) == (from, to) =>
            {
                // A name that is taken would keep the data from going there.
                match found.old {
                    Dir::Empty => Step::MoveOut,
                    _ => Step::DeleteOld,
                }
            }
            (Dir::Empty, Dir::Cluster(new)) if new == to => Step::MoveIn,
            (Dir::Cluster(new), Dir::Empty) if new == to => Step::Note(State::Swapped),
            _ => Step::Stuck,
        },
        State::Swapped => match found.data {
            Dir::Cluster(new) if new == to => Step::Admit,
            _ => Step::Stuck,
        },
        State::Serving | State::Holding | State::Following | State::Held => Step::Rest,
        State::Discarding => match (found.data, found.old) {
            (Dir::Empty, Dir::Empty) => Step::Emptied,
            (Dir::Empty, _) => Step::DeleteOld,
            (_, Dir::Empty) => Step::MoveOut,
            (..) => Step::DeleteOld,
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FROM: u32 = 15;
    const TO: u32 = 17;

    /// A volume, and what serves on it.
    #[derive(Clone, Debug)]
    struct Volume {
        journal: Option<State>,
        found: Found,
        committed: bool,
        initialize: u32,
    }

    /// What becomes of it in the end.
    #[derive(Debug, PartialEq)]
    enum End {
        Serves(u32),
        Copies,
    }

    impl Volume {
        fn at(state: State, data: Dir, new: Dir, old: Dir) -> Self {
            let committed = !state.leads_back();
            Self {
                journal: Some(state),
                found: Found { data, new, old },
                committed,
                initialize: if state == State::Serving { TO } else { FROM },
            }
        }

        /// Does a step; `whole` = it was not cut off in the middle.
        fn act(&mut self, step: Step, whole: bool) {
            let found = &mut self.found;
            match step {
                Step::Enable if whole => found.data = Dir::Cluster(FROM),
                Step::DeleteNew => found.new = if whole { Dir::Empty } else { Dir::Unknown },
                Step::DeleteOld => found.old = if whole { Dir::Empty } else { Dir::Unknown },
                Step::MoveOut if whole => {
                    assert_eq!(found.old, Dir::Empty, "over what was put aside");
                    found.old = std::mem::replace(&mut found.data, Dir::Empty);
                }
                Step::MoveIn if whole => {
                    assert_eq!(found.data, Dir::Empty, "over data");
                    found.data = std::mem::replace(&mut found.new, Dir::Empty);
                }
                Step::Note(state) if whole => self.journal = Some(state),
                Step::Admit => {
                    // The key is swapped, and the note of it may be lost.
                    self.initialize = TO;
                    if whole {
                        self.journal = Some(State::Serving);
                    }
                }
                Step::Undone | Step::Emptied if whole => self.journal = None,
                Step::Stuck => panic!("stuck: {self:?}"),
                _ => {}
            }
        }

        /// Patroni would start: on what?
        fn start(&self) -> Option<End> {
            if self.journal.is_some_and(State::blocks) {
                return None;
            }
            Some(match self.found.data {
                Dir::Empty => End::Copies,
                Dir::Cluster(version) => End::Serves(version),
                other => panic!("Patroni starts on {other:?}"),
            })
        }

        /// To the end, cut off in the middle of these steps.
        fn run(&mut self, mut cuts: impl FnMut() -> bool) -> End {
            for _ in 0..200 {
                if let Some(end) = self.start() {
                    return end;
                }
                let state = self.journal.expect("open");
                let step = next(state, FROM, TO, self.found);
                if step == Step::Rest {
                    break;
                }
                self.act(step, !cuts());
            }
            panic!("no end: {self:?}")
        }
    }

    /// All that a crash can leave of a primary, by what had been done.
    fn primaries() -> Vec<Volume> {
        let (old, new) = (Dir::Cluster(FROM), Dir::Cluster(TO));
        let gone = Dir::Disabled(FROM);
        let at = Volume::at;
        let mut all = vec![
            at(State::Asked, old, new, Dir::Empty),
            at(State::Asked, old, Dir::Empty, Dir::Empty),
            at(State::Converting, old, new, Dir::Empty),
            at(State::Converting, old, Dir::Unknown, Dir::Empty),
            at(State::Converting, gone, new, Dir::Empty),
            at(State::Converting, gone, Dir::Unknown, Dir::Empty),
        ];
        for old in [Dir::Empty, Dir::Unknown, Dir::Cluster(14)] {
            all.push(at(State::Committed, gone, new, old));
        }
        all.push(at(State::Committed, Dir::Empty, new, gone));
        all.push(at(State::Committed, new, Dir::Empty, gone));
        all.push(at(State::Swapped, new, Dir::Empty, gone));
        all.push(at(State::Serving, new, Dir::Empty, gone));
        all.push(at(State::Serving, new, Dir::Empty, Dir::Unknown));
        all
    }

    proptest! {
        #[test]
        fn a_primary_ends_in_the_old_version_before_the_commit_point_and_in_the_new_after(
            which in 0..primaries().len(),
            cuts in proptest::collection::vec(any::<bool>(), 0..40),
        ) {
            let mut volume = primaries().swap_remove(which);
            let mut cuts = cuts.into_iter();
            let version = if volume.committed { TO } else { FROM };
            let end = volume.run(|| cuts.next().unwrap_or(false));
            prop_assert_eq!(end, End::Serves(version));
            prop_assert_eq!(volume.initialize, version, "Patroni would refuse it");
        }

        #[test]
        fn a_replica_that_is_discarded_ends_empty_and_never_as_something_half(
            data in prop_oneof![Just(Dir::Cluster(FROM)), Just(Dir::Unknown), Just(Dir::Empty)],
            old in prop_oneof![Just(Dir::Cluster(FROM)), Just(Dir::Unknown), Just(Dir::Empty)],
            cuts in proptest::collection::vec(any::<bool>(), 0..40),
        ) {
            let mut volume = Volume::at(State::Discarding, data, Dir::Empty, old);
            let mut cuts = cuts.into_iter();
            prop_assert_eq!(volume.run(|| cuts.next().unwrap_or(false)), End::Copies);
        }
    }

    #[test]
    fn one_that_is_held_starts_nothing_and_does_nothing_by_itself() {
        for state in [State::Holding, State::Following, State::Held] {
            let volume = Volume::at(state, Dir::Cluster(FROM), Dir::Empty, Dir::Empty);
            assert_eq!(volume.start(), None);
            assert_eq!(next(state, FROM, TO, volume.found), Step::Rest);
        }
    }

    #[test]
    fn what_is_not_known_to_be_right_is_left_to_a_person() {
        let (old, new) = (Dir::Cluster(FROM), Dir::Cluster(TO));
        let table = [
            (State::Asked, Dir::Empty, new),
            (State::Converting, new, Dir::Empty),
            (State::Converting, Dir::Unknown, new),
            (State::Committed, old, Dir::Empty),
            (State::Committed, Dir::Empty, Dir::Empty),
            (State::Committed, Dir::Unknown, new),
            (State::Swapped, old, Dir::Empty),
            (State::Swapped, Dir::Empty, Dir::Empty),
        ];
        for (state, data, new) in table {
            let found = Found {
                data,
                new,
                old: Dir::Empty,
            };
            assert_eq!(
                next(state, FROM, TO, found),
                Step::Stuck,
                "{state:?} {data:?}"
            );
        }
    }
}
