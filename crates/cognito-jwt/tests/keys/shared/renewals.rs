//! Which instance fetches a document, and when it is renewed.

use cognito_core::Store;
use cognito_jwt::Reason;

use super::{Instances, document, verify_own_token};
use crate::fixture::{HOUR, MINUTE, RENEWAL, SECOND, START, forged, settle};

#[tokio::test(start_paused = true)]
async fn one_instance_fetches_for_all() {
    let instances = Instances::new();
    for _ in 0..50 {
        verify_own_token(&instances.another()).await;
    }
    assert_eq!(instances.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn one_instance_renews_for_all() {
    let instances = Instances::new();
    let fixtures: Vec<_> = (0..10).map(|_| instances.another()).collect();
    for fixture in &fixtures {
        verify_own_token(fixture).await;
    }
    for round in 2..4 {
        instances.first.clock.advance(RENEWAL);
        for fixture in &fixtures {
            fixture.hydrate().await.unwrap();
            settle().await;
            assert!(fixture.status().age < Some(SECOND), "{round}");
        }
        assert_eq!(instances.fetches(), round);
    }
}

// No caller waits for the fetch: it is made in the background.
#[cfg(feature = "http")]
#[tokio::test(start_paused = true)]
async fn shared_keys_keep_their_age() {
    let instances = Instances::new();
    verify_own_token(&instances.another()).await;
    instances.first.clock.advance(7 * MINUTE);
    let late = instances.another();
    verify_own_token(&late).await;
    assert_eq!(instances.fetches(), 1);
    assert_eq!(late.status().age, Some(7 * MINUTE));
    let due = late.status().next_refresh_in.unwrap();
    assert!(due >= MINUTE && due <= 2 * MINUTE, "{due:?}");
    // Eight to nine minutes after the fetch, the shared keys are too old to be used from the store.
    instances.first.clock.advance(2 * MINUTE);
    verify_own_token(&instances.another()).await;
    assert_eq!(instances.fetches(), 2);
    verify_own_token(&late).await;
    settle().await;
    assert_eq!(instances.fetches(), 2);
    assert_eq!(late.status().age, Some(std::time::Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn stored_document_hides_no_new_key() {
    let instances = Instances::new();
    verify_own_token(&instances.another()).await;
    let rotated = instances.first.pool.clone().rotated();
    instances.first.script.publish(&rotated);
    let new = rotated.access_token(|_| {});
    instances.first.clock.advance(MINUTE);
    // It starts with the old document, and the first token that it sees is of the new key.
    let late = instances.another();
    assert_eq!(late.verify(&new).await, Ok(()));
    assert_eq!(instances.fetches(), 2);
    settle().await;
    // The newer document is there for the next one.
    assert_eq!(instances.another().verify(&new).await, Ok(()));
    assert_eq!(instances.fetches(), 2);
}

#[tokio::test(start_paused = true)]
async fn running_instance_bypasses_store_for_new_key() {
    let instances = Instances::new();
    let instance = instances.another();
    verify_own_token(&instance).await;
    instances.first.clock.advance(MINUTE);
    let rotated = instances.first.pool.clone().rotated();
    instances.first.script.publish(&rotated);
    let new = rotated.access_token(|_| {});
    assert_eq!(instance.verify(&new).await, Ok(()));
    assert_eq!(instances.fetches(), 2);
}

// No caller waits for the fetch: it is made in the background.
#[cfg(feature = "http")]
#[tokio::test(start_paused = true)]
async fn sync_call_bypasses_store_for_new_key() {
    let instances = Instances::new();
    verify_own_token(&instances.another()).await;
    let instance = instances.another();
    instance.hydrate().await.unwrap();
    let rotated = instances.first.pool.clone().rotated();
    instances.first.script.publish(&rotated);
    let new = rotated.access_token(|_| {});
    let verdict = instance.verify_sync(&new);
    assert_eq!(verdict, Err(Reason::KeysUnavailable));
    settle().await;
    assert_eq!(instance.verify_sync(&new), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn store_does_not_raise_forged_fetch_rate() {
    let instances = Instances::new();
    verify_own_token(&instances.another()).await;
    let instance = instances.another();
    for number in 0..100 {
        let verdict = instance.verify(&forged(&format!("a{number}"))).await;
        assert_eq!(verdict, Err(Reason::UnknownKid));
    }
    assert_eq!(instances.fetches(), 2);
    instances.first.clock.advance(10 * SECOND);
    let verdict = instance.verify(&forged("b")).await;
    assert_eq!(verdict, Err(Reason::UnknownKid));
    assert_eq!(instances.fetches(), 3);
}

#[tokio::test(start_paused = true)]
async fn older_fetch_does_not_replace_newer() {
    let instances = Instances::new();
    verify_own_token(&instances.another()).await;
    let (name, _) = instances.stored().await;
    instances.first.script.hold();
    instances.first.clock.advance(RENEWAL);
    let slow = instances.another();
    let late = async {
        settle().await;
        instances.first.clock.advance(SECOND);
        let rotated = instances.first.pool.clone().rotated();
        let younger = document(&rotated, START + RENEWAL.as_secs() + 1);
        let store = instances.sealed(1, &instances.first.clock);
        store.write(&name, younger, HOUR).await.unwrap();
        let stored = instances.stored().await.1;
        instances.first.script.release();
        stored
    };
    let ((), stored) = tokio::join!(verify_own_token(&slow), late);
    assert_eq!(instances.fetches(), 2);
    assert!(instances.stored().await.1 == stored);
}
