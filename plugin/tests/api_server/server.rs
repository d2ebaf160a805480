//! The API server, the program before it, and what its controller says there.

use std::{process::Output, time::Duration};

use assert_cmd::Command;

pub struct Server {
    kubeconfig: String,
    pub context: String,
    pub home: std::path::PathBuf,
}

impl Server {
    pub fn find() -> Option<Self> {
        let kubeconfig = std::env::var("KUBECTL_PG_TEST_KUBECONFIG").ok()?;
        let home = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("home-api-server");
        let _ = std::fs::remove_dir_all(&home);
        std::fs::create_dir_all(&home).expect("a folder");
        let mut server = Self {
            kubeconfig,
            context: String::new(),
            home,
        };
        server.context = server.kubectl("config current-context").trim().to_owned();
        Some(server)
    }

    pub fn kubectl(&self, line: &str) -> String {
        self.kubectl_with(&line.split_whitespace().collect::<Vec<_>>(), "")
    }

    pub fn kubectl_with(&self, args: &[&str], stdin: &str) -> String {
        let output = Command::new("kubectl")
            .args(args)
            .env("KUBECONFIG", &self.kubeconfig)
            .write_stdin(stdin)
            .output()
            .expect("kubectl");
        assert!(
            output.status.success(),
            "{args:?}: {}",
            text(&output.stderr)
        );
        text(&output.stdout)
    }

    pub fn apply(&self, manifest: &str) {
        self.kubectl_with(&["apply", "-f", "-"], manifest);
    }

    /// Says as the controller that it is alive, or was at a time, and that a deletion needs nothing.
    pub fn heartbeat(&self, at: &str) {
        self.apply(&format!(
            "apiVersion: pgfleet.io/v1alpha1\nkind: Rollup\nmetadata: {{name: local}}\nclusterUid: here\ncontrollerVersion: test\nobservedAt: {at}\nsummary: {{clusters: 1, lag: {{\"4096\": 1}}}}\nprotection: {{date: '2026-11-21', dateKey: '', nameKey: '', controller: ''}}\n"
        ));
    }

    pub fn alive(&self) {
        self.heartbeat(&self.now());
    }

    pub fn now(&self) -> String {
        let node = self.kubectl_with(
            &[
                "create",
                "-o",
                "jsonpath={.metadata.creationTimestamp}",
                "-f",
                "-",
                "--dry-run=server",
            ],
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: what-time-is-it}\n",
        );
        node.trim().to_owned()
    }

    /// Says as the controller how a cluster is.
    pub fn status(&self, name: &str, status: &str) {
        let how = "--subresource=status --type=merge";
        self.patch(&format!("postgresql/{name}"), how, status);
    }

    /// Patches an object as somebody else; `how`: in kubectl's flags.
    pub fn patch(&self, object: &str, how: &str, patch: &str) {
        let mut args = vec!["patch", "-n", "scratch", object];
        args.extend(how.split_whitespace());
        args.extend(["-p", patch]);
        self.kubectl_with(&args, "");
    }

    /// A cluster in full.
    pub fn target(&self, name: &str) -> String {
        format!("scratch/{name}@{}", self.context)
    }

    pub fn run(&self, line: &str) -> Output {
        Command::new(env!("CARGO_BIN_EXE_kubectl-pg"))
            .args(line.split_whitespace())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("KUBECONFIG", &self.kubeconfig)
            .env("HOME", &self.home)
            .timeout(Duration::from_secs(60))
            .output()
            .expect("the program")
    }

    /// Runs a line and holds its ending and a part of what it says.
    pub fn expect(&self, line: &str, code: i32, part: &str) -> String {
        let output = self.run(line);
        let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{line}: {said}");
        assert!(said.contains(part), "{line}: {said}");
        said
    }
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
