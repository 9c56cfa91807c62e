//! The endpoint is unavailable, serves invalid documents, hangs or panics.

use cognito_core::{ErrorKind, TokenVerifier};
use cognito_jwt::Reason;
use cognito_testkit::Recorded;
use futures_util::FutureExt;

use crate::world::{Answer, BACK_OFF, HOUR, MINUTE, RENEWAL, SECOND, World, forged, settle};

#[tokio::test(start_paused = true)]
async fn known_keys_outlive_outage_for_one_day() {
    let world = World::new();
    world.hydrate().await.unwrap();
    world.script.answer(Answer::Failure);
    let mut token = world.token();
    for minute in 0..24 * 60 {
        if minute % 30 == 0 {
            token = world.token();
        }
        let outcome = world.verify(&token).await;
        assert_eq!(outcome, Ok(()), "after {minute} minutes");
        settle().await;
        world.clock.advance(MINUTE);
    }
    assert_eq!(world.verify(&world.token()).await, Ok(()));
    settle().await;
    // One attempt per minute since the first renewal was due, because calls are not more frequent.
    let attempts = world.script.fetches() - 1;
    assert!((24 * 60 - 10..=24 * 60).contains(&attempts), "{attempts}");
    assert!(world.hydrate().await.is_ok());

    world.clock.advance(SECOND);
    let error = world.verifier.verify_access(&world.token()).await;
    assert!(error.unwrap_err().is_keys_unavailable());
    let error = TokenVerifier::verify_access(&world.verifier, &world.token()).await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KeysUnavailable);
    assert_eq!(error.status(), 503);
    // The wait is the time until the next fetch.
    let wait = error.retry_after().unwrap();
    assert!(wait <= BACK_OFF, "{wait:?}");
    assert_eq!(world.status().next_refresh_in, Some(wait));

    world.script.publish(&world.pool);
    world.clock.advance(BACK_OFF);
    assert_eq!(world.verify(&world.token()).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn cold_start_retries_back_off_to_one_minute() {
    let world = World::new();
    world.script.answer(Answer::Failure);
    let token = world.token();
    let step = SECOND / 10;
    let mut gaps = Vec::new();
    let mut gap = 0;
    while gaps.len() < 9 {
        let before = world.script.fetches();
        assert_eq!(world.verify(&token).await, Err(Reason::KeysUnavailable));
        assert_eq!(world.hydrate().await, Err(Reason::KeysUnavailable));
        if world.script.fetches() > before {
            gaps.push(gap);
            gap = 0;
        }
        world.clock.advance(step);
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
    assert_eq!(world.sink.events(), [failed; 9]);
}

#[tokio::test(start_paused = true)]
async fn a_success_ends_the_back_off() {
    let world = World::new();
    world.script.answer(Answer::Failure);
    for _ in 0..10 {
        world.hydrate().await.unwrap_err();
        world.clock.advance(BACK_OFF);
    }
    world.script.publish(&world.pool);
    world.hydrate().await.unwrap();
    world.script.answer(Answer::Failure);
    world.clock.advance(10 * SECOND);
    let outcome = world.verify(&forged("nobody")).await;
    assert_eq!(outcome, Err(Reason::KeysUnavailable));
    let next = world.status().next_refresh_in.unwrap();
    assert!(
        next > MINUTE,
        "a renewal is due when it always was: {next:?}"
    );
    world.clock.advance(2 * SECOND);
    world.script.publish(&world.pool);
    let outcome = world.verify(&forged("nobody")).await;
    assert_eq!(outcome, Err(Reason::UnknownKid));
}

#[tokio::test(start_paused = true)]
async fn unknown_key_in_outage_is_undecided() {
    let world = World::new();
    world.hydrate().await.unwrap();
    world.script.answer(Answer::Failure);
    world.clock.advance(10 * SECOND);
    let new = world.pool.clone().rotated().access_token(|_| {});
    assert_eq!(world.verify(&new).await, Err(Reason::KeysUnavailable));
    assert_eq!(world.verify(&new).await, Err(Reason::KeysUnavailable));
    assert_eq!(world.verify(&world.token()).await, Ok(()));
    assert_eq!(world.script.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_bad_document_never_replaces_a_good_one() {
    let world = World::new();
    world.hydrate().await.unwrap();
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
        let before = world.script.fetches();
        world.script.answer(Answer::Document(document.to_owned()));
        world.clock.advance(RENEWAL);
        assert_eq!(world.hydrate().await, Ok(()));
        assert_eq!(world.script.fetches(), before + 1);
        assert_eq!(world.verify(&world.token()).await, Ok(()));
        assert_eq!(world.status().keys, 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_that_panics_is_a_failed_fetch() {
    let world = World::new();
    let token = world.token();
    world.script.answer(Answer::Panic);
    for _ in 0..10 {
        assert_eq!(world.verify(&token).await, Err(Reason::KeysUnavailable));
    }
    assert_eq!(world.script.fetches(), 1);
    world.script.publish(&world.pool);
    world.clock.advance(2 * SECOND);
    assert_eq!(world.verify(&token).await, Ok(()));
    assert_eq!(world.script.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn fetch_that_never_ends_times_out() {
    let world = World::new();
    let token = world.token();
    world.script.hold();
    assert_eq!(world.verify(&token).now_or_never(), None);
    settle().await;
    world.clock.advance(29 * SECOND);
    assert_eq!(world.verify(&token).now_or_never(), None);
    settle().await;
    assert_eq!(world.script.fetches(), 1);
    assert!(world.sink.events().is_empty());
    world.clock.advance(SECOND);
    assert_eq!(world.verify(&token).now_or_never(), None);
    settle().await;
    assert_eq!(world.script.fetches(), 2);
    assert_eq!(world.sink.events().len(), 1);
    world.script.release();
    assert_eq!(world.verify(&token).await, Ok(()));
    assert_eq!(world.script.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn keys_return_within_a_minute_of_outage() {
    let world = World::new();
    world.script.answer(Answer::Failure);
    let end = 3 * HOUR;
    let mut passed = SECOND;
    while passed < end {
        let _ = world.hydrate().await;
        world.clock.advance(10 * SECOND);
        passed += 10 * SECOND;
    }
    world.script.publish(&world.pool);
    world.clock.advance(MINUTE);
    assert_eq!(world.verify(&world.token()).await, Ok(()));
}
