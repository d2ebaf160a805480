//! A copy's way through this terminal, where the networks of the two contexts do not meet: each
//! connection that the copy makes on its own loopback is carried to the source's primary, by an
//! exec in the copy's pod and a forwarded port of the source's. The servers encrypt between
//! themselves; what passes here is not readable here.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use kube::{Api, api::AttachParams};
use pg_core::names::{self, POSTGRES_PORT};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional_with_sizes, join},
    task::JoinSet,
};

use crate::{
    cluster::Cluster,
    commands::psql::{CONTAINER, pod},
    error::{Error, Kind, Result},
    objects::Pod,
};

/// Where the copy finds its source, in its own pod.
pub const PORT: u16 = 6432;
/// The address of that.
pub const HOST: &str = "127.0.0.1";
/// Connections that wait to be made: a base backup has two, and is looked at by a third before.
const WAITING: usize = 3;
const BUFFER: usize = 256 * 1024;
const PAUSE: Duration = Duration::from_secs(1);

/// Whether connections of a copy go through here.
pub enum Carried {
    /// They do not.
    Never,
    /// They do as soon as the copy's pod is seen not to reach its source by itself.
    IfUnreached,
    /// They do.
    By(Relay),
}

impl Carried {
    /// Whether the copy does not come about without this program.
    pub fn is_by_us(&self) -> bool {
        matches!(self, Self::By(_))
    }

    /// Why the last connection failed, if one did.
    pub fn fault(&self) -> Option<String> {
        match self {
            Self::By(relay) => relay.fault(),
            Self::Never | Self::IfUnreached => None,
        }
    }
}

/// The way, as long as it is kept.
pub struct Relay {
    /// Why the last connection failed, if one did.
    fault: Arc<Mutex<Option<Error>>>,
    _tasks: JoinSet<()>,
}

impl Relay {
    /// Opens it; it waits for the copy's first pod.
    pub fn open(source: &Cluster, copy: &Cluster) -> Self {
        let fault: Arc<Mutex<Option<Error>>> = Arc::default();
        let mut tasks = JoinSet::new();
        for _ in 0..WAITING {
            let (source, copy, fault) = (source.clone(), copy.clone(), Arc::clone(&fault));
            tasks.spawn(async move {
                loop {
                    let ended = carry(&source, &copy).await.err();
                    let failed = ended.is_some();
                    *fault.lock().unwrap_or_else(PoisonError::into_inner) = ended;
                    if failed {
                        tokio::time::sleep(PAUSE).await;
                    }
                }
            });
        }
        Self {
            fault,
            _tasks: tasks,
        }
    }

    /// Why the last connection failed, if it did.
    pub fn fault(&self) -> Option<String> {
        let fault = self.fault.lock().unwrap_or_else(PoisonError::into_inner);
        fault.as_ref().map(ToString::to_string)
    }
}

/// Waits for one connection of the copy, and carries it to its end.
async fn carry(source: &Cluster, copy: &Cluster) -> Result<()> {
    let there: Api<Pod> = copy.context.api(&copy.namespace);
    let port = PORT.to_string();
    let attach = AttachParams::default()
        .container(CONTAINER)
        .stdin(true)
        .stdout(true)
        .stderr(false)
        .max_stdin_buf_size(BUFFER)
        .max_stdout_buf_size(BUFFER);
    let first = names::member(&copy.name, 0);
    let argv = ["pg-fleet", "node", "relay", port.as_str()];
    let mut process = copy.context.ask(there.exec(&first, argv, &attach)).await?;
    let (Some(mut from), Some(to)) = (process.stdout(), process.stdin()) else {
        return Err(Error::new(Kind::Failed, "the pod's exec has no streams"));
    };
    // Whoever connects speaks first.
    let mut begun = vec![0; 8192];
    let count = from.read(&mut begun).await.unwrap_or_default();
    if count == 0 {
        let why = "the copy's pod has no end for connections through the terminal";
        return Err(Error::new(Kind::Failed, why).context(&copy.context.name));
    }
    let here: Api<Pod> = source.context.api(&source.namespace);
    let primary = pod(source, false).await?;
    let port = u16::try_from(POSTGRES_PORT).unwrap_or(5432);
    let mut forwarder = source
        .context
        .ask(here.portforward(&primary, &[port]))
        .await?;
    let Some(mut stream) = forwarder.take_stream(port) else {
        return Err(Error::new(Kind::Failed, "the forwarded port has no stream"));
    };
    // How a connection ends is the copy's to say.
    if stream
        .write_all(begun.get(..count).unwrap_or_default())
        .await
        .is_ok()
    {
        let mut copy = join(from, to);
        let _ = copy_bidirectional_with_sizes(&mut copy, &mut stream, BUFFER, BUFFER).await;
    }
    Ok(())
}
