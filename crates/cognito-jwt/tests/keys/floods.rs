//! Many callers, and many forged tokens.

use std::sync::Arc;
use std::time::Duration;

use cognito_jwt::Reason;
use cognito_testkit::Recorded;
use futures_util::future::join_all;
use tokio::runtime::Handle;

use crate::fixture::{Answer, Fixture, HOUR, SECOND, START, forged, settle};

#[tokio::test(start_paused = true)]
async fn thousand_cold_callers_share_one_fetch() {
    let fixture = Fixture::new();
    let token = fixture.token();
    fixture.script.hold();
    let callers = join_all((0..1_000).map(|_| fixture.verify(&token)));
    let opener = async {
        settle().await;
        fixture.script.release();
    };
    let (outcomes, ()) = tokio::join!(callers, opener);
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(fixture.script.fetches(), 1);
    assert_eq!(
        fixture.sink.events(),
        [Recorded::KeysRefreshed { error: None }]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_cold_forgeries_cause_one_fetch() {
    let fixture = Arc::new(Fixture::new());
    let forged = Arc::new(forged("nobody"));
    let tasks = (0..10_000).map(|_| {
        let (fixture, forged) = (Arc::clone(&fixture), Arc::clone(&forged));
        tokio::spawn(async move { fixture.verify(&forged).await })
    });
    for outcome in join_all(tasks).await {
        assert_eq!(outcome.unwrap(), Err(Reason::UnknownKid));
    }
    assert_eq!(fixture.script.fetches(), 1);
}

/// The cache holds only keys, the source, and tasks that hold the source.
#[tokio::test(start_paused = true)]
async fn forged_key_ids_cause_six_fetches_a_minute() {
    // The 100,000 forged key IDs leave no entry in memory either.
    let fixture = Fixture::new();
    fixture.hydrate().await.unwrap();
    settle().await;
    let tasks = || Handle::current().metrics().num_alive_tasks();
    let held = || (fixture.status().keys, fixture.script.holders(), tasks());
    let before = held();
    let token = fixture.token();
    for moment in 0..600 {
        fixture.clock.advance(SECOND / 10);
        for number in 0..167 {
            let outcome = fixture.verify(&forged(&format!("{moment}-{number}"))).await;
            assert_eq!(outcome, Err(Reason::UnknownKid));
        }
        assert_eq!(fixture.verify(&token).await, Ok(()));
    }
    assert_eq!(fixture.script.fetches(), 1 + 6);
    settle().await;
    assert_eq!(held(), before);
}

#[tokio::test(start_paused = true)]
async fn forged_key_ids_respect_backoff_in_outage() {
    let fixture = Fixture::new();
    fixture.hydrate().await.unwrap();
    fixture.script.answer(Answer::Failure);
    fixture.clock.advance(10 * SECOND);
    let token = fixture.token();
    for moment in 0..600 {
        for number in 0..10 {
            let outcome = fixture.verify(&forged(&format!("{moment}-{number}"))).await;
            assert_eq!(outcome, Err(Reason::KeysUnavailable));
        }
        assert_eq!(fixture.verify(&token).await, Ok(()));
        fixture.clock.advance(SECOND / 10);
    }
    // After 0, 1 to 2, 2 to 4, 4 to 8, 8 to 16, 16 to 32 seconds each.
    let extra = fixture.script.fetches() - 1;
    assert!((5..=6).contains(&extra), "{extra}");
}

#[tokio::test(start_paused = true)]
async fn impossible_key_ids_cause_no_fetch() {
    let fixture = Fixture::new();
    fixture.hydrate().await.unwrap();
    fixture.clock.advance(5 * 60 * SECOND);
    for kid in ["", &"k".repeat(257)] {
        assert_eq!(fixture.verify(&forged(kid)).await, Err(Reason::UnknownKid));
    }
    assert_eq!(fixture.script.fetches(), 1);
    // A key may have an id of this length.
    let longest = forged(&"k".repeat(256));
    assert_eq!(fixture.verify(&longest).await, Err(Reason::UnknownKid));
    assert_eq!(fixture.script.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn setting_the_calendar_does_not_age_the_keys() {
    let fixture = Fixture::new();
    let token = fixture.token();
    assert_eq!(fixture.verify(&token).await, Ok(()));
    let start = std::time::UNIX_EPOCH + Duration::from_secs(START);
    fixture.clock.set(start - HOUR);
    assert_eq!(fixture.verify(&token).await, Ok(()));
    fixture.clock.set(start + 48 * HOUR);
    assert_eq!(fixture.verify(&token).await, Err(Reason::Expired));
    fixture.clock.set(start);
    assert_eq!(fixture.verify(&token).await, Ok(()));
    settle().await;
    assert_eq!(fixture.script.fetches(), 1);
}
