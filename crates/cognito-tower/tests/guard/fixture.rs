//! A pool, its tokens, requests with them, and a verifier that accepts everything.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use cognito_core::{AccessClaims, IdClaims, Result, TokenVerifier};
use cognito_jwt::{CognitoVerifier, CognitoVerifierBuilder, StaticJwks};
use cognito_testkit::{FixedClock, TestPool};
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use serde_json::{Map, Value};

pub(crate) const NOW: u64 = 1_800_000_000;
const POOL: &str = "us-east-1_TestPool1";
const CLIENT: &str = "client1";

/// A pool with known keys, and the clock for its tokens.
pub(crate) struct Fixture {
    pub(crate) clock: FixedClock,
    pub(crate) pool: TestPool,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let clock = FixedClock::at_unix(NOW);
        let pool = TestPool::new(POOL, CLIENT).with_clock(clock.clone());
        Self { clock, pool }
    }

    /// Returns the builder of a verifier for the pool, without keys.
    pub(crate) fn builder(&self) -> CognitoVerifierBuilder {
        CognitoVerifier::builder(POOL.parse().unwrap())
            .client_id(CLIENT)
            .clock(self.clock.clone())
    }

    pub(crate) fn verifier(&self) -> CognitoVerifier {
        let keys = StaticJwks::new(self.pool.jwks_json());
        self.builder().jwks_source(keys).build().unwrap()
    }

    pub(crate) fn access_token(&self) -> String {
        self.pool.access_token(|_| {})
    }

    /// Returns an access token with this claim.
    pub(crate) fn access_token_with(&self, name: &str, value: Value) -> String {
        self.pool.access_token(|claims| with(claims, name, value))
    }

    pub(crate) fn id_token_with(&self, name: &str, value: Value) -> String {
        self.pool.id_token(|claims| with(claims, name, value))
    }
}

fn with(claims: &mut Map<String, Value>, name: &str, value: Value) {
    claims.insert(name.to_owned(), value);
}

/// Returns request headers by name.
pub(crate) fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let pairs = pairs.iter().map(|(name, value)| {
        let value = HeaderValue::from_bytes(value.as_bytes()).unwrap();
        (HeaderName::from_static(name), value)
    });
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(name, value);
    }
    headers
}

/// Returns the headers of a request with this token.
pub(crate) fn bearer(token: &str) -> HeaderMap {
    headers(&[("authorization", &format!("Bearer {token}"))])
}

/// Returns a request without a token.
pub(crate) fn bare() -> Request<()> {
    Request::new(())
}

/// Returns a request with this token.
pub(crate) fn bearing(token: &str) -> Request<()> {
    let request = Request::builder().header(AUTHORIZATION, format!("Bearer {token}"));
    request.body(()).unwrap()
}

/// A verifier that accepts every token and records it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Believer(Arc<Mutex<Vec<String>>>);

impl Believer {
    pub(crate) fn was_asked(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    fn hear(&self, token: &str) {
        self.0.lock().unwrap().push(token.to_owned());
    }
}

#[async_trait]
impl TokenVerifier for Believer {
    async fn verify_access(&self, token: &str) -> Result<Arc<AccessClaims>> {
        self.hear(token);
        Ok(Arc::new(AccessClaims::new(
            "sub",
            "iss",
            "client",
            NOW,
            NOW + 1,
        )))
    }

    async fn verify_id(&self, token: &str) -> Result<Arc<IdClaims>> {
        self.hear(token);
        Ok(Arc::new(IdClaims::new(
            "sub",
            "iss",
            "client",
            NOW,
            NOW + 1,
        )))
    }
}
