//! Verifies the access tokens and ID tokens of user pools.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cognito_core::authentication::step_up::StepUp;
use cognito_core::{AccessClaims, Error, Event, IdClaims, TokenVerifier, UserPoolId};
use futures_util::future::join_all;
use zeroize::Zeroizing;

use crate::builder::{self, CognitoVerifierBuilder};
use crate::check::Kind;
use crate::checks::Check;
use crate::claims::Claims;
use crate::error::{Reason, VerifyError};
use crate::id_checks::IdChecks;
use crate::issuer::{Issuer, Issuers};
use crate::jwks::cache::{Caller, Lookup};
use crate::jwks::source::SourceErrorKind;
use crate::jwks::status::KeysStatus;
use crate::jws::{self, Header};
use crate::key::Key;
use crate::known_headers::KnownHeaders;
use crate::span::VerificationSpan;
use crate::token_cache::{Entry, TokenCache};

type Result<T> = std::result::Result<T, VerifyError>;

/// A verifier for the access tokens and ID tokens of one or more user pools.
///
/// Create a verifier once and reuse it, because it caches the keys of the pools. Clones share the
/// cache, and many tasks can use it at the same time. If the keys are cached, verification takes no
/// lock and does not wait.
#[derive(Clone)]
pub struct CognitoVerifier(Arc<Inner>);

struct Inner {
    issuers: Issuers,
    headers: KnownHeaders,
    tokens: Option<TokenCache>,
}

impl CognitoVerifier {
    /// Returns a builder for a verifier of one pool. By default, the issuer and the key URL are
    /// derived from the pool id.
    pub fn builder(pool: UserPoolId) -> CognitoVerifierBuilder {
        CognitoVerifierBuilder::new(pool)
    }

    /// Creates a verifier for several pools. The issuer of a token selects the pool, and the
    /// settings of that pool apply. The cost of a verification does not depend on the number of
    /// pools.
    ///
    /// Pools without a custom [source](CognitoVerifierBuilder::jwks_source) share the default
    /// source. All pools share one [token cache](CognitoVerifierBuilder::token_cache). If the pools
    /// have different cache sizes, the largest size applies.
    ///
    /// # Errors
    ///
    /// The errors of [`build`](CognitoVerifierBuilder::build), and
    /// [`ErrorKind::Configuration`](cognito_core::ErrorKind::Configuration) if there is no pool, or
    /// two pools have the same issuer.
    pub fn any_of(
        pools: impl IntoIterator<Item = CognitoVerifierBuilder>,
    ) -> std::result::Result<Self, Error> {
        builder::build(pools)
    }

    pub(crate) fn new(issuers: Issuers, tokens: Option<TokenCache>) -> Self {
        Self(Arc::new(Inner {
            issuers,
            headers: KnownHeaders::new(),
            tokens,
        }))
    }

    /// Returns the values of `iss` that the verifier accepts.
    pub fn issuers(&self) -> impl Iterator<Item = &str> {
        self.0.issuers.all().iter().map(|issuer| &*issuer.iss)
    }

    /// Returns the configured [leeway](CognitoVerifierBuilder::leeway). If the pools have different
    /// leeways, returns the longest leeway.
    pub fn leeway(&self) -> Duration {
        let issuers = self.0.issuers.all().iter();
        let longest = issuers.map(|issuer| issuer.pool.expected.leeway).max();
        Duration::from_secs(longest.unwrap_or_default())
    }

    /// Returns the status of the keys of each issuer, for health checks and dashboards. A pool may
    /// have several issuers.
    pub fn keys_status(&self) -> Vec<KeysStatus> {
        let issuers = self.0.issuers.all().iter();
        issuers.map(|issuer| issuer.keys.status()).collect()
    }

    /// Fetches the keys of all pools. Recent keys in the cache are not fetched again.
    ///
    /// Call it when the service starts. A wrong configuration then fails at the start, and the
    /// first request does not wait for keys.
    ///
    /// A pool may have several possible [issuers](Self::issuers), but it uses only one of them. AWS
    /// responds 403 for the keys of the other issuers. Therefore the call succeeds if the keys of
    /// one issuer of each pool are available.
    ///
    /// # Errors
    ///
    /// [`Reason::KeysUnavailable`] if a pool has no usable keys. Another call fails without a
    /// request until the time in [`VerifyError::retry_after`] has passed.
    pub async fn hydrate(&self) -> Result<()> {
        let issuers = self.0.issuers.all();
        let outcomes = join_all(issuers.iter().map(|issuer| issuer.keys.hydrate())).await;
        // The issuers of a pool are adjacent, the most likely one first.
        let mut rest = issuers.iter().zip(outcomes).peekable();
        while let Some((issuer, mut outcome)) = rest.next() {
            let is_of_pool = |next: &(&Issuer, _)| Arc::ptr_eq(&next.0.pool, &issuer.pool);
            while let Some((_, next)) = rest.next_if(is_of_pool) {
                outcome = outcome.or_else(|error| next.map_err(|_| error));
            }
            outcome?;
        }
        Ok(())
    }

    /// Verifies an access token. Waits for the keys if they are not cached.
    ///
    /// # Errors
    ///
    /// [`Reason::KeysUnavailable`] or [`Reason::RevocationsUnavailable`] if the token could not be
    /// checked. Any other reason if the token is invalid or insufficient.
    pub async fn verify_access(&self, token: &str) -> Result<Arc<AccessClaims>> {
        self.0.verify(token).await
    }

    /// Verifies an ID token. Waits for the keys if they are not cached.
    ///
    /// # Errors
    ///
    /// [`Reason::KeysUnavailable`] or [`Reason::RevocationsUnavailable`] if the token could not be
    /// checked. Any other reason if the token is invalid or insufficient.
    pub async fn verify_id(&self, token: &str) -> Result<Arc<IdClaims>> {
        self.0.verify(token).await
    }

    /// Verifies an ID token, and checks that it belongs to the sign-in that the application
    /// started. The checks compare `nonce` and `at_hash`, which [`verify_id`](Self::verify_id) does
    /// not check.
    ///
    /// # Errors
    ///
    /// The errors of [`verify_id`](Self::verify_id), and [`Reason::WrongNonce`] or
    /// [`Reason::WrongAccessToken`] if one of the checks fails.
    pub async fn verify_id_with(&self, token: &str, checks: IdChecks<'_>) -> Result<Arc<IdClaims>> {
        let claims = self.verify_id(token).await?;
        checks.check(&claims)?;
        Ok(claims)
    }

    /// Verifies an access token with the cached keys, without waiting.
    ///
    /// Call [`hydrate`](Self::hydrate) first, so that the keys are cached. This is not needed if
    /// the source has its JWKS in memory, like [`StaticJwks`](crate::StaticJwks).
    ///
    /// # Errors
    ///
    /// The errors of [`verify_access`](Self::verify_access). If the signing key of the token is not
    /// cached and must be fetched first, the reason is [`Reason::KeysUnavailable`]. In a Tokio
    /// runtime, the call then starts the fetch in the background, so that a later call can succeed.
    pub fn verify_access_sync(&self, token: &str) -> Result<Arc<AccessClaims>> {
        self.0.verify_sync(token)
    }

    /// Verifies an ID token with the cached keys, without waiting. See
    /// [`verify_access_sync`](Self::verify_access_sync).
    ///
    /// # Errors
    ///
    /// The errors of [`verify_id`](Self::verify_id). If the signing key of the token is not cached
    /// and must be fetched first, the reason is [`Reason::KeysUnavailable`].
    pub fn verify_id_sync(&self, token: &str) -> Result<Arc<IdClaims>> {
        self.0.verify_sync(token)
    }

    /// Verifies an ID token with the cached keys, without waiting, and runs the checks of
    /// [`verify_id_with`](Self::verify_id_with).
    ///
    /// # Errors
    ///
    /// The errors of [`verify_id_sync`](Self::verify_id_sync), and [`Reason::WrongNonce`] or
    /// [`Reason::WrongAccessToken`] if one of the checks fails.
    pub fn verify_id_with_sync(&self, token: &str, checks: IdChecks<'_>) -> Result<Arc<IdClaims>> {
        let claims = self.verify_id_sync(token)?;
        checks.check(&claims)?;
        Ok(claims)
    }
}

/// The result of a verification that uses only cached keys, and therefore does not wait.
enum Attempt<T> {
    /// The token is valid. The value is its claims.
    Verified(Arc<T>),
    /// The signing key of the token must be fetched. `place` is the index of the token's issuer in
    /// [`Issuers`].
    NeedsKey { place: usize, kid: String },
}

impl Inner {
    /// Verifies a token. Waits only if the key is not cached, or if the keys must be renewed and
    /// there is no background task. The future contains no copy of the token, so it is small.
    async fn verify<T: Kind>(&self, token: &str) -> Result<Arc<T>> {
        if let Some(result) = self.remembered(token, Caller::Waits) {
            return result;
        }
        let span = VerificationSpan::new(T::TOKEN_USE);
        let attempt = span.enter(|| self.attempt(token, Caller::Waits, None));
        let result = match attempt {
            Ok(Attempt::Verified(claims)) => Ok(claims),
            Ok(Attempt::NeedsKey { place, kid }) => {
                let issuer = self.issuers.at(place);
                let fetched = span.during(issuer.keys.wait_for(&kid)).await;
                span.enter(|| self.with_key(token, Caller::Waits, issuer, fetched))
            }
            Err(error) => Err(error),
        };
        span.end(result)
    }

    /// Verifies a token whose signing key had to be fetched. `key` is the result of the fetch. If
    /// it is an error, returns the error that [`Issuer::key_error`] selects.
    fn with_key<T: Kind>(
        &self,
        token: &str,
        caller: Caller,
        issuer: &Issuer,
        key: Result<Arc<Key>>,
    ) -> Result<Arc<T>> {
        let key = key.map_err(|error| issuer.key_error(error))?;
        match self.attempt(token, caller, Some(key))? {
            Attempt::Verified(claims) => Ok(claims),
            Attempt::NeedsKey { .. } => Err(VerifyError::keys_unavailable(None)),
        }
    }

    fn verify_sync<T: Kind>(&self, token: &str) -> Result<Arc<T>> {
        if let Some(result) = self.remembered(token, Caller::CannotWait) {
            return result;
        }
        let span = VerificationSpan::new(T::TOKEN_USE);
        let result = span.enter(|| match self.attempt(token, Caller::CannotWait, None)? {
            Attempt::Verified(claims) => Ok(claims),
            Attempt::NeedsKey { place, kid } => {
                let issuer = self.issuers.at(place);
                let found = issuer.keys.without_waiting(&kid);
                self.with_key(token, Caller::CannotWait, issuer, found)
            }
        });
        span.end(result)
    }

    /// Verifies a token without waiting, also if the token is cached. The key is `fetched`, or a
    /// cached key if `fetched` is `None`.
    ///
    /// The header is checked first. If it is not acceptable, nothing else is decoded. Before the
    /// signature is verified, the issuer is the only claim that is used.
    fn attempt<T: Kind>(
        &self,
        token: &str,
        caller: Caller,
        fetched: Option<Arc<Key>>,
    ) -> Result<Attempt<T>> {
        let jws = jws::parse(token)?;
        let known = self.headers.get(jws.header);
        let header;
        let kid = match known.as_ref().and_then(|known| known.as_deref()) {
            Some(known) => Cow::Borrowed(&*known.kid),
            None => {
                header = jws.decoded_header()?;
                Header::read(&header)?.check()?
            }
        };
        let payload = jws.decoded_payload()?;
        let payload = String::from_utf8(payload);
        let payload =
            payload.map_err(|_| VerifyError::new(Reason::Malformed).at(Check::Payload))?;
        let claims = Claims::read(&payload)?;
        let iss = claims.iss().if_text();
        let found = iss.and_then(|iss| self.issuers.find(&iss));
        let (place, issuer) = found.ok_or_else(|| self.issuers.wrong_issuer())?;
        let lookup = fetched.map_or_else(|| issuer.keys.lookup(&kid, caller), Lookup::Key);
        let key = match lookup {
            Lookup::Key(key) => key,
            Lookup::Rejected(error) => return Err(issuer.key_error(error)),
            Lookup::Absent => {
                let kid = kid.into_owned();
                return Ok(Attempt::NeedsKey { place, kid });
            }
        };
        if !key.verifies(jws.signed, &jws.decoded_signature()?) {
            return Err(VerifyError::new(Reason::InvalidSignature));
        }
        if known.is_none() {
            self.headers.insert(jws.header, &kid);
        }
        let now = issuer.pool.clock.unix_seconds();
        let mut verified = Arc::new(T::check(&claims, &issuer.iss, &issuer.pool.expected, now)?);
        if let Some(verified) = Arc::get_mut(&mut verified) {
            verified.set_payload(payload);
        }
        issuer.pool.check_again(&*verified, now)?;
        self.remember(token, key, place, &verified);
        Ok(Attempt::Verified(verified))
    }

    /// Returns the result of the verification of a cached token. Returns `None` if the token is not
    /// cached, if its key is no longer trusted, or if the cached token is not of kind `T`. The
    /// caller must then verify the token.
    fn remembered<T: Kind>(&self, token: &str, caller: Caller) -> Option<Result<Arc<T>>> {
        let entry = self.tokens.as_ref()?.get(token)?;
        let entry = entry.as_deref()?;
        let claims = T::from_verified(&entry.claims)?;
        let issuer = self.issuers.at(entry.place);
        if !issuer.keys.trusts(&entry.key, caller) {
            return None;
        }
        let now = issuer.pool.clock.unix_seconds();
        let checked = issuer.pool.check_again(&**claims, now);
        Some(checked.map(|()| Arc::clone(claims)))
    }

    fn remember<T: Kind>(&self, token: &str, key: Arc<Key>, place: usize, claims: &Arc<T>) {
        if let Some(tokens) = &self.tokens {
            tokens.insert(Entry {
                token: Zeroizing::new(token.into()),
                key,
                place,
                claims: T::verified(Arc::clone(claims)),
            });
        }
    }
}

impl Issuer {
    /// Returns the error to report if a key could not be fetched. If AWS responded 403 and it is
    /// unknown whether the pool uses this issuer, returns the error for a wrong issuer. Otherwise
    /// returns `error`.
    fn key_error(&self, error: VerifyError) -> VerifyError {
        if self.may_be_unused && error.source_kind() == Some(SourceErrorKind::Forbidden) {
            return VerifyError::claim_at_fault(Reason::InvalidIssuer, "iss");
        }
        error
    }
}

#[async_trait]
impl TokenVerifier for CognitoVerifier {
    async fn verify_access(&self, token: &str) -> cognito_core::Result<Arc<AccessClaims>> {
        Ok(Self::verify_access(self, token).await?)
    }

    async fn verify_id(&self, token: &str) -> cognito_core::Result<Arc<IdClaims>> {
        Ok(Self::verify_id(self, token).await?)
    }

    fn leeway(&self) -> Duration {
        Self::leeway(self)
    }

    fn required_sign_in(&self) -> StepUp {
        let issuers = self.0.issuers.all().iter();
        let mut required = issuers.map(|issuer| issuer.pool.expected.policies.required_sign_in());
        // The error does not name the pool, so the requirement must be the same for all pools.
        let first = required.next().unwrap_or_default();
        match required.all(|other| other == first) {
            true => first,
            false => StepUp::new(),
        }
    }

    fn record(&self, event: &Event<'_>) {
        if let Some(issuer) = self.0.issuers.all().first() {
            issuer.keys.record(event);
        }
    }
}

impl fmt::Debug for CognitoVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let issuers = self.0.issuers.all();
        let remembers = self.0.tokens.as_ref().map_or(0, TokenCache::capacity);
        f.debug_struct("CognitoVerifier")
            .field("issuers", &issuers)
            .field("token_cache", &remembers)
            .finish()
    }
}
