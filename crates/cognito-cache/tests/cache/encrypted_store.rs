//! The sealed store: the contract of the trait `Store`, and what an attacker can do who writes to
//! the store behind it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cognito_cache::{EncryptedStore, MemoryStore, Seal, SealKey};
use cognito_core::store::{ConfidentialStore, StoreKey};
use cognito_core::{Error, ErrorKind, Result, Store};
use cognito_testkit::{FixedClock, LogCapture, conformance};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const SECRET: &[u8] = b"what only the machines may read";

struct Fixture {
    clock: FixedClock,
    /// The store as its operator sees it.
    behind: Arc<MemoryStore>,
}

impl Fixture {
    fn new() -> Self {
        let clock = FixedClock::at_unix(1_800_000_000);
        let behind = Arc::new(MemoryStore::new(Arc::new(clock.clone())));
        Self { clock, behind }
    }

    /// Returns the store of an instance with this key.
    fn machine(&self, key: u8) -> EncryptedStore {
        let key = SealKey::new(&[key; SealKey::LEN]).unwrap();
        let seal = Seal::new(Arc::new(self.clock.clone()), key);
        EncryptedStore::new(Arc::clone(&self.behind) as _, seal)
    }

    async fn sealed(&self, name: &StoreKey) -> Vec<u8> {
        self.behind.read(name).await.unwrap().unwrap()
    }

    async fn plant(&self, name: &StoreKey, value: Vec<u8>) {
        self.behind.write(name, value, HOUR).await.unwrap();
    }
}

fn name(name: &str) -> StoreKey {
    StoreKey::new("test", name)
}

#[tokio::test]
async fn it_keeps_the_promises_of_the_port() {
    let fixture = Fixture::new();
    conformance::store(&fixture.machine(1), &fixture.clock).await;
    let fixture = Fixture::new();
    conformance::store(&Arc::new(fixture.machine(1)), &fixture.clock).await;
    let fixture = Fixture::new();
    let boxed: Box<dyn ConfidentialStore> = Box::new(fixture.machine(1));
    conformance::store(&boxed, &fixture.clock).await;
}

#[tokio::test]
async fn instances_read_values_sealed_in_store() {
    let fixture = Fixture::new();
    let (one, other) = (fixture.machine(1), fixture.machine(1));
    one.write(&name("a"), SECRET.to_vec(), MINUTE)
        .await
        .unwrap();
    assert_eq!(other.read(&name("a")).await.unwrap().unwrap(), SECRET);
    let sealed = fixture.sealed(&name("a")).await;
    assert_eq!(sealed.len(), SECRET.len() + 37);
    assert!(
        !sealed
            .windows(8)
            .any(|part| SECRET.windows(8).any(|s| s == part))
    );
}

#[tokio::test]
async fn value_sealed_otherwise_is_absent() {
    // Sealed with another key, or for another name.
    let fixture = Fixture::new();
    let ours = fixture.machine(1);
    let theirs = fixture.machine(2);
    ours.write(&name("a"), SECRET.to_vec(), HOUR).await.unwrap();
    let sealed = fixture.sealed(&name("a")).await;
    let mut plants = vec![
        Vec::new(),
        vec![1],
        SECRET.to_vec(),
        vec![1; 37],
        vec![0xff; 200_000],
    ];
    plants.push(sealed[..sealed.len() - 1].to_vec());
    for bit in 0..sealed.len() * 8 {
        let mut changed = sealed.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        plants.push(changed);
    }
    for plant in plants {
        fixture.plant(&name("a"), plant).await;
        assert_eq!(ours.read(&name("a")).await.unwrap(), None);
    }
    theirs
        .write(&name("a"), SECRET.to_vec(), HOUR)
        .await
        .unwrap();
    assert_eq!(ours.read(&name("a")).await.unwrap(), None);
    // A value can be opened only under its own name.
    for elsewhere in [
        name("b"),
        StoreKey::new("other", "a"),
        StoreKey::new("testa", ""),
    ] {
        fixture.plant(&elsewhere, sealed.clone()).await;
        assert_eq!(ours.read(&elsewhere).await.unwrap(), None);
    }
    fixture.plant(&name("a"), sealed).await;
    assert_eq!(ours.read(&name("a")).await.unwrap().unwrap(), SECRET);
}

#[tokio::test]
async fn browser_seal_is_no_stored_value() {
    let fixture = Fixture::new();
    let key = SealKey::new(&[1; SealKey::LEN]).unwrap();
    let seal = Seal::new(Arc::new(fixture.clock.clone()), key);
    let text = seal
        .seal(&["challenge", "test", "a"], SECRET, HOUR)
        .unwrap();
    fixture.plant(&name("a"), text.into_bytes()).await;
    assert_eq!(fixture.machine(1).read(&name("a")).await.unwrap(), None);
}

#[tokio::test]
async fn expired_value_put_back_is_absent() {
    let fixture = Fixture::new();
    let machine = fixture.machine(1);
    machine
        .write(&name("a"), SECRET.to_vec(), MINUTE)
        .await
        .unwrap();
    let sealed = fixture.sealed(&name("a")).await;
    fixture.clock.advance(MINUTE);
    assert_eq!(machine.read(&name("a")).await.unwrap(), None);
    // Not exact to the second, because the clocks of instances differ.
    fixture.plant(&name("a"), sealed.clone()).await;
    assert!(machine.read(&name("a")).await.unwrap().is_some());
    fixture.clock.advance(MINUTE);
    fixture.plant(&name("a"), sealed).await;
    assert_eq!(machine.read(&name("a")).await.unwrap(), None);
}

#[tokio::test]
async fn unreadable_value_logs_once_a_minute() {
    // The log line shows nothing of the value.
    let fixture = Fixture::new();
    let machine = fixture.machine(1);
    let logs = LogCapture::start();
    fixture
        .plant(&name("who@example.com"), SECRET.to_vec())
        .await;
    for _ in 0..3 {
        machine.read(&name("who@example.com")).await.unwrap();
    }
    fixture.clock.advance(MINUTE);
    machine.read(&name("who@example.com")).await.unwrap();
    let text = logs.text();
    assert_eq!(text.matches("cannot be decrypted").count(), 2, "{text}");
    assert!(
        text.contains("sealed string is not valid for this key and purpose"),
        "{text}"
    );
    logs.assert_free_of(&["what only", "who@example.com"]);
}

/// An unavailable store.
#[derive(Debug)]
struct Away;

#[async_trait]
impl Store for Away {
    async fn read(&self, _key: &StoreKey) -> Result<Option<Vec<u8>>> {
        Err(Error::new(ErrorKind::StoreUnavailable))
    }

    async fn write(&self, _key: &StoreKey, _value: Vec<u8>, _live: Duration) -> Result<()> {
        Err(Error::new(ErrorKind::StoreUnavailable))
    }

    async fn delete(&self, _key: &StoreKey) -> Result<()> {
        Err(Error::new(ErrorKind::StoreUnavailable))
    }

    async fn add(&self, _key: &StoreKey, _delta: i64, _live: Duration) -> Result<i64> {
        Err(Error::new(ErrorKind::StoreUnavailable))
    }
}

#[tokio::test]
async fn unavailable_store_is_not_empty() {
    let fixture = Fixture::new();
    let key = SealKey::new(&[1; SealKey::LEN]).unwrap();
    let seal = Seal::new(Arc::new(fixture.clock.clone()), key);
    let machine = EncryptedStore::new(Arc::new(Away), seal);
    let kind = |error: Error| error.kind();
    let unavailable = ErrorKind::StoreUnavailable;
    assert_eq!(
        kind(machine.read(&name("a")).await.unwrap_err()),
        unavailable
    );
    let written = machine.write(&name("a"), vec![1], MINUTE).await;
    assert_eq!(kind(written.unwrap_err()), unavailable);
    assert_eq!(
        kind(machine.delete(&name("a")).await.unwrap_err()),
        unavailable
    );
    let added = machine.add(&name("a"), 1, MINUTE).await;
    assert_eq!(kind(added.unwrap_err()), unavailable);
}

#[test]
fn debug_shows_no_key() {
    let text = format!("{:?}", Fixture::new().machine(7));
    assert!(text.starts_with("EncryptedStore"), "{text}");
    assert!(!text.contains("7, 7"), "{text}");
}
