//! psql with a person before it: a raw terminal here, one there.

use std::{io::Write, pin::pin, time::Duration};

use crossterm::terminal::{disable_raw_mode, enable_raw_mode, size};
use futures::SinkExt;
use kube::{
    Api,
    api::{AttachParams, TerminalSize},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::oneshot,
};

use super::run::{CONTAINER, argv, till_end};
use crate::{
    args::Psql,
    cluster::Cluster,
    error::{Error, Kind, Result},
    exit::Exit,
    objects::Pod,
    session::Session,
    stop::ended,
};

/// Cancels what runs, and what is half typed.
const CTRL_C: u8 = 3;
/// Leaves.
const CTRL_D: u8 = 4;
const BETWEEN_KEYS: Duration = Duration::from_millis(200);
/// A psql that is told to leave is waited for so long: less than after Ctrl-C.
const FAREWELL: Duration = Duration::from_millis(700);

/// The size is told so often even where it stays, which nobody there notices.
const SIGN_OF_LIFE: Duration = Duration::from_secs(20);

/// The terminal in raw mode; gives it back when dropped.
struct Raw;

impl Raw {
    fn enter() -> Result<Self> {
        enable_raw_mode().map(|()| Self).map_err(|error| {
            Error::new(
                Kind::Failed,
                format!("the terminal cannot be used: {error}"),
            )
        })
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        let _ = disable_raw_mode();
    }
}

/// Runs psql until the person leaves it.
pub async fn run(session: &Session, cluster: &Cluster, pod: &str, args: &Psql) -> Result<Exit> {
    let term = std::env::var("TERM").unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '+' || c == '.';
    let term = if !term.is_empty() && term.chars().all(plain) {
        term
    } else {
        "xterm".to_owned()
    };
    let argv = argv(args, &[format!("TERM={term}")]);
    let attach = AttachParams::interactive_tty().container(CONTAINER);
    let pods: Api<Pod> = cluster.context.api(&cluster.namespace);
    let mut process = cluster.context.ask(pods.exec(pod, argv, &attach)).await?;
    let (Some(mut there_in), Some(mut there_out), Some(mut sizes)) =
        (process.stdin(), process.stdout(), process.terminal_size())
    else {
        return Err(Error::new(Kind::Failed, "the API server gave no terminal"));
    };
    session.screen.progress().apart(|| ());
    // Listened for before: a signal that ends this program leaves no raw terminal behind.
    let told_to_end = ended();
    let raw = Raw::enter()?;
    let (leave, leaving) = oneshot::channel::<()>();
    let typing = tokio::spawn(async move {
        let typed = async {
            let mut here = tokio::io::stdin();
            let mut buffer = [0; 1024];
            while let Ok(count @ 1..) = here.read(&mut buffer).await {
                let bytes = buffer.get(..count).unwrap_or_default();
                if there_in.write_all(bytes).await.is_err() {
                    break;
                }
            }
            // What was typed so far is still being answered.
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = typed => {}
            asked = leaving => if asked.is_ok() {
                for key in [CTRL_C, CTRL_D] {
                    let _ = there_in.write_all(&[key]).await;
                    tokio::time::sleep(BETWEEN_KEYS).await;
                }
            },
        }
    });
    let resizing = tokio::spawn(async move {
        let mut changes = Changes::listen();
        loop {
            if let Ok((width, height)) = size()
                && sizes.send(TerminalSize { width, height }).await.is_err()
            {
                break;
            }
            // A line on which nothing is said is forgotten on its way by NATs and balancers, and one
            // that has died is noticed only when something is sent.
            let _ = tokio::time::timeout(SIGN_OF_LIFE, changes.next()).await;
        }
    });
    let showing = async {
        let mut buffer = vec![0; 16 * 1024];
        while let Ok(count @ 1..) = there_out.read(&mut buffer).await {
            let mut out = std::io::stdout().lock();
            let bytes = buffer.get(..count).unwrap_or_default();
            if out.write_all(bytes).and_then(|()| out.flush()).is_err() {
                break;
            }
        }
    };
    let mut session_ends = pin!(till_end(process, showing));
    let told_to_end = async {
        tokio::select! {
            () = told_to_end => {}
            () = session.stop.asked() => {}
        }
    };
    let ok = tokio::select! {
        (_, ok) = &mut session_ends => ok,
        () = told_to_end => {
            // Nothing else ends a psql whose terminal has gone: it would stay with its locks.
            let _ = leave.send(());
            let _ = tokio::time::timeout(FAREWELL, session_ends).await;
            Err(Error::new(Kind::Interrupted, "interrupted"))
        }
    };
    typing.abort();
    resizing.abort();
    drop(raw);
    if ok.is_err() {
        // What is said of it begins a line.
        session.screen.exact("\n");
    }
    Ok(if ok? { Exit::Done } else { Exit::Failed })
}

/// Changes of the terminal's size.
struct Changes {
    #[cfg(unix)]
    signal: Option<tokio::signal::unix::Signal>,
}

impl Changes {
    fn listen() -> Self {
        Self {
            #[cfg(unix)]
            signal: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::window_change())
                .ok(),
        }
    }

    async fn next(&mut self) {
        #[cfg(unix)]
        if let Some(signal) = &mut self.signal
            && signal.recv().await.is_some()
        {
            return;
        }
        std::future::pending::<()>().await;
    }
}
