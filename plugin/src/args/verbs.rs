//! The arguments of each verb.

mod manifest;
mod operate;
mod program;
mod read;

pub use manifest::*;
pub use operate::*;
pub use program::*;
pub use read::*;
