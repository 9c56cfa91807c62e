//! The endpoint is unavailable, serves invalid documents, hangs or panics.

use cognito_core::{ErrorKind, TokenVerifier};
use cognito_jwt::Reason;
use cognito_testkit::Recorded;
use futures_util::FutureExt;

use crate::fixture::{Answer, BACK_OFF, Fixture, HOUR, MINUTE, RENEWAL, SECOND, forged, settle};

#[tokio::test(start_paused = true)]
async fn known_keys_outlive_outage_for_one_day() {
    let fixture = Fixture::new();
    fixture.hydrate().await.unwrap();
    fixture.script.answer(Answer::Failure);
    let mut token = fixture.token();
    for minute in 0..24 * 60 {
        if minute % 30 == 0 {
            token = fixture.token();
        }
        let outcome = fixture.verify(&token).await;
        assert_eq!(outcome, Ok(()), "after {minute} minutes");
        settle().await;
        fixture.clock.advance(MINUTE);
    }
    assert_eq!(fixture.verify(&fixture.token()).await, Ok(()));
    settle().await;
    // One attempt per minute since the first renewal was due, because calls are not more frequent.
    let attempts = fixture.script.fetches() - 1;
    assert!((24 * 60 - 10..=24 * 60).contains(&attempts), "{attempts}");
    assert!(fixture.hydrate().await.is_ok());

    fixture.clock.advance(SECOND);
    let error = fixture.verifier.verify_access(&fixture.token()).await;
    assert!(error.unwrap_err().is_keys_unavailable());
    let error = TokenVerifier::verify_access(&fixture.verifier, &fixture.token()).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KeysUnavailable);
    assert_eq!(error.status(), 503);
    // The wait is the time until the next fetch.
    let wait = error.retry_after().unwrap();
    assert!(wait <= BACK_OFF, "{wait:?}");
    assert_eq!(fixture.status().next_refresh_in, Some(wait));

    fixture.script.publish(&fixture.pool);
    fixture.clock.advance(BACK_OFF);
    assert_eq!(fixture.verify(&fixture.token()).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn cold_start_retries_back_off_to_one_minute() {
    let fixture = Fixture::new();
    fixture.script.answer(Answer::Failure);
    let token = fixture.token();
    let step = SECOND / 10;
    let mut gaps = Vec::new();
    let mut gap = 0;
    while gaps.len() < 9 {
        let before = fixture.script.fetches();
        assert_eq!(fixture.verify(&token).await, Err(Reason::KeysUnavailable));
        assert_eq!(fixture.hydrate().await, Err(Reason::KeysUnavailable));
        if fixture.script.fetches() > before {
            gaps.push(gap);
            gap = 0;
        }
        fixture.clock.advance(step);
        gap += 1;
    }
    // In tenths of a second, and one more because time moves in steps.
    let bounds = [0, 20, 40, 80, 160, 320, 600, 600, 600];
    for (gap, bound) in gaps.iter().zip(bounds) {
        assert!((bound / 2..=bound + 1).contains(gap), "{gaps:?}");
    }
    let failed = Recorded::KeysRefreshed {
        error: Some(ErrorKind::KeysUnavailable),
    };
    assert_eq!(fixture.sink.events(), [failed; 9]);
}

#[tokio::test(start_paused = true)]
async fn a_success_ends_the_back_off() {
    let fixture = Fixture::new();
    fixture.script.answer(Answer::Failure);
    for _ in 0..10 {
        fixture.hydrate().await.unwrap_err();
        fixture.clock.advance(BACK_OFF);
    }
    fixture.script.publish(&fixture.pool);
    fixture.hydrate().await.unwrap();
    fixture.script.answer(Answer::Failure);
    fixture.clock.advance(10 * SECOND);
    let outcome = fixture.verify(&forged("nobody")).await;
    assert_eq!(outcome, Err(Reason::KeysUnavailable));
    let next = fixture.status().next_refresh_in.unwrap();
    assert!(
        next > MINUTE,
        "a renewal is due when it always was: {next:?}"
    );
    fixture.clock.advance(2 * SECOND);
    fixture.script.publish(&fixture.pool);
    let outcome = fixture.verify(&forged("nobody")).await;
    assert_eq!(outcome, Err(Reason::UnknownKid));
}

#[tokio::test(start_paused = true)]
async fn unknown_key_in_outage_is_undecided() {
    let fixture = Fixture::new();
    fixture.hydrate().await.unwrap();
    fixture.script.answer(Answer::Failure);
    fixture.clock.advance(10 * SECOND);
    let new = fixture.pool.clone().rotated().access_token(|_| {});
    assert_eq!(fixture.verify(&new).await, Err(Reason::KeysUnavailable));
    assert_eq!(fixture.verify(&new).await, Err(Reason::KeysUnavailable));
    assert_eq!(fixture.verify(&fixture.token()).await, Ok(()));
    assert_eq!(fixture.script.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_bad_document_never_replaces_a_good_one() {
    let fixture = Fixture::new();
    fixture.hydrate().await.unwrap();
    let too_many = format!(r#"{{"keys":[{}]}}"#, vec!["{}"; 65].join(","));
    for document in [
        "",
        "<html>",
        "{}",
        r#"{"keys":[]}"#,
        r#"{"keys":[{}]}"#,
        &too_many,
        &" ".repeat(64 * 1024 + 1),
    ] {
        let before = fixture.script.fetches();
        fixture.script.answer(Answer::Document(document.to_owned()));
        fixture.clock.advance(RENEWAL);
        assert_eq!(fixture.hydrate().await, Ok(()));
        assert_eq!(fixture.script.fetches(), before + 1);
        assert_eq!(fixture.verify(&fixture.token()).await, Ok(()));
        assert_eq!(fixture.status().keys, 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_that_panics_is_a_failed_fetch() {
    let fixture = Fixture::new();
    let token = fixture.token();
    fixture.script.answer(Answer::Panic);
    for _ in 0..10 {
        assert_eq!(fixture.verify(&token).await, Err(Reason::KeysUnavailable));
    }
    assert_eq!(fixture.script.fetches(), 1);
    fixture.script.publish(&fixture.pool);
    fixture.clock.advance(2 * SECOND);
    assert_eq!(fixture.verify(&token).await, Ok(()));
    assert_eq!(fixture.script.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn fetch_that_never_ends_times_out() {
    let fixture = Fixture::new();
    let token = fixture.token();
    fixture.script.hold();
    assert_eq!(fixture.verify(&token).now_or_never(), None);
    settle().await;
    fixture.clock.advance(29 * SECOND);
    assert_eq!(fixture.verify(&token).now_or_never(), None);
    settle().await;
    assert_eq!(fixture.script.fetches(), 1);
    assert!(fixture.sink.events().is_empty());
    fixture.clock.advance(SECOND);
    assert_eq!(fixture.verify(&token).now_or_never(), None);
    settle().await;
    assert_eq!(fixture.script.fetches(), 2);
    assert_eq!(fixture.sink.events().len(), 1);
    fixture.script.release();
    assert_eq!(fixture.verify(&token).await, Ok(()));
    assert_eq!(fixture.script.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn keys_return_within_a_minute_of_outage() {
    let fixture = Fixture::new();
    fixture.script.answer(Answer::Failure);
    let end = 3 * HOUR;
    let mut passed = SECOND;
    while passed < end {
        let _ = fixture.hydrate().await;
        fixture.clock.advance(10 * SECOND);
        passed += 10 * SECOND;
    }
    fixture.script.publish(&fixture.pool);
    fixture.clock.advance(MINUTE);
    assert_eq!(fixture.verify(&fixture.token()).await, Ok(()));
}
