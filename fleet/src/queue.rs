//! The queue of Postgres clusters to look at. One cluster is never looked at twice at once; one
//! that changed meanwhile is looked at again; what people did goes before what time did, and meets
//! few other looks on its way.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::Mutex,
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

use crate::{
    act::lock,
    observe::facts::{Facts, Key},
};

/// So many looks that nobody waits for begin within [`FRESH`]: more at once would end no sooner, and
/// each step of an edit's look would wait for a step of all of them.
const AT_ONCE: usize = 8;
/// A look that takes longer waits for somebody, and keeps nobody from the processor.
const FRESH: Duration = Duration::from_millis(200);

/// The queue.
#[derive(Debug, Default)]
pub struct Queue {
    inner: Mutex<Inner>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    /// Of people's edits.
    urgent: VecDeque<Key>,
    ready: VecDeque<Key>,
    queued: HashMap<Key, Turn>,
    running: HashMap<Key, Instant>,
    /// Changed while it was being looked at.
    again: HashMap<Key, Turn>,
    due: BTreeSet<(Instant, Key)>,
    due_at: HashMap<Key, Instant>,
}

/// When it is its turn.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Turn {
    /// After those that came before.
    Next,
    /// Before all that nobody waits for: hundreds, when a controller has just started.
    First,
}

impl Turn {
    /// Of a cluster: somebody waits for what was edited.
    pub fn of(facts: &Facts) -> Self {
        match facts.is_edited() {
            true => Self::First,
            false => Self::Next,
        }
    }
}

impl Queue {
    /// Something changed: look at once.
    pub fn now(&self, key: Key) {
        self.at(key, Turn::Next);
    }

    /// The same, in its turn.
    pub fn at(&self, key: Key, turn: Turn) {
        let mut inner = lock(&self.inner);
        if inner.running.contains_key(&key) {
            let again = inner.again.entry(key).or_insert(turn);
            *again = turn.max(*again);
        } else if inner.put(key, turn) {
            drop(inner);
            self.wake.notify_one();
        }
    }

    /// The next cluster to look at; waits for one.
    pub async fn next(&self) -> Key {
        loop {
            let wait_until = {
                let mut inner = lock(&self.inner);
                let now = Instant::now();
                if let Some(key) = inner.take(now) {
                    inner.running.insert(key.clone(), now);
                    if !inner.queued.is_empty() {
                        self.wake.notify_one();
                    }
                    return key;
                }
                inner.next_at(now)
            };
            match wait_until {
                Some(at) => tokio::select! {
                    () = self.wake.notified() => {}
                    () = sleep_until(at) => {}
                },
                None => self.wake.notified().await,
            }
        }
    }

    /// It was looked at; look again after this time though nothing is heard.
    pub fn done(&self, key: &Key, look_again: Option<Duration>) {
        let mut inner = lock(&self.inner);
        inner.running.remove(key);
        if let Some(turn) = inner.again.remove(key) {
            inner.put(key.clone(), turn);
        }
        if let Some(at) = inner.due_at.remove(key) {
            inner.due.remove(&(at, key.clone()));
        }
        if let Some(delay) = look_again {
            let at = Instant::now() + delay;
            inner.due.insert((at, key.clone()));
            inner.due_at.insert(key.clone(), at);
        }
        drop(inner);
        self.wake.notify_one();
    }

    /// Those that wait or are being looked at.
    pub fn at_hand(&self) -> Vec<Key> {
        let inner = lock(&self.inner);
        inner
            .queued
            .keys()
            .chain(inner.running.keys())
            .cloned()
            .collect()
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        lock(&self.inner).queued.len()
    }

    /// How long the longest look has taken so far.
    pub fn slowest(&self) -> Duration {
        let inner = lock(&self.inner);
        inner
            .running
            .values()
            .map(Instant::elapsed)
            .max()
            .unwrap_or_default()
    }
}

impl Inner {
    /// Whether it did not wait before.
    fn put(&mut self, key: Key, turn: Turn) -> bool {
        let before = self.queued.get(&key).copied();
        if before.is_some_and(|before| before >= turn) {
            return false;
        }
        if before.is_some() {
            self.ready.retain(|waiting| *waiting != key);
        }
        self.queued.insert(key.clone(), turn);
        match turn {
            Turn::First => self.urgent.push_back(key),
            Turn::Next => self.ready.push_back(key),
        }
        before.is_none()
    }

    fn take(&mut self, now: Instant) -> Option<Key> {
        let mut key = self.urgent.pop_front();
        if key.is_none() {
            if self.is_full_until(now).is_some() {
                return None;
            }
            key = self.ready.pop_front();
        }
        if let Some(key) = key {
            self.queued.remove(&key);
            return Some(key);
        }
        let (at, key) = self
            .due
            .iter()
            .take_while(|(at, _)| *at <= now)
            .find(|(_, key)| !self.running.contains_key(key))
            .cloned()?;
        self.due.remove(&(at, key.clone()));
        self.due_at.remove(&key);
        Some(key)
    }

    /// While enough looks have just begun: until when, if none of them ends before.
    fn is_full_until(&self, now: Instant) -> Option<Instant> {
        let fresh = self.running.values().map(|began| *began + FRESH);
        let mut fresh: Vec<Instant> = fresh.filter(|until| *until > now).collect();
        fresh.sort_unstable();
        // So many must grow old that one more may begin.
        let spare = fresh.len().checked_sub(AT_ONCE)?;
        fresh.get(spare).copied()
    }

    /// When there may be one to take though nothing is heard.
    fn next_at(&self, now: Instant) -> Option<Instant> {
        let due = match self.ready.is_empty() {
            true => {
                let mut waiting = self.due.iter();
                // One that is being looked at is due anew when that has ended.
                waiting.find(|(_, key)| !self.running.contains_key(key))?.0
            }
            false => now,
        };
        Some(self.is_full_until(now).map_or(due, |until| until.max(due)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> Key {
        Key {
            namespace: "n".to_owned(),
            name: name.to_owned(),
        }
    }

    #[tokio::test]
    async fn once_at_a_time_and_again_when_changed() {
        let queue = Queue::default();
        queue.now(key("a"));
        queue.now(key("a"));
        assert_eq!(queue.at_hand(), [key("a")]);
        assert_eq!(queue.next().await, key("a"));
        assert_eq!(queue.at_hand(), [key("a")]);
        queue.now(key("a"));
        assert_eq!(queue.len(), 0, "not while it is being looked at");
        queue.done(&key("a"), None);
        assert_eq!(queue.next().await, key("a"));
    }

    #[tokio::test]
    async fn changes_go_before_time() {
        let queue = Queue::default();
        queue.done(&key("old"), Some(Duration::ZERO));
        queue.now(key("edited"));
        assert_eq!(queue.next().await, key("edited"));
        assert_eq!(queue.next().await, key("old"));
    }

    #[tokio::test(start_paused = true)]
    async fn few_begin_at_once_and_edits_wait_for_none_of_them() {
        let queue = Queue::default();
        let names: Vec<String> = (0..AT_ONCE + 2).map(|n| format!("{n:02}")).collect();
        names.iter().for_each(|name| queue.now(key(name)));
        for name in &names[..AT_ONCE] {
            assert_eq!(queue.next().await, key(name));
        }
        let began = Instant::now();
        queue.at(key("edited"), Turn::First);
        assert_eq!(queue.next().await, key("edited"));
        assert_eq!(began.elapsed(), Duration::ZERO);
        queue.done(&key("edited"), None);
        queue.done(&key("00"), None);
        assert_eq!(queue.next().await, key("08"), "one has ended");
        assert_eq!(began.elapsed(), Duration::ZERO);
        assert_eq!(queue.next().await, key("09"));
        assert!(began.elapsed() >= FRESH, "others had just begun");
        assert!(began.elapsed() < FRESH * 2, "those that hang hold it up");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_due_waits_for_those_that_have_just_begun() {
        let queue = Queue::default();
        for n in 0..AT_ONCE {
            queue.now(key(&n.to_string()));
            queue.next().await;
        }
        let began = Instant::now();
        queue.done(&key("due"), Some(Duration::ZERO));
        assert_eq!(queue.next().await, key("due"));
        assert!(began.elapsed() >= FRESH);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_wakes_for_one_that_is_being_looked_at() {
        let queue = Queue::default();
        queue.done(&key("a"), Some(Duration::from_millis(10)));
        queue.now(key("a"));
        assert_eq!(queue.next().await, key("a"));
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(lock(&queue.inner).next_at(Instant::now()), None);
        queue.done(&key("a"), None);
        assert_eq!(queue.at_hand(), []);
    }

    #[tokio::test]
    async fn edits_go_before_what_nobody_waits_for() {
        let queue = Queue::default();
        for name in ["a", "b", "c"] {
            queue.now(key(name));
        }
        queue.at(key("c"), Turn::First);
        queue.at(key("c"), Turn::Next);
        assert_eq!(queue.len(), 3);
        assert_eq!(queue.next().await, key("c"));
        // Edited while it is being looked at.
        queue.now(key("c"));
        queue.at(key("c"), Turn::First);
        queue.done(&key("c"), None);
        for name in ["c", "a", "b"] {
            assert_eq!(queue.next().await, key(name));
        }
        assert_eq!(queue.len(), 0);
    }
}
