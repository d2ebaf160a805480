//! Ctrl-C: the first starts nothing new, the second ends at once.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::sync::watch;

use crate::exit::Exit;

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
    use tokio::signal::unix::{SignalKind, signal};
    let signals = (
        signal(SignalKind::hangup()),
        signal(SignalKind::terminate()),
    );
    async {
        let (Ok(mut gone), Ok(mut asked)) = signals else {
            return std::future::pending().await;
        };
        tokio::select! {
            _ = gone.recv() => {}
            _ = asked.recv() => {}
        }
    }
}

/// Nobody asks that here.
#[cfg(not(unix))]
pub fn ended() -> impl Future<Output = ()> {
    std::future::pending()
}

#[cfg(unix)]
fn interrupts() -> std::io::Result<tokio::signal::unix::Signal> {
    tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())
}

#[cfg(windows)]
fn interrupts() -> std::io::Result<tokio::signal::windows::CtrlC> {
    tokio::signal::windows::ctrl_c()
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
        let interrupts = interrupts();
        tokio::spawn(async move {
            let Ok(mut interrupts) = interrupts else {
                return;
            };
            while interrupts.recv().await.is_some() {
                if shared.left_to_child.load(Ordering::SeqCst) {
                    continue;
                }
                if !listener.send_replace(true) {
                    continue;
                }
                let _ = crossterm::terminal::disable_raw_mode();
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
