//! The queue of Postgres clusters to look at. One cluster is never looked at twice at once; one
//! that changed meanwhile is looked at again; what people did goes before what time did.

use std::{
    collections::{BTreeSet, HashMap, HashSet, VecDeque},
    sync::Mutex,
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};

use crate::{act::lock, observe::facts::Key};

/// The queue.
#[derive(Debug, Default)]
pub struct Queue {
    inner: Mutex<Inner>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    ready: VecDeque<Key>,
    queued: HashSet<Key>,
    running: HashMap<Key, Instant>,
    /// Changed while it was being looked at.
    again: HashSet<Key>,
    due: BTreeSet<(Instant, Key)>,
    due_at: HashMap<Key, Instant>,
}

impl Queue {
    /// Something changed: look at once.
    pub fn now(&self, key: Key) {
        let mut inner = lock(&self.inner);
        if inner.running.contains_key(&key) {
            inner.again.insert(key);
        } else if inner.queued.insert(key.clone()) {
            inner.ready.push_back(key);
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
                    if !inner.ready.is_empty() {
                        self.wake.notify_one();
                    }
                    return key;
                }
                inner.due.first().map(|(at, _)| *at)
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
        if inner.again.remove(key) && inner.queued.insert(key.clone()) {
            inner.ready.push_back(key.clone());
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
            .iter()
            .chain(inner.running.keys())
            .cloned()
            .collect()
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        lock(&self.inner).ready.len()
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
    fn take(&mut self, now: Instant) -> Option<Key> {
        if let Some(key) = self.ready.pop_front() {
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
}
