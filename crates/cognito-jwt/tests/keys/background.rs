//! Background work in a Tokio runtime, without a caller that waits.

use std::time::Duration;

use cognito_jwt::{CognitoVerifier, Reason};
use futures_util::FutureExt;
use tokio::runtime::Handle;

use crate::fixture::{Answer, Fixture, HOUR, MINUTE, RENEWAL, SECOND, forged, settle};

#[tokio::test(start_paused = true)]
async fn keys_are_renewed_on_time_without_any_request() {
    let fixture = Fixture::new();
    fixture.hydrate().await.unwrap();
    settle().await;
    fixture.pass(8 * MINUTE - SECOND).await;
    assert_eq!(fixture.script.fetches(), 1);
    fixture.pass(MINUTE + SECOND).await;
    assert_eq!(fixture.script.fetches(), 2);
    for _ in 0..24 * 60 {
        fixture.pass(MINUTE).await;
        assert!(fixture.status().age.unwrap() < 10 * MINUTE);
    }
    let renewals = fixture.script.fetches() - 2;
    assert!((24 * 6..=24 * 60 / 8).contains(&renewals), "{renewals}");
}

#[tokio::test(start_paused = true)]
async fn request_at_the_stated_time_renews_keys() {
    // The status states the time.
    let fixture = Fixture::new();
    fixture.hydrate().await.unwrap();
    settle().await;
    let due = fixture.status().next_refresh_in.unwrap();
    // The timer has not fired yet.
    fixture.clock.advance(due);
    assert_eq!(fixture.verify_sync(&fixture.token()), Ok(()));
    settle().await;
    assert_eq!(fixture.script.fetches(), 2);
    assert_eq!(fixture.status().age, Some(Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn verifiers_of_one_process_renew_at_different_ages() {
    let ages: Vec<Duration> = futures_util::future::join_all((0..20).map(|_| async {
        let fixture = Fixture::new();
        fixture.hydrate().await.unwrap();
        fixture.status().next_refresh_in.unwrap()
    }))
    .await;
    for age in &ages {
        assert!((8 * MINUTE..=9 * MINUTE).contains(age), "{age:?}");
    }
    assert!(ages.iter().any(|age| *age != ages[0]), "{ages:?}");
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_over_without_any_request() {
    let fixture = Fixture::new();
    fixture.script.answer(Answer::Failure);
    assert_eq!(fixture.hydrate().await, Err(Reason::KeysUnavailable));
    settle().await;
    for _ in 0..5 * 60 {
        fixture.pass(SECOND).await;
    }
    let attempts = fixture.script.fetches();
    assert!((8..=15).contains(&attempts), "{attempts}");
    fixture.script.publish(&fixture.pool);
    for _ in 0..60 {
        fixture.pass(SECOND).await;
    }
    assert_eq!(fixture.script.fetches(), attempts + 1);
    assert_eq!(fixture.verify_sync(&fixture.token()), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn background_fetch_times_out_without_requests() {
    let fixture = Fixture::new();
    let token = fixture.token();
    fixture.script.hold();
    let mut waits = Box::pin(fixture.verify(&token));
    assert_eq!((&mut waits).now_or_never(), None);
    settle().await;
    for _ in 0..31 {
        fixture.pass(SECOND).await;
    }
    assert_eq!(fixture.script.fetches(), 2);
    fixture.script.release();
    assert_eq!(waits.await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn no_request_waits_for_a_renewal() {
    let fixture = Fixture::new();
    let token = fixture.token();
    assert_eq!(fixture.verify(&token).await, Ok(()));
    fixture.clock.advance(8 * MINUTE - SECOND);
    assert_eq!(fixture.verify(&token).await, Ok(()));
    settle().await;
    assert_eq!(fixture.script.fetches(), 1);

    // The clock advances but the timer does not, as after a suspended process. Lookups then detect
    // that a renewal is due.
    fixture.clock.advance(MINUTE + SECOND);
    fixture.script.hold();
    // None of these waits for the fetch, which cannot end yet.
    for _ in 0..50 {
        assert_eq!(fixture.verify(&token).now_or_never(), Some(Ok(())));
        assert_eq!(fixture.verify_sync(&token), Ok(()));
    }
    settle().await;
    assert_eq!(fixture.script.fetches(), 2);
    fixture.script.release();
    settle().await;
    assert_eq!(fixture.verify(&token).now_or_never(), Some(Ok(())));
    settle().await;
    assert_eq!(fixture.script.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn due_renewal_ignores_unknown_key_cooldown() {
    let fixture = Fixture::with(|builder| builder.refresh_every(5 * SECOND));
    fixture.hydrate().await.unwrap();
    fixture.clock.advance(SECOND);
    assert_eq!(fixture.verify(&forged("a")).await, Err(Reason::UnknownKid));
    fixture.clock.advance(4 * SECOND);
    assert_eq!(fixture.verify(&fixture.token()).await, Ok(()));
    settle().await;
    assert_eq!(fixture.script.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn failed_renewals_are_not_repeated_at_every_call() {
    let fixture = Fixture::new();
    fixture.hydrate().await.unwrap();
    fixture.script.answer(Answer::Failure);
    fixture.clock.advance(RENEWAL);
    let token = fixture.token();
    for _ in 0..30 {
        for _ in 0..10 {
            assert_eq!(fixture.verify(&token).await, Ok(()));
        }
        settle().await;
        fixture.clock.advance(SECOND);
    }
    // After 0, 1 to 2, 3 to 6, 7 to 14, 15 to 30 seconds; time moves by whole ones.
    let attempts = fixture.script.fetches() - 1;
    assert!((4..=5).contains(&attempts), "{attempts}");
}

#[tokio::test(start_paused = true)]
async fn dropped_caller_does_not_cancel_fetch() {
    let fixture = Fixture::new();
    let token = fixture.token();
    fixture.script.hold();
    for _ in 0..1_000 {
        // Polled once and dropped.
        assert_eq!(fixture.verify(&token).now_or_never(), None);
    }
    settle().await;
    fixture.script.release();
    // No caller waits.
    settle().await;
    assert_eq!(fixture.verify_sync(&token), Ok(()));
    assert_eq!(fixture.script.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn without_waiting_only_keys_at_hand_count() {
    let fixture = Fixture::new();
    let token = fixture.token();
    assert_eq!(fixture.verify_sync(&token), Err(Reason::KeysUnavailable));
    // The first call asked for the keys in the background.
    settle().await;
    assert_eq!(fixture.verify_sync(&token), Ok(()));
    let forged = forged("nobody");
    assert_eq!(fixture.verify_sync(&forged), Err(Reason::KeysUnavailable));
    settle().await;
    assert_eq!(fixture.verify_sync(&forged), Err(Reason::UnknownKid));
    assert_eq!(fixture.script.fetches(), 2);
    fixture.clock.advance(10 * SECOND);
    assert_eq!(fixture.verify_sync(&forged), Err(Reason::KeysUnavailable));
    settle().await;
    assert_eq!(fixture.verify_sync(&forged), Err(Reason::UnknownKid));
    assert_eq!(fixture.script.fetches(), 3);
}

#[tokio::test(start_paused = true)]
async fn last_verifier_ends_background_work() {
    let Fixture {
        clock,
        script,
        verifier,
        ..
    } = Fixture::new();
    verifier.hydrate().await.unwrap();
    settle().await;
    let clone = verifier.clone();
    drop(verifier);
    settle().await;
    clock.advance(RENEWAL);
    tokio::time::advance(RENEWAL).await;
    settle().await;
    assert_eq!(script.fetches(), 2, "the clone lives on");
    assert_eq!(tasks(), 1);

    drop(clone);
    settle().await;
    assert_eq!(script.holders(), 1);
    assert_eq!(tasks(), 0);
    clock.advance(HOUR);
    tokio::time::advance(HOUR).await;
    settle().await;
    assert_eq!(script.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_fetch_under_way_ends_with_the_verifier() {
    let Fixture {
        script, verifier, ..
    } = Fixture::new();
    script.hold();
    assert!(verifier.hydrate().now_or_never().is_none());
    settle().await;
    assert_eq!(script.fetches(), 1);
    drop::<CognitoVerifier>(verifier);
    settle().await;
    assert_eq!(script.holders(), 1);
    assert_eq!(tasks(), 0);
}

fn tasks() -> usize {
    Handle::current().metrics().num_alive_tasks()
}
