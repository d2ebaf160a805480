//! Where text goes, and in which manner.

use std::io::{IsTerminal, Write};

use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;

use super::{
    document::in_form,
    frame::Frame,
    jsonpath::Template,
    progress::Progress,
    table::{Style, Table},
    text::{shown, shown_lines},
    zone,
};
use crate::{
    args::{Color, Common, Format},
    error::{Error, Result},
};

/// The manner of printing, decided once.
#[derive(Clone, Debug)]
pub struct Screen {
    /// Form of the output.
    pub format: Format,
    template: Option<Template>,
    /// Whether more was asked for.
    pub verbose: bool,
    /// Whether a person can be asked.
    pub can_ask: bool,
    /// Whether stdout is a terminal.
    pub live: bool,
    quiet: bool,
    headers: bool,
    color_out: bool,
    color_err: bool,
    width: Option<usize>,
    sort_by: Option<String>,
    /// The terminal's, where it was asked for.
    zone: Option<TimeZone>,
    progress: Progress,
    frame: Option<Frame>,
}

impl Screen {
    /// As flags, environment and terminals have it.
    pub fn new(flags: &Common) -> Self {
        let (out, err) = (
            std::io::stdout().is_terminal(),
            std::io::stderr().is_terminal(),
        );
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var("TERM").is_ok_and(|term| term == "dumb");
        let color = |terminal: bool| match flags.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && !set("NO_COLOR") && !dumb,
        };
        let moving = err && !dumb && !flags.no_progress && !flags.quiet;
        Self {
            format: flags.output.format,
            template: flags.output.template.clone(),
            verbose: flags.verbose,
            can_ask: std::io::stdin().is_terminal() && err && !set("CI"),
            live: out,
            quiet: flags.quiet,
            headers: !flags.no_headers,
            color_out: color(out),
            color_err: color(err),
            width: if out { terminal_width() } else { None },
            sort_by: flags.sort_by.clone(),
            zone: flags.local.then(zone::local),
            progress: Progress::new(moving, flags.quiet),
            frame: None,
        }
    }

    /// The same screen, held back in a frame: what is printed is seen when the frame is shown.
    pub fn framed(&self) -> (Self, Frame) {
        let frame = Frame::default();
        let screen = Self {
            frame: Some(frame.clone()),
            progress: Progress::new(false, true),
            ..self.clone()
        };
        (screen, frame)
    }

    /// Whether what is printed is seen at once.
    pub fn streams(&self) -> bool {
        self.live && self.frame.is_none()
    }

    /// Whether data has colours.
    pub fn color_out(&self) -> bool {
        self.color_out
    }

    /// A moment: RFC 3339, in UTC or in the zone of this terminal.
    pub fn time(&self, at: Timestamp) -> String {
        zone::written(at, self.zone.as_ref())
    }

    /// Text as data. Whoever wrote what stands in it, it does not act on a terminal.
    pub fn data(&self, text: &str) {
        self.exact(&shown_lines(text));
    }

    /// One document as data, in the form that was asked for. What a template chooses goes through a
    /// pipe as it is, which is what scripts and kubectl's own templates are about.
    pub fn document(&self, document: &impl Serialize) -> Result<()> {
        let text = in_form(document, self.format, self.template.as_ref())?;
        if self.live && self.template.is_some() {
            self.data(&text);
        } else {
            self.exact(&text);
        }
        Ok(())
    }

    /// Data that was made ready, as it is: with colours of our own, or for a pipe. A reader that
    /// went away is no error of ours.
    pub fn exact(&self, text: &str) {
        let bytes = text.as_bytes();
        if let Some(frame) = &self.frame {
            return frame.data(bytes);
        }
        self.progress.apart(|| {
            let mut out = std::io::stdout().lock();
            let _ = out.write_all(bytes).and_then(|()| out.flush());
        });
    }

    /// A table as data, sorted as was asked for.
    pub fn table(&self, mut table: Table) -> Result<()> {
        if let Some(title) = &self.sort_by {
            let column = table.column(title).ok_or_else(|| {
                Error::usage(format!("there is no column {title:?} to sort by"))
                    .hint(format!("there are: {}", table.titles()))
            })?;
            table.sort_by(column);
        }
        self.exact(&table.render(self.style()));
        Ok(())
    }

    /// How tables are printed.
    pub fn style(&self) -> Style {
        Style {
            width: self.width.filter(|_| self.format != Format::Wide),
            color: self.color_out,
            headers: self.headers,
        }
    }

    /// Something good to know.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.line(&shown(text));
        }
    }

    /// Something good to know for those who asked for more.
    pub fn detail(&self, text: &str) {
        if self.verbose {
            self.line(&shown(text));
        }
    }

    /// Something to look at.
    pub fn warn(&self, text: &str) {
        let word = self.painted("warning:", "33");
        self.line(&format!("{word} {}", shown(text)));
    }

    /// An error and what to do about it.
    pub fn error(&self, error: &Error) {
        let word = self.painted("error:", "31");
        self.line(&format!("{word} {}", shown(&error.to_string())));
        if let Some(hint) = &error.hint {
            let word = self.painted("hint:", "36");
            self.line(&format!("{word} {}", shown(hint)));
        }
    }

    /// The progress of long work.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Draws a whole picture in place of the last one, cut to the terminal.
    pub fn redraw(&self, data: &str, lines: &str) {
        use crossterm::{
            cursor::MoveTo,
            queue,
            terminal::{Clear, ClearType, size},
        };
        let rows = size()
            .map_or(24, |(_, rows)| usize::from(rows))
            .saturating_sub(1);
        let mut out = std::io::stdout().lock();
        let _ = queue!(out, MoveTo(0, 0), Clear(ClearType::All));
        for line in data.lines().chain(lines.lines()).take(rows) {
            let _ = writeln!(out, "{line}");
        }
        let _ = out.flush();
    }

    /// Lines that were made ready for stderr.
    pub fn plain_lines(&self, lines: &str) {
        self.progress.apart(|| {
            let _ = write!(std::io::stderr().lock(), "{lines}");
        });
    }

    fn painted(&self, text: &str, color: &str) -> String {
        if self.color_err {
            format!("\u{1b}[{color}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    fn line(&self, text: &str) {
        if let Some(frame) = &self.frame {
            return frame.line(text);
        }
        self.progress.apart(|| {
            let _ = writeln!(std::io::stderr().lock(), "{text}");
        });
    }
}

fn terminal_width() -> Option<usize> {
    let set = std::env::var("COLUMNS")
        .ok()
        .and_then(|text| text.parse().ok());
    set.or_else(|| {
        crossterm::terminal::size()
            .ok()
            .map(|(columns, _)| usize::from(columns))
    })
    .filter(|width| *width >= 20)
}
