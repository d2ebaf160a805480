//! The plugin over many contexts. One API server without nodes stands behind all of them, each
//! through a line of its own.

pub mod limits;
mod line;
pub mod list;
pub mod logs;
mod many;
pub mod ran;

pub use line::Hole;
pub use many::{Login, Many, Way};
