//! One picture of what is watched: held back until it is whole.

use std::sync::{Arc, Mutex};

/// What a command printed, data and the rest apart.
#[derive(Clone, Debug, Default)]
pub struct Frame(Arc<Mutex<Texts>>);

#[derive(Debug, Default)]
struct Texts {
    data: Vec<u8>,
    lines: String,
}

impl Frame {
    /// Takes data.
    pub fn data(&self, bytes: &[u8]) {
        if let Ok(mut texts) = self.0.lock() {
            texts.data.extend_from_slice(bytes);
        }
    }

    /// Takes a line that is no data.
    pub fn line(&self, text: &str) {
        if let Ok(mut texts) = self.0.lock() {
            texts.lines.push_str(text);
            texts.lines.push('\n');
        }
    }

    /// Data and lines until now; it is empty after that.
    pub fn take(&self) -> (String, String) {
        self.0.lock().map_or_else(
            |_| Default::default(),
            |mut texts| {
                let texts = std::mem::take(&mut *texts);
                (
                    String::from_utf8_lossy(&texts.data).into_owned(),
                    texts.lines,
                )
            },
        )
    }
}
