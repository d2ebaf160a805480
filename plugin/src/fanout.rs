//! The same work in many places: bounded, each result at once to whoever looks on, and all in
//! order at the end.

use std::future::Future;

use futures::{StreamExt, stream};

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
}
