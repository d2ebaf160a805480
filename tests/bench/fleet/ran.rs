//! The plugin as a process: what it prints and when, how it ends, how much memory it takes.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use pg_tests::{Result, ensure};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    process::Command,
    time::{Instant, interval, timeout},
};

const PATIENCE: Duration = Duration::from_secs(900);
const LOOK: Duration = Duration::from_millis(4);

/// How the plugin is started.
#[derive(Clone)]
pub struct Start {
    /// The released program.
    pub program: PathBuf,
    /// Its home: caches and what was allowed.
    pub home: PathBuf,
    /// Its kubeconfig.
    pub kubeconfig: PathBuf,
    /// What it reads; nothing, without.
    pub stdin: Option<PathBuf>,
    /// Words before its own: what changes its surroundings.
    pub wrapper: Vec<String>,
}

/// How it went.
#[derive(Debug)]
pub struct Ran {
    /// Exit code.
    pub code: Option<i32>,
    /// Each line, and after how many seconds it came. Of a terminal, stderr too.
    pub lines: Vec<(f64, String)>,
    /// The rest; nothing on a terminal.
    pub stderr: String,
    /// Seconds from start to end.
    pub took: f64,
    /// Most memory that it had resident, in MiB; none when it was not looked at.
    pub peak: Option<f64>,
}

impl Ran {
    /// When the first line came that holds this.
    pub fn first(&self, part: &str) -> Option<f64> {
        let line = self.lines.iter().find(|(_, line)| line.contains(part));
        line.map(|(at, _)| *at)
    }

    /// When so many lines had come that hold this.
    pub fn nth(&self, part: &str, number: usize) -> Option<f64> {
        let lines = self.lines.iter().filter(|(_, line)| line.contains(part));
        lines.map(|(at, _)| *at).nth(number.checked_sub(1)?)
    }

    /// When the last line came that holds this.
    pub fn last(&self, part: &str) -> Option<f64> {
        let line = self.lines.iter().rfind(|(_, line)| line.contains(part));
        line.map(|(at, _)| *at)
    }

    /// How many lines hold this.
    pub fn count(&self, part: &str) -> usize {
        let lines = self.lines.iter();
        lines.filter(|(_, line)| line.contains(part)).count()
    }

    /// It ended with this code.
    pub fn exits(self, code: i32) -> Result<Self> {
        let last: Vec<&str> = self
            .lines
            .iter()
            .rev()
            .take(5)
            .map(|(_, line)| line.as_str())
            .collect();
        ensure!(
            self.code == Some(code),
            "expected exit code {code}, found {:?}: {} {last:?}",
            self.code,
            self.stderr
        );
        Ok(self)
    }
}

impl Start {
    /// The released program with a kubeconfig, and a home of its own beside it.
    pub fn new(kubeconfig: &Path) -> Result<Self> {
        let program = std::env::var_os("KUBECTL_PG").ok_or("KUBECTL_PG is not set")?;
        let home = kubeconfig.with_extension("home");
        std::fs::create_dir_all(&home)?;
        Ok(Self {
            program: program.into(),
            home,
            kubeconfig: kubeconfig.to_owned(),
            stdin: None,
            wrapper: Vec::new(),
        })
    }

    fn command(&self, words: &[&str]) -> Result<Command> {
        let mut all: Vec<&str> = self.wrapper.iter().map(String::as_str).collect();
        let program = self.program.display().to_string();
        all.push(&program);
        all.extend(words);
        let mut command = Command::new(all[0]);
        command.args(&all[1..]);
        self.surround(&mut command);
        if let Some(file) = &self.stdin {
            command.stdin(std::fs::File::open(file)?);
        }
        Ok(command)
    }

    fn surround(&self, command: &mut Command) {
        command
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("HOME", &self.home)
            .env("KUBECONFIG", &self.kubeconfig)
            .env("TERM", "xterm")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
    }

    /// Runs it in a pipe, and looks at its memory.
    pub async fn piped(&self, words: &[&str]) -> Result<Ran> {
        let mut command = self.command(words)?;
        command.stderr(Stdio::piped());
        watched(command, self.wrapper.is_empty()).await
    }

    /// Runs it on a terminal of 160 columns.
    pub async fn on_terminal(&self, words: &[&str]) -> Result<Ran> {
        let mut line = String::from("stty cols 160 rows 50; exec");
        let program = self.program.display().to_string();
        let own = self.wrapper.iter().map(String::as_str);
        for word in own.chain([program.as_str()]).chain(words.iter().copied()) {
            line.push_str(&format!(" '{}'", word.replace('\'', "'\\''")));
        }
        let mut command = Command::new("script");
        command.args(["--quiet", "--flush", "--return", "--command", &line]);
        command.arg("/dev/null");
        self.surround(&mut command);
        command.stderr(Stdio::piped());
        watched(command, false).await
    }

    /// Starts it in a pipe, for others to look after.
    pub fn spawn(&self, words: &[&str]) -> Result<tokio::process::Child> {
        let mut command = self.command(words)?;
        command.stderr(Stdio::piped());
        Ok(command.spawn()?)
    }
}

async fn watched(mut command: Command, memory: bool) -> Result<Ran> {
    let begun = Instant::now();
    let mut child = command.spawn()?;
    let id = child.id().ok_or("it has ended")?;
    let stdout = child.stdout.take().ok_or("no stdout")?;
    let mut stderr = child.stderr.take().ok_or("no stderr")?;
    let said = tokio::spawn(async move {
        let mut text = String::new();
        let _ = stderr.read_to_string(&mut text).await;
        text
    });
    let read = tokio::spawn(async move {
        let mut lines = Vec::new();
        let mut reader = BufReader::new(stdout);
        let mut line = Vec::new();
        while let Ok(1..) = reader.read_until(b'\n', &mut line).await {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            lines.push((begun.elapsed().as_secs_f64(), text));
            line.clear();
        }
        lines
    });
    let mut peak = None;
    let mut looks = interval(LOOK);
    let ended = async {
        loop {
            tokio::select! {
                ended = child.wait() => break ended,
                _ = looks.tick(), if memory => peak = peak_of(id).or(peak),
            }
        }
    };
    let status = timeout(PATIENCE, ended)
        .await
        .map_err(|_| "it does not end")??;
    let took = begun.elapsed().as_secs_f64();
    Ok(Ran {
        code: status.code(),
        lines: read.await?,
        stderr: said.await?,
        took,
        peak,
    })
}

/// The most memory that a process ever had resident, in MiB.
pub fn peak_of(id: u32) -> Option<f64> {
    let text = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib / 1024.0)
}
