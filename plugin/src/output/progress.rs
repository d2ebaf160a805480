//! Progress of long work on stderr: moving lines on a terminal, else one plain line per change.

use std::{
    fmt,
    io::Write,
    sync::{Arc, Mutex},
    time::Duration,
};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{
    echo::{self, Moving},
    text::shown,
};

/// All lines of progress on the screen.
#[derive(Clone)]
pub struct Progress {
    bars: Option<MultiProgress>,
    quiet: bool,
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Progress")
            .field("quiet", &self.quiet)
            .finish_non_exhaustive()
    }
}

/// The line of one piece of work.
#[derive(Clone)]
pub struct Task {
    inner: Arc<Inner>,
}

struct Inner {
    name: String,
    bar: Option<ProgressBar>,
    last: Mutex<String>,
    /// What is typed is not shown between lines that move.
    moving: Mutex<Option<Moving>>,
    quiet: bool,
}

impl Progress {
    /// `moving`: on a terminal that likes it.
    pub fn new(moving: bool, quiet: bool) -> Self {
        Self {
            bars: moving
                .then(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10))),
            quiet,
        }
    }

    /// Begins a line that says more each time its state changes.
    pub fn task(&self, name: &str) -> Task {
        self.begin(name, self.quiet)
    }

    /// Begins a line that is only there while it moves.
    pub fn passing(&self, name: &str) -> Task {
        self.begin(name, true)
    }

    fn begin(&self, name: &str, quiet: bool) -> Task {
        let name = shown(name).into_owned();
        let bar = self.bars.as_ref().map(|bars| {
            let bar = bars.add(ProgressBar::new_spinner());
            if let Ok(style) =
                ProgressStyle::with_template("{spinner} {prefix} {wide_msg} {elapsed}")
            {
                bar.set_style(style);
            }
            bar.set_prefix(name.clone());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        Task {
            inner: Arc::new(Inner {
                name,
                bar,
                last: Mutex::new(String::new()),
                moving: Mutex::new(self.bars.as_ref().map(|_| echo::moving())),
                quiet,
            }),
        }
    }

    /// Prints something else between the moving lines.
    pub fn apart(&self, print: impl FnOnce()) {
        match &self.bars {
            Some(bars) => bars.suspend(print),
            None => print(),
        }
    }
}

impl Task {
    /// Its state now; the same state again says nothing.
    pub fn says(&self, state: &str) {
        let state = shown(state);
        let Ok(mut last) = self.inner.last.lock() else {
            return;
        };
        if *last == state {
            return;
        }
        state.as_ref().clone_into(&mut last);
        match &self.inner.bar {
            Some(bar) => bar.set_message(state.into_owned()),
            None if self.inner.quiet => {}
            None => {
                let _ = writeln!(std::io::stderr().lock(), "{}: {state}", self.inner.name);
            }
        }
    }

    /// A detail of its state, only where lines move.
    pub fn moves(&self, detail: &str) {
        if let Some(bar) = &self.inner.bar {
            bar.set_message(shown(detail).into_owned());
        }
    }

    /// Takes the moving line away.
    pub fn end(&self) {
        if let Some(bar) = &self.inner.bar {
            bar.finish_and_clear();
        }
        if let Ok(mut moving) = self.inner.moving.lock() {
            moving.take();
        }
    }
}
