//! Verifies the tokens that an Application Load Balancer issues for a signed-in user.

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

/// A verifier for the tokens that an Application Load Balancer adds to each request of a signed-in
/// user, in the header `x-amzn-oidc-data`. A token contains claims about the user.
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
/// Create a verifier once and reuse it, because it caches the keys of the load balancers. Clones
/// share the cache. A verifier can be used in any runtime, and by many tasks at the same time. If
/// the key of a token is cached, verification takes no lock and does not wait.
///
/// The access token in the header `x-amzn-oidc-accesstoken` is issued by the pool and contains
/// groups and scopes. Verify it with [`CognitoVerifier`](crate::CognitoVerifier). The header
/// `x-amzn-oidc-identity` is not signed: use [`AlbClaims::sub`] instead.
///
/// # Security
///
/// The checks run in this order: the format of the token; `alg`, `kid`, `signer`, `iss`, `client`
/// and `exp` of its header; the signature; the payload. Each key has its own URL, which ends with
/// the key id in the header. The header is therefore checked before the signature. Otherwise every
/// forged header would cause a fetch. A key is fetched only if `exp` has not passed, and the header
/// contains a configured load balancer, a configured client and an accepted issuer.
#[derive(Clone)]
pub struct AlbVerifier(Arc<Inner>);

struct Inner {
    expectations: Expectations,
    clock: Arc<dyn Clock>,
    keys: KeyCache,
}

impl AlbVerifier {
    /// Returns a builder for a verifier that accepts tokens of users of this pool.
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

    /// Returns the values of `iss` that the verifier accepts.
    pub fn issuers(&self) -> impl Iterator<Item = &str> {
        self.0.expectations.issuers.iter().map(String::as_str)
    }

    /// Verifies a token. `token` is the value of the header `x-amzn-oidc-data`.
    ///
    /// # Errors
    ///
    /// - [`Reason::KeysUnavailable`] if the key could not be fetched, so the token could not be
    ///   checked. The reason is the same if the key URL has no key with this key id, because a new
    ///   key may not be published yet.
    /// - Any other reason if the token is invalid.
    pub async fn verify(&self, token: &str) -> Result<Arc<AlbClaims>, VerifyError> {
        let jws = jws::parse(token)?;
        let header = self.0.header(&jws)?;
        let key = self.0.keys.key(&header.key_url()).await?;
        self.0.claims(&jws, &header, &key)
    }

    /// Verifies a token without waiting. The key must be in the cache: [`verify`](Self::verify)
    /// fetches it, and it stays in the cache for up to 24 hours.
    ///
    /// # Errors
    ///
    /// The errors of [`verify`](Self::verify). The reason is [`Reason::KeysUnavailable`] if the key
    /// is not in the cache.
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

    /// Verifies the signature of a token, then parses and checks its payload.
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
