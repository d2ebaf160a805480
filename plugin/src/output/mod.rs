//! The screen: data on stdout, all else on stderr.

pub mod document;
pub mod echo;
mod frame;
pub mod jsonpath;
pub mod progress;
pub mod prompt;
pub mod quantity;
mod screen;
pub mod table;
pub mod text;
mod zone;

pub use screen::Screen;
