//! The same work in many places: bounded, each result at once to whoever looks on, and all in
//! order at the end.

use std::{collections::HashMap, future::Future, sync::Arc};

use futures::{StreamExt, stream};
use tokio::sync::Semaphore;

use crate::{
    args::Change,
    turns::{Turn, Turns},
};

/// Reads run in so many contexts at once.
pub const READS: usize = 256;

/// Runs `work` on every item, at most `limit` at a time; `seen` gets each result as it comes.
pub async fn each<I, T, F, W>(
    items: impl IntoIterator<Item = I>,
    limit: usize,
    work: W,
    mut seen: impl FnMut(&T),
) -> Vec<T>
where
    W: Fn(I) -> F,
    F: Future<Output = T>,
{
    let numbered = items.into_iter().enumerate().map(|(index, item)| {
        let result = work(item);
        async move { (index, result.await) }
    });
    let mut running = stream::iter(numbered).buffer_unordered(limit.max(1));
    let mut results = Vec::new();
    while let Some((index, result)) = running.next().await {
        seen(&result);
        results.push((index, result));
    }
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Runs changing work on every item: so many at once as the flags allow, in all and in each
/// place, other terminals' work included. An item that waits for its place holds nobody else up.
pub async fn spread<I, T, F, W>(
    items: impl IntoIterator<Item = I>,
    change: &Change,
    turns: &Turns<'_>,
    place: impl Fn(&I) -> String,
    work: W,
) -> Vec<T>
where
    W: Fn(I) -> F,
    F: Future<Output = T>,
{
    let alone = Noted {
        note: |_: &I| String::new(),
        ended: |_: &T| true,
    };
    spread_noted(items, change, turns, place, alone, work).await
}

/// What of an item's work goes on without this process.
pub struct Noted<N, E> {
    /// What it is called; empty for nothing.
    pub note: N,
    /// Whether it has ended, with this result.
    pub ended: E,
}

/// The same for work that goes on when this process is gone: other terminals count it too.
pub async fn spread_noted<I, T, F, W>(
    items: impl IntoIterator<Item = I>,
    change: &Change,
    turns: &Turns<'_>,
    place: impl Fn(&I) -> String,
    noted: Noted<impl Fn(&I) -> String, impl Fn(&T) -> bool>,
    work: W,
) -> Vec<T>
where
    W: Fn(I) -> F,
    F: Future<Output = T>,
{
    let all = Semaphore::new(change.at_once());
    let mut places: HashMap<String, Arc<Semaphore>> = HashMap::new();
    let waiting: Vec<_> = items
        .into_iter()
        .map(|item| {
            let name = place(&item);
            let here = places
                .entry(name.clone())
                .or_insert_with(|| Arc::new(Semaphore::new(change.at_once_in_one())));
            let (here, all, work, noted) = (Arc::clone(here), &all, &work, &noted);
            async move {
                let note = (noted.note)(&item);
                // Neither is ever closed.
                let _here = here.acquire().await;
                let place = format!("in {name}");
                let turn_here = turns.take(&place, change.at_once_in_one(), &note).await;
                let _one = all.acquire().await;
                let turn = turns.take("all", change.at_once(), &note).await;
                let result = work(item).await;
                if (noted.ended)(&result) {
                    [turn_here, turn].into_iter().flatten().for_each(Turn::end);
                }
                result
            }
        })
        .collect();
    futures::future::join_all(waiting).await
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        time::Duration,
    };

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn order_is_kept_and_results_come_early() {
        let mut seen = Vec::new();
        let results = each(
            [30u64, 10, 20],
            8,
            |millis| async move {
                tokio::time::sleep(Duration::from_millis(millis)).await;
                millis
            },
            |millis| seen.push(*millis),
        )
        .await;
        assert_eq!(results, [30, 10, 20]);
        assert_eq!(seen, [10, 20, 30]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_limit_holds() {
        let (now, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        each(
            0..20,
            3,
            |_| async {
                let running = now.fetch_add(1, Ordering::SeqCst) + 1;
                most.fetch_max(running, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(5)).await;
                now.fetch_sub(1, Ordering::SeqCst);
            },
            |()| (),
        )
        .await;
        assert_eq!(most.load(Ordering::SeqCst), 3);
    }

    #[tokio::test(start_paused = true)]
    async fn places_have_a_limit_of_their_own() {
        let change = Change {
            max_parallel: Some(3),
            max_per_context: Some(2),
            ..Change::plain()
        };
        let running = std::sync::Mutex::new((Vec::new(), 0, 0));
        // All of one place come first; the other does not wait for them.
        let items = ["a", "a", "a", "a", "a", "b", "b"];
        let results = spread(
            items,
            &change,
            &Turns::new(None, |_| ()),
            |place| (*place).to_owned(),
            |place| {
                let running = &running;
                async move {
                    {
                        let mut now = running.lock().expect("a lock");
                        now.0.push(place);
                        let here = now.0.iter().filter(|one| **one == place).count();
                        now.1 = now.1.max(here);
                        now.2 = now.2.max(now.0.len());
                    }
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    let mut now = running.lock().expect("a lock");
                    let at = now.0.iter().position(|one| *one == place).expect("it runs");
                    now.0.remove(at);
                    place
                }
            },
        )
        .await;
        assert_eq!(results, items);
        let (_, in_one_place, in_all) = running.into_inner().expect("a lock");
        assert_eq!((in_one_place, in_all), (2, 3));
    }
}
