//! New keys are found and withdrawn keys are dropped.

use cognito_jwt::Reason;
use serde_json::Value;

use crate::fixture::{Answer, Fixture, MINUTE, RENEWAL, SECOND, forged, settle};

#[tokio::test(start_paused = true)]
async fn a_rotation_is_noticed_at_once() {
    let fixture = Fixture::new();
    fixture.hydrate().await.unwrap();
    fixture.clock.advance(MINUTE);
    let rotated = fixture.pool.clone().rotated();
    fixture.script.publish(&rotated);
    let new = rotated.access_token(|_| {});
    assert_eq!(fixture.verify(&new).await, Ok(()));
    assert_eq!(fixture.script.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn notices_rotation_right_after_any_other_fetch() {
    let fixture = Fixture::new();
    fixture.hydrate().await.unwrap();
    let rotated = fixture.pool.clone().rotated();
    fixture.script.publish(&rotated);
    // Right after the start.
    let new = rotated.access_token(|_| {});
    assert_eq!(fixture.verify(&new).await, Ok(()));
    assert_eq!(fixture.script.fetches(), 2);
    // Right after a renewal.
    fixture.clock.advance(RENEWAL);
    fixture.hydrate().await.unwrap();
    assert_eq!(fixture.script.fetches(), 3);
    fixture.script.publish(&fixture.pool);
    assert_eq!(fixture.verify(&fixture.token()).await, Ok(()));
    assert_eq!(fixture.script.fetches(), 4);

    // A first fetch that was made for a token.
    let fixture = Fixture::new();
    assert_eq!(fixture.verify(&fixture.token()).await, Ok(()));
    let rotated = fixture.pool.clone().rotated();
    fixture.script.publish(&rotated);
    let new = rotated.access_token(|_| {});
    assert_eq!(fixture.verify(&new).await, Ok(()));
    assert_eq!(fixture.script.fetches(), 2);
}

// Without a runtime there are no fetches in the background.
#[cfg(feature = "http")]
#[tokio::test(start_paused = true)]
async fn notices_rotation_in_the_background() {
    let fixture = Fixture::new();
    assert_eq!(fixture.verify(&fixture.token()).await, Ok(()));
    let rotated = fixture.pool.clone().rotated();
    fixture.script.publish(&rotated);
    let new = rotated.access_token(|_| {});
    assert_eq!(fixture.verify_sync(&new), Err(Reason::KeysUnavailable));
    settle().await;
    assert_eq!(fixture.verify_sync(&new), Ok(()));
    assert_eq!(fixture.script.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn looks_up_unknown_keys_once_per_cool_down() {
    let fixture = Fixture::new();
    fixture.hydrate().await.unwrap();
    for (number, fetches) in [(0, 2), (1, 2), (2, 2)] {
        let outcome = fixture.verify(&forged(&format!("{number}"))).await;
        assert_eq!(outcome, Err(Reason::UnknownKid));
        assert_eq!(fixture.script.fetches(), fetches);
    }
    fixture.clock.advance(9 * SECOND);
    assert_eq!(fixture.verify(&forged("a")).await, Err(Reason::UnknownKid));
    assert_eq!(fixture.script.fetches(), 2);
    fixture.clock.advance(SECOND);
    assert_eq!(fixture.verify(&forged("a")).await, Err(Reason::UnknownKid));
    assert_eq!(fixture.script.fetches(), 3);
}

#[tokio::test(start_paused = true)]
async fn detects_rotation_within_cooldown_despite_forgeries() {
    let fixture = Fixture::new();
    fixture.hydrate().await.unwrap();
    fixture.clock.advance(10 * SECOND);
    assert_eq!(fixture.verify(&forged("a")).await, Err(Reason::UnknownKid));
    let rotated = fixture.pool.clone().rotated();
    fixture.script.publish(&rotated);
    let new = rotated.access_token(|_| {});
    fixture.clock.advance(9 * SECOND);
    assert_eq!(fixture.verify(&new).await, Err(Reason::UnknownKid));
    fixture.clock.advance(SECOND);
    assert_eq!(fixture.verify(&new).await, Ok(()));
    // The pool withdrew the old keys.
    assert_eq!(
        fixture.verify(&fixture.token()).await,
        Err(Reason::UnknownKid)
    );
}

#[tokio::test(start_paused = true)]
async fn withdrawn_key_expires_at_next_renewal() {
    let fixture = Fixture::new();
    let token = fixture.token();
    fixture.hydrate().await.unwrap();
    fixture.script.publish(&fixture.pool.clone().rotated());
    fixture.clock.advance(RENEWAL);
    fixture.hydrate().await.unwrap();
    settle().await;
    assert_eq!(fixture.verify(&token).await, Err(Reason::UnknownKid));
    // The renewal, and a fetch for the key that the renewal did not return.
    assert_eq!(fixture.script.fetches(), 3);
}

#[tokio::test(start_paused = true)]
async fn replaced_key_expires_at_next_renewal() {
    let fixture = Fixture::new();
    let token = fixture.token();
    fixture.hydrate().await.unwrap();
    let mut document: Value = serde_json::from_str(&fixture.pool.jwks_json()).unwrap();
    let next = fixture.pool.clone().rotated().jwks_json();
    let next: Value = serde_json::from_str(&next).unwrap();
    for index in 0..2 {
        document["keys"][index]["n"] = next["keys"][index]["n"].clone();
    }
    fixture
        .script
        .answer(Answer::Document(document.to_string()));
    fixture.clock.advance(RENEWAL);
    fixture.hydrate().await.unwrap();
    assert_eq!(fixture.verify(&token).await, Err(Reason::InvalidSignature));
}
