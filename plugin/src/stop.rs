//! Ctrl-C: the first starts nothing new, the second ends at once.

use std::{sync::Arc, time::Duration};

use tokio::sync::watch;

use crate::exit::Exit;

/// After the first Ctrl-C, what is under way may take so long to say where it stands.
pub const GRACE: Duration = Duration::from_millis(900);

/// Whether a person wants to stop.
#[derive(Clone, Debug)]
pub struct Stop {
    asked: watch::Receiver<bool>,
    _ask: Arc<watch::Sender<bool>>,
}

impl Stop {
    /// Listens from now on.
    pub fn listen() -> Self {
        let (ask, asked) = watch::channel(false);
        let ask = Arc::new(ask);
        let listener = Arc::clone(&ask);
        tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_err() {
                return;
            }
            listener.send_replace(true);
            if tokio::signal::ctrl_c().await.is_ok() {
                let _ = crossterm::terminal::disable_raw_mode();
                std::process::exit(i32::from(Exit::Interrupted.code()));
            }
        });
        Self { asked, _ask: ask }
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
