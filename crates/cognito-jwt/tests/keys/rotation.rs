//! New keys are found and withdrawn keys are dropped.

use cognito_jwt::Reason;
use serde_json::Value;

use crate::world::{Answer, MINUTE, RENEWAL, SECOND, World, forged, settle};

#[tokio::test(start_paused = true)]
async fn a_rotation_is_noticed_at_once() {
    let world = World::new();
    world.hydrate().await.unwrap();
    world.clock.advance(MINUTE);
    let rotated = world.pool.clone().rotated();
    world.script.publish(&rotated);
    let new = rotated.access_token(|_| {});
    assert_eq!(world.verify(&new).await, Ok(()));
    assert_eq!(world.script.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn notices_rotation_right_after_any_other_fetch() {
    let world = World::new();
    world.hydrate().await.unwrap();
    let rotated = world.pool.clone().rotated();
    world.script.publish(&rotated);
    // Right after the start.
    let new = rotated.access_token(|_| {});
    assert_eq!(world.verify(&new).await, Ok(()));
    assert_eq!(world.script.fetches(), 2);
    // Right after a renewal.
    world.clock.advance(RENEWAL);
    world.hydrate().await.unwrap();
    assert_eq!(world.script.fetches(), 3);
    world.script.publish(&world.pool);
    assert_eq!(world.verify(&world.token()).await, Ok(()));
    assert_eq!(world.script.fetches(), 4);

    // A first fetch that was made for a token.
    let world = World::new();
    assert_eq!(world.verify(&world.token()).await, Ok(()));
    let rotated = world.pool.clone().rotated();
    world.script.publish(&rotated);
    let new = rotated.access_token(|_| {});
    assert_eq!(world.verify(&new).await, Ok(()));
    assert_eq!(world.script.fetches(), 2);
}

// Without a runtime there are no fetches in the background.
#[cfg(feature = "http")]
#[tokio::test(start_paused = true)]
async fn notices_rotation_in_the_background() {
    let world = World::new();
    assert_eq!(world.verify(&world.token()).await, Ok(()));
    let rotated = world.pool.clone().rotated();
    world.script.publish(&rotated);
    let new = rotated.access_token(|_| {});
    assert_eq!(world.verify_sync(&new), Err(Reason::KeysUnavailable));
    settle().await;
    assert_eq!(world.verify_sync(&new), Ok(()));
    assert_eq!(world.script.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn looks_up_unknown_keys_once_per_cool_down() {
    let world = World::new();
    world.hydrate().await.unwrap();
    for (number, fetches) in [(0, 2), (1, 2), (2, 2)] {
        let outcome = world.verify(&forged(&format!("{number}"))).await;
        assert_eq!(outcome, Err(Reason::UnknownKid));
        assert_eq!(world.script.fetches(), fetches);
    }
    world.clock.advance(9 * SECOND);
    assert_eq!(world.verify(&forged("a")).await, Err(Reason::UnknownKid));
    assert_eq!(world.script.fetches(), 2);
    world.clock.advance(SECOND);
    assert_eq!(world.verify(&forged("a")).await, Err(Reason::UnknownKid));
    assert_eq!(world.script.fetches(), 3);
}

#[tokio::test(start_paused = true)]
async fn detects_rotation_within_cooldown_despite_forgeries() {
    let world = World::new();
    world.hydrate().await.unwrap();
    world.clock.advance(10 * SECOND);
    assert_eq!(world.verify(&forged("a")).await, Err(Reason::UnknownKid));
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

#[tokio::test(start_paused = true)]
async fn withdrawn_key_expires_at_next_renewal() {
    let world = World::new();
    let token = world.token();
    world.hydrate().await.unwrap();
    world.script.publish(&world.pool.clone().rotated());
    world.clock.advance(RENEWAL);
    world.hydrate().await.unwrap();
    settle().await;
    assert_eq!(world.verify(&token).await, Err(Reason::UnknownKid));
    // The renewal, and a fetch for the key that the renewal did not return.
    assert_eq!(world.script.fetches(), 3);
}

#[tokio::test(start_paused = true)]
async fn replaced_key_expires_at_next_renewal() {
    let world = World::new();
    let token = world.token();
    world.hydrate().await.unwrap();
    let mut document: Value = serde_json::from_str(&world.pool.jwks_json()).unwrap();
    let next = world.pool.clone().rotated().jwks_json();
    let next: Value = serde_json::from_str(&next).unwrap();
    for index in 0..2 {
        document["keys"][index]["n"] = next["keys"][index]["n"].clone();
    }
    world.script.answer(Answer::Document(document.to_string()));
    world.clock.advance(RENEWAL);
    world.hydrate().await.unwrap();
    assert_eq!(world.verify(&token).await, Err(Reason::InvalidSignature));
}
