//! A store that keeps what it is given from those who run it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cognito_core::{CounterLimit, Reservation, Result, SealingStore, Store, StoreKey};
use parking_lot::Mutex;
use zeroize::Zeroizing;

use crate::seal::{Seal, SealError};

/// What values are bound to besides their names, so that nothing else that the key has sealed is
/// taken for one.
const VALUE: &str = "store";

/// How much longer than in the store a value opens: clocks of machines differ, and a store may count
/// parts of a second.
const GRACE: Duration = Duration::from_secs(60);

/// How long after a warning there is no other.
const QUIET: Duration = Duration::from_secs(60);

/// Seals what it keeps in another [`Store`]: a server that several machines share, say, and that need
/// not be trusted with it.
///
/// Values are sealed with AES-256-GCM by a [`Seal`], which all machines give the same key, and bound to
/// their namespace and key. A value that does not open reads as absent, and a warning is logged, once a
/// minute at most: it was sealed with another key, changed, moved here from another name, or put back
/// after its time was over. A sealed value is 37 bytes longer than the value.
///
/// ```
/// # fn example(store: std::sync::Arc<dyn cognito_core::Store>, bytes: [u8; 32]) -> cognito_core::Result<()> {
/// use std::sync::Arc;
///
/// use cognito_cache::{Seal, SealKey, SealedStore};
/// use cognito_core::SystemClock;
///
/// let seal = Seal::new(Arc::new(SystemClock::new()), SealKey::new(&bytes)?);
/// let sealed = SealedStore::new(store, seal);
/// # drop(sealed); Ok(()) }
/// ```
///
/// # Security
///
/// Whoever can write to the store cannot read a value or make one. They can take one away, and put one
/// back that was there under the same name before, until a minute after the time that it was written
/// for. Names are not sealed: no secret belongs into one. Nor are counters, because the store adds to
/// them itself: whoever can write to it can set them.
pub struct SealedStore {
    store: Arc<dyn Store>,
    seal: Seal,
    warned_at: Mutex<Option<Duration>>,
}

impl SealedStore {
    /// Keeps what `seal` has sealed in `store`.
    #[must_use]
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
            "a value in the store does not open, it is taken for absent"
        );
    }
}

#[async_trait]
impl Store for SealedStore {
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

impl SealingStore for SealedStore {}

impl fmt::Debug for SealedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedStore")
            .field("store", &self.store)
            .field("seal", &self.seal)
            .finish_non_exhaustive()
    }
}

fn bound_to(key: &StoreKey) -> [&str; 3] {
    [VALUE, key.namespace(), key.key()]
}
