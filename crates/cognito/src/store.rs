//! Stores for values and counters that instances can share, and encryption for them.

pub use cognito_cache::{EncryptedStore, MemoryStore, Seal, SealKey};
pub use cognito_core::Store;
pub use cognito_core::store::{ConfidentialStore, CounterLimit, Reservation, StoreKey};
#[cfg(feature = "redis")]
pub use cognito_redis::{RedisConfig, RedisStore};
