//! Stores for values and counters that several instances can share, and their encryption.

pub use cognito_cache::{EncryptedStore, MemoryStore, Seal, SealKey};
pub use cognito_core::Store;
pub use cognito_core::store::{ConfidentialStore, CounterLimit, Reservation, StoreKey};
#[cfg(feature = "redis")]
pub use cognito_redis::{RedisConfig, RedisStore};
