//! The revocations that one process knows of.

mod entries;

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use cognito_core::{Clock, Error, ErrorKind, Result, Revocation, RevocationList, TokenIdentity};
use parking_lot::RwLock;

use entries::{Entries, Kind};

/// The longest life of an access or ID token that a user pool can be set to: one day ([token
/// validity]).
///
/// [token validity]: https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-with-identity-providers.html
const LONGEST_TOKEN_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// As far as verifiers usually forgive a clock that is slow.
const LEEWAY: Duration = Duration::from_secs(60);

/// Live entries take about 200 bytes each, so this is some 200 MB at the very worst.
const CAPACITY: usize = 1_000_000;

/// Cognito's own identifiers are UUIDs of 36 bytes.
const MAX_IDENTIFIER: usize = 1024;

/// How many expired entries one call drops.
const SWEEP: usize = 64;

/// A [`RevocationList`] in the memory of this process.
///
/// Asking whether a token is revoked costs one atomic load while the list is empty, and a shared
/// lock and up to three look-ups otherwise. An entry lives until the last token that it concerns
/// has expired, leeway included, and at most 24 hours plus leeway, whatever `exp` says: no token of
/// Cognito's lives longer. A revocation whose tokens have all expired is not stored at all.
///
/// # Security
///
/// A live entry is never dropped. When the list is full, [`revoke`](RevocationList::revoke) fails
/// with [`StoreUnavailable`](ErrorKind::StoreUnavailable), and the caller must treat the token as
/// not revoked. What is in this list is known to this process only and does not survive it.
pub struct MemoryRevocationList {
    clock: Arc<dyn Clock>,
    capacity: NonZeroUsize,
    leeway: Duration,
    /// How many entries are stored. Written under the lock, read without it.
    stored: AtomicUsize,
    /// When the first entry expires, in nanoseconds of the clock's monotonic time.
    next_expiry: AtomicU64,
    entries: RwLock<Entries>,
}

impl MemoryRevocationList {
    /// An empty list for up to 1,000,000 live entries, with 60 seconds of leeway.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            capacity: NonZeroUsize::MIN.saturating_add(CAPACITY - 1),
            leeway: LEEWAY,
            stored: AtomicUsize::new(0),
            next_expiry: AtomicU64::new(u64::MAX),
            entries: RwLock::default(),
        }
    }

    /// The same for up to so many live entries.
    #[must_use]
    pub const fn with_capacity(mut self, capacity: NonZeroUsize) -> Self {
        self.capacity = capacity;
        self
    }

    /// The same with entries that outlive their tokens' `exp` by `leeway`. It must be at least the
    /// leeway that the verifier grants to `exp`.
    #[must_use]
    pub const fn with_leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// How many live entries it holds at most.
    #[must_use]
    pub const fn capacity(&self) -> NonZeroUsize {
        self.capacity
    }

    /// Until when an entry is kept whose tokens expire at `expires_at` (Unix seconds), in the
    /// clock's monotonic time; `None` if all of them have expired already.
    fn deadline(&self, expires_at: u64, now: Duration) -> Option<Duration> {
        let until = Duration::from_secs(expires_at).saturating_add(self.leeway);
        let left = until.checked_sub(Duration::from_secs(self.clock.unix_seconds()))?;
        let longest = LONGEST_TOKEN_LIFE.saturating_add(self.leeway);
        (!left.is_zero()).then(|| now.saturating_add(left.min(longest)))
    }

    /// Says to the readers without a lock what the entries look like now.
    fn publish(&self, entries: &Entries) {
        let next = entries.first_expiry().map_or(u64::MAX, nanos);
        self.next_expiry.store(next, Ordering::Relaxed);
        self.stored.store(entries.len(), Ordering::Release);
    }

    /// Drops a few expired entries if that needs no waiting.
    fn sweep_if_free(&self, now: Duration) {
        if nanos(now) < self.next_expiry.load(Ordering::Relaxed) {
            return;
        }
        if let Some(mut entries) = self.entries.try_write() {
            entries.sweep(now, SWEEP);
            self.publish(&entries);
        }
    }
}

#[async_trait]
impl RevocationList for MemoryRevocationList {
    async fn revoke(&self, revocation: Revocation) -> Result<()> {
        let (kind, id, issued_until, expires_at) = match revocation {
            Revocation::Session {
                origin_jti,
                expires_at,
                ..
            } => (Kind::Session, origin_jti, None, expires_at),
            Revocation::Token {
                jti, expires_at, ..
            } => (Kind::Token, jti, None, expires_at),
            Revocation::User {
                sub, issued_until, ..
            } => {
                let expires_at = issued_until.saturating_add(LONGEST_TOKEN_LIFE.as_secs());
                (Kind::User, sub, Some(issued_until), expires_at)
            }
            _ => {
                return Err(Error::new(ErrorKind::Misuse)
                    .with_detail("this revocation list does not know this form of revocation"));
            }
        };
        if id.len() > MAX_IDENTIFIER {
            return Err(Error::new(ErrorKind::InvalidParameter)
                .with_detail("an identifier of a token must be at most 1024 bytes"));
        }
        let now = self.clock.monotonic();
        let Some(deadline) = self.deadline(expires_at, now) else {
            return Ok(());
        };
        let mut entries = self.entries.write();
        entries.sweep(now, SWEEP);
        if entries.len() >= self.capacity.get() {
            entries.sweep(now, usize::MAX);
        }
        let stored = entries.put(kind, &id, issued_until, deadline, self.capacity.get());
        self.publish(&entries);
        drop(entries);
        if stored {
            Ok(())
        } else {
            Err(Error::new(ErrorKind::StoreUnavailable).with_detail(format!(
                "the revocation list is full with {} live entries",
                self.capacity
            )))
        }
    }

    fn is_revoked(&self, token: &TokenIdentity<'_>) -> bool {
        if self.stored.load(Ordering::Acquire) == 0 {
            return false;
        }
        let now = self.clock.monotonic();
        self.sweep_if_free(now);
        self.entries.read().refuse(token, now)
    }

    fn len(&self) -> usize {
        if self.stored.load(Ordering::Acquire) == 0 {
            return 0;
        }
        let mut entries = self.entries.write();
        entries.sweep(self.clock.monotonic(), usize::MAX);
        self.publish(&entries);
        entries.len()
    }
}

impl fmt::Debug for MemoryRevocationList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryRevocationList")
            .field("stored", &self.stored)
            .field("capacity", &self.capacity)
            .field("leeway", &self.leeway)
            .finish_non_exhaustive()
    }
}

/// 584 years of nanoseconds fit.
fn nanos(moment: Duration) -> u64 {
    u64::try_from(moment.as_nanos()).unwrap_or(u64::MAX)
}
