//! psql with a person before it: the terminal's size and keys reach the pod, and whatever ends the
//! session gives the terminal back as it was.

use pg_tests::{
    Result, cable::Cable, cluster::Cluster, ensure, kubernetes, manifest, plugin::Plugin,
    site::Place, terminal::Terminal, test::run, wait,
};

const PROMPT: &str = "postgres=# ";
const CTRL_C: &str = "\u{3}";
const CTRL_D: &str = "\u{4}";

/// psql on a terminal of 91 columns.
async fn opened(plugin: &Plugin, cluster: &Cluster) -> Result<Terminal> {
    let line = format!("psql {} --db postgres", cluster.target());
    let terminal = plugin.on_terminal(&line, (91, 31)).await?;
    terminal.says(PROMPT).await?;
    let within = terminal.settings().await?;
    ensure!(within != terminal.before, "the terminal is not raw");
    Ok(terminal)
}

/// It ended with this code and gave the terminal back; gives what was on the screen last.
async fn left(terminal: &Terminal, code: i32, how: &str) -> Result<String> {
    let (ended, last) = terminal.ended().await?;
    ensure!(ended == code, "{how}: it ended with {ended}: {last}");
    let after = terminal.settings().await?;
    let before = &terminal.before;
    ensure!(after == *before, "{how}: {before} has become {after}");
    Ok(last)
}

/// Waits until no psql is left in the pod.
async fn nobody_stays(cluster: &Cluster, how: &str) -> Result {
    wait::until(&format!("{how}: psql ends in the pod"), async || {
        let look = ["bash", "-c", "pgrep -x psql; [ $? -le 1 ]"];
        let left = cluster.exec("main-0", &look).await?;
        ensure!(left.trim().is_empty(), "{left}");
        Ok(())
    })
    .await
}

#[test]
fn psql_has_the_terminal() {
    run(async |test| {
        let west = test.share(Place::West).await?;
        let cluster = test.running(&west, "main", manifest::members(1)).await?;
        let plugin = Plugin::new(&west)?;
        keys_and_sizes(&plugin, &cluster).await?;
        signals(&plugin, &cluster).await?;

        let cable = Cable::to(&west, &test.namespace).await?;
        let through = Plugin::with_kubeconfig(Some(&cable.kubeconfig))?;
        let terminal = opened(&through, &cluster).await?;
        cable.cut();
        let last = left(&terminal, 1, "cut").await?;
        ensure!(last.contains("the connection broke"), "{last}");

        let terminal = opened(&plugin, &cluster).await?;
        kubernetes::kill_pod(&west, &cluster.namespace, "main-0").await?;
        let last = left(&terminal, 1, "killed").await?;
        let told = ["the connection broke", "was killed"];
        ensure!(told.iter().any(|part| last.contains(part)), "{last}");
        Ok(())
    });
}

async fn keys_and_sizes(plugin: &Plugin, cluster: &Cluster) -> Result {
    let terminal = opened(plugin, cluster).await?;
    terminal.types("\\! stty size\r").await?;
    terminal.says("31 91").await?;
    terminal.says(PROMPT).await?;
    terminal.resize((123, 45)).await?;
    wait::until("the other size is there", async || {
        terminal.types("\\! stty size\r").await?;
        let said = terminal.says(PROMPT).await?;
        ensure!(said.contains("45 123"), "{said}");
        Ok(())
    })
    .await?;
    terminal.types("SELECT pg_sleep(60);\r").await?;
    wait::until("it sleeps", async || {
        let asked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
        let found = cluster.sql("main-0", asked).await?;
        ensure!(found == "1", "{found}");
        Ok(())
    })
    .await?;
    terminal.types(CTRL_C).await?;
    terminal
        .says("canceling statement due to user request")
        .await?;
    terminal.says(PROMPT).await?;
    terminal.types("SELECT 40 + 2 AS answer;\r").await?;
    terminal.says("     42").await?;
    terminal.says(PROMPT).await?;
    terminal.types("\\q\r").await?;
    left(&terminal, 0, "\\q").await?;

    let terminal = opened(plugin, cluster).await?;
    terminal.types(CTRL_D).await?;
    left(&terminal, 0, "Ctrl-D").await?;
    nobody_stays(cluster, "left").await
}

/// Sent to the plugin by somebody else, while its terminal is raw.
async fn signals(plugin: &Plugin, cluster: &Cluster) -> Result {
    for signal in ["TERM", "HUP", "INT"] {
        let terminal = opened(plugin, cluster).await?;
        terminal.signal(signal).await?;
        let last = left(&terminal, 130, signal).await?;
        ensure!(last.contains("interrupted"), "{signal}: {last}");
        nobody_stays(cluster, signal).await?;
    }
    Ok(())
}
