//! Tokens that are refused although they are genuine and have not expired.
//!
//! Cognito's own revocation does not reach whoever verifies tokens offline: "Revoked tokens will
//! still be valid if they are verified using any JWT library" (developer guide, "Ending user
//! sessions with token revocation"). This list is the only defence.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::claims::{AccessClaims, IdClaims};
use crate::error::Result;

/// What is to be refused from now on. Never a token's text: one token has many spellings.
///
/// Times are seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Revocation {
    /// All tokens that came from one sign-in.
    #[non_exhaustive]
    Session {
        /// Their `origin_jti`.
        origin_jti: String,
        /// When the last of them will have expired, so that the entry can be dropped.
        expires_at: u64,
    },
    /// One token.
    #[non_exhaustive]
    Token {
        /// Its `jti`.
        jti: String,
        /// Its `exp`, so that the entry can be dropped.
        expires_at: u64,
    },
    /// All tokens of a user that were issued up to a moment, that second included: a sign-out
    /// everywhere, a disabled or a deleted user. A changed password revokes nothing by itself;
    /// whoever wants that signs the user out everywhere after the change.
    #[non_exhaustive]
    User {
        /// The user's `sub`.
        sub: String,
        /// Tokens with `iat` up to and including this second are refused.
        issued_until: u64,
    },
}

impl Revocation {
    /// All tokens that came from the sign-in with this `origin_jti`; the entry can be dropped at
    /// `expires_at`.
    #[must_use]
    pub fn session(origin_jti: impl Into<String>, expires_at: u64) -> Self {
        Self::Session {
            origin_jti: origin_jti.into(),
            expires_at,
        }
    }

    /// The one token with this `jti`; the entry can be dropped at `expires_at`, its `exp`.
    #[must_use]
    pub fn token(jti: impl Into<String>, expires_at: u64) -> Self {
        Self::Token {
            jti: jti.into(),
            expires_at,
        }
    }

    /// All tokens of the user with this `sub` whose `iat` is `issued_until` or earlier.
    #[must_use]
    pub fn user(sub: impl Into<String>, issued_until: u64) -> Self {
        Self::User {
            sub: sub.into(),
            issued_until,
        }
    }
}

/// What a revocation list needs to know of a token.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct TokenIdentity<'a> {
    /// `sub`
    pub sub: &'a str,
    /// `iat`
    pub iat: u64,
    /// `jti`
    pub jti: Option<&'a str>,
    /// `origin_jti`
    pub origin_jti: Option<&'a str>,
}

impl<'a> TokenIdentity<'a> {
    /// A token by its claims.
    #[must_use]
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

/// What becomes of tokens while the view of the revocations is stale: what others revoked lately may
/// not be known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhenStale {
    /// There is no verdict (503): nobody gets in with a token until the view is fresh. Tokens that are
    /// known to be revoked are refused as ever (401).
    FailClosed,
    /// Tokens are judged by what is known, and let through if that says nothing. Each is counted
    /// ([`Event::RevocationsStale`](crate::Event::RevocationsStale)), the log says so, and the health
    /// report is degraded.
    FailOpen,
}

/// Remembers what was revoked.
///
/// # Implementing your own
///
/// [`revoke`](Self::revoke) returns once the revocation holds; an error means that it may not
/// hold elsewhere, and the caller must be told. [`is_revoked`](Self::is_revoked) runs for every
/// verified token: it answers from this process's own view, without waiting. A live entry must
/// never be dropped to make room: that would let a revoked token in again. An entry may be dropped
/// once every token that it concerns has expired (24 hours at most with Cognito).
///
/// A list that others feed has a view that can fall behind. It overrides [`check`](Self::check), to
/// say so instead of guessing, and [`age`](Self::age) and [`is_fresh`](Self::is_fresh), for
/// operators. Who verifies tokens asks `check`. One that leaves the choice to its user also overrides
/// [`when_stale`](Self::when_stale) and [`check_with`](Self::check_with).
#[async_trait]
pub trait RevocationList: Debug + Send + Sync + 'static {
    /// Refuses these tokens from now on.
    async fn revoke(&self, revocation: Revocation) -> Result<()>;

    /// Whether the token is refused.
    fn is_revoked(&self, token: &TokenIdentity<'_>) -> bool;

    /// Whether the token is refused, or that this cannot be told.
    ///
    /// # Errors
    ///
    /// [`StoreUnavailable`](crate::ErrorKind::StoreUnavailable): there is no verdict, because what
    /// this process knows is too old. A 503, never a 401.
    fn check(&self, token: &TokenIdentity<'_>) -> Result<bool> {
        Ok(self.is_revoked(token))
    }

    /// The same, with another choice for when the view is stale than the list's own: for a guard that
    /// needs another. A list that gives no choice goes on as ever.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check).
    fn check_with(&self, token: &TokenIdentity<'_>, _when_stale: WhenStale) -> Result<bool> {
        self.check(token)
    }

    /// What [`check`](Self::check) does while the view is stale; `None` for a list that gives no choice,
    /// of which nobody can tell. One that says something must do as it is told in
    /// [`check_with`](Self::check_with).
    fn when_stale(&self) -> Option<WhenStale> {
        None
    }

    /// How many revocations of this process hold here only, because they could not be written to where
    /// others read them. They are written when that can be done.
    fn unwritten(&self) -> usize {
        0
    }

    /// How old the view is: it holds all that was revoked anywhere up to this long ago. `None` for
    /// a list that nobody else writes to.
    fn age(&self) -> Option<Duration> {
        None
    }

    /// Whether the view is young enough to be trusted.
    fn is_fresh(&self) -> bool {
        true
    }

    /// How many entries are live.
    fn len(&self) -> usize;

    /// Whether nothing is revoked.
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

            fn unwritten(&self) -> usize {
                (**self).unwritten()
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
    fn each_revocation_has_a_constructor() {
        assert_eq!(
            Revocation::session("o", 1),
            Revocation::Session {
                origin_jti: "o".to_owned(),
                expires_at: 1
            }
        );
        assert_eq!(
            Revocation::token("j", 2),
            Revocation::Token {
                jti: "j".to_owned(),
                expires_at: 2
            }
        );
        assert_eq!(
            Revocation::user("s", 3),
            Revocation::User {
                sub: "s".to_owned(),
                issued_until: 3
            }
        );
    }

    /// A list whose view is too old for a verdict.
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

        fn unwritten(&self) -> usize {
            3
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

    /// A list of the first version of the port.
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
    fn a_list_that_gives_no_choice_judges_as_ever() {
        for choice in [WhenStale::FailClosed, WhenStale::FailOpen] {
            for sub in ["revoked", "another"] {
                let verdict = Plain.check_with(&TokenIdentity::new(sub, 1, None, None), choice);
                assert_eq!(verdict.unwrap(), sub == "revoked");
            }
        }
        assert_eq!(Plain.when_stale(), None);
        assert_eq!(Plain.unwritten(), 0);
    }

    #[test]
    fn a_list_behind_a_pointer_does_not_lose_its_doubt() {
        let lists: [&dyn RevocationList; 3] = [&Behind, &Arc::new(Behind), &Box::new(Behind)];
        for list in lists {
            let token = TokenIdentity::new("sub", 1, None, None);
            let verdict = list.check(&token);
            assert_eq!(verdict.unwrap_err().kind(), ErrorKind::StoreUnavailable);
            assert!(!list.check_with(&token, WhenStale::FailOpen).unwrap());
            assert_eq!(list.when_stale(), Some(WhenStale::FailClosed));
            assert_eq!(list.unwritten(), 3);
            assert_eq!(list.age(), Some(Duration::from_secs(9)));
            assert!(!list.is_fresh());
        }
    }
}
