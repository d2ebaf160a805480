//! The plugin as a person runs it: the built program, with nothing of this process' environment.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};

use serde_json::Value;
use tokio::{
    io::AsyncReadExt,
    process::{Child, Command},
    sync::Mutex,
};

use crate::{
    Result, ensure, lab,
    site::Site,
    terminal::{Size, Terminal},
    wait,
};

/// Longer than anything that it does here; it has limits of its own, which shall be the ones.
const PATIENCE: Duration = Duration::from_secs(900);

/// `kubectl-pg` with a kubeconfig.
#[derive(Clone, Debug)]
pub struct Plugin {
    program: PathBuf,
    kubeconfig: Option<PathBuf>,
}

/// What it printed and how it ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Its command line.
    pub line: String,
    /// Exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// Data.
    pub stdout: String,
    /// The rest.
    pub stderr: String,
}

/// The built program: KUBECTL_PG, or where `make build` leaves it.
fn program() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("KUBECTL_PG") {
        return Ok(path.into());
    }
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| lab::root().join("target"), PathBuf::from);
    let triple = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let path = target.join(triple).join("quick/kubectl-pg");
    ensure!(path.exists(), "{} is missing: make build", path.display());
    Ok(path)
}

impl Plugin {
    /// With the contexts of the tests.
    pub fn new(site: &Site) -> Result<Self> {
        Ok(Self {
            program: program()?,
            kubeconfig: Some(site.kubeconfig.clone()),
        })
    }

    /// With another kubeconfig, or none.
    pub fn with_kubeconfig(kubeconfig: Option<&Path>) -> Result<Self> {
        Ok(Self {
            program: program()?,
            kubeconfig: kubeconfig.map(Path::to_owned),
        })
    }

    /// Runs a command line; a word may hold blanks only if it is the last argument of `more`.
    pub async fn run(&self, line: &str, more: &[&str]) -> Result<Ended> {
        let mut command = self.command(line);
        command.args(more);
        let line = format!("kubectl-pg {line} {}", more.join(" "));
        let output = tokio::time::timeout(PATIENCE, command.output())
            .await
            .map_err(|_| format!("{line}: did not end"))??;
        Ok(Ended {
            line,
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// All verbs, and those within them, as the help tells them.
    pub async fn verbs(&self) -> Result<Vec<String>> {
        let mut all = Vec::new();
        for verb in self.verbs_in("").await? {
            let parts = self.verbs_in(&verb).await?;
            if parts.is_empty() {
                all.push(verb.clone());
            }
            all.extend(parts.iter().map(|part| format!("{verb} {part}")));
        }
        ensure!(all.len() > 50, "{all:?}");
        Ok(all)
    }

    async fn verbs_in(&self, words: &str) -> Result<Vec<String>> {
        let help = self.ok(&format!("{words} --help")).await?;
        let commands = help.split("Commands:\n").nth(1).unwrap_or_default();
        let lines = commands.lines().take_while(|line| !line.is_empty());
        let names = lines.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
        let names = names.filter(|name| !name.is_empty() && *name != "help");
        Ok(names.map(str::to_owned).collect())
    }

    fn command(&self, line: &str) -> Command {
        // Under `nohup` it would not hear that its terminal goes.
        let mut command = Command::new("env");
        command
            .arg("--default-signal=HUP")
            .arg(&self.program)
            .args(line.split_whitespace())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", "/nonexistent")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        if let Some(kubeconfig) = &self.kubeconfig {
            command.env("KUBECONFIG", kubeconfig);
        }
        command
    }

    /// Starts a command line that goes on by itself.
    pub fn start(&self, line: &str) -> Result<Going> {
        let mut child = self.command(line).stdout(Stdio::piped()).spawn()?;
        let mut stdout = child.stdout.take().ok_or("no stdout")?;
        let said: Arc<Mutex<Vec<u8>>> = Arc::default();
        let heard = Arc::clone(&said);
        tokio::spawn(async move {
            let mut part = Vec::new();
            while matches!(stdout.read_buf(&mut part).await, Ok(1..)) {
                heard.lock().await.append(&mut part);
            }
        });
        Ok(Going { child, said })
    }

    /// Starts a command line on a terminal of this size.
    pub async fn on_terminal(&self, line: &str, size: Size) -> Result<Terminal> {
        Terminal::start(&self.program, self.kubeconfig.as_deref(), line, size).await
    }

    /// Runs a command line that ends with 0; gives its stdout.
    pub async fn ok(&self, line: &str) -> Result<String> {
        self.run(line, &[])
            .await?
            .exits(0)
            .map(|ended| ended.stdout)
    }

    /// Runs a command line that prints one JSON document and ends with 0.
    pub async fn json(&self, line: &str) -> Result<Value> {
        let text = self.ok(&format!("{line} -o json")).await?;
        Ok(serde_json::from_str(&text).map_err(|error| format!("{line}: {error}: {text}"))?)
    }

    /// Runs a command line that ends with this code and says these words.
    pub async fn fails(&self, line: &str, code: i32, words: &[&str]) -> Result<Ended> {
        self.run(line, &[]).await?.exits(code)?.says(words)
    }
}

/// One that goes on.
pub struct Going {
    child: Child,
    said: Arc<Mutex<Vec<u8>>>,
}

impl Going {
    /// Waits until its stdout has these words.
    pub async fn says(&self, words: &str) -> Result {
        wait::until(&format!("{words:?} is said"), async || {
            let said = self.said.lock().await;
            let said = String::from_utf8_lossy(&said);
            ensure!(said.contains(words), "only: {said}");
            Ok(())
        })
        .await
    }

    /// Waits until it has ended by itself; gives its exit code.
    pub async fn ended(mut self) -> Result<Option<i32>> {
        let ended = tokio::time::timeout(wait::DEADLINE, self.child.wait()).await;
        Ok(ended.map_err(|_| "it did not end")??.code())
    }

    /// Whether it has ended by itself.
    pub fn is_over(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)))
    }

    /// Kills it: it says nothing any more.
    pub async fn kill(mut self) -> Result {
        Ok(self.child.kill().await?)
    }

    /// Ends it as Ctrl-C does; gives its exit code.
    pub async fn interrupt(mut self) -> Result<Option<i32>> {
        self.hears("INT").await?;
        Ok(self.child.wait().await?.code())
    }

    /// Sends it a signal.
    pub async fn hears(&self, signal: &str) -> Result {
        let id = self.child.id().ok_or("it has ended by itself")?;
        let kill = Command::new("kill")
            .args([format!("-{signal}"), id.to_string()])
            .status();
        ensure!(kill.await?.success(), "no signal can be sent");
        Ok(())
    }
}

impl Ended {
    /// It ended with this code.
    pub fn exits(self, code: i32) -> Result<Self> {
        ensure!(
            self.code == Some(code),
            "{}: expected exit code {code}, found {:?}\nstdout: {}\nstderr: {}",
            self.line,
            self.code,
            self.stdout,
            self.stderr
        );
        Ok(self)
    }

    /// It said these words, on stderr or as data.
    pub fn says(self, words: &[&str]) -> Result<Self> {
        for word in words {
            ensure!(
                self.stderr.contains(word) || self.stdout.contains(word),
                "{}: does not say {word:?}\nstdout: {}\nstderr: {}",
                self.line,
                self.stdout,
                self.stderr
            );
        }
        Ok(self)
    }
}
