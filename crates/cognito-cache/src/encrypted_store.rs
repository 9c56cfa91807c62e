//! A store that encrypts its values before it writes them to another store.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cognito_core::store::{ConfidentialStore, CounterLimit, Reservation, StoreKey};
use cognito_core::{Result, Store};
use parking_lot::Mutex;
use zeroize::Zeroizing;

use crate::seal::{Seal, SealError};

/// A part of the associated data of every value. If another component has sealed a string with the
/// same key, the string has other associated data and cannot be opened here.
const VALUE: &str = "store";

/// The time that is added to the lifetime of a sealed value, so that the value can be opened until
/// the store deletes it. The store may delete a value late: the clocks of instances differ, and a
/// store may round up to whole seconds.
const GRACE: Duration = Duration::from_secs(60);

/// The minimum time between two warnings about stored values that cannot be decrypted.
const QUIET: Duration = Duration::from_secs(60);

/// A [`Store`] that encrypts values and writes them to another [`Store`], such as a shared server
/// that is not trusted.
///
/// A [`Seal`] encrypts each value with AES-256-GCM. The namespace and the key of an entry are
/// associated data, so a value that was copied to another entry is rejected. All instances must use
/// the same seal key.
///
/// A value that cannot be opened is treated as absent, and a warning is logged at most once a
/// minute. Such a value was sealed with another seal key, changed, copied from another entry, or
/// restored after its expiry. Encryption makes each value 37 bytes longer.
///
/// ```
/// # fn example(store: std::sync::Arc<dyn cognito_core::Store>, bytes: [u8; 32]) -> cognito_core::Result<()> {
/// use std::sync::Arc;
///
/// use cognito_cache::{Seal, SealKey, EncryptedStore};
/// use cognito_core::SystemClock;
///
/// let seal = Seal::new(Arc::new(SystemClock::new()), SealKey::new(&bytes)?);
/// let sealed = EncryptedStore::new(store, seal);
/// # drop(sealed); Ok(()) }
/// ```
///
/// # Security
///
/// An attacker who can write to the store can neither read nor create a value. The attacker can
/// remove a value, and can restore an earlier value of the same entry until a minute after its
/// expiry. Namespaces and keys of entries are not encrypted, so they must not contain secrets.
/// Counters are not encrypted either, because the store adds to them. The attacker can therefore
/// set counters.
pub struct EncryptedStore {
    store: Arc<dyn Store>,
    seal: Seal,
    warned_at: Mutex<Option<Duration>>,
}

impl EncryptedStore {
    /// Creates a store that encrypts values with `seal` and writes them to `store`.
    pub const fn new(store: Arc<dyn Store>, seal: Seal) -> Self {
        Self {
            store,
            seal,
            warned_at: Mutex::new(None),
        }
    }

    fn warn(&self, key: &StoreKey, why: SealError) {
        let now = self.seal.clock().monotonic();
        let mut warned_at = self.warned_at.lock();
        if warned_at.is_some_and(|at| now.saturating_sub(at) < QUIET) {
            return;
        }
        *warned_at = Some(now);
        drop(warned_at);
        tracing::warn!(
            namespace = key.namespace(),
            %why,
            "a value in the store cannot be decrypted; it is treated as missing"
        );
    }
}

#[async_trait]
impl Store for EncryptedStore {
    async fn read(&self, key: &StoreKey) -> Result<Option<Vec<u8>>> {
        let Some(sealed) = self.store.read(key).await? else {
            return Ok(None);
        };
        match self.seal.open_bytes(&bound_to(key), &sealed) {
            Ok(value) => Ok(Some(value.expose().to_vec())),
            Err(why) => {
                self.warn(key, why);
                Ok(None)
            }
        }
    }

    async fn write(&self, key: &StoreKey, value: Vec<u8>, time_to_live: Duration) -> Result<()> {
        let value = Zeroizing::new(value);
        let opens_for = time_to_live.saturating_add(GRACE);
        let sealed = self.seal.seal_bytes(&bound_to(key), &value, opens_for)?;
        self.store.write(key, sealed, time_to_live).await
    }

    async fn delete(&self, key: &StoreKey) -> Result<()> {
        self.store.delete(key).await
    }

    async fn add(&self, key: &StoreKey, delta: i64, time_to_live: Duration) -> Result<i64> {
        self.store.add(key, delta, time_to_live).await
    }

    async fn subtract(&self, key: &StoreKey, amount: u32) -> Result<i64> {
        self.store.subtract(key, amount).await
    }

    async fn reserve(
        &self,
        limits: &[CounterLimit],
        time_to_live: Duration,
    ) -> Result<Reservation> {
        self.store.reserve(limits, time_to_live).await
    }
}

impl ConfidentialStore for EncryptedStore {}

cognito_core::impl_debug!(EncryptedStore { store, seal });

fn bound_to(key: &StoreKey) -> [&str; 3] {
    [VALUE, key.namespace(), key.key()]
}
