//! The conformance suites accept correct implementations and reject others.
#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too

use std::collections::{BTreeSet, HashMap};
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use cognito_core::config::{Setting, Settings};
use cognito_core::revocation::TokenIdentity;
use cognito_core::store::StoreKey;
use cognito_core::{
    Clock, ConfigSource, Event, EventSink, Result, Revocation, RevocationList, Store,
};
use cognito_testkit::{FixedClock, RecordingSink, conformance};

/// The flaw of a deliberately wrong implementation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    None,
    AddProlongs,
    CountersNeverExpire,
    EntriesNeverExpire,
    NamespacesShared,
    SubtractsBelowZero,
    ZeroCreates,
}

#[derive(Debug)]
struct MapStore {
    clock: FixedClock,
    flaw: Flaw,
    entries: Mutex<HashMap<String, (Vec<u8>, Duration)>>,
    counters: Mutex<HashMap<String, (i64, Duration)>>,
}

impl MapStore {
    fn new(clock: &FixedClock, flaw: Flaw) -> Self {
        Self {
            clock: clock.clone(),
            flaw,
            entries: Mutex::default(),
            counters: Mutex::default(),
        }
    }

    fn name(&self, key: &StoreKey) -> String {
        if self.flaw == Flaw::NamespacesShared {
            key.key().to_owned()
        } else {
            key.to_string()
        }
    }
}

#[async_trait]
impl Store for MapStore {
    async fn read(&self, key: &StoreKey) -> Result<Option<Vec<u8>>> {
        let entries = self.entries.lock().unwrap();
        let now = self.clock.monotonic();
        Ok(entries
            .get(&self.name(key))
            .filter(|(_, end)| now < *end || self.flaw == Flaw::EntriesNeverExpire)
            .map(|(value, _)| value.clone()))
    }

    async fn write(&self, key: &StoreKey, value: Vec<u8>, time_to_live: Duration) -> Result<()> {
        let end = self.clock.monotonic() + time_to_live;
        let mut entries = self.entries.lock().unwrap();
        entries.insert(self.name(key), (value, end));
        Ok(())
    }

    async fn delete(&self, key: &StoreKey) -> Result<()> {
        self.entries.lock().unwrap().remove(&self.name(key));
        self.counters.lock().unwrap().remove(&self.name(key));
        Ok(())
    }

    async fn subtract(&self, key: &StoreKey, amount: u32) -> Result<i64> {
        let there = self.add(key, 0, Duration::ZERO).await?;
        let most = match self.flaw {
            Flaw::SubtractsBelowZero => i64::MAX,
            _ => there.max(0),
        };
        let taken = most.min(amount.into());
        if there == 0 || taken == 0 {
            return Ok(there);
        }
        self.add(key, -taken, Duration::ZERO).await
    }

    async fn add(&self, key: &StoreKey, delta: i64, time_to_live: Duration) -> Result<i64> {
        let mut counters = self.counters.lock().unwrap();
        let now = self.clock.monotonic();
        let name = self.name(key);
        if self.flaw != Flaw::CountersNeverExpire {
            counters.retain(|_, (_, end)| now < *end);
        }
        if delta == 0 && self.flaw != Flaw::ZeroCreates {
            return Ok(counters.get(&name).map_or(0, |(sum, _)| *sum));
        }
        let counter = counters.entry(name).or_insert((0, now + time_to_live));
        counter.0 += delta;
        if self.flaw == Flaw::AddProlongs {
            counter.1 = now + time_to_live;
        }
        Ok(counter.0)
    }
}

/// Returns `true` if the suite panicked. The panic's message goes to the test's captured output.
fn rejects(suite: impl Future<Output = ()> + Send + 'static) -> bool {
    std::thread::spawn(|| {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(suite);
    })
    .join()
    .is_err()
}

fn store_rejected(flaw: Flaw) -> bool {
    rejects(async move {
        let clock = FixedClock::at_unix(1_800_000_000);
        conformance::store(&MapStore::new(&clock, flaw), &clock).await;
    })
}

#[test]
fn a_store_that_keeps_its_promises_passes() {
    assert!(!store_rejected(Flaw::None));
}

#[test]
fn suite_rejects_faulty_store() {
    for flaw in [
        Flaw::AddProlongs,
        Flaw::CountersNeverExpire,
        Flaw::EntriesNeverExpire,
        Flaw::NamespacesShared,
        Flaw::SubtractsBelowZero,
        Flaw::ZeroCreates,
    ] {
        assert!(store_rejected(flaw), "{flaw:?}");
    }
}

/// A list that keeps only a limited number of the newest entries.
#[derive(Debug)]
struct ShortMemory {
    entries: Mutex<Vec<Revocation>>,
    keeps: usize,
}

impl ShortMemory {
    fn new(keeps: usize) -> Self {
        Self {
            entries: Mutex::default(),
            keeps,
        }
    }
}

#[async_trait]
impl RevocationList for ShortMemory {
    async fn revoke(&self, revocation: Revocation) -> Result<()> {
        let mut entries = self.entries.lock().unwrap();
        if entries.len() == self.keeps {
            entries.remove(0);
        }
        entries.push(revocation);
        Ok(())
    }

    fn is_revoked(&self, token: &TokenIdentity<'_>) -> bool {
        let entries = self.entries.lock().unwrap();
        entries.iter().any(|entry| match entry {
            Revocation::Session { origin_jti, .. } => token.origin_jti == Some(origin_jti),
            Revocation::Token { jti, .. } => token.jti == Some(jti),
            Revocation::User {
                sub, issued_until, ..
            } => token.sub == sub && token.iat <= *issued_until,
            _ => false,
        })
    }

    fn len(&self) -> usize {
        self.entries.lock().unwrap().len()
    }
}

#[test]
fn a_revocation_list_must_not_forget() {
    assert!(!rejects(async {
        conformance::revocation_list(&ShortMemory::new(usize::MAX)).await;
    }));
    assert!(rejects(async {
        conformance::revocation_list(&ShortMemory::new(1_000)).await;
    }));
}

#[derive(Debug)]
struct OneSetting {
    places: usize,
}

#[async_trait]
impl ConfigSource for OneSetting {
    async fn load(&self) -> Result<Settings> {
        Ok(Settings::new().with(Setting::ClientId, "client1"))
    }

    fn locations(&self, _setting: Setting) -> Vec<String> {
        vec!["the cellar".to_owned(); self.places]
    }
}

#[test]
fn config_source_must_find_and_name_values() {
    let right: &[_] = &[(Setting::ClientId, "client1")];
    let cases = [
        (1, right, false),
        (0, right, true),
        (1, &[][..], true),
        (1, &[(Setting::ClientId, "client2")][..], true),
    ];
    for (places, expected, rejected) in cases {
        let suite = async move {
            conformance::config_source(&OneSetting { places }, expected).await;
        };
        assert_eq!(rejects(suite), rejected, "{places} {expected:?}");
    }
}

#[derive(Debug)]
struct PanicsOnLongWaits;

impl EventSink for PanicsOnLongWaits {
    fn record(&self, event: &Event<'_>) {
        if let Event::OperationFinished { duration, .. } = event {
            assert!(duration.as_secs() < 1_000_000);
        }
    }
}

/// A sink that stores the names of the events.
#[derive(Debug, Default)]
struct Names(Mutex<BTreeSet<&'static str>>);

impl EventSink for Names {
    fn record(&self, event: &Event<'_>) {
        self.0.lock().unwrap().insert(event.name());
    }
}

#[tokio::test]
async fn event_sink_suite_sends_every_event() {
    let sink = Names::default();
    conformance::event_sink(&sink).await;
    let sent = sink.0.into_inner().unwrap();
    assert_eq!(sent, Event::NAMES.iter().copied().collect());
}

#[test]
fn an_event_sink_must_not_panic() {
    assert!(!rejects(async {
        conformance::event_sink(&RecordingSink::new()).await;
    }));
    assert!(rejects(async {
        conformance::event_sink(&PanicsOnLongWaits).await;
    }));
}
