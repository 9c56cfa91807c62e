//! The in-process store: the contract of the trait `Store`, bounds, threads.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use cognito_cache::MemoryStore;
use cognito_core::Store;
use cognito_core::store::{CounterLimit, StoreKey};
use cognito_testkit::{FixedClock, conformance};

const MINUTE: Duration = Duration::from_secs(60);

fn store() -> (FixedClock, MemoryStore) {
    let clock = FixedClock::at_unix(1_800_000_000);
    let store = MemoryStore::new(Arc::new(clock.clone()));
    (clock, store)
}

fn bounded(max: usize) -> (FixedClock, MemoryStore) {
    let (clock, store) = store();
    let max = NonZeroUsize::new(max).unwrap();
    (clock, store.with_max_values(max).with_max_counters(max))
}

fn key(name: impl Into<String>) -> StoreKey {
    StoreKey::new("test", name)
}

#[tokio::test]
async fn it_keeps_the_promises_of_the_port() {
    let (clock, store) = store();
    conformance::store(&store, &clock).await;
    let (clock, store) = self::store();
    conformance::store(&Arc::new(store), &clock).await;
    let (clock, store) = self::store();
    conformance::store(&(Box::new(store) as Box<dyn Store>), &clock).await;
}

#[tokio::test]
async fn values_make_room_within_their_namespace_only() {
    let (_clock, store) = bounded(3);
    let other = StoreKey::new("other", "kept");
    store.write(&other, vec![1], MINUTE).await.unwrap();
    for number in 0..10 {
        let key = key(format!("{number}"));
        store.write(&key, vec![number], MINUTE).await.unwrap();
    }
    assert_eq!(store.len(), 4);
    assert_eq!(store.read(&other).await.unwrap(), Some(vec![1]));
    assert_eq!(store.read(&key("6")).await.unwrap(), None);
    assert_eq!(store.read(&key("9")).await.unwrap(), Some(vec![9]));
}

#[tokio::test]
async fn invented_names_evict_no_counter() {
    let (_clock, store) = bounded(10);
    let victim = key("victim");
    assert_eq!(store.add(&victim, 1, MINUTE).await.unwrap(), 1);
    for number in 0..1_000 {
        let invented = key(format!("invented {number}"));
        assert!(store.add(&invented, 1, MINUTE).await.unwrap() >= 1);
    }
    assert_eq!(store.len(), 10);
    assert_eq!(store.add(&victim, 1, MINUTE).await.unwrap(), 2);
}

#[tokio::test]
async fn full_store_goes_on_counting() {
    let (clock, store) = bounded(2);
    for name in ["a", "b"] {
        store.add(&key(name), 5, MINUTE).await.unwrap();
    }
    for sum in 1..=10 {
        assert_eq!(store.add(&key("c"), 1, MINUTE).await.unwrap(), sum);
    }
    assert_eq!(store.subtract(&key("c"), 3).await.unwrap(), 7);
    assert_eq!(store.add(&key("c"), 0, MINUTE).await.unwrap(), 7);
    assert_eq!(store.add(&key("a"), 1, MINUTE).await.unwrap(), 6);
    let limits = [
        CounterLimit::new(key("c"), 8),
        CounterLimit::new(key("d"), 1),
    ];
    let reserve = async || store.reserve(&limits, MINUTE).await.unwrap().outcome();
    assert_eq!(reserve().await, Ok(vec![8, 1]));
    assert_eq!(reserve().await, Err(0));
    assert_eq!(store.len(), 2);
    // Counts in the sketch expire after one to two times their time to live.
    clock.advance(MINUTE);
    assert_eq!(store.add(&key("a"), 1, MINUTE).await.unwrap(), 1);
    clock.advance(MINUTE);
    assert_eq!(store.add(&key("c"), 1, MINUTE).await.unwrap(), 1);
    assert_eq!(store.len(), 1);
}

#[tokio::test]
async fn counts_beyond_bound_survive_new_room() {
    let (clock, store) = bounded(1);
    store.add(&key("first"), 1, MINUTE).await.unwrap();
    clock.advance(MINUTE / 2);
    store.add(&key("second"), 4, MINUTE).await.unwrap();
    // The first counter expires, so the second could be counted exactly now. Its count must not
    // start again at zero.
    clock.advance(MINUTE / 2);
    assert_eq!(store.add(&key("second"), 1, MINUTE).await.unwrap(), 5);
    assert_eq!(store.len(), 1);
}

#[tokio::test]
async fn clear_forgets_values_and_counters() {
    let (_clock, store) = store();
    store.write(&key("a"), vec![1], MINUTE).await.unwrap();
    store.add(&key("b"), 1, MINUTE).await.unwrap();
    assert_eq!(store.len(), 2);
    store.clear();
    assert!(store.is_empty());
    assert_eq!(store.add(&key("b"), 0, MINUTE).await.unwrap(), 0);
}

#[tokio::test]
async fn nothing_that_lives_for_no_time_is_stored() {
    let (_clock, store) = store();
    store.write(&key("a"), vec![1], MINUTE).await.unwrap();
    store
        .write(&key("a"), vec![2], Duration::ZERO)
        .await
        .unwrap();
    assert_eq!(store.read(&key("a")).await.unwrap(), None);
    assert_eq!(store.add(&key("b"), 3, Duration::ZERO).await.unwrap(), 3);
    assert_eq!(store.add(&key("b"), 0, MINUTE).await.unwrap(), 0);
    assert!(store.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn additions_of_many_threads_all_count() {
    let (_clock, store) = store();
    let store = Arc::new(store);
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let mut sums = Vec::new();
                for _ in 0..1_000 {
                    sums.push(store.add(&key("n"), 1, MINUTE).await.unwrap());
                }
                sums
            })
        })
        .collect();
    let mut sums = Vec::new();
    for task in tasks {
        sums.extend(task.await.unwrap());
    }
    sums.sort_unstable();
    assert!(sums.into_iter().eq(1..=8_000));
}

#[test]
fn debug_shows_no_entries() {
    let (_clock, store) = store();
    assert!(!format!("{store:?}").contains("namespaces"));
}
