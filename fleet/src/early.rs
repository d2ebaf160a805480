//! Clusters that somebody has edited while a controller starts: they are looked at before all was
//! listed.

use std::time::Duration;

use crate::{
    act::lock,
    controller::Controller,
    observe::facts::{Facts, Key},
};

/// Until then it may be possible to look at a cluster that was edited while all are listed.
const EARLY: Duration = Duration::from_millis(20);

impl Controller {
    /// Nothing is planned before every source was listed once: a half-filled world would read as
    /// "everything is gone". A cluster that somebody has edited is read by itself meanwhile.
    pub(crate) async fn look_early(&self, key: &Key) -> Option<Duration> {
        let (can, known) = {
            let world = lock(&self.actor.world);
            let is_edited = world.facts(key).is_some_and(Facts::is_edited);
            let known = world.is_known(key);
            if !is_edited && !known {
                // All are looked at when everything was listed.
                return None;
            }
            (world.is_nearly_complete(), known)
        };
        if !self.actor.leading.holds() {
            return Some(EARLY);
        }
        self.feed.early.begins(key);
        if !can {
            return Some(EARLY);
        }
        let read = match known {
            true => Ok(()),
            false => self.actor.know(key, &self.configuration()).await,
        };
        let again = match read {
            Ok(()) => self.look(key).await,
            Err(error) => {
                tracing::warn!(cluster = %key, %error, "not read by itself");
                Some(EARLY * 10)
            }
        };
        self.feed.early.ends(key);
        again
    }
}
