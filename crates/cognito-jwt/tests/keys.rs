//! The life of the keys: one fetch for all, rotation, cool-down, renewal, staleness, loss of
//! callers. All by a clock that the tests move.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use cognito_core::{ErrorKind, TokenVerifier};
use cognito_jwt::{
    CognitoVerifier, CognitoVerifierBuilder, JwksSource, Reason, SourceError, SourceErrorKind,
    VerifyError,
};
use cognito_testkit::{FixedClock, Recorded, RecordingSink, TestPool};
use futures_util::FutureExt;
use futures_util::future::join_all;
use serde_json::json;
use tokio::sync::Semaphore;

const POOL: &str = "us-east-1_TestPool1";
const START: u64 = 1_800_000_000;
const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// A source that answers what the test tells it to, counts, and can be made to wait.
#[derive(Clone, Debug)]
struct Script(Arc<Scripted>);

#[derive(Debug)]
struct Scripted {
    answer: Mutex<Answer>,
    fetches: AtomicUsize,
    gate: Semaphore,
}

#[derive(Clone, Debug)]
enum Answer {
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

    fn answer(&self, answer: Answer) {
        *self.0.answer.lock().unwrap() = answer;
    }

    fn publish(&self, pool: &TestPool) {
        self.answer(Answer::Document(pool.jwks_json()));
    }

    fn fetches(&self) -> usize {
        self.0.fetches.load(Ordering::SeqCst)
    }

    /// Answers wait until they are released.
    fn hold(&self) {
        assert_eq!(self.0.gate.forget_permits(1), 1);
    }

    fn release(&self) {
        self.0.gate.add_permits(1);
    }
}

#[async_trait]
impl JwksSource for Script {
    async fn fetch(&self) -> Result<Vec<u8>, SourceError> {
        self.0.fetches.fetch_add(1, Ordering::SeqCst);
        drop(self.0.gate.acquire().await.unwrap());
        let answer = self.0.answer.lock().unwrap().clone();
        match answer {
            Answer::Document(document) => Ok(document.into_bytes()),
            Answer::Failure => Err(SourceError::new(SourceErrorKind::Connection, "away")),
            Answer::Panic => panic!("the source panics, as the test wants"),
        }
    }
}

struct World {
    clock: FixedClock,
    pool: TestPool,
    script: Script,
    sink: RecordingSink,
    verifier: CognitoVerifier,
}

impl World {
    fn new() -> Self {
        Self::with(|builder| builder)
    }

    fn with(change: impl FnOnce(CognitoVerifierBuilder) -> CognitoVerifierBuilder) -> Self {
        let clock = FixedClock::at_unix(START);
        let pool = TestPool::new(POOL, "client1").with_clock(clock.clone());
        let script = Script::new(&pool);
        let sink = RecordingSink::new();
        let builder = CognitoVerifier::builder(POOL.parse().unwrap())
            .client_id("client1")
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

    fn token(&self) -> String {
        self.pool.access_token(|_| {})
    }

    /// A token that names a key that nobody has.
    fn forged(&self, kid: &str) -> String {
        let header = json!({ "alg": "RS256", "kid": kid }).to_string();
        self.pool.sign_raw(&header, "{}")
    }

    async fn verify(&self, token: &str) -> Result<(), Reason> {
        reason(self.verifier.verify_access(token).await)
    }

    fn verify_sync(&self, token: &str) -> Result<(), Reason> {
        reason(self.verifier.verify_access_sync(token))
    }
}

fn reason<T>(outcome: Result<T, VerifyError>) -> Result<(), Reason> {
    outcome.map(drop).map_err(|error| error.reason())
}

/// Lets background tasks run until they have nothing left to do.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn fifty_callers_at_a_cold_start_share_one_fetch() {
    let world = World::new();
    let token = world.token();
    world.script.hold();
    let callers = join_all((0..50).map(|_| world.verify(&token)));
    let opener = async {
        settle().await;
        world.script.release();
    };
    let (outcomes, ()) = tokio::join!(callers, opener);
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_eq!(world.script.fetches(), 1);
    assert_eq!(
        world.sink.events(),
        [Recorded::KeysRefreshed { error: None }]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_forged_tokens_at_a_cold_start_cause_one_fetch() {
    let world = Arc::new(World::new());
    let forged = Arc::new(world.forged("nobody"));
    let tasks = (0..10_000).map(|_| {
        let (world, forged) = (Arc::clone(&world), Arc::clone(&forged));
        tokio::spawn(async move { world.verify(&forged).await })
    });
    for outcome in join_all(tasks).await {
        assert_eq!(outcome.unwrap(), Err(Reason::UnknownKid));
    }
    assert_eq!(world.script.fetches(), 1);
}

#[tokio::test]
async fn forged_key_ids_cause_one_fetch_in_ten_seconds() {
    let world = World::new();
    world.verifier.hydrate().await.unwrap();
    let fetches_before = world.script.fetches();
    let token = world.token();
    for second in 0..60 {
        for number in 0..20 {
            let forged = world.forged(&format!("forged-{second}-{number}"));
            assert_eq!(world.verify(&forged).await, Err(Reason::UnknownKid));
        }
        assert_eq!(world.verify(&token).await, Ok(()));
        world.clock.advance(SECOND);
    }
    assert_eq!(world.script.fetches() - fetches_before, 5);
}

#[tokio::test]
async fn a_rotation_amid_forgeries_is_noticed_within_the_cool_down() {
    let world = World::new();
    world.verifier.hydrate().await.unwrap();
    world.clock.advance(10 * SECOND);
    assert_eq!(
        world.verify(&world.forged("a")).await,
        Err(Reason::UnknownKid)
    );
    let rotated = world.pool.clone().rotated();
    world.script.publish(&rotated);
    let new = rotated.access_token(|_| {});
    world.clock.advance(9 * SECOND);
    assert_eq!(world.verify(&new).await, Err(Reason::UnknownKid));
    world.clock.advance(SECOND);
    assert_eq!(world.verify(&new).await, Ok(()));
    // The pool withdrew the old keys.
    assert_eq!(world.verify(&world.token()).await, Err(Reason::UnknownKid));
}

#[tokio::test]
async fn key_ids_that_no_key_can_have_cause_no_fetch() {
    let world = World::new();
    world.verifier.hydrate().await.unwrap();
    world.clock.advance(HOUR / 2);
    for kid in ["", &"k".repeat(257)] {
        let forged = world.forged(kid);
        assert_eq!(world.verify(&forged).await, Err(Reason::UnknownKid));
    }
    assert_eq!(world.script.fetches(), 1);
}

#[tokio::test]
async fn keys_are_renewed_in_the_background() {
    let world = World::new();
    let token = world.token();
    assert_eq!(world.verify(&token).await, Ok(()));
    world.clock.advance(10 * MINUTE - SECOND);
    assert_eq!(world.verify(&token).await, Ok(()));
    settle().await;
    assert_eq!(world.script.fetches(), 1);

    world.clock.advance(SECOND);
    world.script.hold();
    // None of these waits for the fetch, which cannot end yet.
    for _ in 0..50 {
        assert_eq!(world.verify(&token).now_or_never(), Some(Ok(())));
    }
    settle().await;
    assert_eq!(world.script.fetches(), 2);
    world.script.release();
    settle().await;
    assert_eq!(world.verify(&token).now_or_never(), Some(Ok(())));
    settle().await;
    assert_eq!(world.script.fetches(), 2);
}

#[tokio::test]
async fn a_renewal_that_is_due_ignores_the_cool_down_of_forgeries() {
    let world = World::with(|builder| builder.refresh_every(5 * SECOND));
    let token = world.token();
    assert_eq!(world.verify(&token).await, Ok(()));
    world.clock.advance(5 * SECOND);
    assert_eq!(world.verify(&token).await, Ok(()));
    settle().await;
    assert_eq!(world.script.fetches(), 2);
}

#[tokio::test]
async fn stale_keys_serve_for_a_day_and_not_longer() {
    let world = World::new();
    assert_eq!(world.verify(&world.token()).await, Ok(()));
    world.script.answer(Answer::Failure);
    world.clock.advance(24 * HOUR);
    assert_eq!(world.verify(&world.token()).await, Ok(()));
    settle().await;
    assert_eq!(world.script.fetches(), 2);
    assert!(world.verifier.hydrate().await.is_ok());

    world.clock.advance(10 * SECOND);
    let error = world
        .verifier
        .verify_access(&world.token())
        .await
        .unwrap_err();
    assert!(error.is_keys_unavailable());
    let error = TokenVerifier::verify_access(&world.verifier, &world.token())
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KeysUnavailable);
    assert_eq!(error.status(), 503);

    world.script.publish(&world.pool);
    world.clock.advance(10 * SECOND);
    assert_eq!(world.verify(&world.token()).await, Ok(()));
}

#[tokio::test]
async fn a_failed_fetch_starts_the_cool_down_too() {
    let world = World::new();
    world.script.answer(Answer::Failure);
    let token = world.token();
    for _ in 0..20 {
        assert_eq!(world.verify(&token).await, Err(Reason::KeysUnavailable));
        assert_eq!(
            reason(world.verifier.hydrate().await),
            Err(Reason::KeysUnavailable)
        );
    }
    assert_eq!(world.script.fetches(), 1);
    assert_eq!(
        world.sink.events(),
        [Recorded::KeysRefreshed {
            error: Some(ErrorKind::KeysUnavailable)
        }]
    );
    world.clock.advance(10 * SECOND);
    world.script.publish(&world.pool);
    assert_eq!(world.verify(&token).await, Ok(()));
}

#[tokio::test]
async fn failed_renewals_are_not_repeated_at_every_call() {
    let world = World::new();
    world.verifier.hydrate().await.unwrap();
    world.script.answer(Answer::Failure);
    world.clock.advance(10 * MINUTE);
    let token = world.token();
    for _ in 0..30 {
        assert_eq!(world.verify(&token).await, Ok(()));
        settle().await;
        world.clock.advance(SECOND);
    }
    assert_eq!(world.script.fetches(), 1 + 3);
}

#[tokio::test]
async fn an_unknown_key_while_the_endpoint_is_away_is_no_verdict() {
    let world = World::new();
    world.verifier.hydrate().await.unwrap();
    world.script.answer(Answer::Failure);
    world.clock.advance(10 * SECOND);
    let new = world.pool.clone().rotated().access_token(|_| {});
    assert_eq!(world.verify(&new).await, Err(Reason::KeysUnavailable));
    assert_eq!(world.verify(&new).await, Err(Reason::KeysUnavailable));
    assert_eq!(world.verify(&world.token()).await, Ok(()));
    assert_eq!(world.script.fetches(), 2);
}

#[tokio::test]
async fn a_bad_document_never_replaces_a_good_one() {
    let world = World::new();
    world.verifier.hydrate().await.unwrap();
    for document in ["", "<html>", "{}", r#"{"keys":[]}"#, r#"{"keys":[{}]}"#] {
        world.script.answer(Answer::Document(document.to_owned()));
        world.clock.advance(HOUR / 2);
        assert_eq!(world.verify(&world.token()).await, Ok(()));
        settle().await;
    }
    assert_eq!(world.script.fetches(), 6);
    assert_eq!(world.verify(&world.token()).await, Ok(()));
}

#[tokio::test]
async fn a_caller_who_leaves_does_not_take_the_fetch_along() {
    let world = World::new();
    let token = world.token();
    world.script.hold();
    for _ in 0..1_000 {
        // Polled once and dropped.
        assert_eq!(world.verify(&token).now_or_never(), None);
    }
    settle().await;
    let stays = world.verify(&token);
    let opener = async {
        settle().await;
        world.script.release();
    };
    let (outcome, ()) = tokio::join!(stays, opener);
    assert_eq!(outcome, Ok(()));
    assert_eq!(world.script.fetches(), 1);
}

#[tokio::test]
async fn a_fetch_that_panics_is_followed_by_another() {
    let world = World::new();
    let token = world.token();
    world.script.answer(Answer::Panic);
    assert_eq!(world.verify(&token).await, Err(Reason::KeysUnavailable));
    world.script.publish(&world.pool);
    assert_eq!(world.verify(&token).await, Ok(()));
    assert_eq!(world.script.fetches(), 2);
}

#[tokio::test]
async fn a_fetch_that_never_ends_is_given_up_on() {
    let world = World::new();
    let token = world.token();
    world.script.hold();
    assert_eq!(world.verify(&token).now_or_never(), None);
    settle().await;
    world.clock.advance(29 * SECOND);
    assert_eq!(world.verify(&token).now_or_never(), None);
    settle().await;
    assert_eq!(world.script.fetches(), 1);
    world.clock.advance(SECOND);
    assert_eq!(world.verify(&token).now_or_never(), None);
    settle().await;
    assert_eq!(world.script.fetches(), 2);
    world.script.release();
    assert_eq!(world.verify(&token).await, Ok(()));
}

#[tokio::test]
async fn without_waiting_only_keys_at_hand_count() {
    let world = World::new();
    let token = world.token();
    assert_eq!(world.verify_sync(&token), Err(Reason::KeysUnavailable));
    // The first call asked for the keys in the background.
    settle().await;
    assert_eq!(world.verify_sync(&token), Ok(()));
    let forged = world.forged("nobody");
    assert_eq!(world.verify_sync(&forged), Err(Reason::UnknownKid));
    world.clock.advance(10 * SECOND);
    assert_eq!(world.verify_sync(&forged), Err(Reason::KeysUnavailable));
    settle().await;
    assert_eq!(world.verify_sync(&forged), Err(Reason::UnknownKid));
    assert_eq!(world.script.fetches(), 2);
}

#[test]
fn no_tokio_runtime_is_needed_with_a_source_that_needs_none() {
    let world = World::new();
    let token = world.token();
    assert_eq!(world.verify_sync(&token), Err(Reason::KeysUnavailable));
    assert_eq!(world.verify(&token).now_or_never(), Some(Ok(())));
    world.clock.advance(10 * MINUTE);
    assert_eq!(world.verify(&token).now_or_never(), Some(Ok(())));
    assert_eq!(world.script.fetches(), 2);
    assert_eq!(world.verify_sync(&token), Ok(()));
}

#[tokio::test]
async fn setting_the_calendar_does_not_age_the_keys() {
    let world = World::new();
    let token = world.token();
    assert_eq!(world.verify(&token).await, Ok(()));
    let start = std::time::UNIX_EPOCH + Duration::from_secs(START);
    world.clock.set(start - HOUR);
    assert_eq!(world.verify(&token).await, Ok(()));
    world.clock.set(start + 48 * HOUR);
    assert_eq!(world.verify(&token).await, Err(Reason::Expired));
    world.clock.set(start);
    assert_eq!(world.verify(&token).await, Ok(()));
    settle().await;
    assert_eq!(world.script.fetches(), 1);
}
