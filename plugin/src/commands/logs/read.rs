//! The lines of one log: their times, and those that were seen already. Pure.

use jiff::Timestamp;

/// A line begins with its time, as the container's runtime wrote it down.
pub fn split(line: &str) -> (Option<Timestamp>, &str) {
    match line.split_once(' ') {
        Some((time, rest)) => match time.parse() {
            Ok(time) => (Some(time), rest),
            Err(_) => (None, line),
        },
        None => match line.parse() {
            Ok(time) => (Some(time), ""),
            Err(_) => (None, line),
        },
    }
}

/// How far a log was read, so that it can be read on without a gap and without a double.
#[derive(Clone, Copy, Debug, Default)]
pub struct Read {
    /// The latest time, and how many lines of it were taken.
    last: Option<(Timestamp, usize)>,
    /// The same when the log was opened again, until that place is reached.
    mark: Option<(Timestamp, usize)>,
    /// So many lines of the mark's time were met since.
    met: usize,
}

impl Read {
    /// The log is opened again: lines up to the last one may come a second time.
    pub fn again(&mut self) {
        self.mark = self.last;
        self.met = 0;
    }

    /// Where to go on. The server counts whole seconds, and rounds.
    pub fn since(&self) -> Option<Timestamp> {
        let back = jiff::SignedDuration::from_secs(1);
        self.last
            .map(|(last, _)| last.checked_sub(back).unwrap_or(last))
    }

    /// The time of a line, if it is a new one; a line without a time has that of the one before.
    pub fn take(&mut self, time: Option<Timestamp>) -> Option<Timestamp> {
        let last = self.last.map(|(last, _)| last);
        let time = time.or(last).unwrap_or(Timestamp::MIN);
        if let Some((mark, taken)) = self.mark {
            if time < mark {
                return None;
            }
            if time == mark {
                self.met += 1;
                if self.met <= taken {
                    return None;
                }
            } else {
                self.mark = None;
            }
        }
        match &mut self.last {
            Some((last, taken)) if time == *last => *taken += 1,
            // Clocks may be set back; where reading goes on stays.
            Some((last, _)) if time < *last => {}
            last => *last = Some((time, 1)),
        }
        Some(time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_split_off() {
        assert_eq!(
            split("2026-11-21T10:00:00.123456789Z LOG:  ready"),
            ("2026-11-21T10:00:00.123456789Z".parse().ok(), "LOG:  ready")
        );
        assert_eq!(split("no time"), (None, "no time"));
    }

    #[test]
    fn reading_on_loses_nothing_and_doubles_nothing() {
        let at = |second: i64| Timestamp::from_second(second).ok();
        let mut read = Read::default();
        let mut seen = Vec::new();
        let mut reads = |times: &[i64]| {
            read.again();
            seen.extend(times.iter().filter_map(|second| read.take(at(*second))));
            read.since()
        };
        assert_eq!(reads(&[1, 2, 2, 3, 3]), at(2));
        // The same end again, a third line of that second, and what follows.
        assert_eq!(reads(&[2, 2, 3, 3, 3, 4]), at(3));
        assert_eq!(reads(&[3, 4]), at(3));
        assert_eq!(reads(&[4, 5]), at(4));
        let seconds: Vec<i64> = seen.iter().map(|time| time.as_second()).collect();
        assert_eq!(seconds, [1, 2, 2, 3, 3, 3, 4, 5]);
    }

    #[test]
    fn a_clock_that_was_set_back_loses_nothing() {
        let at = |second: i64| Timestamp::from_second(second).ok();
        let mut read = Read::default();
        let taken = [5, 6, 3, 4, 7].map(|second| read.take(at(second)).is_some());
        assert_eq!(taken, [true; 5]);
        assert_eq!(read.since(), at(6));
    }

    #[test]
    fn a_line_without_a_time_stays_where_it_is() {
        let mut read = Read::default();
        let time = Timestamp::from_second(7).ok();
        assert_eq!(read.take(time), time);
        assert_eq!(read.take(None), time);
    }
}
