//! What is printed and what is kept.

use std::{
    fs::File,
    io::Write,
    path::{Path, PathBuf},
};

use pg_tests::Result;
use serde_json::{Value, json};

/// One figure.
pub struct Figure {
    /// Its name.
    pub name: String,
    /// What was found.
    pub measured: String,
    /// What it must be.
    pub target: String,
    /// What it was measured against, and how.
    pub against: String,
    /// Whether it is reached.
    pub ok: bool,
}

/// The figures so far, and the file with everything that was measured.
pub struct Report {
    rows: File,
    path: PathBuf,
    passed: usize,
    failed: usize,
}

impl Report {
    /// Begins a file of its own.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn begin(directory: &Path) -> Result<Self> {
        let now = jiff::Timestamp::now().strftime("%Y%m%d-%H%M%S").to_string();
        let path = directory.join(format!("bench-{now}.jsonl"));
        let rows = std::fs::create_dir_all(directory)
            .and_then(|()| File::create(&path))
            .map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self {
            rows,
            path,
            passed: 0,
            failed: 0,
        })
    }

    /// Keeps one measurement.
    ///
    /// # Errors
    ///
    /// When the file does not take it.
    pub fn row(&mut self, figure: &str, mut row: Value) -> Result {
        if let Some(fields) = row.as_object_mut() {
            fields.insert("figure".to_owned(), json!(figure));
            fields.insert("at".to_owned(), json!(jiff::Timestamp::now()));
            fields.insert("load".to_owned(), json!(load()));
        }
        writeln!(self.rows, "{row}")
            .map_err(|error| format!("{}: {error}", self.path.display()))?;
        Ok(())
    }

    /// Prints a figure and keeps it.
    ///
    /// # Errors
    ///
    /// When the file does not take it.
    pub fn figure(&mut self, figure: &Figure) -> Result {
        let word = if figure.ok { "ok" } else { "SHORT" };
        println!(
            "{word:<6} {:<24} {}; target {}; against {}",
            figure.name, figure.measured, figure.target, figure.against
        );
        if figure.ok {
            self.passed += 1;
        } else {
            self.failed += 1;
        }
        let row = json!({ "measured": figure.measured, "target": figure.target, "ok": figure.ok });
        self.row(&figure.name, row)
    }

    /// A figure that could not be measured falls short.
    ///
    /// # Errors
    ///
    /// When the file does not take it.
    pub fn unmeasured(&mut self, name: &str, why: &str) -> Result {
        self.figure(&Figure {
            name: name.to_owned(),
            measured: format!("could not be measured: {why}"),
            target: "a measurement".to_owned(),
            against: "nothing".to_owned(),
            ok: false,
        })
    }

    /// The closing line; whether all targets were reached.
    pub fn end(self) -> bool {
        println!("rows: {}", self.path.display());
        println!("{} passed, {} failed", self.passed, self.failed);
        self.failed == 0
    }
}

/// The machine's load of the last minute, as it is told.
pub fn load() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    text.split_whitespace().next()?.parse().ok()
}
