//! Many files at a time, results in the order of the files.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use crate::failure::{Failure, Outcome};

/// Works on every item with so many threads; `take` gets the results one by one, in order.
///
/// A worker that panics gives an `internal-bug` for its item and the rest goes on. When `take` fails, no further item is
/// begun.
pub(crate) fn in_order<I: Sync, R: Send>(
    items: &[I],
    jobs: usize,
    work: impl Fn(&I) -> Outcome<R> + Sync,
    mut take: impl FnMut(&I, Outcome<R>) -> Outcome<()>,
) -> Outcome<()> {
    let guarded = |item: &I| catch_unwind(AssertUnwindSafe(|| work(item))).unwrap_or_else(|_| Err(Failure::bug()));
    if jobs <= 1 || items.len() <= 1 {
        return items.iter().try_for_each(|item| take(item, guarded(item)));
    }
    let (next, stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        // Bounded, so that results do not pile up behind a slow reader of them.
        let (sender, results) = mpsc::sync_channel(2 * jobs);
        for _ in 0..jobs.min(items.len()) {
            let (sender, next, stopped, guarded) = (sender.clone(), &next, &stopped, &guarded);
            scope.spawn(move || {
                while !stopped.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { break };
                    if sender.send((index, guarded(item))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut waiting = BTreeMap::new();
        let mut due = 0;
        let mut outcome = Ok(());
        for (index, result) in results {
            waiting.insert(index, result);
            while let Some(result) = waiting.remove(&due) {
                if outcome.is_ok() {
                    outcome = take(&items[due], result);
                    stopped.store(outcome.is_err(), Ordering::Relaxed);
                }
                due += 1;
            }
        }
        outcome
    })
}

/// How many threads: what was asked for, else one a processor; never more than there are items.
pub(crate) fn jobs(asked: Option<std::num::NonZeroUsize>, items: usize) -> usize {
    let most = asked.or_else(|| thread::available_parallelism().ok()).map_or(1, std::num::NonZeroUsize::get);
    most.min(items).clamp(1, 256)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_items() {
        let items: Vec<u64> = (0..100).collect();
        let mut seen = Vec::new();
        let work = |item: &u64| {
            std::thread::sleep(std::time::Duration::from_micros(97 * (item % 7)));
            Ok(item * 2)
        };
        in_order(&items, 4, work, |item, result| {
            assert_eq!(result.unwrap(), item * 2);
            seen.push(*item);
            Ok(())
        })
        .unwrap();
        assert_eq!(seen, items);
    }

    #[test]
    fn a_panic_is_a_bug_of_one_item_only() {
        let work = |item: &u32| if *item == 2 { panic!("planted") } else { Ok(*item) };
        let mut codes = Vec::new();
        in_order(&[1, 2, 3], 2, work, |_, result| {
            codes.push(result.map_or_else(|failure| failure.exit().code(), |_| 0));
            Ok(())
        })
        .unwrap();
        assert_eq!(codes, [0, 7, 0]);
    }

    #[test]
    fn nothing_is_begun_after_the_taker_failed() {
        let items: Vec<u32> = (0..10_000).collect();
        let begun = AtomicUsize::new(0);
        let work = |_: &u32| {
            begun.fetch_add(1, Ordering::Relaxed);
            Ok(())
        };
        let failed = in_order(&items, 2, work, |_, _| Err(Failure::new("output-stdout")));
        assert!(failed.is_err());
        assert!(begun.load(Ordering::Relaxed) < items.len());
    }
}
