//! Facts: what the controller knows of each Postgres cluster, from where, and how old it is.
//!
//! They come from watches, reduced at the door to the fields in use, and from questions that the
//! planner asked.

pub mod annotations;
pub mod edits;
pub mod facts;
pub mod listed;
pub mod object;
pub mod pod;
pub mod record;
pub mod watch;
pub mod way;
pub mod world;
