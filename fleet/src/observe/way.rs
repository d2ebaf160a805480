//! Who waits for an edit goes before the lists of a start: a cluster that was edited is read by
//! itself, and the many pages of the lists give way meanwhile.

use std::collections::HashSet;

use tokio::{
    sync::watch,
    time::{Instant, timeout_at},
};

use super::facts::Key;

/// The edited clusters that are looked at before all was listed.
#[derive(Debug, Default)]
pub struct Early(watch::Sender<HashSet<Key>>);

impl Early {
    /// This one is to be looked at.
    pub fn begins(&self, key: &Key) {
        self.0.send_if_modified(|early| early.insert(key.clone()));
    }

    /// It was looked at.
    pub fn ends(&self, key: &Key) {
        self.0.send_if_modified(|early| early.remove(key));
    }

    /// What gives way to all of them, though not longer than until then.
    pub fn way(&self, until: Instant) -> Way {
        Way(Some((self.0.subscribe(), until)))
    }
}

/// What may have to be given way to.
#[derive(Clone, Debug, Default)]
pub struct Way(Option<(watch::Receiver<HashSet<Key>>, Instant)>);

impl Way {
    /// Waits until nobody else needs it.
    pub async fn free(&mut self) {
        if let Some((early, until)) = &mut self.0 {
            let _ = timeout_at(*until, early.wait_for(HashSet::is_empty)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn lists_give_way_and_not_for_ever() {
        let start = Instant::now();
        let waited = async |way: &mut Way| {
            way.free().await;
            start.elapsed().as_millis()
        };
        let key = |name: &str| Key {
            namespace: "team".to_owned(),
            name: name.to_owned(),
        };
        let early = Early::default();
        let mut way = early.way(start + Duration::from_secs(1));
        assert_eq!(waited(&mut Way::default()).await, 0);
        assert_eq!(waited(&mut way).await, 0);
        early.begins(&key("a"));
        early.begins(&key("b"));
        early.ends(&key("b"));
        let end = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            early.ends(&key("a"));
        };
        assert_eq!(tokio::join!(waited(&mut way), end).0, 100);
        early.begins(&key("c"));
        assert_eq!(waited(&mut way).await, 1000, "somebody edits all the time");
    }
}
