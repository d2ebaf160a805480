//! A terminal with the plugin on it: `script` of util-linux makes one.

use std::{path::Path, process::Stdio, sync::Arc};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::{Child, ChildStdin, Command},
    sync::Mutex,
};

use crate::{Result, ensure, wait};

/// What runs on it: says which terminal it is and which process the plugin is, and stays when that
/// one has ended, so that what it left can be looked at.
const INSIDE: &str = r#"
stty cols "$COLUMNS" rows "$LINES"
unset COLUMNS LINES
echo "<tty $(tty)>"
echo "<before $(stty -g)>"
sh -c 'echo "<pid $$>"; exec env --default-signal=HUP "$PROGRAM" $LINE'
echo "<ended $?>"
while read -r _; do :; done
"#;

/// One, on which the plugin was started.
pub struct Terminal {
    _script: Child,
    keys: Mutex<ChildStdin>,
    said: Arc<Mutex<Vec<u8>>>,
    tty: String,
    pid: String,
    /// All its settings, as they were before the plugin began.
    pub before: String,
}

/// Columns and rows.
pub type Size = (u16, u16);

impl Terminal {
    /// Starts a program with the words of a line on a new terminal.
    pub(crate) async fn start(
        program: &Path,
        kubeconfig: Option<&Path>,
        line: &str,
        (columns, rows): Size,
    ) -> Result<Self> {
        let mut command = Command::new("script");
        command
            .args(["-qec", INSIDE, "/dev/null"])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("SHELL", "/bin/sh")
            .env("HOME", "/nonexistent")
            .env("TERM", "xterm")
            .env("COLUMNS", columns.to_string())
            .env("LINES", rows.to_string())
            .env("PROGRAM", program)
            .env("LINE", line)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        if let Some(kubeconfig) = kubeconfig {
            command.env("KUBECONFIG", kubeconfig);
        }
        let mut script = command.spawn()?;
        let keys = script.stdin.take().ok_or("no stdin")?;
        let mut screen = script.stdout.take().ok_or("no stdout")?;
        let said: Arc<Mutex<Vec<u8>>> = Arc::default();
        let heard = Arc::clone(&said);
        tokio::spawn(async move {
            let mut part = Vec::new();
            while matches!(screen.read_buf(&mut part).await, Ok(1..)) {
                heard.lock().await.append(&mut part);
            }
        });
        let mut terminal = Self {
            _script: script,
            keys: Mutex::new(keys),
            said,
            tty: String::new(),
            pid: String::new(),
            before: String::new(),
        };
        terminal.tty = terminal.told("tty").await?;
        terminal.before = terminal.told("before").await?;
        terminal.pid = terminal.told("pid").await?;
        Ok(terminal)
    }

    /// Waits until these words are on the screen, behind those that were waited for before; gives
    /// what stands between.
    pub async fn says(&self, words: &str) -> Result<String> {
        wait::until(&format!("{words:?} is on the screen"), async || {
            let mut said = self.said.lock().await;
            let at = said
                .windows(words.len())
                .position(|part| part == words.as_bytes());
            let at = at.ok_or_else(|| format!("only: {:?}", String::from_utf8_lossy(&said)))?;
            let before = said.drain(..at + words.len());
            Ok(String::from_utf8_lossy(before.as_slice()).into_owned())
        })
        .await
    }

    async fn told(&self, what: &str) -> Result<String> {
        self.says(&format!("<{what} ")).await?;
        let value = self.says(">").await?;
        Ok(value.trim_end_matches('>').to_owned())
    }

    /// Types.
    pub async fn types(&self, text: &str) -> Result {
        let mut keys = self.keys.lock().await;
        keys.write_all(text.as_bytes()).await?;
        Ok(keys.flush().await?)
    }

    /// Makes it another size, as somebody does who draws at a corner of its window.
    pub async fn resize(&self, (columns, rows): Size) -> Result {
        let (columns, rows) = (columns.to_string(), rows.to_string());
        self.stty(&["cols", &columns, "rows", &rows]).await?;
        Ok(())
    }

    /// The same as they are now.
    pub async fn settings(&self) -> Result<String> {
        self.stty(&["-g"]).await
    }

    async fn stty(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new("stty");
        let output = command.args(["-F", &self.tty]).args(arguments).output();
        let output = output.await?;
        let why = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "stty {arguments:?}: {why}");
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Sends the plugin a signal.
    pub async fn signal(&self, name: &str) -> Result {
        let kill = Command::new("kill").args(["-s", name, &self.pid]).status();
        ensure!(kill.await?.success(), "no {name} can be sent");
        Ok(())
    }

    /// Waits until the plugin has ended; gives its exit code, as a shell sees it, and what was on
    /// the screen last.
    pub async fn ended(&self) -> Result<(i32, String)> {
        let last = self.says("<ended ").await?;
        let code = self.says(">").await?;
        Ok((code.trim_end_matches('>').parse()?, last))
    }
}
