//! A pool and its tokens.

use cognito_jwt::{CognitoVerifier, StaticJwks};
use cognito_testkit::{FixedClock, TestPool};
use serde_json::{Map, Value};

const POOL: &str = "us-east-1_TestPool1";
const CLIENT: &str = "client1";

/// A pool with known keys, and the clock for its tokens.
pub(crate) struct Fixture {
    pub(crate) clock: FixedClock,
    pub(crate) pool: TestPool,
    pub(crate) verifier: CognitoVerifier,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self::of_client(CLIENT)
    }

    pub(crate) fn of_another_client() -> Self {
        Self::of_client("client2")
    }

    fn of_client(client: &str) -> Self {
        let clock = FixedClock::at_unix(1_800_000_000);
        let pool = TestPool::new(POOL, client).with_clock(clock.clone());
        let verifier = CognitoVerifier::builder(POOL.parse().unwrap())
            .client_id(client)
            .clock(clock.clone())
            .jwks_source(StaticJwks::new(pool.jwks_json()))
            .build()
            .unwrap();
        Self {
            clock,
            pool,
            verifier,
        }
    }

    pub(crate) fn access_token_with(&self, change: impl FnOnce(&mut Map<String, Value>)) -> String {
        self.pool.access_token(change)
    }

    pub(crate) fn access_token(&self) -> String {
        self.access_token_with(|_| {})
    }
}
