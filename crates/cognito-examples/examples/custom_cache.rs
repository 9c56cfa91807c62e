//! A custom store, in which the attempt guard counts failed sign-ins. In this example, the store is
//! a map. In a service, it would be a server that all instances can reach.
//!
//! ```sh
//! cargo run --example custom_cache
//! ```
#![allow(clippy::print_stdout, reason = "a program that shows what it does")]

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cognito::attempt::AttemptGuard;
use cognito::clock::{Clock, SystemClock};
use cognito::store::{Store, StoreKey};
use cognito::{Cognito, Result};
use cognito_examples::{ANN, Fixture, Outcome};
use parking_lot::Mutex;

/// A store with values and counters in one map. `cognito_testkit::conformance::store` tests that it
/// meets the contract of `Store`.
#[derive(Debug)]
pub struct OneMap {
    clock: Arc<dyn Clock>,
    entries: Mutex<HashMap<StoreKey, Entry>>,
}

#[derive(Clone, Debug)]
struct Entry {
    bytes: Vec<u8>,
    counter: i64,
    end: Duration,
}

impl OneMap {
    /// Creates an empty map with this clock.
    pub fn new(clock: impl Clock) -> Self {
        Self {
            clock: Arc::new(clock),
            entries: Mutex::default(),
        }
    }

    /// Calls `work` with the entries that have not expired, under a lock.
    fn with<T>(&self, work: impl FnOnce(&mut HashMap<StoreKey, Entry>, Duration) -> T) -> T {
        let mut entries = self.entries.lock();
        let now = self.clock.monotonic();
        entries.retain(|_, entry| entry.end > now);
        work(&mut entries, now)
    }
}

#[async_trait]
impl Store for OneMap {
    async fn read(&self, key: &StoreKey) -> Result<Option<Vec<u8>>> {
        Ok(self.with(|entries, _| entries.get(key).map(|entry| entry.bytes.clone())))
    }

    async fn write(&self, key: &StoreKey, bytes: Vec<u8>, time_to_live: Duration) -> Result<()> {
        self.with(|entries, now| {
            let end = now + time_to_live;
            let entry = Entry {
                bytes,
                counter: 0,
                end,
            };
            entries.insert(key.clone(), entry);
        });
        Ok(())
    }

    async fn delete(&self, key: &StoreKey) -> Result<()> {
        self.with(|entries, _| entries.remove(key));
        Ok(())
    }

    async fn add(&self, key: &StoreKey, delta: i64, time_to_live: Duration) -> Result<i64> {
        Ok(self.with(|entries, now| {
            if delta == 0 {
                return entries.get(key).map_or(0, |entry| entry.counter);
            }
            // An existing counter keeps its expiry. Otherwise each attempt would extend it.
            let entry = entries.entry(key.clone()).or_insert_with(|| Entry {
                bytes: Vec::new(),
                counter: 0,
                end: now + time_to_live,
            });
            entry.counter += delta;
            entry.counter
        }))
    }
}

/// The client's address. In a service, use the peer address of the connection.
const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7));

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    let fixture = Fixture::start().await?;
    let store = Arc::new(OneMap::new(SystemClock::new()));
    let guard = AttemptGuard::builder(store.clone(), Arc::new(SystemClock::new()))
        .key(&[7; 32]) // use a random key that all instances share
        .build()?;
    let cognito = Cognito::builder()
        .config((*fixture.cognito().config()).clone())
        .attempt_guard(guard)
        .emulator(fixture.endpoint())
        .build()
        .await?;

    for _ in 0..4 {
        if let Err(error) = cognito
            .login(ANN, "Wrong1234!")
            .client_address(ADDRESS)
            .await
        {
            println!("{error}; wait {:?}", error.retry_after());
        }
    }
    println!(
        "{} counters in the store",
        store.with(|entries, _| entries.len())
    );
    Ok(())
}
