//! Bounded, expiring memory: what a process remembers for a while, and never more than it may.
//!
//! - [`TtlCache`] is a cache in the usual sense: the least recently used entry makes room, and an
//!   entry that has expired is gone.
//! - [`MemoryStore`] is the in-process [`Store`](cognito_core::Store), for one machine and for
//!   tests.
//! - [`MemoryRevocationList`] is the in-process
//!   [`RevocationList`](cognito_core::RevocationList). Nothing makes room there: a revocation that
//!   were dropped would let a revoked token in again.
//! - [`AttemptGuard`] counts failed passwords and codes over any store and locks before Cognito
//!   does, and not those whom it knows.
//! - [`Seal`] keeps a text with those who may not read it, a browser say, until it expires.
//! - [`SealedStore`] seals what it keeps in another store, so that documents can be shared through a
//!   server that need not be trusted with them.
//! - [`RateLimiter`] keeps requests to a rate before they leave.
//! - [`CallsInFlight`] makes equal calls once while one of them is under way.
//!
//! What expires measures time with a [`Clock`](cognito_core::Clock) and needs no background task:
//! expired entries leave in small portions whenever something is read or written.
//!
//! ```
//! use std::num::NonZeroUsize;
//! use std::sync::Arc;
//! use std::time::Duration;
//!
//! use cognito_cache::TtlCache;
//! use cognito_core::SystemClock;
//!
//! let cache = TtlCache::new(
//!     NonZeroUsize::MIN.saturating_add(999),
//!     Duration::from_secs(600),
//!     Arc::new(SystemClock::new()),
//! );
//! cache.insert("key", 1);
//! assert_eq!(cache.get("key"), Some(1));
//! ```

mod attempt;
mod calls_in_flight;
mod expiry;
mod memory_revocation_list;
mod memory_store;
mod rate_limiter;
mod seal;
mod sealed_store;
mod ttl_cache;

pub use attempt::budget::{Budget, BudgetPolicy};
pub use attempt::guard::AttemptGuard;
pub use attempt::guard_builder::{AttemptGuardBuilder, StoreFailure};
pub use attempt::policy::AttemptPolicy;
pub use attempt::subject::{AttemptSubject, CaseRule, Purpose};
pub use attempt::verdict::Attempt;
pub use calls_in_flight::{CallName, CallsInFlight};
pub use memory_revocation_list::MemoryRevocationList;
pub use memory_store::MemoryStore;
pub use rate_limiter::{RateLimiter, RateLimiterBuilder};
pub use seal::{OpenedText, Seal, SealError, SealKey};
pub use sealed_store::SealedStore;
pub use ttl_cache::TtlCache;
