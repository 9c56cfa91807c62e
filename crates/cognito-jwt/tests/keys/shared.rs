//! Documents that instances share: which are fetched, accepted, and used in an outage.

mod entries;
mod outages;
mod renewals;

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use cognito_cache::{EncryptedStore, MemoryStore, Seal, SealKey};
use cognito_core::store::StoreKey;
use cognito_core::{Error, ErrorKind, Result, Store};
use cognito_jwt::{JwksSource, SourceError};
use cognito_testkit::{FixedClock, TestPool};

use crate::fixture::{Fixture, HOUR, settle};

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
struct Instances {
    first: Fixture,
    server: Arc<Server>,
}

impl Instances {
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
    async fn stored(&self) -> (StoreKey, Option<Vec<u8>>) {
        let name = self.name();
        let stored = self.server.memory.read(&name).await.unwrap();
        (name, stored)
    }

    async fn write_raw(&self, value: Vec<u8>) {
        let name = self.name();
        self.server.memory.write(&name, value, HOUR).await.unwrap();
    }
}

/// Returns a document as an instance shares it.
fn document(pool: &TestPool, asked_at: u64) -> Vec<u8> {
    let json = pool.jwks_json();
    [&[1][..], &asked_at.to_be_bytes(), json.as_bytes()].concat()
}

async fn verify_own_token(instance: &Fixture) {
    assert_eq!(instance.verify(&instance.token()).await, Ok(()));
    settle().await;
}
