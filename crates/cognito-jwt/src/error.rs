//! Why a token was refused, or why there is no verdict.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use cognito_core::{Error, ErrorKind};

use crate::jwks::source::{SourceError, SourceErrorKind};

/// Why there are no verified claims.
///
/// It holds nothing of the token: no text, no key id, no value of a claim. Only the name of a
/// claim, from a closed set, where a claim is at fault.
#[derive(Clone)]
pub struct VerifyError {
    reason: Reason,
    claim: Option<&'static str>,
    source: Option<Arc<SourceError>>,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $reason:ident $stage:ident $description:literal,)*) => {
        /// Why a token was refused. From a closed set, so fit for a metric label.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Reason { $($(#[$doc])* $reason,)* }

        impl Reason {
            /// All reasons.
            pub const ALL: &'static [Self] = &[$(Self::$reason),*];

            /// The name, `InvalidSignature`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$reason => stringify!($reason),)* }
            }

            /// How far the token came.
            #[must_use]
            pub const fn stage(self) -> Stage {
                match self { $(Self::$reason => Stage::$stage,)* }
            }

            const fn description(self) -> &'static str {
                match self { $(Self::$reason => $description,)* }
            }
        }
    };
}

reasons! {
    /// The text begins with `Bearer `: it is the value of the `Authorization` header, not the token.
    /// Pass only what follows.
    BearerPrefix Malformed "the text begins with `Bearer `: pass only the token that follows it",
    /// The header has `crit` or `b64`: it requires an extension, and none is supported (RFC 7515
    /// section 4.1.11, RFC 7797).
    CriticalHeader Malformed "the header demands an extension",
    /// A check of the application's own said no.
    CustomCheck Claims "a check of the application refused the token",
    /// Somebody acts for the user, whom the application does not let act (`act`). The token is good,
    /// it does not allow this: a 403.
    Delegated Claims "the token is a delegate's",
    /// A name stands twice in the header or among the claims.
    DuplicateKey Malformed "a name stands twice in the token",
    /// `exp` has passed.
    Expired Claims "the token has expired",
    /// A claim is missing, of the wrong type, or makes no sense.
    InvalidClaim Claims "a claim is missing or not acceptable",
    /// It was issued to another app client.
    InvalidClient Claims "the token was issued to another client",
    /// It was issued by another pool.
    InvalidIssuer Claims "the token was issued by another issuer",
    /// The signature is not the pool's.
    InvalidSignature Signature "the signature is wrong",
    /// The pool's keys could not be had, so there is no verdict: the token may be good. A 503, never
    /// a 401.
    KeysUnavailable Keys "the keys of the pool are unavailable",
    /// It is not a signed JWT.
    Malformed Malformed "the token is malformed",
    /// The user is not in the groups that the application demands. The token is good, it does not
    /// allow this: a 403.
    MissingGroup Claims "the user is not in a required group",
    /// The header does not name a key.
    MissingKid Malformed "the header names no key",
    /// The token does not have the scopes that the application demands. The token is good, it does
    /// not allow this: a 403.
    MissingScope Claims "the token lacks a required scope",
    /// `nbf` has not come yet.
    NotYetValid Claims "the token is not yet valid",
    /// The revocation list cannot tell, because its view is too old: the token may be good. A 503,
    /// never a 401.
    RevocationsUnavailable Revocations "whether the token was revoked cannot be told",
    /// It was revoked.
    Revoked Claims "the token was revoked",
    /// It is longer than [`MAX_TOKEN_LENGTH`](cognito_core::MAX_TOKEN_LENGTH), 64 KiB, or a load
    /// balancer's token is longer than 16 KiB.
    TooLarge Malformed "the token is too large",
    /// The sign-in, `auth_time`, is longer ago than the application allows: sign in again.
    TooOld Claims "the sign-in is too long ago",
    /// The sign-in was weaker than the application demands (`acr`, `amr`): sign in with more.
    TooWeak Claims "the sign-in was too weak",
    /// The pool has no such key.
    UnknownKid Signature "the pool has no such key",
    /// `alg` is not `RS256`, or in the token of a load balancer not `ES256`.
    UnsupportedAlgorithm Malformed "the algorithm is not supported",
    /// The ID token did not come with this access token: its `at_hash` is another one, or missing.
    WrongAccessToken Claims "the token came with another access token",
    /// The access token is bound to another resource, or to none, where the application expects
    /// one.
    WrongAudience Claims "the token is for another audience",
    /// The ID token is of another sign-in: its `nonce` is another one, or missing.
    WrongNonce Claims "the token is of another sign-in",
    /// It was signed for another load balancer than those that were named. Only of tokens of an
    /// Application Load Balancer.
    WrongSigner Claims "the token was signed for another load balancer",
    /// It is an access token where an ID token is due, or the reverse, or neither.
    WrongTokenUse Claims "the token is for another use",
    /// The header says that this is something else than a JWT, or compressed (`typ`, `cty`, `zip`).
    WrongType Malformed "the header names another type of token",
}

/// How far a token came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Stage {
    /// What the token says is not acceptable. Its signature is good, unless it is the issuer that is
    /// at fault: that tells by which key to judge.
    /// A load balancer's token may come no further than this before its signature is looked at: its
    /// header says what is expected of it.
    Claims,
    /// Not the token: the keys to judge it by are missing.
    Keys,
    /// It cannot be a token of Cognito's; no key was looked at.
    Malformed,
    /// Not the token: whether it was revoked cannot be told. All else about it is good.
    Revocations,
    /// The signature is not the pool's.
    Signature,
}

impl VerifyError {
    pub(crate) const fn new(reason: Reason) -> Self {
        Self {
            reason,
            claim: None,
            source: None,
        }
    }

    pub(crate) const fn claim_at_fault(reason: Reason, claim: &'static str) -> Self {
        Self {
            reason,
            claim: Some(claim),
            source: None,
        }
    }

    pub(crate) const fn keys_unavailable(source: Option<Arc<SourceError>>) -> Self {
        Self {
            reason: Reason::KeysUnavailable,
            claim: None,
            source,
        }
    }

    /// Why.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// How far the token came.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        self.reason.stage()
    }

    /// The name of the claim at fault, where one is: `exp`.
    #[must_use]
    pub const fn claim(&self) -> Option<&'static str> {
        self.claim
    }

    /// The status that an HTTP edge answers with: 503 if there is no verdict, 403 if the token is
    /// good and does not allow this (a delegate's, or it lacks a group or scope), else 401.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.kind().status()
    }

    /// Whether there is no verdict, because the pool's keys could not be had: a 503, never a 401.
    #[must_use]
    pub const fn is_keys_unavailable(&self) -> bool {
        matches!(self.reason, Reason::KeysUnavailable)
    }

    /// What kept the keys from coming, where that is why there is no verdict.
    pub(crate) fn source_kind(&self) -> Option<SourceErrorKind> {
        Some(self.source.as_ref()?.kind())
    }

    const fn kind(&self) -> ErrorKind {
        match self.reason {
            Reason::Expired => ErrorKind::TokenExpired,
            Reason::KeysUnavailable => ErrorKind::KeysUnavailable,
            Reason::RevocationsUnavailable => ErrorKind::StoreUnavailable,
            Reason::Delegated | Reason::MissingGroup | Reason::MissingScope => {
                ErrorKind::InsufficientScope
            }
            Reason::Revoked => ErrorKind::TokenRevoked,
            _ => ErrorKind::TokenInvalid,
        }
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason.description())?;
        match self.claim {
            Some(claim) => write!(f, " ({claim})"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("VerifyError");
        debug.field("reason", &self.reason);
        if let Some(claim) = self.claim {
            debug.field("claim", &claim);
        }
        if let Some(source) = &self.source {
            debug.field("source", source);
        }
        debug.finish()
    }
}

impl StdError for VerifyError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.source {
            Some(source) => Some(&**source),
            None => None,
        }
    }
}

impl From<VerifyError> for Error {
    fn from(error: VerifyError) -> Self {
        Self::new(error.kind())
            .with_detail(error.reason.name())
            .with_source(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_missing_keys_and_missing_revocations_are_no_verdict() {
        for &reason in Reason::ALL {
            let error = VerifyError::new(reason);
            assert_eq!(
                error.is_keys_unavailable(),
                reason == Reason::KeysUnavailable
            );
            let expected = match reason {
                Reason::KeysUnavailable | Reason::RevocationsUnavailable => 503,
                Reason::Delegated | Reason::MissingGroup | Reason::MissingScope => 403,
                _ => 401,
            };
            assert_eq!(error.status(), expected, "{}", reason.name());
            assert_eq!(Error::from(error).status(), expected, "{}", reason.name());
        }
    }

    #[test]
    fn code_decides_by_the_kind() {
        for &reason in Reason::ALL {
            let expected = match reason {
                Reason::Expired => ErrorKind::TokenExpired,
                Reason::KeysUnavailable => ErrorKind::KeysUnavailable,
                Reason::RevocationsUnavailable => ErrorKind::StoreUnavailable,
                Reason::Delegated | Reason::MissingGroup | Reason::MissingScope => {
                    ErrorKind::InsufficientScope
                }
                Reason::Revoked => ErrorKind::TokenRevoked,
                _ => ErrorKind::TokenInvalid,
            };
            let error = Error::from(VerifyError::new(reason));
            assert_eq!(error.kind(), expected, "{}", reason.name());
        }
    }

    #[test]
    fn the_text_is_one_clause_and_names_the_claim() {
        let error = VerifyError::claim_at_fault(Reason::InvalidClaim, "exp");
        assert_eq!(
            error.to_string(),
            "a claim is missing or not acceptable (exp)"
        );
        let core = Error::from(error);
        assert_eq!(core.kind(), ErrorKind::TokenInvalid);
        assert!(core.to_string().ends_with(": InvalidClaim"), "{core}");
        let source = core.source().expect("the error behind it");
        assert!(source.is::<VerifyError>());
    }

    #[test]
    fn the_readme_names_each_reason_with_its_status() {
        let table = || {
            include_str!("../README.md")
                .lines()
                .filter(|line| line.starts_with("| ") && line.ends_with(" |"))
        };
        for &reason in Reason::ALL {
            let name = format!("`{}`", reason.name());
            let status = format!("| {} |", VerifyError::new(reason).status());
            let mut rows = table().filter(|row| row.contains(&name)).peekable();
            assert!(rows.peek().is_some(), "{name} is missing");
            for row in rows {
                assert!(row.ends_with(&status), "{row}");
            }
        }
    }
}
