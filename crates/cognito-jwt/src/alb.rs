//! Verification of the tokens that an Application Load Balancer issues for a signed-in user.

mod arn;
mod builder;
mod check;
mod claims;
mod jws;
mod key;
mod keys;

use std::sync::Arc;

use cognito_core::{Clock, UserPoolId};

use check::{Expectations, Header};
use jws::Jws;
use key::Key;
use keys::cache::KeyCache;

use crate::error::{Reason, VerifyError};

pub use builder::AlbVerifierBuilder;
pub use claims::AlbClaims;

/// A verifier for the tokens that an Application Load Balancer sends in the header
/// `x-amzn-oidc-data`. A token describes the signed-in user to the services behind the load
/// balancer.
///
/// ```
/// # #[cfg(feature = "http")]
/// # fn run() -> Result<cognito_jwt::AlbVerifier, Box<dyn std::error::Error>> {
/// use cognito_jwt::AlbVerifier;
///
/// let verifier = AlbVerifier::builder("eu-central-1_aBcDeFgHi".parse()?)
///     .load_balancer(
///         "arn:aws:elasticloadbalancing:eu-central-1:123456789012:\
///          loadbalancer/app/my-lb/50dc6c495c0c9188",
///     )
///     .client_id("1example23456789")
///     .build()?;
/// # Ok(verifier) }
/// ```
///
/// Create it once and reuse it: it caches the load balancer's keys. Clones share the cache, and
/// many tasks of any runtime can use it at the same time. If the key is cached, verification takes
/// no lock and does not wait.
///
/// The access token in the header `x-amzn-oidc-accesstoken` is issued by the pool and contains
/// groups and scopes. Verify it with [`CognitoVerifier`](crate::CognitoVerifier). The header
/// `x-amzn-oidc-identity` is not signed: use [`AlbClaims::sub`] instead.
///
/// # Security
///
/// The checks run in this order: the token's format; `alg`, `kid`, `signer`, `iss`, `client` and
/// `exp` of its header; the signature; the payload. The header is checked before the signature,
/// because its key id can cause a fetch: each key has its own URL. A key is fetched only if the
/// header has not expired, and names a configured load balancer and client and the configured pool.
#[derive(Clone)]
pub struct AlbVerifier(Arc<Inner>);

struct Inner {
    expectations: Expectations,
    clock: Arc<dyn Clock>,
    keys: KeyCache,
}

impl AlbVerifier {
    /// Returns a builder for a verifier. The verifier accepts tokens for users of this pool only.
    pub fn builder(pool: UserPoolId) -> AlbVerifierBuilder {
        AlbVerifierBuilder::new(pool)
    }

    fn new(expectations: Expectations, clock: Arc<dyn Clock>, keys: KeyCache) -> Self {
        Self(Arc::new(Inner {
            expectations,
            clock,
            keys,
        }))
    }

    /// Returns the accepted values of `iss`.
    pub fn issuers(&self) -> impl Iterator<Item = &str> {
        self.0.expectations.issuers.iter().map(String::as_str)
    }

    /// Verifies a token, which is the value of the header `x-amzn-oidc-data`.
    ///
    /// # Errors
    ///
    /// [`Reason::KeysUnavailable`] if the token could not be checked, any other reason if the token
    /// is invalid. If the key URL of the load balancer has no key with the token's key id, the
    /// reason is also `KeysUnavailable`. The key may be new and not published yet.
    pub async fn verify(&self, token: &str) -> Result<Arc<AlbClaims>, VerifyError> {
        let jws = jws::parse(token)?;
        let header = self.0.header(&jws)?;
        let key = self.0.keys.key(&header.key_url()).await?;
        self.0.claims(&jws, &header, &key)
    }

    /// Verifies a token without waiting. The key must be cached, because an earlier call of
    /// [`verify`](Self::verify) fetched it.
    ///
    /// # Errors
    ///
    /// The errors of [`verify`](Self::verify), and [`Reason::KeysUnavailable`] if the key is not
    /// cached.
    pub fn verify_sync(&self, token: &str) -> Result<Arc<AlbClaims>, VerifyError> {
        let jws = jws::parse(token)?;
        let header = self.0.header(&jws)?;
        let key = self.0.keys.cached_key(&header.key_url())?;
        self.0.claims(&jws, &header, &key)
    }
}

impl Inner {
    fn header<'a>(&'a self, jws: &'a Jws<'_>) -> Result<Header<'a>, VerifyError> {
        Header::check(&jws.header, &self.expectations, self.clock.unix_seconds())
    }

    /// Checks the signature, then parses and checks the claims.
    fn claims(
        &self,
        jws: &Jws<'_>,
        header: &Header<'_>,
        key: &Key,
    ) -> Result<Arc<AlbClaims>, VerifyError> {
        if !jws.is_signed(|signed| key.verifies(signed, &jws.signature)) {
            return Err(VerifyError::new(Reason::InvalidSignature));
        }
        let claims = jws::object(&jws.payload)?;
        let now = self.clock.unix_seconds();
        header.claims(claims, &self.expectations, now).map(Arc::new)
    }
}

cognito_core::impl_debug!(AlbVerifier.0 { expectations, keys });
