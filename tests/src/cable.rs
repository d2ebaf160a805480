//! A line to an API server that can be closed in the middle, without a word of either side.

use std::path::PathBuf;

use http::Uri;
use kube::config::Kubeconfig;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

use crate::{Result, site::Site};

/// One that carries connections.
pub struct Cable {
    /// A kubeconfig of the site's context alone, which goes through it.
    pub kubeconfig: PathBuf,
    cut: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Cable {
    /// Leads to a site's API server; `name` is nobody else's.
    pub async fn to(site: &Site, name: &str) -> Result<Self> {
        let mut config = Kubeconfig::read_from(&site.kubeconfig)?;
        config
            .contexts
            .retain(|context| context.name == site.context);
        config.current_context = Some(site.context.clone());
        let context = config.contexts.first().and_then(|it| it.context.as_ref());
        let cluster = context.ok_or("no context")?.cluster.clone();
        config.clusters.retain(|one| one.name == cluster);
        let there = config
            .clusters
            .first_mut()
            .and_then(|it| it.cluster.as_mut());
        let there = there.ok_or("no cluster")?;
        let server: Uri = there.server.as_deref().unwrap_or_default().parse()?;
        let host = server.host().ok_or("no host")?.to_owned();
        let to = (host.clone(), server.port_u16().unwrap_or(443));
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        there.server = Some(format!("https://{}", listener.local_addr()?));
        there.tls_server_name.get_or_insert(host);
        let kubeconfig = std::env::temp_dir().join(format!("{name}.kubeconfig"));
        std::fs::write(&kubeconfig, serde_json::to_string(&config)?)?;
        let (cut, is_cut) = watch::channel(false);
        let task = tokio::spawn(async move {
            while let Ok((mut here, _)) = listener.accept().await {
                let (to, mut is_cut) = (to.clone(), is_cut.clone());
                tokio::spawn(async move {
                    let Ok(mut there) = TcpStream::connect(to).await else {
                        return;
                    };
                    tokio::select! {
                        _ = copy_bidirectional(&mut here, &mut there) => {}
                        _ = is_cut.wait_for(|cut| *cut) => {}
                    }
                });
            }
        });
        Ok(Self {
            kubeconfig,
            cut,
            task,
        })
    }

    /// Ends every connection, and each that comes.
    pub fn cut(&self) {
        self.cut.send_replace(true);
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        self.task.abort();
        // Nobody reads it any more.
        let _ = std::fs::remove_file(&self.kubeconfig);
    }
}
