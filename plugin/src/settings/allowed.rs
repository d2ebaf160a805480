//! Which login programs may run. Where contexts are chosen by a pattern, a kubeconfig that came
//! from elsewhere must not start what nobody has heard of.

use std::{collections::BTreeSet, path::PathBuf, sync::Mutex};

use pg_core::names;

use super::{kuberc, kuberc::Verdict, places, replace};
use crate::error::{Error, Kind, Result};

/// How login programs are judged in one run of this program.
#[derive(Debug)]
pub struct Trust {
    /// Contexts were chosen by more than their names.
    by_pattern: bool,
    /// Where what was allowed is written down.
    file: Option<PathBuf>,
    /// Held by whoever writes it.
    writing: Mutex<()>,
}

/// What a login program is remembered by; it tells nothing of its arguments.
pub fn key_of(program: &str) -> String {
    names::request_id(program.as_bytes())
}

impl Trust {
    /// Of one run.
    pub fn new(by_pattern: bool) -> Self {
        Self {
            by_pattern,
            file: places().map(|places| places.config_dir().join("allowed-logins")),
            writing: Mutex::default(),
        }
    }

    /// Whether the program may run for a context.
    pub fn check(&self, command: &str, key: &str) -> Result<()> {
        let refused = |why: &str| {
            Error::new(
                Kind::Refused,
                format!("the login program {command:?} of the kubeconfig is not run: {why}"),
            )
        };
        match kuberc::verdict(command)? {
            Verdict::Allowed => Ok(()),
            Verdict::Denied => Err(refused("the policy in kuberc denies it")),
            Verdict::Unsaid if !self.by_pattern || self.list().contains(key) => Ok(()),
            Verdict::Unsaid => Err(refused("it has never run for a context that was named")
                .hint("name the context once: kubectl pg list --context NAME")),
        }
    }

    /// A program has run for a context that was named: from now on patterns may start it too.
    pub fn remember(&self, key: &str) {
        let Some(file) = self.file.as_ref().filter(|_| !self.by_pattern) else {
            return;
        };
        let _writing = self.writing.lock();
        let mut list = self.list();
        if list.insert(key.to_owned()) {
            let text: String = list.iter().map(|key| format!("{key}\n")).collect();
            // Without a place to write, the next pattern asks again.
            let _ = replace(file, &text);
        }
    }

    fn list(&self) -> BTreeSet<String> {
        self.file
            .as_ref()
            .filter(|file| super::owned(file).is_ok())
            .and_then(|file| std::fs::read_to_string(file).ok())
            .map(|text| text.lines().map(str::to_owned).collect())
            .unwrap_or_default()
    }
}
