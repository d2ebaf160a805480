//! The screen: data on stdout, all else on stderr.

pub mod document;
pub mod progress;
pub mod prompt;
mod screen;
pub mod table;
pub mod text;

pub use screen::Screen;
