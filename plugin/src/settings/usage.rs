//! What volumes held when somebody last looked, for the growth that `df` tells.

use std::{collections::BTreeMap, path::PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{cache_file, cached, replace};

/// Looks that lie nearer together than this tell nothing of growth.
const APART: SignedDuration = SignedDuration::from_hours(1);
/// Older looks say little of now.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// So many looks are kept of each volume; the oldest stays.
const MOST: usize = 48;

/// One look at one volume.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
struct Look {
    at: Timestamp,
    used: i64,
}

/// All looks, by member.
#[derive(Clone, Debug, Default)]
pub struct Usage {
    file: Option<PathBuf>,
    looks: BTreeMap<String, Vec<Look>>,
}

impl Usage {
    /// As they were left; what cannot be read is as if it were not there.
    pub fn read() -> Self {
        let file = cache_file("usage.json");
        Self {
            looks: cached(file.as_deref()),
            file,
        }
    }

    /// Notes what a volume holds now; gives the bytes by which it grows in a day, if there was a
    /// look long enough ago.
    pub fn note(&mut self, volume: &str, used: i64, now: Timestamp) -> Option<i64> {
        let looks = self.looks.entry(volume.to_owned()).or_default();
        looks.retain(|look| now.duration_since(look.at) < KEPT && look.at <= now);
        let growth = looks.first().and_then(|first| per_day(*first, used, now));
        let is_news = looks
            .last()
            .is_none_or(|last| now.duration_since(last.at) >= APART);
        if is_news {
            looks.push(Look { at: now, used });
        }
        if looks.len() > MOST {
            looks.remove(1);
        }
        growth
    }

    /// Keeps it for the next time; where it cannot be written, nothing is lost but a hint.
    pub fn keep(&self) {
        if let Some(file) = &self.file
            && let Ok(text) = serde_json::to_string(&self.looks)
        {
            let _ = replace(file, &text);
        }
    }
}

fn per_day(first: Look, used: i64, now: Timestamp) -> Option<i64> {
    let time = now.duration_since(first.at);
    if time < APART {
        return None;
    }
    let seconds = i128::from(time.as_secs());
    let grown = i128::from(used - first.used) * 86_400 / seconds;
    i64::try_from(grown).ok()
}

/// Days until a volume is full at this growth; none when it does not grow.
pub fn days_to_full(free: i64, per_day: i64) -> Option<i64> {
    (per_day > 0).then(|| free.max(0) / per_day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_told_by_the_oldest_look() {
        let start: Timestamp = "2026-11-21T10:00:00Z".parse().expect("a time");
        let after = |hours: i64| start + SignedDuration::from_hours(hours);
        let mut usage = Usage::default();
        assert_eq!(usage.note("a", 1000, start), None, "never seen before");
        let soon = start + SignedDuration::from_mins(10);
        assert_eq!(usage.note("a", 2000, soon), None, "too near");
        assert_eq!(usage.note("a", 1100, after(12)), Some(200));
        assert_eq!(usage.note("a", 1300, after(24)), Some(300));
        assert_eq!(usage.note("a", 900, after(48)), Some(-50), "it shrinks");
        assert_eq!(usage.note("b", 5, after(48)), None, "another volume");
        assert_eq!(
            usage.note("a", 1596, after(31 * 24)),
            Some(24),
            "the first look is too old"
        );
    }

    #[test]
    fn the_file_stays_small() {
        let start: Timestamp = "2026-11-21T10:00:00Z".parse().expect("a time");
        let mut usage = Usage::default();
        for hour in 0..200 {
            usage.note("a", hour, start + SignedDuration::from_hours(hour));
        }
        let looks = &usage.looks["a"];
        assert_eq!((looks.len(), looks[0].used), (MOST, 0));
    }

    #[test]
    fn days_until_it_is_full() {
        assert_eq!(days_to_full(100, 10), Some(10));
        assert_eq!(days_to_full(100, 0), None);
        assert_eq!(days_to_full(-1, 10), Some(0));
        assert_eq!(days_to_full(100, -5), None);
    }
}
