//! Arithmetic on what was measured. No clocks and no I/O.

/// The middle value; of an even number of values, the mean of the middle two.
pub fn median(values: &[f64]) -> Option<f64> {
    let sorted = sorted(values);
    let half = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n % 2 == 1 => Some(sorted[half]),
        _ => Some(f64::midpoint(sorted[half - 1], sorted[half])),
    }
}

/// The smallest value that at least this share of all values (0 to 100) does not exceed.
pub fn percentile(values: &[f64], share: f64) -> Option<f64> {
    let sorted = sorted(values);
    let rank = sorted
        .iter()
        .enumerate()
        .find(|(index, _)| 100.0 * (*index as f64 + 1.0) >= share * sorted.len() as f64);
    rank.map(|(_, value)| *value)
}

/// The largest value.
pub fn worst(values: &[f64]) -> Option<f64> {
    percentile(values, 100.0)
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// The longest time without an acknowledged answer, of one client: from the last answer before
/// `from` until `until`, when it was stopped. Times in milliseconds; the answers in order.
pub fn longest_gap(acknowledged: &[u64], from: u64, until: u64) -> u64 {
    let before = acknowledged.iter().rev().find(|at| **at <= from);
    let mut last = before.copied().unwrap_or(from);
    let mut longest = 0;
    for at in acknowledged
        .iter()
        .copied()
        .filter(|at| *at > from)
        .chain([until])
    {
        longest = longest.max(at.saturating_sub(last));
        last = last.max(at);
    }
    longest
}

/// The longest gap of the worst client.
pub fn worst_gap(clients: &[Vec<u64>], from: u64, until: u64) -> Option<u64> {
    clients
        .iter()
        .map(|client| longest_gap(client, from, until))
        .max()
}

/// A member was asked whether it takes a write.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// When, in milliseconds.
    pub asked: u64,
    /// When the answer came.
    pub answered: u64,
    /// It took the write.
    pub writable: bool,
}

/// When a member certainly took writes: from the first answer to the last question of each run of
/// good answers. A single good answer is one millisecond.
pub fn writable(samples: &[Asked]) -> Vec<(u64, u64)> {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    let mut goes_on = false;
    for sample in samples {
        if sample.writable {
            match runs.last_mut() {
                Some(run) if goes_on => run.1 = run.1.max(sample.asked),
                _ => runs.push((sample.answered, sample.answered + 1)),
            }
        }
        goes_on = sample.writable;
    }
    runs
}

/// How long at least two members took writes at the same time, in milliseconds.
pub fn overlap(members: &[Vec<(u64, u64)>]) -> u64 {
    let mut edges: Vec<(u64, i32)> = members
        .iter()
        .flatten()
        .flat_map(|(from, until)| [(*from, 1), (*until, -1)])
        .collect();
    edges.sort_unstable(); // of the same moment, ends come before beginnings
    let (mut open, mut since, mut total) = (0, 0, 0);
    for (at, step) in edges {
        if open > 1 {
            total += at - since;
        }
        open += step;
        since = at;
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_values() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }

    #[test]
    fn shares_of_values() {
        let ten: Vec<f64> = (1..=10).rev().map(f64::from).collect();
        assert_eq!(percentile(&[], 50.0), None);
        assert_eq!(percentile(&ten, 50.0), Some(5.0));
        assert_eq!(percentile(&ten, 95.0), Some(10.0));
        assert_eq!(percentile(&ten, 0.0), Some(1.0));
        assert_eq!(worst(&ten), Some(10.0));
    }

    #[test]
    fn a_gap_begins_with_the_last_answer_before_the_fault() {
        let answers = [0, 500, 1000, 1020, 3020, 3040];
        assert_eq!(longest_gap(&answers, 1030, 3060), 2000);
        // The half second before is none of the fault's.
        assert_eq!(longest_gap(&[0, 500, 520, 540], 525, 560), 20);
    }

    #[test]
    fn a_client_that_never_goes_on_has_a_gap_to_the_end() {
        assert_eq!(longest_gap(&[10, 20], 30, 5020), 5000);
        assert_eq!(longest_gap(&[], 30, 5030), 5000);
    }

    #[test]
    fn the_worst_client_counts() {
        let clients = [vec![0, 20, 40, 60], vec![0, 20, 900, 920]];
        assert_eq!(worst_gap(&clients, 25, 930), Some(880));
        assert_eq!(worst_gap(&[], 0, 10), None);
    }

    fn asked(asked: u64, answered: u64, writable: bool) -> Asked {
        Asked {
            asked,
            answered,
            writable,
        }
    }

    #[test]
    fn writable_from_the_first_answer_to_the_last_question() {
        let samples = [
            asked(0, 5, false),
            asked(10, 15, true),
            asked(20, 25, true),
            asked(30, 35, true),
            asked(40, 45, false),
            asked(50, 55, true),
        ];
        assert_eq!(writable(&samples), [(15, 30), (55, 56)]);
        assert_eq!(writable(&[]), []);
    }

    #[test]
    fn two_at_the_same_time() {
        assert_eq!(overlap(&[vec![(0, 10)], vec![(10, 20)]]), 0);
        assert_eq!(overlap(&[vec![(0, 12)], vec![(10, 20)]]), 2);
        assert_eq!(overlap(&[vec![(0, 100)], vec![(50, 51)]]), 1);
        // Three at once are not counted twice.
        assert_eq!(overlap(&[vec![(0, 10)], vec![(0, 10)], vec![(5, 10)]]), 10);
        assert_eq!(overlap(&[vec![(0, 10), (20, 30)]]), 0);
    }
}
