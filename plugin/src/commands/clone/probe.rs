//! Whether pods where a copy is to be reach its source: asked of one that is there already, before
//! anything is created.

use kube::{Api, ResourceExt, api::ListParams};

use crate::{
    commands::exec::script_in,
    connect::Context,
    error::{Kind, Result},
    objects::Pod,
};

/// PostgreSQL's own question, which needs no login. Its words go: the number says it.
const SCRIPT: &str = r#"pg_isready -t 5 -h "$1" -p "$2" >/dev/null 2>&1; echo $?"#;
/// Members of Postgres clusters, whoever made them.
const MEMBERS: &str = "spilo-role";

/// What a pod there says of an address.
#[derive(Debug, Eq, PartialEq)]
pub enum Reach {
    /// A server answers there.
    Reached,
    /// This pod has no answer from there.
    Unreached(String),
    /// None could be asked, and why.
    Unknown(String),
}

/// Asks a member of any Postgres cluster in the namespace: a copy's pods are bound by the same rules
/// of the network.
pub async fn probe(context: &Context, namespace: &str, host: &str, port: u16) -> Result<Reach> {
    match ask(context, namespace, host, port).await {
        Err(error) if error.kind != Kind::Interrupted => Ok(Reach::Unknown(error.message)),
        asked => asked,
    }
}

async fn ask(context: &Context, namespace: &str, host: &str, port: u16) -> Result<Reach> {
    let pods: Api<Pod> = context.api(namespace);
    let list = ListParams::default().labels(MEMBERS);
    let all = context.ask(pods.list(&list)).await?.items;
    let Some(pod) = all.iter().find(|pod| is_there(pod)) else {
        let why = "no Postgres cluster is there yet that could be asked";
        return Ok(Reach::Unknown(why.to_owned()));
    };
    let (name, port) = (pod.name_any(), port.to_string());
    let said = script_in(context, &pods, &name, SCRIPT, &[host, &port], 64).await?;
    Ok(heard(&said, name))
}

fn is_there(pod: &Pod) -> bool {
    pod.metadata.deletion_timestamp.is_none() && pod.status.phase.as_deref() == Some("Running")
}

/// 0 and 1: there is a server, which may be starting; 2: no answer; else it was not asked.
fn heard(said: &str, pod: String) -> Reach {
    match said.trim() {
        "0" | "1" => Reach::Reached,
        "2" => Reach::Unreached(pod),
        other => Reach::Unknown(format!("{pod} cannot ask (pg_isready: {other})")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_silence_is_unreached() {
        let heard = |said| heard(said, "main-0".to_owned());
        assert_eq!(heard("0\n"), Reach::Reached);
        assert_eq!(heard("1\n"), Reach::Reached);
        assert_eq!(heard("2\n"), Reach::Unreached("main-0".to_owned()));
        for said in ["3\n", "127\n", ""] {
            assert!(matches!(heard(said), Reach::Unknown(_)), "{said}");
        }
    }
}
