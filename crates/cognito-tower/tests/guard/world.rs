//! A pool, its tokens, and requests that bring them.

use cognito_core::Clock;
use cognito_jwt::{CognitoVerifier, StaticJwks};
use cognito_testkit::{FixedClock, TestPool};
use http::Request;
use http::header::AUTHORIZATION;
use serde_json::{Map, Value};

const NOW: u64 = 1_800_000_000;
const POOL: &str = "us-east-1_TestPool1";
const CLIENT: &str = "client1";

/// A pool whose keys are known, and the clock by which its tokens are judged.
pub(crate) struct World {
    pub(crate) clock: FixedClock,
    pub(crate) pool: TestPool,
    pub(crate) verifier: CognitoVerifier,
}

impl World {
    pub(crate) fn new() -> Self {
        let clock = FixedClock::at_unix(NOW);
        let pool = TestPool::new(POOL, CLIENT).with_clock(clock.clone());
        let verifier = CognitoVerifier::builder(POOL.parse().unwrap())
            .client_id(CLIENT)
            .clock(clock.clone())
            .jwks_source(StaticJwks::new(pool.jwks_json()))
            .build()
            .unwrap();
        assert_eq!(clock.unix_seconds(), NOW);
        Self {
            clock,
            pool,
            verifier,
        }
    }

    pub(crate) fn access_token(&self) -> String {
        self.access_token_with(|_| {})
    }

    pub(crate) fn access_token_with(&self, change: impl FnOnce(&mut Map<String, Value>)) -> String {
        self.pool.access_token(change)
    }
}

/// A request without a token.
pub(crate) fn bare() -> Request<()> {
    Request::new(())
}

/// A request with this `Authorization`.
pub(crate) fn authorized(value: &str) -> Request<()> {
    let request = Request::builder().header(AUTHORIZATION, value);
    request.body(()).unwrap()
}

/// A request with this token.
pub(crate) fn bearing(token: &str) -> Request<()> {
    authorized(&format!("Bearer {token}"))
}
