//! A revocation list in the memory of this process.

mod entries;
mod life;
mod name;
mod overflow;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use cognito_core::revocation::{LONGEST_TOKEN_LIFE, TokenIdentity};
use cognito_core::{Clock, Error, ErrorKind, Result, Revocation, RevocationList};
use parking_lot::RwLock;

use crate::expiry::nanos;

use entries::{Entries, Entry};
use life::{Life, Now};
use name::{Claim, Names};

/// The default time for which an entry stays in the list after the `exp` of its tokens. It is the
/// maximum leeway of `CognitoVerifier`, which can accept a token for that time after its `exp`.
const LEEWAY: Duration = Duration::from_secs(5 * 60);

/// The default capacity of a [`MemoryRevocationList`]: the maximum number of its entries.
const CAPACITY: usize = 1_000_000;

/// The maximum length of an identifier in a revocation (`jti`, `origin_jti` or `sub`), in bytes.
/// Cognito's identifiers are UUIDs of 36 bytes.
const MAX_IDENTIFIER: usize = 1024;

/// The maximum number of users whose expired entries one call removes, so that no call is slow.
const SWEEP: usize = 64;

/// A [`RevocationList`] in the memory of this process.
///
/// While the list is empty, a check costs one atomic load. Otherwise a check costs a shared lock,
/// hashes of the token's identifiers and a few lookups.
///
/// An entry expires when the last token that it rejects has expired and the leeway has passed. The
/// wall clock and the monotonic clock must both have reached that time, so an entry does not expire
/// early if the wall clock is changed. The maximum lifetime of an entry is 24 hours, as for a
/// Cognito token, plus the leeway.
///
/// # Bounds
///
/// The list contains up to [`capacity`](Self::with_capacity) entries. An entry uses about 300
/// bytes, so the default of 1,000,000 entries uses about 300 MB when the list is full.
///
/// - A user has at most 32 entries for sessions and tokens. If there are more, one entry replaces
///   them and rejects all tokens issued to the user up to then. A later revocation of a session of
///   this user extends that entry to the time of the revocation. In the user's other sessions, the
///   user must refresh or sign in again. Other users are not affected. This rule requires
///   revocations that contain their user ([`Revocation::of_user`]).
/// - [`Revocation::User`] replaces the entries that it includes.
/// - If the list is full, one entry replaces the entries of the user who has the most entries, in
///   the same way.
/// - If the list is full and no user has several entries, a new entry goes into a table of fixed
///   size (a slot of 24 bytes for every four entries of the capacity, at most 24 MiB). A keyed hash
///   assigns each user to a slot of the table. A slot rejects all tokens of its users that were
///   issued up to the revocation, so a few other users must refresh once. If a revocation does not
///   contain its user, the slot rejects all tokens until the entry expires.
///   [`overflowed`](RevocationList::overflowed) returns the number of used slots.
///
/// # Security
///
/// No revoked token is accepted before its entry expires: a full list evicts no entry, and
/// [`revoke`](RevocationList::revoke) does not fail because the list is full. The list exists in
/// this process only and is lost when the process ends. Other instances, and this service after a
/// restart, accept the revoked tokens until they expire.
pub struct MemoryRevocationList {
    clock: Arc<dyn Clock>,
    capacity: NonZeroUsize,
    leeway: Duration,
    names: Names,
    /// The number of entries, plus the number of used slots of the table for new entries of a full
    /// list. It is written under the lock of `entries` and read without the lock, so that a check
    /// of an empty list takes no lock.
    stored: AtomicUsize,
    /// The monotonic time at which the next entry can expire, in nanoseconds, or `u64::MAX` if
    /// there is no entry.
    next_expiry: AtomicU64,
    entries: RwLock<Entries>,
}

impl MemoryRevocationList {
    /// Creates an empty list with a capacity of 1,000,000 entries and a leeway of 5 minutes.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            capacity: NonZeroUsize::MIN.saturating_add(CAPACITY - 1),
            leeway: LEEWAY,
            names: Names::default(),
            stored: AtomicUsize::new(0),
            next_expiry: AtomicU64::new(u64::MAX),
            entries: RwLock::default(),
        }
    }

    cognito_core::setters! {
        /// Sets the maximum number of entries. Default: 1,000,000.
        pub fn with_capacity(capacity: NonZeroUsize) { capacity = capacity }

        /// Sets how long an entry stays after the `exp` of its tokens. Default: 5 minutes, which is
        /// the maximum leeway of `CognitoVerifier`. The time must be at least the leeway of the
        /// verifier. Otherwise the verifier would accept a revoked token again.
        pub fn with_leeway(leeway: Duration) { leeway = leeway }
    }

    fn now(&self) -> Now {
        Now {
            calendar: self.clock.unix_seconds(),
            monotonic: self.clock.monotonic(),
        }
    }

    /// Returns when the entry for this revocation expires, by the wall clock and by the monotonic
    /// clock.
    ///
    /// The expiry by the monotonic clock is the current time plus a duration. This duration is the
    /// remaining lifetime of the tokens by the wall clock. If the wall clock is fast, the duration
    /// is too short.
    ///
    /// If the revocation names a user, the duration has a minimum that does not depend on the wall
    /// clock. A revocation of a user contains the latest `iat` of the revoked tokens. The minimum is
    /// the time from this `iat` to the expiry of the tokens.
    ///
    /// Returns `None` if the revocation has no user, and its tokens have expired by more than the
    /// leeway. An entry is then not needed.
    fn life(&self, revocation: &Revocation, now: Now) -> Option<Life> {
        let (longest, leeway) = (LONGEST_TOKEN_LIFE.as_secs(), self.leeway.as_secs());
        let expires_at = revocation.expires_at();
        let left = expires_at.saturating_sub(now.calendar);
        let seconds = match revocation.subject() {
            Some((_, revoked_at)) => left.max(expires_at.saturating_sub(revoked_at)),
            None if expires_at.saturating_add(leeway) <= now.calendar => return None,
            None => left,
        };
        let seconds = Duration::from_secs(seconds.min(longest));
        let calendar = expires_at.min(now.calendar.saturating_add(longest));
        let monotonic = now.monotonic.saturating_add(seconds);
        Some(Life::new(
            calendar.saturating_add(leeway),
            monotonic.saturating_add(self.leeway),
        ))
    }

    /// Updates `stored` and `next_expiry`, which are read without the lock of `entries`.
    fn publish(&self, entries: &Entries, now: Now) {
        let next = entries.first_expiry(now).map_or(u64::MAX, nanos);
        self.next_expiry.store(next, Ordering::Relaxed);
        self.stored.store(entries.len(), Ordering::Release);
    }

    /// Removes the expired entries of up to [`SWEEP`] users. Does nothing if no entry can have
    /// expired yet, or if another thread holds the lock of `entries`.
    fn sweep_if_free(&self, now: Now) {
        if nanos(now.monotonic) < self.next_expiry.load(Ordering::Relaxed) {
            return;
        }
        if let Some(mut entries) = self.entries.try_write() {
            entries.sweep(now, SWEEP);
            self.publish(&entries, now);
        }
    }
}

#[async_trait]
impl RevocationList for MemoryRevocationList {
    async fn revoke(&self, revocation: Revocation) -> Result<()> {
        let single = match &revocation {
            Revocation::Session { origin_jti, .. } => Some((Claim::OriginJti, origin_jti)),
            Revocation::Token { jti, .. } => Some((Claim::Jti, jti)),
            Revocation::User { .. } => None,
            _ => {
                return Err(Error::new(ErrorKind::Misuse)
                    .with_detail("this revocation list does not support this kind of revocation: update the crate of the list"));
            }
        };
        let user = revocation.subject();
        let ids = single.map(|(_, id)| id.as_str()).into_iter();
        if ids
            .chain(user.map(|(sub, _)| sub))
            .any(|id| id.len() > MAX_IDENTIFIER)
        {
            return Err(Error::new(ErrorKind::InvalidParameter)
                .with_detail("an identifier of a token must be at most 1024 bytes"));
        }
        let now = self.now();
        let Some(life) = self.life(&revocation, now) else {
            return Ok(());
        };
        let entry = Entry {
            single: single.map(|(claim, id)| self.names.of(claim, id)),
            user: user.map(|(sub, until)| (self.names.of(Claim::Sub, sub), until)),
            life,
        };
        let mut entries = self.entries.write();
        entries.sweep(now, SWEEP);
        if entries.len() >= self.capacity.get() {
            entries.sweep(now, usize::MAX);
        }
        entries.put(entry, now, self.capacity.get());
        self.publish(&entries, now);
        Ok(())
    }

    fn is_revoked(&self, token: &TokenIdentity<'_>) -> bool {
        if self.stored.load(Ordering::Acquire) == 0 {
            return false;
        }
        let now = self.now();
        self.sweep_if_free(now);
        self.entries.read().reject(token, &self.names, now)
    }

    fn widened(&self, revocation: &Revocation) -> Option<Revocation> {
        let (sub, _) = revocation.subject()?;
        if matches!(revocation, Revocation::User { .. }) {
            return None;
        }
        let user = self.names.of(Claim::Sub, sub);
        let until = self.entries.read().coarse(user, self.now())?;
        Some(Revocation::user(sub, until).expiring_at(revocation.expires_at()))
    }

    fn len(&self) -> usize {
        if self.stored.load(Ordering::Acquire) == 0 {
            return 0;
        }
        let now = self.now();
        let mut entries = self.entries.write();
        entries.sweep(now, usize::MAX);
        self.publish(&entries, now);
        entries.len()
    }

    fn capacity(&self) -> Option<NonZeroUsize> {
        Some(self.capacity)
    }

    fn overflowed(&self) -> usize {
        if self.stored.load(Ordering::Acquire) == 0 {
            return 0;
        }
        self.entries.read().overflowed()
    }
}

cognito_core::impl_debug!(MemoryRevocationList {
    stored,
    capacity,
    leeway
});
