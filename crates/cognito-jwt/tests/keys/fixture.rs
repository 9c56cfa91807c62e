//! A verifier, its pool, and a source that the test controls.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_jwt::{
    CognitoVerifier, CognitoVerifierBuilder, JwksSource, KeysStatus, Reason, SourceError,
    SourceErrorKind, VerifyError,
};
use cognito_testkit::{FixedClock, RecordingSink, TestPool};
use serde_json::json;
use tokio::sync::Semaphore;

pub(crate) const POOL: &str = "us-east-1_TestPool1";
pub(crate) const START: u64 = 1_800_000_000;
pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const HOUR: Duration = Duration::from_secs(60 * 60);

/// The time after which a renewal is due in any cache.
pub(crate) const RENEWAL: Duration = Duration::from_secs(9 * 60);

/// The time after which another fetch is allowed, after any number of failures.
pub(crate) const BACK_OFF: Duration = MINUTE;

/// A source with responses that the test chooses. It counts fetches and can be paused.
#[derive(Clone, Debug)]
pub(crate) struct Script(Arc<Scripted>);

#[derive(Debug)]
struct Scripted {
    answer: Mutex<Answer>,
    fetches: AtomicUsize,
    gate: Semaphore,
}

#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Document(String),
    Failure,
    Panic,
}

impl Script {
    fn new(pool: &TestPool) -> Self {
        Self(Arc::new(Scripted {
            answer: Mutex::new(Answer::Document(pool.jwks_json())),
            fetches: AtomicUsize::new(0),
            gate: Semaphore::new(1),
        }))
    }

    pub(crate) fn answer(&self, answer: Answer) {
        *self.0.answer.lock().unwrap() = answer;
    }

    pub(crate) fn publish(&self, pool: &TestPool) {
        self.answer(Answer::Document(pool.jwks_json()));
    }

    pub(crate) fn fetches(&self) -> usize {
        self.0.fetches.load(Ordering::SeqCst)
    }

    /// Holds responses back until they are released.
    pub(crate) fn hold(&self) {
        assert_eq!(self.0.gate.forget_permits(1), 1);
    }

    pub(crate) fn release(&self) {
        self.0.gate.add_permits(1);
    }

    /// Returns the number of references to this source, the test's included.
    pub(crate) fn holders(&self) -> usize {
        Arc::strong_count(&self.0)
    }
}

#[async_trait]
impl JwksSource for Script {
    async fn fetch(&self, jwks_uri: &str) -> Result<Vec<u8>, SourceError> {
        assert_eq!(jwks_uri, uri());
        self.0.fetches.fetch_add(1, Ordering::SeqCst);
        drop(self.0.gate.acquire().await.unwrap());
        let answer = self.0.answer.lock().unwrap().clone();
        match answer {
            Answer::Document(document) => Ok(document.into_bytes()),
            Answer::Failure => Err(SourceError::new(SourceErrorKind::Connection, "away")),
            Answer::Panic => panic!("the source panics, as the test wants"),
        }
    }

    fn may_be_shared(&self) -> bool {
        true
    }
}

/// Returns the URL that the source must receive.
pub(crate) fn uri() -> String {
    format!("https://cognito-idp.us-east-1.amazonaws.com/{POOL}/.well-known/jwks.json")
}

pub(crate) struct Fixture {
    pub(crate) clock: FixedClock,
    pub(crate) pool: TestPool,
    pub(crate) script: Script,
    pub(crate) sink: RecordingSink,
    pub(crate) verifier: CognitoVerifier,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self::with(|builder| builder)
    }

    pub(crate) fn with(
        change: impl FnOnce(CognitoVerifierBuilder) -> CognitoVerifierBuilder,
    ) -> Self {
        let clock = FixedClock::at_unix(START);
        let pool = TestPool::new(POOL, "client1").with_clock(clock.clone());
        let script = Script::new(&pool);
        Self::of(clock, pool, script, change)
    }

    /// Returns another instance with the same pool, source and time.
    pub(crate) fn beside(
        &self,
        change: impl FnOnce(CognitoVerifierBuilder) -> CognitoVerifierBuilder,
    ) -> Self {
        let (clock, pool) = (self.clock.clone(), self.pool.clone());
        Self::of(clock, pool, self.script.clone(), change)
    }

    fn of(
        clock: FixedClock,
        pool: TestPool,
        script: Script,
        change: impl FnOnce(CognitoVerifierBuilder) -> CognitoVerifierBuilder,
    ) -> Self {
        let sink = RecordingSink::new();
        let builder = CognitoVerifier::builder(POOL.parse().unwrap())
            .client_id("client1")
            // One issuer, so one document.
            .issuer(pool.issuer())
            .clock(clock.clone())
            .jwks_source(script.clone())
            .event_sink(Arc::new(sink.clone()));
        let verifier = change(builder).build().unwrap();
        Self {
            clock,
            pool,
            script,
            sink,
            verifier,
        }
    }

    pub(crate) fn token(&self) -> String {
        self.pool.access_token(|_| {})
    }

    pub(crate) async fn verify(&self, token: &str) -> Result<(), Reason> {
        reason(self.verifier.verify_access(token).await)
    }

    pub(crate) fn verify_sync(&self, token: &str) -> Result<(), Reason> {
        reason(self.verifier.verify_access_sync(token))
    }

    pub(crate) async fn hydrate(&self) -> Result<(), Reason> {
        reason(self.verifier.hydrate().await)
    }

    pub(crate) fn status(&self) -> KeysStatus {
        let [status] = self.verifier.keys_status().try_into().unwrap();
        status
    }

    /// Advances the time and lets waiting tasks run.
    #[cfg(feature = "http")]
    pub(crate) async fn pass(&self, time: Duration) {
        self.clock.advance(time);
        tokio::time::advance(time).await;
        settle().await;
    }
}

pub(crate) fn reason<T>(outcome: Result<T, VerifyError>) -> Result<(), Reason> {
    outcome.map(drop).map_err(|error| error.reason())
}

/// Returns a token with an unknown key id.
pub(crate) fn forged(kid: &str) -> String {
    let header = json!({ "alg": "RS256", "kid": kid }).to_string();
    let claims = json!({ "iss": TestPool::new(POOL, "client1").issuer() }).to_string();
    let parts = [header.as_bytes(), claims.as_bytes(), &[1; 256]];
    parts.map(|part| URL_SAFE_NO_PAD.encode(part)).join(".")
}

/// Lets tasks run until they are all idle.
pub(crate) async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}
