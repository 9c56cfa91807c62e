//! The error of a failed verification, with its reason and the stage that failed.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use cognito_core::{Error, ErrorKind, InvalidInput};

use crate::checks::Check;
use crate::jwks::source::{SourceError, SourceErrorKind};

/// The error of a failed verification.
///
/// It contains no part of the token: no key id and no claim value. If a claim is invalid, the error
/// contains the name of the claim, which is always one of a fixed set of names.
#[derive(Clone)]
pub struct VerifyError {
    reason: Reason,
    check: Check,
    claim: Option<&'static str>,
    /// A hint for the operator. It is appended to the error message.
    advice: Option<Arc<str>>,
    retry_after: Option<Duration>,
    source: Option<Arc<SourceError>>,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $reason:ident $stage:ident $description:literal,)*) => {
        /// The reason why verification failed. The set of names is fixed in each version, so a name
        /// can be a metric label.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Reason { $($(#[$doc])* $reason,)* }

        impl Reason {
            /// All reasons why verification can fail.
            pub const ALL: &'static [Self] = &[$(Self::$reason),*];

            /// Returns the name of the reason, such as `InvalidSignature`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$reason => stringify!($reason),)* }
            }

            /// Returns the stage of verification to which the reason belongs.
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
    /// The string begins with `Bearer `: it is the value of the `Authorization` header. Pass only
    /// the token, without the prefix.
    BearerPrefix Malformed "the token begins with `Bearer `: pass only the part after it",
    /// The header has `crit` or `b64`, which require an extension. Extensions are not supported
    /// (RFC 7515 section 4.1.11, RFC 7797).
    CriticalHeader Malformed "the header requires an unsupported extension",
    /// A custom check of the application returned `false` for the token.
    CustomCheck Claims "a custom check of the application rejected the token",
    /// The actor (`act`) in the token is not an actor that the application accepts. The token is
    /// valid but insufficient: respond 403.
    Delegated Claims "the actor of the token is not allowed",
    /// A name occurs twice in the JSON object of the header or of the payload.
    DuplicateKey Malformed "a name occurs twice in the token",
    /// The token has expired (`exp`).
    Expired Claims "the token has expired",
    /// A claim is missing, has the wrong type, or has an invalid value.
    InvalidClaim Claims "a claim is missing or invalid",
    /// The token was issued to an app client that is not configured, or the claim with the client
    /// is missing.
    InvalidClient Claims "the token was issued to another client",
    /// The `iss` of the token is not an accepted issuer, or is missing. Usually the token is from
    /// another pool.
    InvalidIssuer Claims "the token was issued by another issuer",
    /// The signature is not valid for the key with the key id of the token.
    InvalidSignature Signature "the signature is wrong",
    /// The keys are unavailable (not fetched yet, or the fetch failed), so the token could not be
    /// checked. The token may be valid: respond 503, not 401.
    KeysUnavailable Keys "the keys of the pool are unavailable",
    /// The string is not a signed JWT (a JWS in compact serialization with JSON objects).
    Malformed Malformed "the token is malformed: it is not a signed JWT",
    /// The user is not in the groups that the application requires. The token is valid but
    /// insufficient: respond 403.
    MissingGroup Claims "the user is not in a required group",
    /// The header has no `kid`, or its `kid` is not a string.
    MissingKid Malformed "the header has no key id",
    /// The access token does not have the scopes that the application requires. The token is valid
    /// but insufficient: respond 403.
    MissingScope Claims "the token does not have a required scope",
    /// The token is not valid yet: `nbf` is in the future.
    NotYetValid Claims "the token is not yet valid",
    /// The revocation list is stale, so it is unknown whether the token was revoked. The token may
    /// be valid: respond 503, not 401.
    RevocationsUnavailable Revocations
        "it is unknown whether the token was revoked: the revocation list is stale",
    /// The token is on the revocation list.
    Revoked Claims "the token was revoked",
    /// The token is longer than [`MAX_TOKEN_LENGTH`](cognito_core::secret::MAX_TOKEN_LENGTH), 64
    /// KiB. For a token of an Application Load Balancer, the maximum is 16 KiB.
    TooLarge Malformed "the token is too large",
    /// The user signed in longer ago than the application allows (`auth_time`). The user must sign
    /// in again.
    TooOld Claims "the sign-in is too old, so the user must sign in again",
    /// The sign-in does not meet the required level or methods (`acr`, `amr`). The user must sign
    /// in with a stronger method.
    TooWeak Claims "the sign-in is too weak, so the user must sign in with a stronger method",
    /// The pool has no usable key with the key id of the token (`kid`). For a token of an
    /// Application Load Balancer, this error means that the `kid` has an invalid format.
    UnknownKid Signature "the pool has no key with this id",
    /// The algorithm in the header of the token (`alg`) is not supported. Cognito's tokens must
    /// have `RS256`, and tokens of an Application Load Balancer must have `ES256`.
    UnsupportedAlgorithm Malformed "the algorithm is not supported",
    /// The ID token was not issued together with the expected access token: its `at_hash` differs
    /// or is missing.
    WrongAccessToken Claims "the token was issued with another access token",
    /// The access token is not bound to the resource that the application expects (`aud`).
    WrongAudience Claims "the token is for another audience",
    /// The ID token is from another sign-in: its `nonce` differs from the expected nonce, or is
    /// missing.
    WrongNonce Claims "the token is from another sign-in",
    /// The token names a load balancer that is not configured (`signer`). This error occurs only
    /// for tokens of an Application Load Balancer.
    WrongSigner Claims "the token was signed by another load balancer",
    /// The token is not of the expected kind: for example, it is an access token, but an ID token
    /// is expected (`token_use`).
    WrongTokenUse Claims "the token is not of the expected kind, access or ID",
    /// The header has `cty` or `zip`, or its `typ` is not the `typ` of a JWT.
    WrongType Malformed "the header names another type of token",
}

/// The stage of verification that failed. Each [`Reason`] belongs to one stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Stage {
    /// A claim is not acceptable. In three cases, this is detected before the signature is
    /// verified: the issuer is wrong (the issuer selects the keys), a number in the payload is out
    /// of range, or the claim is in the header of a load balancer's token. In all other cases, the
    /// signature is valid.
    Claims,
    /// The signing keys are unavailable. The token may be valid.
    Keys,
    /// The string cannot be a token of Cognito: its format or its header is wrong.
    Malformed,
    /// The revocation list is stale, so it is unknown whether the token was revoked. The signature
    /// and the claims of the token are valid.
    Revocations,
    /// The signature is not valid for the key, or there is no key with the key id of the token.
    Signature,
}

impl VerifyError {
    pub(crate) fn new(reason: Reason) -> Self {
        Self {
            reason,
            check: Check::first_with(reason, None),
            claim: None,
            advice: None,
            retry_after: None,
            source: None,
        }
    }

    pub(crate) fn claim_at_fault(reason: Reason, claim: &'static str) -> Self {
        Self {
            check: Check::first_with(reason, Some(claim)),
            claim: Some(claim),
            ..Self::new(reason)
        }
    }

    /// Creates the error for a token whose issuer is not accepted. `advice` is the result of
    /// [`issuer_advice`].
    pub(crate) fn wrong_issuer(advice: Arc<str>) -> Self {
        Self {
            advice: Some(advice),
            ..Self::claim_at_fault(Reason::InvalidIssuer, "iss")
        }
    }

    pub(crate) fn keys_unavailable(source: Option<Arc<SourceError>>) -> Self {
        Self {
            source,
            ..Self::new(Reason::KeysUnavailable)
        }
    }

    /// Sets the check that failed. Without this call, the error contains the first check that can
    /// fail with this reason. Call this method if a later check failed.
    pub(crate) fn at(mut self, check: Check) -> Self {
        self.check = check;
        self
    }

    pub(crate) fn with_advice(mut self, advice: String) -> Self {
        self.advice = Some(advice.into());
        self
    }

    pub(crate) fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait;
        self
    }

    /// Returns the reason why verification failed. Match on the reason to handle the error.
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// Returns the stage of verification that failed.
    pub const fn stage(&self) -> Stage {
        self.reason.stage()
    }

    /// Returns the check that failed. The token has passed all checks before it, in the order of
    /// [`Check::ALL`]. For a token of an Application Load Balancer, the order differs.
    pub const fn check(&self) -> Check {
        self.check
    }

    /// Returns the name of the claim that is missing or not acceptable, such as `exp`. Returns
    /// `None` if the reason is not about one claim.
    pub const fn claim(&self) -> Option<&'static str> {
        self.claim
    }

    /// Returns the HTTP status for a response: 503 if the token could not be checked, 403 if it is
    /// valid but insufficient (actor, group or scope), otherwise 401.
    pub fn status(&self) -> u16 {
        self.kind().status()
    }

    /// Returns the time until the keys may be fetched again. Returns `None` if they may be fetched
    /// now, or if the time is unknown.
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// Returns `true` if the reason is [`Reason::KeysUnavailable`]: the token could not be checked.
    /// Respond 503, not 401.
    pub const fn is_keys_unavailable(&self) -> bool {
        matches!(self.reason, Reason::KeysUnavailable)
    }

    /// Returns why the keys could not be fetched. Returns `None` if verification failed for another
    /// reason, or if no fetch was made.
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
            Reason::TooOld | Reason::TooWeak => ErrorKind::InsufficientAuthentication,
            _ => ErrorKind::TokenInvalid,
        }
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason.description())?;
        if let Some(claim) = self.claim {
            write!(f, " ({claim})")?;
        }
        match &self.advice {
            Some(advice) => write!(f, ": {advice}"),
            None => Ok(()),
        }
    }
}

/// Returns the hint for the operator about a token whose issuer is not accepted: the accepted
/// issuers, and the methods that change them.
pub(crate) fn issuer_advice(expected: &[&str]) -> String {
    let mut named: Vec<&str> = expected.iter().copied().take(MOST_ISSUERS).collect();
    if expected.len() > MOST_ISSUERS {
        named.push("others");
    }
    format!(
        "expected {}; set another one with `issuer` of the verifier's builder or \
         `PoolConfig::with_issuer`",
        named.join(" or ")
    )
}

/// The maximum number of accepted issuers that the hint of [`issuer_advice`] lists.
const MOST_ISSUERS: usize = 3;

/// Returns the value if it is valid. Otherwise returns `None`, and stores the error in `first` if
/// no earlier error is stored. The builder returns the stored error from `build`.
pub(crate) fn keep_first_error<T>(
    value: Result<T, InvalidInput>,
    first: &mut Option<InvalidInput>,
) -> Option<T> {
    value
        .map_err(|error| {
            first.get_or_insert(error);
        })
        .ok()
}

/// Creates an error of the kind [`ErrorKind::Configuration`].
pub(crate) fn configuration(detail: impl Into<Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Configuration).with_detail(detail)
}

impl fmt::Debug for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("VerifyError");
        debug.field("reason", &self.reason);
        if let Some(claim) = self.claim {
            debug.field("claim", &claim);
        }
        if let Some(advice) = &self.advice {
            debug.field("advice", advice);
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
        let reason = error.reason.name();
        let detail = match &error.advice {
            Some(advice) => Cow::Owned(format!("{reason}: {advice}")),
            None => Cow::Borrowed(reason),
        };
        let made = Self::new(error.kind()).with_detail(detail);
        match error.retry_after {
            Some(wait) => made.with_retry_after(wait),
            None => made,
        }
        .with_source(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reason_determines_kind_and_status() {
        for &reason in Reason::ALL {
            let (kind, status) = match reason {
                Reason::Delegated | Reason::MissingGroup | Reason::MissingScope => {
                    (ErrorKind::InsufficientScope, 403)
                }
                Reason::Expired => (ErrorKind::TokenExpired, 401),
                // Only missing keys and missing revocations leave a token undecided.
                Reason::KeysUnavailable => (ErrorKind::KeysUnavailable, 503),
                Reason::RevocationsUnavailable => (ErrorKind::StoreUnavailable, 503),
                Reason::Revoked => (ErrorKind::TokenRevoked, 401),
                Reason::TooOld | Reason::TooWeak => (ErrorKind::InsufficientAuthentication, 401),
                _ => (ErrorKind::TokenInvalid, 401),
            };
            let (name, error) = (reason.name(), VerifyError::new(reason));
            let is_about_keys = reason == Reason::KeysUnavailable;
            assert_eq!(error.is_keys_unavailable(), is_about_keys, "{name}");
            assert_eq!(error.status(), status, "{name}");
            let error = Error::from(error);
            assert_eq!((error.kind(), error.status()), (kind, status), "{name}");
        }
    }

    #[test]
    fn message_is_one_clause_naming_claim() {
        let error = VerifyError::claim_at_fault(Reason::InvalidClaim, "exp");
        assert_eq!(error.to_string(), "a claim is missing or invalid (exp)");
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
