//! Revocation lists, which reject revoked tokens that are otherwise valid.
//!
//! A service that verifies tokens offline does not see revocations at Cognito: "Revoked tokens will
//! still be valid if they are verified using any JWT library" (developer guide, "Ending user
//! sessions with token revocation"). Only a revocation list rejects such tokens.

mod list;

use std::time::Duration;

use derive_new::new;

pub use list::{RevocationList, WhenStale};

/// The maximum lifetime of an access or ID token that an app client can configure: one day
/// ([token validity]).
///
/// [token validity]:
/// https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-with-identity-providers.html
pub const LONGEST_TOKEN_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// A revocation of tokens. It is an entry of a revocation list. It identifies tokens by their
/// claims. It does not use the encoded token, because a verifier may accept several encoded forms
/// of one token, for example with and without base64 padding.
///
/// Times are seconds since 1970-01-01T00:00:00Z by Cognito's clock, which also sets the times in
/// tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Revocation {
    /// Revokes all tokens of one sign-in.
    #[non_exhaustive]
    Session {
        /// The `origin_jti` claim, which is equal in all tokens of the sign-in.
        origin_jti: String,
        /// The time from which all revoked tokens have expired, in seconds since 1970. A revocation
        /// list may drop this entry after this time plus the leeway of the token verifier.
        expires_at: u64,
        /// The user of the sign-in, or `None` if the user is unknown.
        subject: Option<RevokedSubject>,
    },
    /// Revokes one token.
    #[non_exhaustive]
    Token {
        /// The `jti` claim of the revoked token.
        jti: String,
        /// The time at which the token expires (`exp`), in seconds since 1970. A revocation list
        /// may drop this entry after this time plus the leeway of the token verifier.
        expires_at: u64,
        /// The user of the revoked token, or `None` if the user is unknown.
        subject: Option<RevokedSubject>,
    },
    /// Revokes all tokens that were issued to a user until a certain time.
    ///
    /// Use it after a sign-out everywhere, or after a user was disabled or deleted. A password
    /// change does not revoke tokens. To revoke them after a password change, sign the user out
    /// everywhere.
    #[non_exhaustive]
    User {
        /// The user's `sub`.
        sub: String,
        /// The latest `iat` of the revoked tokens, in seconds since 1970. Tokens that were issued
        /// later are not revoked.
        issued_until: u64,
        /// The time from which all revoked tokens have expired, in seconds since 1970. A revocation
        /// list may drop this entry after this time plus the leeway of the token verifier.
        expires_at: u64,
    },
}

/// The user whose sign-in or token was revoked. With this data, a list can replace many entries of
/// one user by one [`Revocation::User`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RevokedSubject {
    /// The user's `sub`.
    pub sub: String,
    /// The time of the revocation by Cognito's clock, in seconds since 1970. No revoked token has a
    /// later `iat`. If a list replaces several entries of the user by one [`Revocation::User`], the
    /// new entry has the latest `issued_until` of the replaced entries.
    pub issued_until: u64,
}

impl Revocation {
    /// Creates a revocation of all tokens of the sign-in with this `origin_jti`. `expires_at` is
    /// the time at which the last of these tokens expires, in seconds since 1970. If the user is
    /// known, call [`of_user`](Self::of_user), so that a list can combine the entries of one user.
    pub fn session(origin_jti: impl Into<String>, expires_at: u64) -> Self {
        Self::Session {
            origin_jti: origin_jti.into(),
            expires_at,
            subject: None,
        }
    }

    /// Creates a revocation of the token with this `jti`. `expires_at` is the `exp` of the token,
    /// in seconds since 1970. If the user is known, call [`of_user`](Self::of_user), so that a list
    /// can combine the entries of one user.
    pub fn token(jti: impl Into<String>, expires_at: u64) -> Self {
        Self::Token {
            jti: jti.into(),
            expires_at,
            subject: None,
        }
    }

    /// Creates a revocation of tokens of the user with this `sub`: all tokens whose `iat` is
    /// `issued_until` or earlier (seconds since 1970). The entry expires [`LONGEST_TOKEN_LIFE`]
    /// after `issued_until`, because the lifetime of the user's tokens is unknown.
    pub fn user(sub: impl Into<String>, issued_until: u64) -> Self {
        Self::User {
            sub: sub.into(),
            issued_until,
            expires_at: issued_until.saturating_add(LONGEST_TOKEN_LIFE.as_secs()),
        }
    }

    /// Adds the user to a revocation of a session or a token. `issued_until` is the time of the
    /// revocation by Cognito's clock, in seconds since 1970. The caller must ensure that no revoked
    /// token has a later `iat`. Has no effect on a [`User`](Self::User) revocation.
    pub fn of_user(mut self, sub: impl Into<String>, issued_until: u64) -> Self {
        if let Self::Session { subject, .. } | Self::Token { subject, .. } = &mut self {
            let sub = sub.into();
            *subject = Some(RevokedSubject { sub, issued_until });
        }
        self
    }

    /// Sets the time from which all revoked tokens have expired, in seconds since 1970.
    pub const fn expiring_at(mut self, moment: u64) -> Self {
        match &mut self {
            Self::Session { expires_at, .. }
            | Self::Token { expires_at, .. }
            | Self::User { expires_at, .. } => *expires_at = moment,
        }
        self
    }

    /// Returns the time from which all revoked tokens have expired, in seconds since 1970.
    pub const fn expires_at(&self) -> u64 {
        match self {
            Self::Session { expires_at, .. }
            | Self::Token { expires_at, .. }
            | Self::User { expires_at, .. } => *expires_at,
        }
    }

    /// Returns the user's `sub` and the latest `iat` of the revoked tokens (seconds since 1970).
    /// Returns `None` if the user is unknown.
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

/// The claims by which a revocation list identifies a token.
#[derive(Clone, Copy, Debug, new)]
#[non_exhaustive]
pub struct TokenIdentity<'a> {
    /// The `sub` claim.
    pub sub: &'a str,
    /// The `iat` claim, in seconds since 1970.
    pub iat: u64,
    /// The `jti` claim, if the token has it.
    pub jti: Option<&'a str>,
    /// The `origin_jti` claim, if the token has it.
    pub origin_jti: Option<&'a str>,
}
