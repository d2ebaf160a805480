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
    processes()
        .filter(|pid| {
            fs::read_to_string(format!("/proc/{pid}/stat"))
                .is_ok_and(|stat| parent(&stat) == Some(&this))
        })
        .filter(|pid| title(*pid).starts_with("postgres:"))
        .filter_map(Pid::from_raw)
        .collect()
}

/// Whether a replica streams from the server.
pub fn has_replicas() -> bool {
    processes().any(|pid| is_stream(&title(pid)))
}

/// `postgres: CLUSTER: walsender USER ADDRESS(PORT) streaming POSITION`
fn is_stream(title: &str) -> bool {
    title.starts_with("postgres:")
        && title.contains(": walsender ")
        && title.contains(" streaming ")
}

fn processes() -> impl Iterator<Item = i32> {
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn title(pid: i32) -> String {
    let title = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&title).into_owned()
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

    #[test]
    fn a_stream_is_told_from_a_base_backup_and_a_query() {
        let stream = "postgres: main: walsender standby 10.0.0.2(4711) streaming 0/3000148";
        assert!(super::is_stream(stream));
        let copy = "postgres: main: walsender standby 10.0.0.2(4711) sending backup \"x\"";
        assert!(!super::is_stream(copy));
        assert!(!super::is_stream(
            "postgres: main: walreceiver streaming 0/3000148"
        ));
        assert!(!super::is_stream("psql -c : walsender  streaming "));
    }
}
