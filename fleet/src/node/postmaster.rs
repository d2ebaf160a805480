//! The server's first process, as seen from PID 1, and what it leaves behind when it is killed.

use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::path::Path;

/// The process that postmaster.pid names. The file goes away in an orderly stop and stays after a kill.
pub fn recorded(data: &Path) -> Option<Pid> {
    let pid = fs::read_to_string(data.join("postmaster.pid"))
        .ok()?
        .lines()
        .next()?
        .trim()
        .parse()
        .ok()?;
    Pid::from_raw(pid)
}

/// Whether the server runs.
pub fn runs(data: &Path) -> bool {
    recorded(data).is_some_and(|pid| {
        fs::read_to_string(format!("/proc/{}/comm", pid.as_raw_nonzero()))
            .is_ok_and(|name| name.trim() == "postgres")
    })
}

/// Server processes whose postmaster has died: they became children of ours. A new postmaster is a child of ours too, but its
/// title is a command line, while theirs begin with `postgres:`.
pub fn orphans() -> Vec<Pid> {
    let this = rustix::process::getpid().as_raw_nonzero().to_string();
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid: &i32| {
            fs::read_to_string(format!("/proc/{pid}/stat"))
                .is_ok_and(|stat| parent(&stat) == Some(&this))
        })
        .filter(|pid| {
            fs::read(format!("/proc/{pid}/cmdline"))
                .is_ok_and(|title| title.starts_with(b"postgres:"))
        })
        .filter_map(Pid::from_raw)
        .collect()
}

/// The field after the state; the name before it may hold spaces and parentheses.
fn parent(stat: &str) -> Option<&str> {
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)
}

/// Ends the orphans: a new server cannot start while one of them holds the old one's shared memory, and one in the middle of a
/// long computation would hold it for as long as that takes. Nothing is lost: the next start is a crash recovery anyway.
pub fn end(orphans: &[Pid], signal: Signal) {
    for pid in orphans {
        // it may have ended meanwhile, which is what is wanted
        let _ = kill_process(*pid, signal);
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_parent_is_read_behind_any_name() {
        assert_eq!(super::parent("12 (postgres) S 1 12 12 0"), Some("1"));
        assert_eq!(super::parent("12 (a) b (c)) R 345 12"), Some("345"));
        assert_eq!(super::parent("nonsense"), None);
    }
}
