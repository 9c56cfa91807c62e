//! The port for revocation lists.

use std::fmt::Debug;
use std::num::NonZeroUsize;
use std::time::Duration;

use async_trait::async_trait;
use auto_impl::auto_impl;

use super::{Revocation, TokenIdentity};
use crate::error::Result;

/// What happens to tokens while the local view of a shared revocation list is stale. The local view
/// is this process's copy of the list. A stale view may not contain recent revocations of other
/// instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhenStale {
    /// Tokens that the view does not reject are not accepted (503) until the view is fresh. Tokens
    /// that it rejects are still rejected with 401.
    FailClosed,
    /// Tokens are checked against the stale view, and accepted if it has no entry for them. Each
    /// accepted token is counted ([`Event::RevocationsStale`](crate::Event::RevocationsStale)), a
    /// warning is logged, and the health report is degraded.
    FailOpen,
}

/// A list of revoked tokens.
///
/// # Implementing your own
///
/// [`revoke`](Self::revoke) returns when the revocation is in effect. If it fails, the revocation
/// may not be in effect on other instances. [`is_revoked`](Self::is_revoked) is called for every
/// verified token. It reads the local view, this process's copy of the list, and does not wait.
///
/// An unexpired entry must never be evicted, because its token would be accepted again. A full list
/// may only replace entries by broader ones, and should do so for the user with the most entries.
/// An entry may be dropped when every token that it rejects has expired
/// ([`Revocation::expires_at`]) and the verifier's leeway has passed. Both the wall clock and the
/// monotonic clock must have reached that time: if the wall clock is set back, an expired token is
/// valid again.
///
/// The view of a shared list can be stale. A shared list therefore overrides
/// [`check`](Self::check), which fails while the view is stale ([`WhenStale::FailClosed`]). It also
/// overrides [`age`](Self::age) and [`is_fresh`](Self::is_fresh), which operators read. Code that
/// verifies tokens calls `check`. If the list has a setting for a stale view, it also overrides
/// [`when_stale`](Self::when_stale) and [`check_with`](Self::check_with).
#[async_trait]
#[auto_impl(Arc, Box)]
pub trait RevocationList: Debug + Send + Sync + 'static {
    /// Rejects the tokens of this revocation from now on.
    ///
    /// # Errors
    ///
    /// [`StoreUnavailable`](crate::ErrorKind::StoreUnavailable) if the revocation may not be in
    /// effect on other instances. [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if an
    /// identifier is too long.
    async fn revoke(&self, revocation: Revocation) -> Result<()>;

    /// Returns `true` if the token is revoked.
    fn is_revoked(&self, token: &TokenIdentity<'_>) -> bool;

    /// Returns `true` if the token is revoked. Fails if that is unknown.
    ///
    /// # Errors
    ///
    /// [`StoreUnavailable`](crate::ErrorKind::StoreUnavailable) if the local view of this process
    /// is stale. Respond 503, not 401.
    fn check(&self, token: &TokenIdentity<'_>) -> Result<bool> {
        Ok(self.is_revoked(token))
    }

    /// Checks the token like [`check`](Self::check), but with this setting for a stale view in
    /// place of the list's own setting. A list that has no such setting ignores the argument.
    ///
    /// # Errors
    ///
    /// The errors of [`check`](Self::check).
    fn check_with(&self, token: &TokenIdentity<'_>, _when_stale: WhenStale) -> Result<bool> {
        self.check(token)
    }

    /// Returns the list's setting for a stale view, or `None` for a list without that setting. A
    /// list that returns a value must use the argument of [`check_with`](Self::check_with).
    fn when_stale(&self) -> Option<WhenStale> {
        None
    }

    /// Returns the broader entry that replaced this revocation, or `None`. A shared list also
    /// writes the broader entry to the store, so that the revocations of one user cannot fill the
    /// store.
    fn widened(&self, _revocation: &Revocation) -> Option<Revocation> {
        None
    }

    /// Returns the number of revocations of this process that are not yet written to the shared
    /// store. These revocations are in effect in this process only.
    fn pending_writes(&self) -> usize {
        0
    }

    /// Returns the time since the local view was last read from the shared store. The view contains
    /// all revocations that were written to the store before that read. Returns `None` if the list
    /// is not shared, or was not read yet.
    fn age(&self) -> Option<Duration> {
        None
    }

    /// Returns `true` if the local view is not stale. Default: `true`, for a list that is not
    /// shared.
    fn is_fresh(&self) -> bool {
        true
    }

    /// Returns the number of unexpired entries.
    fn len(&self) -> usize;

    /// Returns the maximum number of entries before the list replaces entries by broader ones.
    /// Returns `None` if there is no maximum.
    fn capacity(&self) -> Option<NonZeroUsize> {
        None
    }

    /// Returns the number of unexpired entries that also reject tokens of other users, because the
    /// list was full.
    fn overflowed(&self) -> usize {
        0
    }

    /// Returns `true` if the list has no entries.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
