//! Revocation lists. A revocation list rejects revoked tokens, even if they have not expired.

pub use cognito_cache::MemoryRevocationList;
pub use cognito_core::revocation::{RevokedSubject, TokenIdentity, WhenStale};
pub use cognito_core::{Revocation, RevocationList};
#[cfg(feature = "redis")]
pub use cognito_redis::{RedisRevocations, RedisRevocationsBuilder};
