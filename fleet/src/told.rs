//! A cluster whose manifest was told to be deleted, without the finalizer: what is left of it is
//! taken away, or it is said why not.

use std::{sync::Arc, time::Duration};

use pg_core::configuration::Configuration;

use crate::{
    act::{Error, lock},
    controller::Controller,
    events::Notice,
    observe::{
        facts::{Facts, Key},
        record::Told,
    },
    plan::{
        action::Action,
        told::{Fate, fate, overtaken},
    },
};

/// After an answer that was none.
const AGAIN: Duration = Duration::from_secs(2);

impl Controller {
    /// What a deletion without the finalizer needs before anything else is decided on; nothing where
    /// there is none, else when to look again.
    pub(crate) async fn look_at_deletion(
        &self,
        key: &Key,
        facts: &Facts,
        configuration: &Configuration,
    ) -> Option<Option<Duration>> {
        if let Some(action) = overtaken(facts) {
            let dropped = self.perform(key, facts, configuration, action).await;
            return Some(match dropped {
                Ok(()) => Some(Duration::ZERO),
                Err(error) => try_again(key, &error),
            });
        }
        let told = facts.told.as_ref()?;
        Some(self.look_at_told(key, facts, told, configuration).await)
    }

    /// Decides what becomes of what is left.
    async fn look_at_told(
        &self,
        key: &Key,
        facts: &Facts,
        told: &Told,
        configuration: &Configuration,
    ) -> Option<Duration> {
        let fate = match &told.manifest.object {
            Ok(manifest) if !self.is_ours(manifest) => Fate::Stays,
            Ok(manifest) => fate(told, manifest, configuration, self.now()),
            Err(why) => Fate::Kept(format!("its manifest could not be read: {why}")),
        };
        let done = match fate {
            Fate::Stays => Ok(()),
            Fate::Late => {
                tracing::warn!(cluster = %key, "deleted before this one led: if anything is left, it stays");
                Ok(())
            }
            Fate::Kept(why) => Err(Error::Kept(why)),
            Fate::Goes => {
                let record = Action::RecordDeletion;
                self.perform(key, facts, configuration, record).await
            }
        };
        match done {
            Ok(()) => {}
            Err(Error::Kept(why)) => self.keep(key, told, &why).await,
            Err(error) => return try_again(key, &error),
        }
        let mut world = lock(&self.actor.world);
        // Another may have been told meanwhile.
        let is_this = |now: &Told| Arc::ptr_eq(&now.manifest, &told.manifest);
        let now = world.facts(key).and_then(|facts| facts.told.as_ref());
        if now.is_some_and(is_this) {
            world.untold(key);
        }
        Some(Duration::ZERO)
    }

    /// Names clusters whose manifest went when nobody saw it: they run on.
    pub(crate) fn tell_what_is_left(&self) {
        let is_left = |(key, facts): &(&Key, &Facts)| {
            let set = ("StatefulSet", key.name.clone());
            let known = facts.manifest.is_some() || facts.told.is_some() || facts.record.is_some();
            !known && facts.children.contains_key(&set)
        };
        let world = lock(&self.actor.world);
        let left = world.clusters().filter(is_left);
        let left: Vec<String> = left.map(|(key, _)| key.to_string()).collect();
        if !left.is_empty() {
            let clusters = left.join(", ");
            tracing::warn!(
                clusters,
                "without a manifest: they run on, and nobody looks after them"
            );
        }
    }

    /// Says why what is left of a deleted cluster stays.
    async fn keep(&self, key: &Key, told: &Told, why: &str) {
        tracing::warn!(cluster = %key, why, "deleted: what is left stays");
        let notice = Notice::warning(
            "Kept",
            format!("the manifest was deleted; what belongs to it stays: {why}"),
        );
        let uid = &told.manifest.metadata.uid;
        self.publisher.publish(key, uid, vec![notice]).await;
    }
}

fn try_again(key: &Key, error: &Error) -> Option<Duration> {
    if matches!(error, Error::NotLeading) {
        return None;
    }
    tracing::warn!(cluster = %key, %error, "not known whether it was deleted");
    Some(AGAIN)
}
