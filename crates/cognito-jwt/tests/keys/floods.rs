//! Many callers, and many forged tokens.

use std::sync::Arc;
use std::time::Duration;

use cognito_jwt::Reason;
use cognito_testkit::Recorded;
use futures_util::future::join_all;
use tokio::runtime::Handle;

use crate::world::{Answer, HOUR, SECOND, START, World, forged, settle};

#[tokio::test(start_paused = true)]
async fn thousand_cold_callers_share_one_fetch() {
    let world = World::new();
    let token = world.token();
    world.script.hold();
    let callers = join_all((0..1_000).map(|_| world.verify(&token)));
    let opener = async {
        settle().await;
        world.script.release();
    };
    let (outcomes, ()) = tokio::join!(callers, opener);
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(world.script.fetches(), 1);
    assert_eq!(
        world.sink.events(),
        [Recorded::KeysRefreshed { error: None }]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_cold_forgeries_cause_one_fetch() {
    let world = Arc::new(World::new());
    let forged = Arc::new(forged("nobody"));
    let tasks = (0..10_000).map(|_| {
        let (world, forged) = (Arc::clone(&world), Arc::clone(&forged));
        tokio::spawn(async move { world.verify(&forged).await })
    });
    for outcome in join_all(tasks).await {
        assert_eq!(outcome.unwrap(), Err(Reason::UnknownKid));
    }
    assert_eq!(world.script.fetches(), 1);
}

/// The cache holds only keys, the source, and tasks that hold the source.
#[tokio::test(start_paused = true)]
async fn forged_key_ids_cause_six_fetches_a_minute() {
    // The 100,000 forged key IDs leave no entry in memory either.
    let world = World::new();
    world.hydrate().await.unwrap();
    settle().await;
    let tasks = || Handle::current().metrics().num_alive_tasks();
    let held = || (world.status().keys, world.script.holders(), tasks());
    let before = held();
    let token = world.token();
    for moment in 0..600 {
        world.clock.advance(SECOND / 10);
        for number in 0..167 {
            let outcome = world.verify(&forged(&format!("{moment}-{number}"))).await;
            assert_eq!(outcome, Err(Reason::UnknownKid));
        }
        assert_eq!(world.verify(&token).await, Ok(()));
    }
    assert_eq!(world.script.fetches(), 1 + 6);
    settle().await;
    assert_eq!(held(), before);
}

#[tokio::test(start_paused = true)]
async fn forged_key_ids_respect_backoff_in_outage() {
    let world = World::new();
    world.hydrate().await.unwrap();
    world.script.answer(Answer::Failure);
    world.clock.advance(10 * SECOND);
    let token = world.token();
    for moment in 0..600 {
        for number in 0..10 {
            let outcome = world.verify(&forged(&format!("{moment}-{number}"))).await;
            assert_eq!(outcome, Err(Reason::KeysUnavailable));
        }
        assert_eq!(world.verify(&token).await, Ok(()));
        world.clock.advance(SECOND / 10);
    }
    // After 0, 1 to 2, 2 to 4, 4 to 8, 8 to 16, 16 to 32 seconds each.
    let extra = world.script.fetches() - 1;
    assert!((5..=6).contains(&extra), "{extra}");
}

#[tokio::test(start_paused = true)]
async fn impossible_key_ids_cause_no_fetch() {
    let world = World::new();
    world.hydrate().await.unwrap();
    world.clock.advance(5 * 60 * SECOND);
    for kid in ["", &"k".repeat(257)] {
        assert_eq!(world.verify(&forged(kid)).await, Err(Reason::UnknownKid));
    }
    assert_eq!(world.script.fetches(), 1);
    // A key may have an id of this length.
    let longest = forged(&"k".repeat(256));
    assert_eq!(world.verify(&longest).await, Err(Reason::UnknownKid));
    assert_eq!(world.script.fetches(), 2);
}

#[tokio::test(start_paused = true)]
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
