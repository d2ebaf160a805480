//! Ctrl-C: the first starts nothing new, the second ends at once. A terminal that goes (SIGHUP) and
//! whoever asks this program to end (SIGTERM) count as the first, however often they say so: a
//! window that is closed says it twice.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::sync::watch;

use crate::{exit::Exit, output::echo};

/// After the first Ctrl-C, what is under way may take so long to say where it stands.
pub const GRACE: Duration = Duration::from_millis(900);

/// Whether a person wants to stop.
#[derive(Clone, Debug)]
pub struct Stop {
    asked: watch::Receiver<bool>,
    _ask: Arc<watch::Sender<bool>>,
    common: Arc<Common>,
}

#[derive(Debug, Default)]
struct Common {
    left_to_child: AtomicBool,
    folders: Mutex<Vec<PathBuf>>,
}

impl Common {
    fn remove(&self) {
        if let Ok(folders) = self.folders.lock() {
            for folder in folders.iter() {
                let _ = std::fs::remove_dir_all(folder);
            }
        }
    }
}

/// While it is there, Ctrl-C is for a program that was started.
pub struct LeftToChild(Arc<Common>);

impl Drop for LeftToChild {
    fn drop(&mut self) {
        self.0.left_to_child.store(false, Ordering::SeqCst);
    }
}

/// Listens from now on; waits until this program is told to end: its terminal has gone, or somebody
/// asks for it.
#[cfg(unix)]
pub fn ended() -> impl Future<Output = ()> {
    let mut ends = Ends::listen();
    async move { ends.next().await }
}

/// Nobody asks that here.
#[cfg(not(unix))]
pub fn ended() -> impl Future<Output = ()> {
    std::future::pending()
}

#[cfg(unix)]
use unix::Ends;

#[cfg(unix)]
mod unix {
    use tokio::signal::unix::{Signal, SignalKind, signal};

    /// What tells this program to end.
    pub struct Ends {
        hangup: Option<Signal>,
        terminate: Option<Signal>,
    }

    impl Ends {
        /// Listens from now on; not to what this program was started to ignore (`nohup`).
        pub fn listen() -> Self {
            let heard = |kind| (!is_ignored(kind)).then(|| signal(kind).ok()).flatten();
            Self {
                hangup: heard(SignalKind::hangup()),
                terminate: heard(SignalKind::terminate()),
            }
        }

        /// The next one.
        pub async fn next(&mut self) {
            tokio::select! {
                () = of(&mut self.hangup) => {}
                () = of(&mut self.terminate) => {}
            }
        }
    }

    async fn of(signal: &mut Option<Signal>) {
        let heard = match signal {
            Some(signal) => signal.recv().await,
            None => None,
        };
        if heard.is_none() {
            std::future::pending::<()>().await;
        }
    }

    #[cfg(target_os = "linux")]
    fn is_ignored(kind: SignalKind) -> bool {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        ignores(&status, kind)
    }

    /// Nothing tells it here; `nohup` leaves no terminal to speak to.
    #[cfg(not(target_os = "linux"))]
    fn is_ignored(kind: SignalKind) -> bool {
        use std::io::IsTerminal;
        kind == SignalKind::hangup() && !std::io::stderr().is_terminal()
    }

    /// Reads it from a process' status.
    #[cfg(any(target_os = "linux", test))]
    pub(super) fn ignores(status: &str, kind: SignalKind) -> bool {
        let mut lines = status.lines();
        let mask = lines.find_map(|line| line.strip_prefix("SigIgn:"));
        let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        let bit = u32::try_from(kind.as_raw_value() - 1).ok();
        let bit = bit.and_then(|bit| 1_u64.checked_shl(bit));
        mask.zip(bit).is_some_and(|(mask, bit)| mask & bit != 0)
    }
}

/// What is heard.
enum Heard {
    /// Ctrl-C.
    Interrupt,
    /// The terminal has gone, or somebody asks.
    End,
}

#[cfg(unix)]
struct Signals {
    interrupts: tokio::signal::unix::Signal,
    ends: Ends,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupts: signal(SignalKind::interrupt())?,
            ends: Ends::listen(),
        })
    }

    async fn next(&mut self) -> Option<Heard> {
        tokio::select! {
            interrupt = self.interrupts.recv() => interrupt.map(|()| Heard::Interrupt),
            () = self.ends.next() => Some(Heard::End),
        }
    }
}

#[cfg(windows)]
struct Signals {
    interrupts: tokio::signal::windows::CtrlC,
    closes: tokio::signal::windows::CtrlClose,
}

#[cfg(windows)]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::windows::{ctrl_c, ctrl_close};
        Ok(Self {
            interrupts: ctrl_c()?,
            closes: ctrl_close()?,
        })
    }

    async fn next(&mut self) -> Option<Heard> {
        tokio::select! {
            interrupt = self.interrupts.recv() => interrupt.map(|()| Heard::Interrupt),
            close = self.closes.recv() => close.map(|()| Heard::End),
        }
    }
}

impl Stop {
    /// Listens from now on.
    pub fn listen() -> Self {
        let (ask, asked) = watch::channel(false);
        let ask = Arc::new(ask);
        let listener = Arc::clone(&ask);
        let common: Arc<Common> = Arc::default();
        let shared = Arc::clone(&common);
        // Before anything else is said: the task below may run late.
        let signals = Signals::listen();
        tokio::spawn(async move {
            let Ok(mut signals) = signals else {
                return;
            };
            while let Some(heard) = signals.next().await {
                if matches!(heard, Heard::End) {
                    listener.send_replace(true);
                    continue;
                }
                if shared.left_to_child.load(Ordering::SeqCst) {
                    continue;
                }
                if !listener.send_replace(true) {
                    continue;
                }
                let _ = crossterm::terminal::disable_raw_mode();
                echo::end();
                shared.remove();
                std::process::exit(i32::from(Exit::Interrupted.code()));
            }
        });
        Self {
            asked,
            _ask: ask,
            common,
        }
    }

    /// From now on Ctrl-C is for the program that has the terminal, until the answer is dropped.
    pub fn leave_to_child(&self) -> LeftToChild {
        self.common.left_to_child.store(true, Ordering::SeqCst);
        LeftToChild(Arc::clone(&self.common))
    }

    /// A folder that goes even when this program ends at once.
    pub fn removes(&self, folder: &Path) {
        let mut folders = self.common.folders.lock();
        if let Ok(folders) = &mut folders {
            folders.push(folder.to_owned());
        }
    }

    /// Whether it was asked.
    pub fn is_asked(&self) -> bool {
        *self.asked.borrow()
    }

    /// Waits until it is.
    pub async fn asked(&self) {
        let mut asked = self.asked.clone();
        if asked.wait_for(|asked| *asked).await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Sleeps; says whether a stop was asked meanwhile.
    pub async fn sleep(&self, time: Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(time) => false,
            () = self.asked() => true,
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use tokio::signal::unix::SignalKind;

    use super::unix::ignores;

    #[test]
    fn what_is_ignored_from_the_start_is_not_heard() {
        let status = |mask: &str| format!("Name:\tkubectl-pg\nSigIgn:\t{mask}\nSigCgt:\t01\n");
        let (hangup, terminate) = (SignalKind::hangup(), SignalKind::terminate());
        let table = [
            (status("0000000000000000"), false, false),
            (status("0000000000001000"), false, false),
            (status("0000000000001001"), true, false),
            (status("0000000000005001"), true, true),
            (String::new(), false, false),
        ];
        for (status, hangs_on, goes_on) in table {
            assert_eq!(ignores(&status, hangup), hangs_on, "{status}");
            assert_eq!(ignores(&status, terminate), goes_on, "{status}");
        }
    }
}
