//! The trait for revocation lists ([`RevocationList`]).

use std::fmt::Debug;
use std::num::NonZeroUsize;
use std::time::Duration;

use async_trait::async_trait;
use auto_impl::auto_impl;

use super::{Revocation, TokenIdentity};
use crate::error::Result;

/// What happens to tokens while the local view of a shared revocation list is stale. The local view
/// is this process's copy of the list. A stale view may lack recent revocations of other instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhenStale {
    /// While the view (this process's copy of the list) is stale, no token is accepted. If the view
    /// rejects a token, the service responds with status 401. For any other token, the check fails,
    /// because the token may have been revoked. The service then responds with status 503.
    FailClosed,
    /// While the view (this process's copy of the list) is stale, the tokens that it rejects are
    /// rejected, and all other tokens are accepted. Each accepted token is counted
    /// ([`Event::RevocationsStale`](crate::Event::RevocationsStale)), a warning is logged, and the
    /// status of the health report is degraded.
    FailOpen,
}

/// A list of revoked tokens.
///
/// # Custom implementations
///
/// [`revoke`](Self::revoke) returns when the revocation is in effect. If it fails, other instances
/// may still accept the tokens. [`is_revoked`](Self::is_revoked) is called for every verified
/// token. It reads the local view, which is this process's copy of the list, and does not wait.
///
/// An unexpired entry must never be evicted, because its token would be accepted again. A full list
/// may only replace entries with broader entries, which reject more tokens. It should do so for the
/// user with the most entries. An entry may be dropped when every token that it rejects has expired
/// ([`Revocation::expires_at`]) and the verifier's leeway has passed. Both the wall clock and the
/// monotonic clock must have reached that time: if the wall clock is set back, an expired token is
/// valid again.
///
/// The view of a shared list can be stale. A shared list therefore overrides these methods:
///
/// - [`check`](Self::check), which code that verifies tokens calls. It fails while the view is
///   stale ([`WhenStale::FailClosed`]).
/// - [`age`](Self::age) and [`is_fresh`](Self::is_fresh), which operators read.
/// - [`when_stale`](Self::when_stale) and [`check_with`](Self::check_with), if the list has a
///   setting for a stale view.
#[async_trait]
#[auto_impl(Arc, Box)]
pub trait RevocationList: Debug + Send + Sync + 'static {
    /// Adds a revocation to the list. The list then rejects the tokens that the revocation
    /// describes.
    ///
    /// # Errors
    ///
    /// - [`StoreUnavailable`](crate::ErrorKind::StoreUnavailable) if other instances may still
    ///   accept the tokens.
    /// - [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if an identifier is too long.
    /// - [`Misuse`](crate::ErrorKind::Misuse) if the list does not support this kind of revocation.
    async fn revoke(&self, revocation: Revocation) -> Result<()>;

    /// Returns `true` if the local view (this process's copy of the list) rejects the token. A
    /// shared list may also return `true` if its view is stale.
    fn is_revoked(&self, token: &TokenIdentity<'_>) -> bool;

    /// Returns `true` if the token is revoked. Fails if the list cannot decide this.
    ///
    /// # Errors
    ///
    /// [`StoreUnavailable`](crate::ErrorKind::StoreUnavailable) if the list is shared, and this
    /// process's copy of it is stale. Respond with status 503, not 401. The default implementation
    /// of this method never fails.
    fn check(&self, token: &TokenIdentity<'_>) -> Result<bool> {
        Ok(self.is_revoked(token))
    }

    /// Checks a token like [`check`](Self::check). If this process's copy of the list is stale,
    /// applies `when_stale` instead of the list's own setting. A list without such a setting
    /// ignores the argument.
    ///
    /// # Errors
    ///
    /// The errors of [`check`](Self::check).
    fn check_with(&self, token: &TokenIdentity<'_>, _when_stale: WhenStale) -> Result<bool> {
        self.check(token)
    }

    /// Returns the configured setting for a stale copy: what happens to tokens while this process's
    /// copy of the list is stale. [`check`](Self::check) uses this setting. Returns `None` if the
    /// list has no such setting (the default).
    ///
    /// A list that returns a setting must also implement [`check_with`](Self::check_with), which
    /// uses its argument instead of the setting.
    fn when_stale(&self) -> Option<WhenStale> {
        None
    }

    /// Returns the broader entry that has replaced this revocation in the list, or `None` if there
    /// is none. A list can replace many entries of a user with one broader entry, which rejects
    /// more tokens. A shared list then also writes the broader entry to its store, so that the
    /// revocations of one user cannot fill the store.
    fn widened(&self, _revocation: &Revocation) -> Option<Revocation> {
        None
    }

    /// Returns the number of this process's revocations that are not yet written to the shared
    /// store. They are in effect in this process only. Default: 0.
    fn pending_writes(&self) -> usize {
        0
    }

    /// Returns the time since this process last read the shared store into its copy of the list.
    /// The copy contains all revocations that were written to the store before that read. Returns
    /// `None` if the list is not shared (the default), or was not read yet.
    fn age(&self) -> Option<Duration> {
        None
    }

    /// Returns `true` if this process's copy of the list is not stale. Default: `true`, for a list
    /// that is not shared.
    fn is_fresh(&self) -> bool {
        true
    }

    /// Returns the number of unexpired entries in this process's copy of the list.
    fn len(&self) -> usize;

    /// Returns the capacity of the list, or `None` if it has no limit (the default). If the list
    /// has this number of entries, it replaces entries with broader entries, which reject more
    /// tokens.
    fn capacity(&self) -> Option<NonZeroUsize> {
        None
    }

    /// Returns the number of entries that several users share. If one of these users is revoked,
    /// such an entry can also reject tokens of the other users. A full list may store a revocation
    /// in a shared entry, so that it need not evict another revocation. Default: 0.
    fn overflowed(&self) -> usize {
        0
    }

    /// Returns `true` if the list has no unexpired entries.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
