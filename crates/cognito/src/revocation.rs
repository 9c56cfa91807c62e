//! Revocation lists. They reject tokens that have not expired yet.

pub use cognito_cache::MemoryRevocationList;
pub use cognito_core::revocation::{RevokedSubject, TokenIdentity, WhenStale};
pub use cognito_core::{Revocation, RevocationList};
#[cfg(feature = "redis")]
pub use cognito_redis::{RedisRevocations, RedisRevocationsBuilder};
