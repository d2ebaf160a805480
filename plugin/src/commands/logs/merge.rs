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
/// More lines are not held back: then order gives way to memory.
const MOST: usize = 50_000;

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

/// Lines that wait.
#[derive(Debug, Default)]
pub struct Merge {
    waiting: BinaryHeap<Reverse<Line>>,
    /// When lines came, and the latest time among those that came together.
    came: VecDeque<(Instant, Timestamp)>,
    /// Lines up to this time have waited long enough.
    due: Option<Timestamp>,
    count: u64,
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
            self.waiting.push(Reverse(Line {
                at,
                source,
                number: self.count,
                text,
            }));
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
            let turn = self.waiting.len() > MOST || self.due.is_some_and(|due| first.at <= due);
            turn.then(|| self.waiting.pop().map(|Reverse(line)| line))?
        })
    }

    /// All that is left.
    pub fn rest(&mut self) -> impl Iterator<Item = Line> {
        self.came.clear();
        std::iter::from_fn(|| self.waiting.pop().map(|Reverse(line)| line))
    }

    /// Whether so many wait that memory comes before order.
    pub fn is_full(&self) -> bool {
        self.waiting.len() > MOST
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
        let times: Vec<i64> = (0..).take(MOST + 10).collect();
        merge.came(0, lines(&times), Instant::now());
        assert!(merge.is_full());
        assert_eq!(merge.ready(Instant::now()).count(), 10);
        assert_eq!(merge.rest().count(), MOST);
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
