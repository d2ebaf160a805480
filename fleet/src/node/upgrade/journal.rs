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
    /// Replica: the primary serves as another cluster, of which a directory is made beside the old
    /// one, if it is proved that this data may be used for it.
    Linking,
    /// Replica: that directory is whole. It takes the old one's place.
    Linked,
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
    /// What a person should know in the end, one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What this replica's new data are made of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linked: Option<Linked>,
}

/// How much of a replica's new data came over the network.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Linked {
    /// Bytes that came.
    pub fetched: u64,
    /// Bytes of all.
    pub of: u64,
}

/// How one ended.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Last {
    /// The operation.
    pub operation: String,
    /// Whether the new version serves.
    pub done: bool,
    /// Whether extensions and statistics were brought up to date from here.
    #[serde(default)]
    pub whole: bool,
    /// The version that this volume is of since, or waits for.
    #[serde(default)]
    pub version: Option<u32>,
    /// What a person should know, one sentence each.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Of a replica whose files were linked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linked: Option<Linked>,
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
    /// Make the new cluster of this replica's own files, or see that it cannot be.
    Link,
    /// Close the journal: the new cluster lies where the data belongs.
    Joined,
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
        State::Linking => match found.data {
            Dir::Cluster(version) if version == from => Step::Link,
            _ => Step::Note(State::Discarding),
        },
        // Whatever else is there, the primary has the data.
        State::Linked => match (found.data, found.new, found.old) {
            (Dir::Cluster(old), Dir::Cluster(new), aside) if (old, new) == (from, to) => {
                match aside {
                    Dir::Empty => Step::MoveOut,
                    _ => Step::DeleteOld,
                }
            }
            (Dir::Empty, Dir::Cluster(new), _) if new == to => Step::MoveIn,
            (Dir::Cluster(new), Dir::Empty, Dir::Empty) if new == to => Step::Joined,
            (Dir::Cluster(new), Dir::Empty, _) if new == to => Step::DeleteOld,
            _ => Step::Note(State::Discarding),
        },
        State::Discarding => match (found.data, found.new, found.old) {
            (_, new, _) if new != Dir::Empty => Step::DeleteNew,
            (Dir::Empty, _, Dir::Empty) => Step::Emptied,
            (Dir::Empty, _, _) => Step::DeleteOld,
            (_, _, Dir::Empty) => Step::MoveOut,
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
                Step::Link => {
                    // It begins with an empty directory, each time.
                    self.found.new = if whole {
                        Dir::Cluster(TO)
                    } else {
                        Dir::Unknown
                    };
                    if whole {
                        self.journal = Some(State::Linked);
                    }
                }
                Step::Undone | Step::Emptied | Step::Joined if whole => self.journal = None,
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

    fn any_dir() -> impl Strategy<Value = Dir> {
        prop_oneof![
            Just(Dir::Empty),
            Just(Dir::Unknown),
            Just(Dir::Disabled(FROM)),
            Just(Dir::Cluster(FROM)),
            Just(Dir::Cluster(TO)),
        ]
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
        fn a_replica_that_is_linked_ends_in_the_new_version_or_is_copied_again(
            half in any::<bool>(),
            aside in prop_oneof![Just(Dir::Empty), Just(Dir::Unknown), Just(Dir::Cluster(14))],
            refused in any::<bool>(),
            cuts in proptest::collection::vec(any::<bool>(), 0..40),
        ) {
            let new = if half { Dir::Cluster(TO) } else { Dir::Empty };
            let mut volume = Volume::at(State::Linking, Dir::Cluster(FROM), new, aside);
            volume.initialize = TO;
            let mut cuts = cuts.into_iter();
            // It was seen that the files are others.
            if refused {
                volume.act(Step::Link, false);
                volume.act(Step::Note(State::Discarding), true);
            }
            let end = volume.run(|| cuts.next().unwrap_or(false));
            prop_assert_eq!(&end, &if refused { End::Copies } else { End::Serves(TO) });
            prop_assert_eq!(volume.found.old, Dir::Empty, "the old version is there");
            prop_assert_eq!(volume.found.new, Dir::Empty);
        }

        #[test]
        fn whatever_is_found_of_a_linked_replica_never_starts_in_the_old_version(
            found in (any_dir(), any_dir(), any_dir()),
            state in prop_oneof![Just(State::Linked), Just(State::Discarding)],
            cuts in proptest::collection::vec(any::<bool>(), 0..40),
        ) {
            let mut volume = Volume::at(state, found.0, found.1, found.2);
            let mut cuts = cuts.into_iter();
            let end = volume.run(|| cuts.next().unwrap_or(false));
            prop_assert!(end == End::Copies || end == End::Serves(TO));
        }

        #[test]
        fn a_replica_that_is_discarded_ends_empty_and_never_as_something_half(
            data in prop_oneof![Just(Dir::Cluster(FROM)), Just(Dir::Unknown), Just(Dir::Empty)],
            new in prop_oneof![Just(Dir::Cluster(TO)), Just(Dir::Unknown), Just(Dir::Empty)],
            old in prop_oneof![Just(Dir::Cluster(FROM)), Just(Dir::Unknown), Just(Dir::Empty)],
            cuts in proptest::collection::vec(any::<bool>(), 0..40),
        ) {
            let mut volume = Volume::at(State::Discarding, data, new, old);
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
