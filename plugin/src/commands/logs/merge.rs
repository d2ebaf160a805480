//! Lines of many sources in the order of their times. Each is held back for a moment, in which an
//! earlier one of another source may come. Pure.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    time::Duration,
};

use jiff::Timestamp;
use tokio::time::Instant;

/// So long a line waits for earlier ones of others.
pub const HOLD: Duration = Duration::from_millis(700);
/// More bytes are not held back: then order gives way to memory. That is two seconds of what 200
/// members write at their fastest, and more than enough until all logs are open.
const MOST: usize = 32 * 1024 * 1024;

/// One line.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Line {
    /// When it was written, by the clock of its node.
    pub at: Timestamp,
    /// Number of its source.
    pub source: usize,
    /// Its place among the lines that came.
    number: u64,
    /// What it says.
    pub text: String,
}

impl Line {
    /// What it takes, about.
    fn size(&self) -> usize {
        size_of::<Self>() + self.text.capacity()
    }
}

/// Lines that wait.
#[derive(Debug, Default)]
pub struct Merge {
    waiting: BinaryHeap<Reverse<Line>>,
    /// When lines came, and the latest time among those that came together.
    came: VecDeque<(Instant, Timestamp)>,
    /// Lines up to this time have waited long enough.
    due: Option<Timestamp>,
    count: u64,
    /// What those that wait take.
    size: usize,
}

impl Merge {
    /// Lines of one source have come, in their order.
    pub fn came(&mut self, source: usize, lines: Vec<(Timestamp, String)>, now: Instant) {
        let Some(latest) = lines.iter().map(|(at, _)| *at).max() else {
            return;
        };
        self.came.push_back((now, latest));
        for (at, text) in lines {
            self.count += 1;
            let line = Line {
                at,
                source,
                number: self.count,
                text,
            };
            self.size += line.size();
            self.waiting.push(Reverse(line));
        }
    }

    /// The lines whose turn it is.
    pub fn ready(&mut self, now: Instant) -> impl Iterator<Item = Line> {
        while let Some((came, latest)) = self.came.front()
            && now.duration_since(*came) >= HOLD
        {
            self.due = self.due.max(Some(*latest));
            self.came.pop_front();
        }
        std::iter::from_fn(move || {
            let Reverse(first) = self.waiting.peek()?;
            let turn = self.is_full() || self.due.is_some_and(|due| first.at <= due);
            turn.then(|| self.next())?
        })
    }

    /// Whatever waits has come only now: until here others were still being opened, whose earlier
    /// lines come next.
    pub fn hold_anew(&mut self, now: Instant) {
        let latest = self.came.iter().map(|(_, latest)| *latest).max();
        self.came = latest.map(|latest| (now, latest)).into_iter().collect();
    }

    /// The lines for which there is no room, the earliest.
    pub fn too_many(&mut self) -> impl Iterator<Item = Line> {
        std::iter::from_fn(|| self.is_full().then(|| self.next())?)
    }

    /// All that is left.
    pub fn rest(&mut self) -> impl Iterator<Item = Line> {
        self.came.clear();
        std::iter::from_fn(|| self.next())
    }

    fn next(&mut self) -> Option<Line> {
        let Reverse(line) = self.waiting.pop()?;
        self.size = self.size.saturating_sub(line.size());
        Some(line)
    }

    /// Whether so many wait that memory comes before order.
    pub fn is_full(&self) -> bool {
        self.size > MOST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(millis).expect("a time")
    }

    fn lines(times: &[i64]) -> Vec<(Timestamp, String)> {
        times
            .iter()
            .map(|millis| (at(*millis), millis.to_string()))
            .collect()
    }

    fn texts(lines: impl Iterator<Item = Line>) -> Vec<String> {
        lines.map(|line| line.text).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn who_comes_late_is_still_in_order() {
        let mut merge = Merge::default();
        merge.came(0, lines(&[10, 30]), Instant::now());
        assert!(texts(merge.ready(Instant::now())).is_empty(), "too early");
        tokio::time::advance(HOLD / 2).await;
        merge.came(1, lines(&[20, 40]), Instant::now());
        tokio::time::advance(HOLD / 2).await;
        assert_eq!(texts(merge.ready(Instant::now())), ["10", "20", "30"]);
        assert!(texts(merge.ready(Instant::now())).is_empty());
        tokio::time::advance(HOLD).await;
        assert_eq!(texts(merge.ready(Instant::now())), ["40"]);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_waits_for_ever() {
        let mut merge = Merge::default();
        // Clocks of nodes differ: what is earlier than what was shown is shown at once.
        merge.came(0, lines(&[5000]), Instant::now());
        tokio::time::advance(HOLD).await;
        assert_eq!(texts(merge.ready(Instant::now())), ["5000"]);
        merge.came(1, lines(&[10]), Instant::now());
        assert_eq!(texts(merge.ready(Instant::now())), ["10"]);
        merge.came(1, lines(&[6000]), Instant::now());
        assert_eq!(texts(merge.rest()), ["6000"]);
    }

    #[tokio::test(start_paused = true)]
    async fn memory_is_bounded() {
        let mut merge = Merge::default();
        let long = |second| (at(second), "x".repeat(MOST / 4));
        merge.came(0, (0..6).map(long).collect(), Instant::now());
        assert!(merge.is_full());
        assert_eq!(merge.too_many().count(), 3);
        assert!(!merge.is_full());
        assert_eq!(merge.rest().count(), 3);
        merge.came(0, lines(&[9]), Instant::now());
        assert_eq!(
            merge.size,
            merge.waiting.peek().map_or(0, |Reverse(line)| line.size())
        );
    }

    /// What a log that opens late has to say from before is in order with what was there already.
    #[tokio::test(start_paused = true)]
    async fn who_is_opened_late_is_still_in_order() {
        let mut merge = Merge::default();
        merge.came(0, lines(&[10, 30]), Instant::now());
        tokio::time::advance(2 * HOLD).await;
        merge.came(1, lines(&[40]), Instant::now());
        merge.hold_anew(Instant::now());
        assert!(texts(merge.ready(Instant::now())).is_empty(), "too early");
        tokio::time::advance(HOLD / 2).await;
        merge.came(2, lines(&[20]), Instant::now());
        tokio::time::advance(HOLD / 2).await;
        assert_eq!(texts(merge.ready(Instant::now())), ["10", "20", "30", "40"]);
    }

    #[tokio::test(start_paused = true)]
    async fn lines_of_one_moment_keep_their_order() {
        let mut merge = Merge::default();
        let same = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| (at(1), (*text).to_owned()))
                .collect()
        };
        merge.came(0, same(&["b", "a"]), Instant::now());
        assert_eq!(texts(merge.rest()), ["b", "a"]);
    }
}
