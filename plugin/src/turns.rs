//! Turns that all terminals of one person on one machine take, so that `--max-parallel` and
//! `--max-per-context` hold for them together (docs/decisions/0012-what-one-terminal-knows.md).
//!
//! A turn is a locked file: whoever dies gives it back.

use std::{
    fs::{self, File, TryLockError},
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

/// Another terminal's turns are looked at again after this time.
const AGAIN: Duration = Duration::from_millis(50);

/// Where turns are taken.
pub struct Turns<'a> {
    /// None where there is no place for files: limits hold for this run alone.
    directory: Option<PathBuf>,
    say: Box<dyn Fn(&str) + 'a>,
    said: AtomicBool,
}

/// One turn; it ends when this goes.
pub struct Turn {
    _locked: File,
}

impl<'a> Turns<'a> {
    /// In a directory; `say` is told once when all turns are taken elsewhere.
    pub fn new(directory: Option<PathBuf>, say: impl Fn(&str) + 'a) -> Self {
        Self {
            directory,
            say: Box::new(say),
            said: AtomicBool::new(false),
        }
    }

    /// One of so many turns; waits for it.
    pub async fn take(&self, what: &str, limit: usize) -> Option<Turn> {
        let directory = self.directory.as_deref()?;
        loop {
            match free(directory, what, limit) {
                Ok(Some(turn)) => return Some(turn),
                Ok(None) => {
                    if !self.said.swap(true, Ordering::Relaxed) {
                        (self.say)(
                            "waits for changes that other terminals of yours make \
                             (--max-parallel, --max-per-context)",
                        );
                    }
                    tokio::time::sleep(AGAIN).await;
                }
                // Where no file can be locked, limits hold for this run alone.
                Err(_) => return None,
            }
        }
    }
}

fn free(directory: &Path, what: &str, limit: usize) -> io::Result<Option<Turn>> {
    fs::create_dir_all(directory)?;
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    let name = hasher.finish();
    for number in 0..limit.max(1) {
        let path = directory.join(format!("{name:016x}-{number}"));
        let file = fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)?;
        match file.try_lock() {
            Ok(()) => return Ok(Some(Turn { _locked: file })),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn home(name: &str) -> PathBuf {
        let name = format!("kubectl-pg-turns-{name}-{}", std::process::id());
        let home = std::env::temp_dir().join(name);
        fs::create_dir_all(&home).expect("a directory");
        home
    }

    #[tokio::test]
    async fn terminals_share_them() {
        let home = home("shared");
        let place = Some(home.join("turns"));
        let said = Mutex::new(Vec::new());
        let say = |text: &str| said.lock().expect("a lock").push(text.to_owned());
        let (one, two) = (
            Turns::new(place.clone(), |_| ()),
            Turns::new(place.clone(), say),
        );
        let first = one.take("east", 2).await.expect("a turn");
        let _second = two.take("east", 2).await.expect("a turn");
        let _elsewhere = two.take("west", 1).await.expect("a turn of another place");
        let waiting = two.take("east", 2);
        let gives = async {
            tokio::time::sleep(AGAIN * 2).await;
            drop(first);
        };
        let (third, ()) = tokio::join!(waiting, gives);
        assert!(third.is_some());
        assert_eq!(said.lock().expect("a lock").len(), 1);
        // A smaller limit sees the larger one's turns.
        let late = tokio::time::timeout(AGAIN * 3, one.take("east", 1)).await;
        assert!(late.is_err(), "it went beyond its limit");
        fs::remove_dir_all(home).expect("a directory");
    }

    #[tokio::test]
    async fn without_a_place_limits_hold_for_one_run() {
        assert!(Turns::new(None, |_| ()).take("east", 1).await.is_none());
        let file = home("none").join("file");
        fs::write(&file, "").expect("a file");
        let nowhere = Some(file.join("turns"));
        assert!(Turns::new(nowhere, |_| ()).take("east", 1).await.is_none());
    }
}
