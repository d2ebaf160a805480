//! A Unix socket of this machine that leads to PostgreSQL in a pod, in a folder that only its owner
//! may enter, and beside it the password file. All of it goes when this goes.

use std::{
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use kube::Api;
use pg_core::names::POSTGRES_PORT;
use tokio::{
    io::copy_bidirectional,
    net::{UnixListener, UnixStream},
    task::JoinSet,
};

use crate::{
    cluster::Cluster,
    commands::change::new_id,
    error::{Error, Kind, Result},
    objects::Pod,
    secret::Secret,
    stop::Stop,
};

/// The socket and what belongs to it.
pub struct Forward {
    /// The folder, which psql takes as its host.
    pub folder: PathBuf,
    /// Why the last connection failed, if one did.
    fault: Arc<Mutex<Option<Error>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Forward {
    /// Listens. Each connection to the socket becomes one to the pod.
    pub fn open(cluster: &Cluster, pod: &str, stop: &Stop) -> Result<Self> {
        let folder = place().join(format!("kubectl-pg-{}", new_id()));
        let wrong = |error: std::io::Error| {
            Error::new(Kind::Failed, format!("{}: {error}", folder.display()))
        };
        std::fs::DirBuilder::new()
            .mode(0o700)
            .create(&folder)
            .map_err(wrong)?;
        stop.removes(&folder);
        let listener = UnixListener::bind(folder.join(format!(".s.PGSQL.{POSTGRES_PORT}")));
        let listener = listener.map_err(|error| {
            remove(&folder);
            wrong(error)
        })?;
        let fault: Arc<Mutex<Option<Error>>> = Arc::default();
        let (noted, cluster, pod) = (Arc::clone(&fault), cluster.clone(), pod.to_owned());
        let task = tokio::spawn(async move {
            // Ends all connections with itself.
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (noted, cluster, pod) = (Arc::clone(&noted), cluster.clone(), pod.clone());
                connections.spawn(async move {
                    if let Err(error) = carry(stream, &cluster, &pod).await {
                        *noted.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                    }
                });
                while connections.try_join_next().is_some() {}
            }
        });
        Ok(Self {
            folder,
            fault,
            task,
        })
    }

    /// Writes a password file for libpq; gives its path.
    pub fn password_file(&self, password: &Secret) -> Result<PathBuf> {
        let path = self.folder.join("pgpass");
        let line = password_line(password);
        std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .and_then(|mut file| file.write_all(line.reveal().as_bytes()))
            .map_err(|error| Error::new(Kind::Failed, format!("{}: {error}", path.display())))?;
        Ok(path)
    }

    /// Why the last connection failed, if one did.
    pub fn fault(&self) -> Option<Error> {
        self.fault
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

impl Drop for Forward {
    fn drop(&mut self) {
        self.task.abort();
        remove(&self.folder);
    }
}

fn remove(folder: &Path) {
    let _ = std::fs::remove_dir_all(folder);
}

/// Where what is of this session alone is kept: not on a disk, where the system has such a place.
fn place() -> PathBuf {
    std::env::var_os("XDG_RUNTIME_DIR")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute() && path.is_dir())
        .unwrap_or_else(std::env::temp_dir)
}

/// For every host, database and user: the socket is the only way out of the folder.
fn password_line(password: &Secret) -> Secret {
    let mut line = String::from("*:*:*:*:");
    for letter in password.reveal().chars() {
        if matches!(letter, ':' | '\\') {
            line.push('\\');
        }
        line.push(letter);
    }
    line.push('\n');
    Secret::new(line)
}

/// One connection, to its end.
async fn carry(mut here: UnixStream, cluster: &Cluster, pod: &str) -> Result<()> {
    let port = u16::try_from(POSTGRES_PORT).unwrap_or_default();
    let pods: Api<Pod> = cluster.context.api(&cluster.namespace);
    let mut forwarder = cluster.context.ask(pods.portforward(pod, &[port])).await?;
    let refused = forwarder.take_error(port);
    let Some(mut there) = forwarder.take_stream(port) else {
        return Ok(());
    };
    // How a connection ends says nothing that psql does not say better, but for what the node says.
    let _ = copy_bidirectional(&mut here, &mut there).await;
    drop(there);
    let said = match refused {
        Some(refused) => refused.await,
        None => None,
    };
    match said {
        Some(why) => Err(Error::new(Kind::Failed, why.trim()).context(&cluster.context.name)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_escaped() {
        for (password, line) in [
            ("plain", "*:*:*:*:plain\n"),
            ("a:b\\c", "*:*:*:*:a\\:b\\\\c\n"),
        ] {
            let secret = Secret::new(password.to_owned());
            assert_eq!(password_line(&secret).reveal(), line);
        }
    }
}
