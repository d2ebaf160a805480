//! What is typed while lines move is not shown between them, where it would be taken for a part of
//! them; Ctrl-C and its like act as ever. The terminal is one for the whole program, and so is what
//! is known of it here: how it was, and who needs it how.

use std::sync::{Mutex, MutexGuard, PoisonError};

static ECHO: Mutex<Echo> = Mutex::new(Echo {
    moving: 0,
    typing: 0,
    ended: false,
    before: None,
});

struct Echo {
    /// Pieces of work whose lines move.
    moving: usize,
    /// Those who let a person type meanwhile.
    typing: usize,
    /// From here on it stays as it was.
    ended: bool,
    /// How it was, while it is otherwise.
    before: Option<Modes>,
}

/// While it is there, lines move.
pub struct Moving(());

/// While it is there, a person is asked something.
pub struct Typing(());

/// Lines move from now on.
pub fn moving() -> Moving {
    let mut echo = echo();
    echo.moving += 1;
    echo.settle();
    Moving(())
}

/// A person types from now on, and wants to see it.
pub fn typing() -> Typing {
    let mut echo = echo();
    echo.typing += 1;
    echo.settle();
    Typing(())
}

/// The program ends: the terminal is as it was, and stays so.
pub fn end() {
    let mut echo = echo();
    echo.ended = true;
    echo.settle();
}

fn echo() -> MutexGuard<'static, Echo> {
    ECHO.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Echo {
    fn settle(&mut self) {
        let quiet = self.moving > 0 && self.typing == 0 && !self.ended;
        match (quiet, self.before.take()) {
            (true, None) => {
                self.before = Modes::of(&std::io::stderr());
                if let Some(before) = &self.before {
                    before.without_echo().set(&std::io::stderr());
                }
            }
            (false, Some(before)) => before.set(&std::io::stderr()),
            (_, before) => self.before = before,
        }
    }
}

impl Drop for Moving {
    fn drop(&mut self) {
        let mut echo = echo();
        echo.moving = echo.moving.saturating_sub(1);
        echo.settle();
    }
}

impl Drop for Typing {
    fn drop(&mut self) {
        let mut echo = echo();
        echo.typing = echo.typing.saturating_sub(1);
        echo.settle();
    }
}

#[cfg(unix)]
pub use unix::Modes;

#[cfg(unix)]
mod unix {
    use std::os::fd::AsFd;

    use rustix::{
        process::getpgrp,
        termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr},
    };

    /// How a terminal takes what is typed.
    pub struct Modes(Termios);

    impl Modes {
        /// Those of a terminal now; none where it is no terminal.
        pub fn of(terminal: &impl AsFd) -> Option<Self> {
            tcgetattr(terminal).ok().map(Self)
        }

        /// The same, where what is typed is not shown.
        pub fn without_echo(&self) -> Self {
            let mut modes = self.0.clone();
            modes.local_modes.remove(LocalModes::ECHO);
            Self(modes)
        }

        /// Makes a terminal so. One that another program has now is its own: who changes it all the
        /// same is stopped.
        pub fn set(&self, terminal: &impl AsFd) {
            if tcgetpgrp(terminal).is_ok_and(|group| group != getpgrp()) {
                return;
            }
            let _ = tcsetattr(terminal, OptionalActions::Now, &self.0);
        }
    }
}

/// Nothing is known of it here.
#[cfg(not(unix))]
pub struct Modes(());

#[cfg(not(unix))]
impl Modes {
    /// None.
    pub fn of<T>(_: &T) -> Option<Self> {
        None
    }

    /// The same.
    pub fn without_echo(&self) -> Self {
        Self(())
    }

    /// Nothing.
    pub fn set<T>(&self, _: &T) {}
}
