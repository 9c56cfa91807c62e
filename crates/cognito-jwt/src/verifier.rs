//! The verifier: finds the key, and lets the pure parts decide.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use cognito_core::{AccessClaims, Clock, IdClaims, TokenVerifier, UserPoolId};
use serde_json::{Map, Value};

use crate::builder::CognitoVerifierBuilder;
use crate::check::{self, Expectations};
use crate::error::{Reason, VerifyError};
use crate::json::{self, Flaw};
use crate::jwks::cache::KeyCache;
use crate::jws::{self, Jws};
use crate::key::Key;

/// Verifies the tokens of one user pool.
///
/// Make one and keep it: it holds the pool's keys. Clones share them, and it is meant to be used
/// from many tasks at once; as long as the keys are at hand, verifying takes no lock and waits for
/// nothing.
#[derive(Clone)]
pub struct CognitoVerifier(Arc<Inner>);

struct Inner {
    expectations: Expectations,
    clock: Arc<dyn Clock>,
    keys: KeyCache,
}

impl CognitoVerifier {
    /// Starts to set up a verifier for a pool. Its id says where its keys are.
    #[must_use]
    pub fn builder(pool: UserPoolId) -> CognitoVerifierBuilder {
        CognitoVerifierBuilder::new(pool)
    }

    pub(crate) fn new(expectations: Expectations, clock: Arc<dyn Clock>, keys: KeyCache) -> Self {
        Self(Arc::new(Inner {
            expectations,
            clock,
            keys,
        }))
    }

    /// The `iss` that tokens must have.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.expectations.issuer
    }

    /// Makes sure that the pool's keys are at hand, so that the first request need not wait and a
    /// wrong configuration shows at start. Does nothing while they are fresh.
    ///
    /// # Errors
    ///
    /// [`Reason::KeysUnavailable`] if there are no keys that can be trusted. Calling again within
    /// ten seconds does not ask the endpoint again.
    pub async fn hydrate(&self) -> Result<(), VerifyError> {
        self.0.keys.hydrate().await
    }

    /// Verifies an access token.
    ///
    /// # Errors
    ///
    /// [`Reason::KeysUnavailable`] if there is no verdict, every other reason if the token is bad.
    pub async fn verify_access(&self, token: &str) -> Result<AccessClaims, VerifyError> {
        let claims = self.0.signed_claims(token).await?;
        self.0.check_access(claims)
    }

    /// Verifies an ID token.
    ///
    /// # Errors
    ///
    /// [`Reason::KeysUnavailable`] if there is no verdict, every other reason if the token is bad.
    pub async fn verify_id(&self, token: &str) -> Result<IdClaims, VerifyError> {
        let claims = self.0.signed_claims(token).await?;
        self.0.check_id(claims, None)
    }

    /// Verifies an ID token of the sign-in that was started with this `nonce` (OpenID Connect Core
    /// section 3.1.3.7), so that one of another sign-in cannot be slipped in. The comparison takes
    /// the same time wherever the first difference is.
    ///
    /// [`verify_id`](Self::verify_id) does not look at the value of `nonce`.
    ///
    /// # Errors
    ///
    /// As [`verify_id`](Self::verify_id), and [`Reason::WrongNonce`] if the token has another nonce
    /// or none, or if `nonce` is empty.
    pub async fn verify_id_with_nonce(
        &self,
        token: &str,
        nonce: &str,
    ) -> Result<IdClaims, VerifyError> {
        let claims = self.0.signed_claims(token).await?;
        self.0.check_id(claims, Some(nonce))
    }

    /// Verifies an access token without waiting, with the keys at hand. Call
    /// [`hydrate`](Self::hydrate) first.
    ///
    /// # Errors
    ///
    /// As [`verify_access`](Self::verify_access), and [`Reason::KeysUnavailable`] where that would
    /// have had to ask for keys. Within a Tokio runtime they are then asked for in the background.
    pub fn verify_access_sync(&self, token: &str) -> Result<AccessClaims, VerifyError> {
        let claims = self.0.signed_claims_at_hand(token)?;
        self.0.check_access(claims)
    }

    /// Verifies an ID token without waiting, with the keys at hand. Call
    /// [`hydrate`](Self::hydrate) first.
    ///
    /// # Errors
    ///
    /// As [`verify_id`](Self::verify_id), and [`Reason::KeysUnavailable`] where that would have had
    /// to ask for keys. Within a Tokio runtime they are then asked for in the background.
    pub fn verify_id_sync(&self, token: &str) -> Result<IdClaims, VerifyError> {
        let claims = self.0.signed_claims_at_hand(token)?;
        self.0.check_id(claims, None)
    }
}

impl Inner {
    /// The claims of a token whose signature is good; what they say is not yet checked.
    async fn signed_claims(&self, token: &str) -> Result<Map<String, Value>, VerifyError> {
        let jws = jws::parse(token)?;
        let kid = jws::check_header(&jws.header)?;
        let key = self.keys.key(kid).await?;
        signed_claims(&jws, &key)
    }

    fn signed_claims_at_hand(&self, token: &str) -> Result<Map<String, Value>, VerifyError> {
        let jws = jws::parse(token)?;
        let kid = jws::check_header(&jws.header)?;
        let key = self.keys.key_at_hand(kid)?;
        signed_claims(&jws, &key)
    }

    fn check_access(&self, claims: Map<String, Value>) -> Result<AccessClaims, VerifyError> {
        check::access(claims, &self.expectations, self.clock.unix_seconds())
    }

    fn check_id(
        &self,
        claims: Map<String, Value>,
        nonce: Option<&str>,
    ) -> Result<IdClaims, VerifyError> {
        let now = self.clock.unix_seconds();
        check::id(claims, &self.expectations, nonce, now)
    }
}

/// The claims are not even parsed before the signature is known to be good.
fn signed_claims(jws: &Jws<'_>, key: &Key) -> Result<Map<String, Value>, VerifyError> {
    if !key.verifies(jws.signed, &jws.signature) {
        return Err(VerifyError::new(Reason::InvalidSignature));
    }
    json::object(&jws.payload).map_err(|flaw| match flaw {
        Flaw::NumberOutOfRange => VerifyError::new(Reason::InvalidClaim),
        flaw => jws::flaw(flaw),
    })
}

#[async_trait]
impl TokenVerifier for CognitoVerifier {
    async fn verify_access(&self, token: &str) -> cognito_core::Result<AccessClaims> {
        Ok(Self::verify_access(self, token).await?)
    }

    async fn verify_id(&self, token: &str) -> cognito_core::Result<IdClaims> {
        Ok(Self::verify_id(self, token).await?)
    }
}

impl fmt::Debug for CognitoVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CognitoVerifier")
            .field("expectations", &self.0.expectations)
            .field("keys", &self.0.keys)
            .finish_non_exhaustive()
    }
}
