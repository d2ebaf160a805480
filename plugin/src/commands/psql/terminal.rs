//! psql with a person before it: a raw terminal here, one there.

use std::io::Write;

use crossterm::terminal::{disable_raw_mode, enable_raw_mode, size};
use futures::SinkExt;
use kube::{
    Api,
    api::{AttachParams, TerminalSize},
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::run::{CONTAINER, argv, ended_well};
use crate::{
    args::Psql,
    cluster::Cluster,
    error::{Error, Kind, Result},
    exit::Exit,
    objects::Pod,
    session::Session,
};

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
    let raw = Raw::enter()?;
    let typing = tokio::spawn(async move {
        let mut here = tokio::io::stdin();
        let mut buffer = [0; 1024];
        while let Ok(count @ 1..) = here.read(&mut buffer).await {
            let bytes = buffer.get(..count).unwrap_or_default();
            if there_in.write_all(bytes).await.is_err() {
                break;
            }
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
            changes.next().await;
        }
    });
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = there_out.read(&mut buffer).await {
        let mut out = std::io::stdout().lock();
        let bytes = buffer.get(..count).unwrap_or_default();
        if out.write_all(bytes).and_then(|()| out.flush()).is_err() {
            break;
        }
    }
    let ok = ended_well(process).await;
    typing.abort();
    resizing.abort();
    drop(raw);
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
