//! The state of the identity provider for tests ([`TestProvider`]).

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::random::Random;
use crate::state::expiring::Expiring;

/// The lifetime of the codes and access tokens of the identity provider for tests.
const VALIDITY: Duration = Duration::from_secs(5 * 60);
/// The maximum number of codes in the identity provider for tests, and the maximum number of access
/// tokens. When a maximum is reached, the oldest code or token is removed.
const CAPACITY: usize = 1000;

/// An authorization code of the identity provider for tests that has not been exchanged for tokens.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct TestCode {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) nonce: Option<String>,
    /// The claims about the user who has signed in.
    pub(crate) claims: Map<String, Value>,
}

/// The codes and access tokens of the identity provider for tests.
pub(crate) struct TestProvider {
    pub(super) codes: Expiring<TestCode>,
    pub(super) tokens: Expiring<Map<String, Value>>,
}

impl Default for TestProvider {
    fn default() -> Self {
        Self {
            codes: Expiring::new(CAPACITY),
            tokens: Expiring::new(CAPACITY),
        }
    }
}

impl TestProvider {
    /// Stores the data of a new authorization code. Returns the code: a random string.
    pub(crate) fn open_code(&mut self, code: TestCode, now: SystemTime, random: &Random) -> String {
        self.codes.add(code, VALIDITY, now, random)
    }

    /// Removes the authorization code `word` and returns its data. Returns `None` if the code is
    /// unknown or has expired.
    pub(crate) fn take_code(&mut self, word: &str, now: SystemTime) -> Option<TestCode> {
        self.codes.take(word, now)
    }

    /// Stores the claims of a user. Returns a new access token, with which [`claims`](Self::claims)
    /// returns these claims.
    pub(crate) fn open_token(
        &mut self,
        claims: Map<String, Value>,
        now: SystemTime,
        random: &Random,
    ) -> String {
        self.tokens.add(claims, VALIDITY, now, random)
    }

    /// Returns the claims for an access token. Returns `None` if the token is unknown or has
    /// expired.
    pub(crate) fn claims(&self, token: &str, now: SystemTime) -> Option<&Map<String, Value>> {
        self.tokens.get(token, now)
    }
}
