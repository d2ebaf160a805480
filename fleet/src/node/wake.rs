//! Makes Patroni look now.

use super::configuration::RestApi;
use super::{Error, postmaster};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;
use tracing::debug;

/// Makes Patroni's loop run now instead of up to loop_wait (10 s) later.
///
/// PATCH /config ends in `ha.wakeup()` also when it changes nothing (Patroni 4.0, patroni/api.py, do_PATCH_config), and a
/// key that is null and not there changes nothing (patroni/utils.py, patch_config), so nothing is written to Kubernetes.
/// SIGHUP would not do: it sets a flag that is read only when the loop runs anyway.
pub fn wake(rest_api: &RestApi) -> Result<(), Error> {
    // started and left: the supervisor reaps it
    let mut curl = Command::new("curl")
        .args(["--config", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .map_err(Error::io("run curl"))?;
    let mut settings = format!(
        "url = \"{}/config\"\nrequest = PATCH\ndata = \"{{\\\"pg_fleet_wake\\\": null}}\"\nsilent\nshow-error\nfail\ninsecure\nmax-time = 2\nretry = 5\nretry-delay = 1\nretry-connrefused\n",
        rest_api.url
    );
    if let Some((user, password)) = &rest_api.credentials {
        let quote = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
        settings.push_str(&format!("user = \"{}:{}\"\n", quote(user), quote(password)));
    }
    match curl.stdin.take() {
        Some(mut input) => input
            .write_all(settings.as_bytes())
            .map_err(Error::io("talk to curl")),
        None => Ok(()),
    }
}

/// Once after the container's start, wakes Patroni when the server has had time to begin streaming. Patroni looks the moment
/// the server is up, finds no stream yet, and would say so in the pod's annotation for another loop_wait.
pub async fn after_start(data: PathBuf, rest_api: RestApi) {
    while !postmaster::runs(&data) {
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    for seconds in [1, 2] {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        if let Err(error) = wake(&rest_api) {
            debug!(%error, "Patroni was not woken");
        }
    }
}
