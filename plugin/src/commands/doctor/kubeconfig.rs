//! What the kubeconfig itself says of a context, before anything is asked: names that lead nowhere,
//! a login program that is not there, a certificate that has ended.

use std::path::Path;

use jiff::Timestamp;
use kube::config::{AuthInfo, ExecConfig, Kubeconfig};

use super::{Check, Verdict};
use crate::certificate::{decoded, ends_at};

/// The check of one context. `part`: what of the kubeconfig belongs to it; `there`: whether a
/// program can be started; `read`: the text of a file.
pub fn check(
    part: &Kubeconfig,
    now: Timestamp,
    there: impl Fn(&str) -> bool,
    read: impl Fn(&str) -> std::io::Result<String>,
) -> Check {
    let fault = |evidence: String, mend: String| {
        Check::new("kubeconfig", evidence).but(Verdict::Fail, mend)
    };
    let Some(named) = part.contexts.first() else {
        return fault(
            "it has no such context".to_owned(),
            "kubectl config get-contexts".to_owned(),
        );
    };
    let name = &named.name;
    let Some(context) = &named.context else {
        let mend = format!("kubectl config set-context {name} --cluster=… --user=…");
        return fault("the context is empty".to_owned(), mend);
    };
    if part.clusters.is_empty() {
        return fault(
            format!(
                "the context names a cluster that is not there: {:?}",
                context.cluster
            ),
            format!("kubectl config set-cluster {} --server=…", context.cluster),
        );
    }
    let user = context.user.as_deref().unwrap_or_default();
    let login = part.auth_infos.first();
    if !user.is_empty() && login.is_none() {
        return fault(
            format!("the context names a user that is not there: {user:?}"),
            format!("kubectl config set-credentials {user} …"),
        );
    }
    let Some(login) = login.and_then(|user| user.auth_info.as_ref()) else {
        return Check::new("kubeconfig", "has no login of its own");
    };
    if let Some(exec) = &login.exec {
        return program(exec, there);
    }
    match certificate(login, read) {
        None => Check::new("kubeconfig", "cluster and user are there"),
        Some(Err(why)) => fault(why, "get a new login for this user".to_owned()),
        Some(Ok(at)) if at <= now => fault(
            format!("the client certificate of {user:?} ended at {at}"),
            "get a new one from whoever runs the Kubernetes cluster".to_owned(),
        ),
        Some(Ok(at)) => Check::new(
            "kubeconfig",
            format!("the client certificate is good until {at}"),
        ),
    }
}

fn program(exec: &ExecConfig, there: impl Fn(&str) -> bool) -> Check {
    let command = exec.command.as_deref().unwrap_or_default();
    let mend = exec.install_hint.as_deref().unwrap_or_default().trim();
    let mend = match mend {
        "" => "install it, or put its folder into PATH",
        hint => hint,
    };
    let what = |word| format!("the login program {command:?} {word}");
    match there(command) {
        true => Check::new("kubeconfig", what("is there")),
        false => Check::new("kubeconfig", what("is not there")).but(Verdict::Fail, mend),
    }
}

/// When the client certificate ends; none where there is none, or none that can be read as one.
fn certificate(
    login: &AuthInfo,
    read: impl Fn(&str) -> std::io::Result<String>,
) -> Option<Result<Timestamp, String>> {
    if let Some(data) = &login.client_certificate_data {
        let pem = decoded(data).and_then(|bytes| String::from_utf8(bytes).ok());
        return ends_at(&pem?).map(Ok);
    }
    let file = login.client_certificate.as_deref()?;
    match read(file) {
        Ok(pem) => ends_at(&pem).map(Ok),
        Err(error) => Some(Err(format!(
            "the client certificate {file} cannot be read: {error}"
        ))),
    }
}

/// Whether a program can be started: by its path, or from a folder of PATH.
pub fn is_there(command: &str) -> bool {
    if command.contains('/') {
        return Path::new(command).is_file();
    }
    let folders = std::env::var_os("PATH").unwrap_or_default();
    !command.is_empty()
        && std::env::split_paths(&folders).any(|folder| folder.join(command).is_file())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::certificate::tests::PEM;

    fn checked(cluster: bool, user: Value, now: &str) -> Check {
        let clusters = if cluster {
            json!([{"name": "k", "cluster": {"server": "https://x"}}])
        } else {
            json!([])
        };
        let part = json!({
            "contexts": [{"name": "east", "context": {"cluster": "k", "user": "ada"}}],
            "clusters": clusters,
            "users": if user.is_null() { json!([]) } else { json!([{"name": "ada", "user": user}]) },
        });
        let read = |path: &str| match path {
            "/there" => Ok(PEM.to_owned()),
            _ => Err(std::io::Error::from(std::io::ErrorKind::NotFound)),
        };
        let part = serde_json::from_value(part).expect("a kubeconfig");
        check(
            &part,
            now.parse().expect("a time"),
            |name| name == "aws",
            read,
        )
    }

    #[test]
    fn what_is_wrong_with_a_context() {
        let before = "2029-01-01T00:00:00Z";
        let after = "2030-02-01T00:00:00Z";
        let data: Value =
            serde_json::to_value(k8s_openapi::ByteString(PEM.into())).expect("a text");
        for (cluster, user, now, verdict, part) in [
            (
                true,
                json!({"token": "t"}),
                before,
                Verdict::Pass,
                "are there",
            ),
            (false, json!({"token": "t"}), before, Verdict::Fail, "\"k\""),
            (true, Value::Null, before, Verdict::Fail, "\"ada\""),
            (
                true,
                json!({"exec": {"command": "aws"}}),
                before,
                Verdict::Pass,
                "is there",
            ),
            (
                true,
                json!({"exec": {"command": "gke"}}),
                before,
                Verdict::Fail,
                "is not there",
            ),
            (
                true,
                json!({"client-certificate": "/there"}),
                before,
                Verdict::Pass,
                "good until",
            ),
            (
                true,
                json!({"client-certificate": "/there"}),
                after,
                Verdict::Fail,
                "ended at",
            ),
            (
                true,
                json!({"client-certificate": "/gone"}),
                before,
                Verdict::Fail,
                "/gone",
            ),
            (
                true,
                json!({"client-certificate-data": data}),
                after,
                Verdict::Fail,
                "ended at",
            ),
            (
                true,
                json!({"client-certificate-data": "eA=="}),
                after,
                Verdict::Pass,
                "are there",
            ),
        ] {
            let found = checked(cluster, user.clone(), now);
            assert_eq!(found.verdict, verdict, "{user} {now}: {found:?}");
            assert!(found.evidence.contains(part), "{user} {now}: {found:?}");
            assert_eq!(found.mend.is_empty(), verdict == Verdict::Pass, "{found:?}");
        }
        let hint = json!({"exec": {"command": "gke", "installHint": "apt install gke"}});
        assert_eq!(checked(true, hint, before).mend, "apt install gke");
    }
}
