//! The cache compared with a simple model, and cases that the model does not cover.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use cognito_cache::TtlCache;
use cognito_testkit::FixedClock;
use proptest::prelude::*;

const TTL: Duration = Duration::from_secs(10);

fn cache<K: Clone + Eq + std::hash::Hash, V>(capacity: usize) -> (FixedClock, TtlCache<K, V>) {
    let clock = FixedClock::at_unix(1_800_000_000);
    let capacity = NonZeroUsize::new(capacity).unwrap();
    let cache = TtlCache::new(capacity, TTL, Arc::new(clock.clone()));
    (clock, cache)
}

/// Live entries, the least recently used first.
#[derive(Default)]
struct Model {
    now: Duration,
    entries: Vec<(u8, u32, Duration)>,
}

impl Model {
    fn take(&mut self, key: u8) -> Option<(u8, u32, Duration)> {
        let index = self.entries.iter().position(|entry| entry.0 == key)?;
        Some(self.entries.remove(index))
    }

    fn get(&mut self, key: u8) -> Option<u32> {
        let entry = self.take(key)?;
        self.entries.push(entry);
        Some(entry.1)
    }

    fn insert(&mut self, capacity: usize, key: u8, value: u32, ttl: Duration) -> Option<u32> {
        let previous = self.take(key).map(|entry| entry.1);
        if ttl.is_zero() {
            return previous;
        }
        if self.entries.len() == capacity {
            self.entries.remove(0);
        }
        self.entries.push((key, value, self.now + ttl));
        previous
    }

    fn advance(&mut self, by: Duration) {
        self.now += by;
        self.entries.retain(|entry| self.now < entry.2);
    }
}

#[derive(Clone, Debug)]
enum Step {
    Advance(u64),
    Clear,
    Get(u8),
    Insert(u8, u32),
    InsertFor(u8, u32, u64),
    Look,
    Remove(u8),
}

fn step() -> impl Strategy<Value = Step> {
    let key = || 0..12_u8;
    prop_oneof![
        3 => (0..6_000_u64).prop_map(Step::Advance),
        1 => Just(Step::Clear),
        8 => key().prop_map(Step::Get),
        8 => (key(), any::<u32>()).prop_map(|(key, value)| Step::Insert(key, value)),
        4 => (key(), any::<u32>(), 0..20_000_u64)
            .prop_map(|(key, value, ttl)| Step::InsertFor(key, value, ttl)),
        2 => Just(Step::Look),
        2 => key().prop_map(Step::Remove),
    ]
}

proptest! {
    #[test]
    fn it_behaves_like_the_model(
        capacity in 1..8_usize,
        steps in prop::collection::vec(step(), 1..200),
    ) {
        let (clock, cache) = cache::<u8, u32>(capacity);
        let mut model = Model::default();
        for step in steps {
            match step {
                Step::Advance(millis) => {
                    let by = Duration::from_millis(millis);
                    clock.advance(by);
                    model.advance(by);
                }
                Step::Clear => {
                    cache.clear();
                    model.entries.clear();
                }
                Step::Get(key) => prop_assert_eq!(cache.get(&key), model.get(key)),
                Step::Insert(key, value) => prop_assert_eq!(
                    cache.insert(key, value),
                    model.insert(capacity, key, value, TTL)
                ),
                Step::InsertFor(key, value, millis) => {
                    let ttl = Duration::from_millis(millis);
                    prop_assert_eq!(
                        cache.insert_for(key, value, ttl),
                        model.insert(capacity, key, value, ttl)
                    );
                }
                Step::Look => {
                    prop_assert_eq!(cache.len(), model.entries.len());
                    prop_assert_eq!(cache.is_empty(), model.entries.is_empty());
                    let values: Vec<_> =
                        model.entries.iter().rev().map(|entry| entry.1).collect();
                    prop_assert_eq!(cache.values(), values);
                }
                Step::Remove(key) => {
                    let removed = model.take(key).map(|entry| entry.1);
                    prop_assert_eq!(cache.remove(&key), removed);
                }
            }
        }
        prop_assert_eq!(cache.len(), model.entries.len());
    }
}

#[test]
fn calls_evict_expired_values_of_other_keys() {
    let (clock, cache) = cache::<u32, Arc<()>>(100);
    let value = Arc::new(());
    for key in 0..80 {
        cache.insert(key, Arc::clone(&value));
    }
    assert_eq!(Arc::strong_count(&value), 81);
    clock.advance(TTL);
    for _ in 0..20 {
        assert_eq!(cache.get(&1000), None);
    }
    assert_eq!(Arc::strong_count(&value), 1);
}

#[test]
fn dropped_value_may_use_the_cache() {
    type Shared = Arc<TtlCache<u8, Talkative>>;
    #[derive(Clone)]
    struct Talkative(Option<Shared>);
    impl Drop for Talkative {
        fn drop(&mut self) {
            if let Some(cache) = &self.0 {
                assert!(cache.len() <= 2);
            }
        }
    }
    let (clock, cache) = cache::<u8, Talkative>(2);
    let cache = Arc::new(cache);
    for key in 0..5 {
        cache.insert(key, Talkative(Some(Arc::clone(&cache))));
    }
    clock.advance(TTL);
    assert!(cache.get(&4).is_none());
    cache.insert(5, Talkative(Some(Arc::clone(&cache))));
    cache.remove(&5);
    cache.insert(6, Talkative(Some(Arc::clone(&cache))));
    cache.clear();
    assert!(cache.is_empty());
}

#[test]
fn threads_see_whole_values_and_the_bound_holds() {
    let (_clock, cache) = cache::<u32, (u32, u32)>(64);
    std::thread::scope(|scope| {
        for seed in 0..8_u32 {
            let cache = &cache;
            scope.spawn(move || {
                for round in 0..2_000_u32 {
                    let key = (round * 7 + seed) % 100;
                    cache.insert(key, (key, round));
                    if let Some((found, _)) = cache.get(&((key + 1) % 100)) {
                        assert_eq!(found, (key + 1) % 100);
                    }
                    if round % 11 == 0 {
                        cache.remove(&key);
                        assert!(cache.len() <= 64);
                    }
                }
            });
        }
    });
    assert!(cache.len() <= 64);
}

#[test]
fn debug_shows_no_entries() {
    let (_clock, cache) = cache::<&str, &str>(4);
    cache.insert("alice", "hunter2");
    let text = format!("{cache:?}");
    assert!(
        !text.contains("alice") && !text.contains("hunter2"),
        "{text}"
    );
}
