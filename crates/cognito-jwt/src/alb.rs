//! The tokens with which an Application Load Balancer says who has signed in.

mod arn;
mod builder;
mod check;
mod claims;
mod jws;
mod key;
mod keys;

use std::fmt;
use std::sync::Arc;

use cognito_core::{Clock, UserPoolId};

use check::{Expectations, Header};
use jws::Jws;
use key::Key;
use keys::cache::KeyCache;

use crate::error::{Reason, VerifyError};

pub use builder::AlbVerifierBuilder;
pub use claims::AlbClaims;

/// Verifies the tokens with which an Application Load Balancer tells the services behind it who has
/// signed in to a user pool: the header `x-amzn-oidc-data` of each request.
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
/// Make one and keep it: it holds the load balancer's keys. Clones share them, and it is meant to
/// be used from many tasks at once, of any runtime; as long as a key is at hand, verifying takes no
/// lock and waits for nothing.
///
/// The access token in `x-amzn-oidc-accesstoken` is the pool's own, so
/// [`CognitoVerifier`](crate::CognitoVerifier) verifies it; it has the groups and scopes. The text in
/// `x-amzn-oidc-identity` is signed by nobody: take [`AlbClaims::sub`] instead.
///
/// # Security
///
/// Header and signature are checked in this order: the form, `alg`, `kid`, `signer`, `iss`, `client`
/// and `exp` of the token's header, then the signature, then the payload. Other than with a pool's
/// tokens, the signature does not come first: keys are fetched one by one, and only a header that
/// names this load balancer, pool and client, and has not expired, is worth a fetch.
#[derive(Clone)]
pub struct AlbVerifier(Arc<Inner>);

struct Inner {
    expectations: Expectations,
    clock: Arc<dyn Clock>,
    keys: KeyCache,
}

impl AlbVerifier {
    /// Starts to set up a verifier for people who sign in to this pool.
    #[must_use]
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

    /// The `iss` that tokens may have.
    pub fn issuers(&self) -> impl Iterator<Item = &str> {
        self.0.expectations.issuers.iter().map(String::as_str)
    }

    /// Verifies a token: the value of the header `x-amzn-oidc-data`.
    ///
    /// # Errors
    ///
    /// [`Reason::KeysUnavailable`] if there is no verdict, every other reason if the token is bad.
    /// There is no verdict either on a token whose key is not served: it may be a new one that is
    /// not there yet.
    pub async fn verify(&self, token: &str) -> Result<Arc<AlbClaims>, VerifyError> {
        let jws = jws::parse(token)?;
        let header = self.0.header(&jws)?;
        let key = self.0.keys.key(&header.key_url()).await?;
        self.0.claims(&jws, &header, &key)
    }

    /// Verifies a token without waiting, with a key that an earlier [`verify`](Self::verify) has
    /// fetched.
    ///
    /// # Errors
    ///
    /// As [`verify`](Self::verify), and [`Reason::KeysUnavailable`] where that would have had to
    /// ask for a key.
    pub fn verify_sync(&self, token: &str) -> Result<Arc<AlbClaims>, VerifyError> {
        let jws = jws::parse(token)?;
        let header = self.0.header(&jws)?;
        let key = self.0.keys.key_at_hand(&header.key_url())?;
        self.0.claims(&jws, &header, &key)
    }
}

impl Inner {
    fn header<'a>(&'a self, jws: &'a Jws<'_>) -> Result<Header<'a>, VerifyError> {
        Header::check(&jws.header, &self.expectations, self.clock.unix_seconds())
    }

    /// The claims are not even parsed before the signature is known to be good.
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

impl fmt::Debug for AlbVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AlbVerifier")
            .field("expectations", &self.0.expectations)
            .field("keys", &self.0.keys)
            .finish_non_exhaustive()
    }
}
