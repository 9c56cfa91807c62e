//! In-process caches, counters and revocation lists. All have a maximum size, and their entries
//! expire.
//!
//! - [`TtlCache`] is a cache with a capacity and a time to live. If it is full, the least recently
//!   used entry is evicted.
//! - [`MemoryStore`] is the in-process [`Store`](cognito_core::Store), for one instance and for
//!   tests.
//! - [`MemoryRevocationList`] is the in-process [`RevocationList`](cognito_core::RevocationList).
//!   It never evicts a revocation, because the revoked token would be accepted again.
//! - [`AttemptGuard`] counts failed passwords and codes in any store, and rejects further attempts
//!   before Cognito locks the account. It does not lock out users at addresses and devices that
//!   they have signed in from.
//! - [`Seal`] encrypts and authenticates a string that an untrusted party (such as a browser)
//!   stores, with an expiry.
//! - [`EncryptedStore`] encrypts values before it writes them to another store, which need not be
//!   trusted.
//! - [`RateLimiter`] limits the rate of requests to Cognito before they are sent.
//! - [`SingleFlight`] executes concurrent calls with the same name once.
//!
//! Expiry is measured with a [`Clock`](cognito_core::Clock) and needs no background task: reads and
//! writes remove expired entries.
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
mod encrypted_store;
mod expiry;
mod keyed_hash;
mod memory_revocation_list;
mod memory_store;
mod rate_limiter;
mod seal;
mod single_flight;
mod ttl_cache;

pub use attempt::budget::{Budget, BudgetPolicy};
pub use attempt::guard::AttemptGuard;
pub use attempt::guard_builder::{AttemptGuardBuilder, StoreFailure};
pub use attempt::outcome::Attempt;
pub use attempt::policy::AttemptPolicy;
pub use attempt::subject::{AttemptSubject, CaseRule, Purpose};
pub use encrypted_store::EncryptedStore;
pub use memory_revocation_list::MemoryRevocationList;
pub use memory_store::MemoryStore;
pub use rate_limiter::{RateLimiter, RateLimiterBuilder};
pub use seal::{OpenedText, Seal, SealError, SealKey};
pub use single_flight::{CallName, SingleFlight};
pub use ttl_cache::TtlCache;

/// Compiles and runs the code of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
