//! Documents that instances share: which are fetched, accepted, and used in an outage.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use cognito_cache::{EncryptedStore, MemoryStore, Seal, SealKey};
use cognito_core::store::StoreKey;
use cognito_core::{Error, ErrorKind, Result, Store};
use cognito_jwt::{JwksSource, Reason, SourceError, SourceErrorKind, StaticJwks};
use cognito_testkit::{FixedClock, LogCapture, TestPool};

use crate::fixture::{Answer, BACK_OFF, Fixture, HOUR, MINUTE, POOL, RENEWAL, SECOND, START};
use crate::fixture::{forged, settle, uri};

const ANSWERS: u8 = 0;
const FAILS: u8 = 1;
const PANICS: u8 = 2;

/// The server behind the store of all instances. It can be broken.
#[derive(Debug)]
struct Server {
    memory: MemoryStore,
    state: AtomicU8,
    /// The last requested name.
    name: Mutex<Option<StoreKey>>,
}

impl Server {
    fn answers(&self, key: &StoreKey) -> Result<()> {
        *self.name.lock().unwrap() = Some(key.clone());
        match self.state.load(Ordering::SeqCst) {
            ANSWERS => Ok(()),
            FAILS => Err(Error::new(ErrorKind::StoreUnavailable)),
            _ => panic!("the store panics, as the test wants"),
        }
    }
}

#[async_trait]
impl Store for Server {
    async fn read(&self, key: &StoreKey) -> Result<Option<Vec<u8>>> {
        self.answers(key)?;
        self.memory.read(key).await
    }

    async fn write(&self, key: &StoreKey, value: Vec<u8>, live: Duration) -> Result<()> {
        self.answers(key)?;
        self.memory.write(key, value, live).await
    }

    async fn delete(&self, key: &StoreKey) -> Result<()> {
        self.memory.delete(key).await
    }

    async fn add(&self, key: &StoreKey, delta: i64, live: Duration) -> Result<i64> {
        self.memory.add(key, delta, live).await
    }
}

/// An endpoint whose document has no keys.
#[derive(Debug)]
struct NoKeys;

#[async_trait]
impl JwksSource for NoKeys {
    async fn fetch(&self, _jwks_uri: &str) -> std::result::Result<Vec<u8>, SourceError> {
        Ok(br#"{"keys":[]}"#.to_vec())
    }

    fn may_be_shared(&self) -> bool {
        true
    }
}

/// Two or more instances that share documents.
struct Machines {
    first: Fixture,
    server: Arc<Server>,
}

impl Machines {
    fn new() -> Self {
        // The first fixture provides the time, the pool and the source. Its verifier is not used.
        let first = Fixture::new();
        let clock = Arc::new(first.clock.clone());
        let server = Arc::new(Server {
            memory: MemoryStore::new(clock),
            state: AtomicU8::new(ANSWERS),
            name: Mutex::default(),
        });
        Self { first, server }
    }

    fn sealed(&self, key: u8, clock: &FixedClock) -> EncryptedStore {
        let key = SealKey::new(&[key; SealKey::LEN]).unwrap();
        let seal = Seal::new(Arc::new(clock.clone()), key);
        EncryptedStore::new(Arc::clone(&self.server) as _, seal)
    }

    fn another(&self) -> Fixture {
        let store = self.sealed(1, &self.first.clock);
        self.first.beside(|builder| builder.document_store(store))
    }

    fn fetches(&self) -> usize {
        self.first.script.fetches()
    }

    fn name(&self) -> StoreKey {
        self.server.name.lock().unwrap().clone().unwrap()
    }

    /// Returns the value that the server has under the name of the document.
    async fn kept(&self) -> (StoreKey, Option<Vec<u8>>) {
        let name = self.name();
        let kept = self.server.memory.read(&name).await.unwrap();
        (name, kept)
    }

    async fn plant(&self, value: Vec<u8>) {
        let name = self.name();
        self.server.memory.write(&name, value, HOUR).await.unwrap();
    }
}

/// Returns a document as an instance shares it.
fn document(pool: &TestPool, asked_at: u64) -> Vec<u8> {
    let json = pool.jwks_json();
    [&[1][..], &asked_at.to_be_bytes(), json.as_bytes()].concat()
}

async fn comes_up(machine: &Fixture) {
    assert_eq!(machine.verify(&machine.token()).await, Ok(()));
    settle().await;
}

#[tokio::test(start_paused = true)]
async fn one_instance_fetches_for_all() {
    let machines = Machines::new();
    for _ in 0..50 {
        comes_up(&machines.another()).await;
    }
    assert_eq!(machines.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn one_instance_renews_for_all() {
    let machines = Machines::new();
    let fixtures: Vec<_> = (0..10).map(|_| machines.another()).collect();
    for fixture in &fixtures {
        comes_up(fixture).await;
    }
    for round in 2..4 {
        machines.first.clock.advance(RENEWAL);
        for fixture in &fixtures {
            fixture.hydrate().await.unwrap();
            settle().await;
            assert!(fixture.status().age < Some(SECOND), "{round}");
        }
        assert_eq!(machines.fetches(), round);
    }
}

// No caller waits for the fetch: it is made in the background.
#[cfg(feature = "http")]
#[tokio::test(start_paused = true)]
async fn shared_keys_keep_their_age() {
    let machines = Machines::new();
    comes_up(&machines.another()).await;
    machines.first.clock.advance(7 * MINUTE);
    let late = machines.another();
    comes_up(&late).await;
    assert_eq!(machines.fetches(), 1);
    assert_eq!(late.status().age, Some(7 * MINUTE));
    let due = late.status().next_refresh_in.unwrap();
    assert!(due >= MINUTE && due <= 2 * MINUTE, "{due:?}");
    // Eight to nine minutes after the fetch, the shared keys are too old to be used from the store.
    machines.first.clock.advance(2 * MINUTE);
    comes_up(&machines.another()).await;
    assert_eq!(machines.fetches(), 2);
    comes_up(&late).await;
    settle().await;
    assert_eq!(machines.fetches(), 2);
    assert_eq!(late.status().age, Some(Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn a_stored_document_hides_no_new_key() {
    let machines = Machines::new();
    comes_up(&machines.another()).await;
    let rotated = machines.first.pool.clone().rotated();
    machines.first.script.publish(&rotated);
    let new = rotated.access_token(|_| {});
    machines.first.clock.advance(MINUTE);
    // It starts with the old document, and the first token that it sees is of the new key.
    let late = machines.another();
    assert_eq!(late.verify(&new).await, Ok(()));
    assert_eq!(machines.fetches(), 2);
    settle().await;
    // The newer document is there for the next one.
    assert_eq!(machines.another().verify(&new).await, Ok(()));
    assert_eq!(machines.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn running_instance_bypasses_store_for_new_key() {
    let machines = Machines::new();
    let machine = machines.another();
    comes_up(&machine).await;
    machines.first.clock.advance(MINUTE);
    let rotated = machines.first.pool.clone().rotated();
    machines.first.script.publish(&rotated);
    let new = rotated.access_token(|_| {});
    assert_eq!(machine.verify(&new).await, Ok(()));
    assert_eq!(machines.fetches(), 2);
}

// No caller waits for the fetch: it is made in the background.
#[cfg(feature = "http")]
#[tokio::test(start_paused = true)]
async fn sync_call_bypasses_store_for_new_key() {
    let machines = Machines::new();
    comes_up(&machines.another()).await;
    let machine = machines.another();
    machine.hydrate().await.unwrap();
    let rotated = machines.first.pool.clone().rotated();
    machines.first.script.publish(&rotated);
    let new = rotated.access_token(|_| {});
    let verdict = machine.verify_sync(&new);
    assert_eq!(verdict, Err(Reason::KeysUnavailable));
    settle().await;
    assert_eq!(machine.verify_sync(&new), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn store_does_not_raise_forged_fetch_rate() {
    let machines = Machines::new();
    comes_up(&machines.another()).await;
    let machine = machines.another();
    for number in 0..100 {
        let verdict = machine.verify(&forged(&format!("a{number}"))).await;
        assert_eq!(verdict, Err(Reason::UnknownKid));
    }
    assert_eq!(machines.fetches(), 2);
    machines.first.clock.advance(10 * SECOND);
    let verdict = machine.verify(&forged("b")).await;
    assert_eq!(verdict, Err(Reason::UnknownKid));
    assert_eq!(machines.fetches(), 3);
}

#[tokio::test(start_paused = true)]
async fn planted_entry_is_ignored() {
    let evil = TestPool::new(POOL, "client1").rotated();
    let evil_token = evil.access_token(|_| {});
    let evil_document = document(&evil, START);
    let machines = Machines::new();
    comes_up(&machines.another()).await;
    let ours = machines.kept().await.1.unwrap();
    // Values that are not encrypted, changed, cut, and empty.
    let mut plants = vec![
        evil_document.clone(),
        evil.jwks_json().into_bytes(),
        Vec::new(),
    ];
    plants.push(ours[..ours.len() / 2].to_vec());
    let mut garbled = ours;
    garbled[40] ^= 1;
    plants.push(garbled);
    // Sealed with another key.
    let name = machines.kept().await.0;
    let foreign = machines.sealed(2, &machines.first.clock);
    foreign.write(&name, evil_document, HOUR).await.unwrap();
    plants.push(machines.kept().await.1.unwrap());
    for plant in plants {
        machines.plant(plant).await;
        let before = machines.fetches();
        let machine = machines.another();
        let verdict = machine.verify(&evil_token).await;
        assert_eq!(verdict, Err(Reason::UnknownKid));
        comes_up(&machine).await;
        assert_eq!(machines.fetches(), before + 1);
    }
}

#[tokio::test(start_paused = true)]
async fn sealed_invalid_entry_is_ignored() {
    let machines = Machines::new();
    comes_up(&machines.another()).await;
    let (name, _) = machines.kept().await;
    let sealed = machines.sealed(1, &machines.first.clock);
    let rotated = machines.first.pool.clone().rotated();
    let planted = rotated.access_token(|_| {});
    let newer_form = [&[2], &document(&rotated, START)[1..]].concat();
    let too_large = [document(&rotated, START), vec![b' '; 65_536]].concat();
    let bad = [
        b"no document".to_vec(),
        newer_form,
        too_large,
        [&document(&rotated, START)[..9], br#"{"keys":[]}"#].concat(),
        // The time is two minutes in the future, so no instance can have requested it.
        document(&rotated, START + 120),
    ];
    for document in bad {
        sealed.write(&name, document, HOUR).await.unwrap();
        let before = machines.fetches();
        let machine = machines.another();
        let verdict = machine.verify(&planted).await;
        assert_eq!(verdict, Err(Reason::UnknownKid));
        comes_up(&machine).await;
        assert_eq!(machines.fetches(), before + 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_document_of_another_address_is_not_taken() {
    let machines = Machines::new();
    comes_up(&machines.another()).await;
    let (_, kept) = machines.kept().await;
    let store = machines.sealed(1, &machines.first.clock);
    let elsewhere = machines.first.beside(|builder| {
        builder
            .document_store(store)
            .jwks_uri("https://elsewhere.example/jwks.json")
            .jwks_source(NoKeys)
    });
    let token = machines.first.token();
    let refused = Err(Reason::KeysUnavailable);
    assert_eq!(elsewhere.verify(&token).await, refused);
    // The value is not accepted either if an attacker moves it there.
    machines.plant(kept.unwrap()).await;
    machines.first.clock.advance(BACK_OFF);
    assert_eq!(elsewhere.verify(&token).await, refused);
}

#[tokio::test(start_paused = true)]
async fn instance_starting_in_outage_uses_shared_keys() {
    let machines = Machines::new();
    comes_up(&machines.another()).await;
    machines.first.script.answer(Answer::Failure);
    machines.first.clock.advance(23 * HOUR);
    let machine = machines.another();
    comes_up(&machine).await;
    let status = machine.status();
    assert_eq!(status.last_error, Some(SourceErrorKind::Connection));
    assert_eq!(status.age, Some(23 * HOUR));
    // An unknown key may be a new one, so the token cannot be checked.
    let verdict = machine.verify(&forged("a")).await;
    assert_eq!(verdict, Err(Reason::KeysUnavailable));
    // A day after the fetch by an instance, the keys are no longer trusted.
    machines.first.clock.advance(HOUR + SECOND);
    let token = machine.token();
    let refused = Err(Reason::KeysUnavailable);
    assert_eq!(machine.verify(&token).await, refused);
    assert_eq!(machines.another().verify(&token).await, refused);
}

#[tokio::test(start_paused = true)]
async fn outage_takes_newer_shared_keys() {
    let machines = Machines::new();
    let machine = machines.another();
    comes_up(&machine).await;
    machines.first.clock.advance(MINUTE);
    let rotated = machines.first.pool.clone().rotated();
    machines.first.script.publish(&rotated);
    let new = rotated.access_token(|_| {});
    assert_eq!(machines.another().verify(&new).await, Ok(()));
    settle().await;
    machines.first.script.answer(Answer::Failure);
    assert_eq!(machine.verify(&new).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn outage_ignores_older_shared_keys() {
    let machines = Machines::new();
    let machine = machines.another();
    comes_up(&machine).await;
    let old = machines.kept().await.1.unwrap();
    let old_token = machine.token();
    let rotated = machines.first.pool.clone().rotated();
    machines.first.script.publish(&rotated);
    machines.first.clock.advance(RENEWAL);
    machine.hydrate().await.unwrap();
    settle().await;
    machines.plant(old).await;
    machines.first.script.answer(Answer::Failure);
    machines.first.clock.advance(RENEWAL);
    machine.hydrate().await.unwrap();
    settle().await;
    assert_eq!(machine.status().age, Some(RENEWAL));
    assert!(machine.verify(&old_token).await.is_err());
    let new = rotated.access_token(|_| {});
    assert_eq!(machine.verify(&new).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn older_fetch_does_not_replace_newer() {
    let machines = Machines::new();
    comes_up(&machines.another()).await;
    let (name, _) = machines.kept().await;
    machines.first.script.hold();
    machines.first.clock.advance(RENEWAL);
    let slow = machines.another();
    let late = async {
        settle().await;
        machines.first.clock.advance(SECOND);
        let rotated = machines.first.pool.clone().rotated();
        let younger = document(&rotated, START + RENEWAL.as_secs() + 1);
        let store = machines.sealed(1, &machines.first.clock);
        store.write(&name, younger, HOUR).await.unwrap();
        let kept = machines.kept().await.1;
        machines.first.script.release();
        kept
    };
    let ((), kept) = tokio::join!(comes_up(&slow), late);
    assert_eq!(machines.fetches(), 2);
    assert!(machines.kept().await.1 == kept);
}

#[tokio::test(start_paused = true)]
async fn configured_keys_are_neither_shared_nor_replaced() {
    let machines = Machines::new();
    let given = machines.first.pool.clone().rotated();
    let pinned = || {
        let store = machines.sealed(1, &machines.first.clock);
        let source: Arc<dyn JwksSource> = Arc::new(StaticJwks::new(given.jwks_json()));
        let change = |builder: cognito_jwt::CognitoVerifierBuilder| {
            builder.document_store(store).jwks_source(source)
        };
        machines.first.beside(change)
    };
    let token = given.access_token(|_| {});
    assert_eq!(pinned().verify(&token).await, Ok(()));
    settle().await;
    let asked_for = machines.server.name.lock().unwrap().clone();
    assert!(asked_for.is_none(), "{asked_for:?}");
    comes_up(&machines.another()).await;
    let machine = pinned();
    let others = machine.token();
    assert_eq!(machine.verify(&others).await, Err(Reason::UnknownKid));
    assert_eq!(machine.verify(&token).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn failing_store_blocks_no_caller() {
    for state in [FAILS, PANICS] {
        let machines = Machines::new();
        machines.server.state.store(state, Ordering::SeqCst);
        let logs = LogCapture::start();
        for _ in 0..2 {
            comes_up(&machines.another()).await;
        }
        assert_eq!(machines.fetches(), 2);
        let text = logs.text();
        assert!(text.contains("store of the shared signing keys"), "{text}");
        drop(logs);
        machines.first.script.answer(Answer::Failure);
        let machine = machines.another();
        let verdict = machine.verify(&machine.token()).await;
        assert_eq!(verdict, Err(Reason::KeysUnavailable));
    }
}

#[tokio::test(start_paused = true)]
async fn store_sees_neither_document_nor_issuer() {
    let machines = Machines::new();
    comes_up(&machines.another()).await;
    let (name, kept) = machines.kept().await;
    assert!(!uri().contains(name.key()) && !name.key().contains(POOL));
    let kept = kept.unwrap();
    for part in [b"keys".as_slice(), POOL.as_bytes()] {
        assert!(!kept.windows(part.len()).any(|window| window == part));
    }
}
