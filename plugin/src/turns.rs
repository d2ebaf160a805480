//! Turns that all terminals of one person on one machine take, so that `--max-parallel` and
//! `--max-per-context` hold for them together (docs/decisions/0012-what-one-terminal-knows.md).
//!
//! A turn is a locked file: whoever dies gives it back. What he has asked for goes on in the cluster
//! all the same; so the file tells what that is, and who finds it there waits for its end.

use std::{
    fs::{self, File, TryLockError},
    hash::{DefaultHasher, Hash, Hasher},
    io::{self, Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use futures::future::BoxFuture;
use tokio::time::Instant;

use crate::stop::Stop;

/// Another terminal's turns are looked at again after this time.
const AGAIN: Duration = Duration::from_millis(50);
/// What a terminal that is gone has asked for is looked at again after this time.
const OWED: Duration = Duration::from_millis(500);

/// What a terminal that is gone has left with a turn.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Left {
    /// Its note.
    pub note: String,
    /// The note of whoever wants the turn now.
    pub own: String,
}

/// Tells whether it has ended.
type Ended<'a> = Box<dyn Fn(Left) -> BoxFuture<'a, bool> + 'a>;

/// Where turns are taken.
pub struct Turns<'a> {
    /// None where there is no place for files: limits hold for this run alone.
    directory: Option<PathBuf>,
    say: Box<dyn Fn(&str) + 'a>,
    said: AtomicBool,
    ended: Ended<'a>,
    /// Until when it is waited, and whether somebody asks to stop.
    end: Option<(Instant, Stop)>,
}

/// One turn; it ends when this goes.
pub struct Turn {
    locked: File,
    /// Whether it tells what it was taken for.
    noted: bool,
}

impl Turn {
    /// What is noted there already stays where this says nothing.
    fn note(&mut self, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        self.noted = true;
        self.locked.set_len(0)?;
        self.locked.rewind()?;
        self.locked.write_all(text.as_bytes())
    }

    /// What was noted with it has ended: nobody need look.
    pub fn end(self) {
        if self.noted {
            // Else the next one looks, and sees the same.
            let _ = self.locked.set_len(0);
        }
    }
}

impl<'a> Turns<'a> {
    /// In a directory; `say` is told once when all turns are taken elsewhere.
    pub fn new(directory: Option<PathBuf>, say: impl Fn(&str) + 'a) -> Self {
        Self {
            directory,
            say: Box::new(say),
            said: AtomicBool::new(false),
            ended: Box::new(|_| Box::pin(std::future::ready(true))),
            end: None,
        }
    }

    /// The same, where what is left behind can be looked up.
    pub fn looking_up(self, ended: impl Fn(Left) -> BoxFuture<'a, bool> + 'a) -> Self {
        let ended = Box::new(ended);
        Self { ended, ..self }
    }

    /// The same, waiting no longer than this, nor when somebody asks to stop.
    pub fn ending(self, until: Instant, stop: Stop) -> Self {
        let end = Some((until, stop));
        Self { end, ..self }
    }

    /// Waits; whether it was waited for long enough.
    async fn is_over(&self, pause: Duration) -> bool {
        let Some((until, stop)) = &self.end else {
            tokio::time::sleep(pause).await;
            return false;
        };
        let rest = until.saturating_duration_since(Instant::now());
        stop.sleep(pause.min(rest)).await || rest.is_zero()
    }

    /// One of so many turns, with a note of what it is taken for (empty for what ends with this
    /// process; who takes it up again has the same first line); waits for it. None where there is
    /// none to be had, or time is over: who goes on then looks at the time.
    pub async fn take(&self, what: &str, limit: usize, note: &str) -> Option<Turn> {
        let directory = self.directory.as_deref()?;
        loop {
            // Where no file can be locked, limits hold for this run alone.
            let free = free(directory, what, limit, note).ok()?;
            let mut pause = AGAIN;
            for (mut turn, left) in free {
                let is_over = left.is_empty() || subject(&left) == subject(note) || {
                    let (note, own) = (left, note.to_owned());
                    (self.ended)(Left { note, own }).await
                };
                if is_over {
                    turn.note(note).ok()?;
                    return Some(turn);
                }
                pause = OWED;
            }
            if !self.said.swap(true, Ordering::Relaxed) {
                (self.say)(
                    "waits for other changes of yours that are under way \
                     (--max-parallel, --max-per-context)",
                );
            }
            if self.is_over(pause).await {
                return None;
            }
        }
    }
}

/// A turn that can be had at once, else those that somebody has left behind, each with its note.
fn free(directory: &Path, what: &str, limit: usize, note: &str) -> io::Result<Vec<(Turn, String)>> {
    fs::create_dir_all(directory)?;
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    let name = hasher.finish();
    let mut left = Vec::new();
    for number in 0..limit.max(1) {
        let path = directory.join(format!("{name:016x}-{number}"));
        let mut file = fs::OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(path)?;
        match file.try_lock() {
            Ok(()) => {
                let mut text = String::new();
                file.read_to_string(&mut text)?;
                let noted = false;
                left.push((
                    Turn {
                        locked: file,
                        noted,
                    },
                    text,
                ));
            }
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    // One's own goes first, then one that nobody has left anything with.
    left.sort_by_key(|(_, text)| {
        let other = text.is_empty() || subject(text) != subject(note);
        (other, !text.is_empty())
    });
    Ok(left)
}

/// What a note is about: its first line.
fn subject(note: &str) -> &str {
    note.split('\n').next().unwrap_or_default()
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
        let first = one.take("east", 2, "").await.expect("a turn");
        let _second = two.take("east", 2, "").await.expect("a turn");
        let _elsewhere = two
            .take("west", 1, "")
            .await
            .expect("a turn of another place");
        let waiting = two.take("east", 2, "");
        let gives = async {
            tokio::time::sleep(AGAIN * 2).await;
            drop(first);
        };
        let (third, ()) = tokio::join!(waiting, gives);
        assert!(third.is_some());
        assert_eq!(said.lock().expect("a lock").len(), 1);
        // A smaller limit sees the larger one's turns.
        let late = tokio::time::timeout(AGAIN * 3, one.take("east", 1, "")).await;
        assert!(late.is_err(), "it went beyond its limit");
        fs::remove_dir_all(home).expect("a directory");
    }

    #[tokio::test]
    async fn what_the_dead_have_left_counts_until_it_ends() {
        let home = home("left");
        let place = Some(home.join("turns"));
        let ended = AtomicBool::new(false);
        let asked = Mutex::new(Vec::new());
        let turns = || {
            Turns::new(place.clone(), |_| ()).looking_up(|left| {
                asked.lock().expect("a lock").push((left.note, left.own));
                Box::pin(std::future::ready(ended.load(Ordering::Relaxed)))
            })
        };
        let (one, two) = (turns(), turns());
        // It is gone, and says nothing of an end.
        drop(one.take("east", 1, "a").await.expect("a turn"));
        let late = tokio::time::timeout(AGAIN * 3, two.take("east", 1, "b")).await;
        assert!(late.is_err(), "what was asked for goes on");
        let of = ("a".to_owned(), "b".to_owned());
        assert_eq!(*asked.lock().expect("a lock"), [of]);
        // The same request goes on where it was, also where another turn is free.
        let again = one.take("east", 2, "a\nlater").await.expect("a turn");
        let other = two.take("east", 2, "b").await.expect("a turn");
        again.end();
        let third = two.take("east", 2, "c").await.expect("a turn");
        assert_eq!(asked.lock().expect("a lock").len(), 1, "it was over");
        drop((other, third));
        ended.store(true, Ordering::Relaxed);
        assert!(one.take("east", 1, "d").await.is_some());
        fs::remove_dir_all(home).expect("a directory");
    }

    #[tokio::test]
    async fn without_a_place_limits_hold_for_one_run() {
        assert!(Turns::new(None, |_| ()).take("east", 1, "").await.is_none());
        let file = home("none").join("file");
        fs::write(&file, "").expect("a file");
        let nowhere = Some(file.join("turns"));
        assert!(
            Turns::new(nowhere, |_| ())
                .take("east", 1, "")
                .await
                .is_none()
        );
    }
}
