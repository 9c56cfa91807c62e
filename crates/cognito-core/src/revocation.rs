//! Revocation lists, which reject tokens that are valid and not expired.
//!
//! A service that verifies tokens offline does not see revocations at Cognito: "Revoked tokens will
//! still be valid if they are verified using any JWT library" (developer guide, "Ending user
//! sessions with token revocation"). Only a revocation list rejects such tokens.

use std::fmt::Debug;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::claims::{AccessClaims, IdClaims};
use crate::error::Result;

/// The maximum lifetime of an access or ID token that an app client can configure: one day
/// ([token validity]).
///
/// [token validity]: https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-with-identity-providers.html
pub const LONGEST_TOKEN_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// A revocation of tokens. It identifies tokens by their claims and never by their encoded form,
/// because one token has many encodings.
///
/// Times are seconds since 1970-01-01T00:00:00Z by Cognito's clock, which also dates the tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Revocation {
    /// All tokens of one sign-in.
    #[non_exhaustive]
    Session {
        /// The `origin_jti` of the tokens.
        origin_jti: String,
        /// The time at which the last of these tokens expires. The entry can then be dropped.
        expires_at: u64,
        /// The user of the session, if known.
        subject: Option<RevokedSubject>,
    },
    /// One token.
    #[non_exhaustive]
    Token {
        /// The `jti` of the token.
        jti: String,
        /// The `exp` of the token. The entry can then be dropped.
        expires_at: u64,
        /// The user of the token, if known.
        subject: Option<RevokedSubject>,
    },
    /// All tokens of a user that were issued up to and including a certain second. It is for a
    /// sign-out everywhere, or for a disabled or deleted user. A password change alone revokes
    /// nothing; sign the user out everywhere after it if you want that.
    #[non_exhaustive]
    User {
        /// The user's `sub`.
        sub: String,
        /// Tokens with `iat` up to and including this second are rejected.
        issued_until: u64,
        /// The time at which the last of these tokens expires. The entry can then be dropped.
        expires_at: u64,
    },
}

/// The user of a revoked session or token. With it, a list can replace many entries of one user by
/// one [`Revocation::User`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RevokedSubject {
    /// The user's `sub`.
    pub sub: String,
    /// The second of the revocation: no revoked token has a later `iat`.
    pub issued_until: u64,
}

impl Revocation {
    /// Creates a revocation of all tokens of the sign-in with this `origin_jti`. The entry can be
    /// dropped at `expires_at`. Add [`of_user`](Self::of_user).
    pub fn session(origin_jti: impl Into<String>, expires_at: u64) -> Self {
        Self::Session {
            origin_jti: origin_jti.into(),
            expires_at,
            subject: None,
        }
    }

    /// Creates a revocation of the token with this `jti`. The entry can be dropped at `expires_at`,
    /// the token's `exp`. Add [`of_user`](Self::of_user).
    pub fn token(jti: impl Into<String>, expires_at: u64) -> Self {
        Self::Token {
            jti: jti.into(),
            expires_at,
            subject: None,
        }
    }

    /// Creates a revocation of all tokens of the user with this `sub` whose `iat` is `issued_until`
    /// or earlier. The entry can be dropped after [`LONGEST_TOKEN_LIFE`], because the lifetime of
    /// the user's tokens is unknown.
    pub fn user(sub: impl Into<String>, issued_until: u64) -> Self {
        Self::User {
            sub: sub.into(),
            issued_until,
            expires_at: issued_until.saturating_add(LONGEST_TOKEN_LIFE.as_secs()),
        }
    }

    /// Adds the user of a session or token. `issued_until` is the second of the revocation by
    /// Cognito's clock: no revoked token may have a later `iat`. A [`User`](Self::User) entry does
    /// not change.
    pub fn of_user(mut self, sub: impl Into<String>, issued_until: u64) -> Self {
        if let Self::Session { subject, .. } | Self::Token { subject, .. } = &mut self {
            let sub = sub.into();
            *subject = Some(RevokedSubject { sub, issued_until });
        }
        self
    }

    /// Sets the time at which the last revoked token expires.
    pub const fn expiring_at(mut self, moment: u64) -> Self {
        match &mut self {
            Self::Session { expires_at, .. }
            | Self::Token { expires_at, .. }
            | Self::User { expires_at, .. } => *expires_at = moment,
        }
        self
    }

    /// Returns the time at which the last revoked token expires.
    pub const fn expires_at(&self) -> u64 {
        match self {
            Self::Session { expires_at, .. }
            | Self::Token { expires_at, .. }
            | Self::User { expires_at, .. } => *expires_at,
        }
    }

    /// Returns the user's `sub` and the second of the revocation, if the entry has them.
    pub fn subject(&self) -> Option<(&str, u64)> {
        match self {
            Self::Session { subject, .. } | Self::Token { subject, .. } => subject
                .as_ref()
                .map(|subject| (subject.sub.as_str(), subject.issued_until)),
            Self::User {
                sub, issued_until, ..
            } => Some((sub, *issued_until)),
        }
    }
}

/// The claims of a token that a revocation list needs.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct TokenIdentity<'a> {
    /// The `sub` claim.
    pub sub: &'a str,
    /// The `iat` claim.
    pub iat: u64,
    /// The `jti` claim.
    pub jti: Option<&'a str>,
    /// The `origin_jti` claim.
    pub origin_jti: Option<&'a str>,
}

impl<'a> TokenIdentity<'a> {
    /// Creates it from the claims.
    pub const fn new(
        sub: &'a str,
        iat: u64,
        jti: Option<&'a str>,
        origin_jti: Option<&'a str>,
    ) -> Self {
        Self {
            sub,
            iat,
            jti,
            origin_jti,
        }
    }
}

impl<'a> From<&'a AccessClaims> for TokenIdentity<'a> {
    fn from(claims: &'a AccessClaims) -> Self {
        Self::new(
            &claims.sub,
            claims.iat,
            claims.jti.as_deref(),
            claims.origin_jti.as_deref(),
        )
    }
}

impl<'a> From<&'a IdClaims> for TokenIdentity<'a> {
    fn from(claims: &'a IdClaims) -> Self {
        Self::new(
            &claims.sub,
            claims.iat,
            claims.jti.as_deref(),
            claims.origin_jti.as_deref(),
        )
    }
}

/// What happens to tokens while the local view of the revocations is stale. A stale view may miss
/// recent revocations of other instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhenStale {
    /// Tokens are not accepted (503) until the view is fresh. Known revoked tokens are still
    /// rejected with 401.
    FailClosed,
    /// Tokens are checked against the stale view, and accepted if it has no entry. Each is counted
    /// ([`Event::RevocationsStale`](crate::Event::RevocationsStale)), a warning is logged, and the
    /// health report is degraded.
    FailOpen,
}

/// A list of revoked tokens.
///
/// # Implementing your own
///
/// [`revoke`](Self::revoke) returns when the revocation is in effect. An error means that it may
/// not be in effect on other instances; the caller must know that. [`is_revoked`](Self::is_revoked)
/// is called for every verified token: it reads the local view of this process and does not wait.
///
/// An unexpired entry must never be evicted, because its token would be accepted again. A full list
/// may only replace entries by broader ones, and should do so for the user with the most entries.
/// An entry may be dropped when every token that it rejects has expired
/// ([`Revocation::expires_at`]) and the verifier's leeway has passed. Both the wall clock and the
/// monotonic clock must have reached that time: if the wall clock is set back, an expired token is
/// valid again.
///
/// The view of a shared list can be stale. Such a list overrides [`check`](Self::check) to report
/// that, and [`age`](Self::age) and [`is_fresh`](Self::is_fresh) for operators. Code that verifies
/// tokens calls `check`. If the list has a setting for a stale view, it also overrides
/// [`when_stale`](Self::when_stale) and [`check_with`](Self::check_with).
#[async_trait]
pub trait RevocationList: Debug + Send + Sync + 'static {
    /// Rejects the tokens of this revocation from now on.
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

    /// Checks the token like [`check`](Self::check), but with this setting for a stale view instead
    /// of the list's own. A list without that setting ignores it.
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

    /// Returns the broader entry by which the list replaced this revocation, if it did. A shared
    /// list writes that entry for the other instances, so that one user cannot make the shared list
    /// grow.
    fn widened(&self, _revocation: &Revocation) -> Option<Revocation> {
        None
    }

    /// Returns the number of revocations of this process that are not yet written to the shared
    /// store. They are in effect in this process only.
    fn pending_writes(&self) -> usize {
        0
    }

    /// Returns the age of the view. The view contains all revocations that any instance made up to
    /// this long ago. Returns `None` for a list that is not shared.
    fn age(&self) -> Option<Duration> {
        None
    }

    /// Returns `true` if the view is recent enough to be used.
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

macro_rules! delegate {
    ($wrapper:ident) => {
        #[async_trait]
        impl<T: RevocationList + ?Sized> RevocationList for $wrapper<T> {
            async fn revoke(&self, revocation: Revocation) -> Result<()> {
                (**self).revoke(revocation).await
            }

            fn is_revoked(&self, token: &TokenIdentity<'_>) -> bool {
                (**self).is_revoked(token)
            }

            fn check(&self, token: &TokenIdentity<'_>) -> Result<bool> {
                (**self).check(token)
            }

            fn check_with(&self, token: &TokenIdentity<'_>, when_stale: WhenStale) -> Result<bool> {
                (**self).check_with(token, when_stale)
            }

            fn when_stale(&self) -> Option<WhenStale> {
                (**self).when_stale()
            }

            fn widened(&self, revocation: &Revocation) -> Option<Revocation> {
                (**self).widened(revocation)
            }

            fn pending_writes(&self) -> usize {
                (**self).pending_writes()
            }

            fn age(&self) -> Option<Duration> {
                (**self).age()
            }

            fn is_fresh(&self) -> bool {
                (**self).is_fresh()
            }

            fn len(&self) -> usize {
                (**self).len()
            }

            fn capacity(&self) -> Option<NonZeroUsize> {
                (**self).capacity()
            }

            fn overflowed(&self) -> usize {
                (**self).overflowed()
            }
        }
    };
}

delegate!(Arc);
delegate!(Box);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn entries_carry_user_and_expiry() {
        let session = Revocation::session("o", 1).of_user("s", 7);
        let token = Revocation::token("j", 2).of_user("s", 8);
        let user = Revocation::user("s", 3).of_user("other", 9);
        assert_eq!(session.subject(), Some(("s", 7)));
        assert_eq!(token.subject(), Some(("s", 8)));
        assert_eq!(user.subject(), Some(("s", 3)), "a user entry has its user");
        assert_eq!(Revocation::session("o", 1).subject(), None);
        assert_eq!((session.expires_at(), token.expires_at()), (1, 2));
        assert_eq!(user.expires_at(), 3 + 86_400);
        for revocation in [session, token, user] {
            assert_eq!(revocation.expiring_at(5).expires_at(), 5);
        }
    }

    /// A list whose view is stale.
    #[derive(Debug)]
    struct Behind;

    #[async_trait]
    impl RevocationList for Behind {
        async fn revoke(&self, _revocation: Revocation) -> Result<()> {
            Ok(())
        }

        fn is_revoked(&self, _token: &TokenIdentity<'_>) -> bool {
            false
        }

        fn check(&self, token: &TokenIdentity<'_>) -> Result<bool> {
            self.check_with(token, WhenStale::FailClosed)
        }

        fn check_with(&self, _token: &TokenIdentity<'_>, when_stale: WhenStale) -> Result<bool> {
            match when_stale {
                WhenStale::FailClosed => Err(ErrorKind::StoreUnavailable.into()),
                WhenStale::FailOpen => Ok(false),
            }
        }

        fn when_stale(&self) -> Option<WhenStale> {
            Some(WhenStale::FailClosed)
        }

        fn widened(&self, _revocation: &Revocation) -> Option<Revocation> {
            Some(Revocation::user("sub", 1))
        }

        fn pending_writes(&self) -> usize {
            3
        }

        fn capacity(&self) -> Option<NonZeroUsize> {
            Some(NonZeroUsize::MIN)
        }

        fn overflowed(&self) -> usize {
            2
        }

        fn age(&self) -> Option<Duration> {
            Some(Duration::from_secs(9))
        }

        fn is_fresh(&self) -> bool {
            false
        }

        fn len(&self) -> usize {
            0
        }
    }

    /// A list with only the required methods.
    #[derive(Debug)]
    struct Plain;

    #[async_trait]
    impl RevocationList for Plain {
        async fn revoke(&self, _revocation: Revocation) -> Result<()> {
            Ok(())
        }

        fn is_revoked(&self, token: &TokenIdentity<'_>) -> bool {
            token.sub == "revoked"
        }

        fn len(&self) -> usize {
            1
        }
    }

    #[test]
    fn list_without_choice_ignores_it() {
        for choice in [WhenStale::FailClosed, WhenStale::FailOpen] {
            for sub in ["revoked", "another"] {
                let result = Plain.check_with(&TokenIdentity::new(sub, 1, None, None), choice);
                assert_eq!(result.unwrap(), sub == "revoked");
            }
        }
        assert_eq!(Plain.when_stale(), None);
        assert_eq!(Plain.pending_writes(), 0);
    }

    #[test]
    fn pointers_delegate_every_method() {
        let lists: [&dyn RevocationList; 3] = [&Behind, &Arc::new(Behind), &Box::new(Behind)];
        for list in lists {
            let token = TokenIdentity::new("sub", 1, None, None);
            let result = list.check(&token);
            assert_eq!(result.unwrap_err().kind(), ErrorKind::StoreUnavailable);
            assert!(!list.check_with(&token, WhenStale::FailOpen).unwrap());
            assert_eq!(list.when_stale(), Some(WhenStale::FailClosed));
            assert_eq!(list.pending_writes(), 3);
            assert_eq!(list.capacity(), Some(NonZeroUsize::MIN));
            assert_eq!(list.overflowed(), 2);
            let widened = list.widened(&Revocation::token("j", 1));
            assert_eq!(widened, Some(Revocation::user("sub", 1)));
            assert_eq!(list.age(), Some(Duration::from_secs(9)));
            assert!(!list.is_fresh());
        }
    }
}
