//! The arguments of each verb.

mod copy;
mod manifest;
mod operate;
mod program;
mod read;
mod rollout;

pub use copy::*;
pub use manifest::*;
pub use operate::*;
pub use program::*;
pub use read::*;
pub use rollout::*;
