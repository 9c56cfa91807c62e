//! Outages of the JWKS endpoint and of the store.

use std::sync::atomic::Ordering;

use cognito_jwt::{Reason, SourceErrorKind};
use cognito_testkit::LogCapture;

use super::{FAILS, Instances, PANICS, verify_own_token};
use crate::fixture::{Answer, HOUR, MINUTE, RENEWAL, SECOND, forged, settle};

#[tokio::test(start_paused = true)]
async fn instance_starting_in_outage_uses_shared_keys() {
    let instances = Instances::new();
    verify_own_token(&instances.another()).await;
    instances.first.script.answer(Answer::Failure);
    instances.first.clock.advance(23 * HOUR);
    let instance = instances.another();
    verify_own_token(&instance).await;
    let status = instance.status();
    assert_eq!(status.last_error, Some(SourceErrorKind::Connection));
    assert_eq!(status.age, Some(23 * HOUR));
    // An unknown key may be a new one, so the token cannot be checked.
    let verdict = instance.verify(&forged("a")).await;
    assert_eq!(verdict, Err(Reason::KeysUnavailable));
    // A day after the fetch by an instance, the keys are no longer trusted.
    instances.first.clock.advance(HOUR + SECOND);
    let token = instance.token();
    let unavailable = Err(Reason::KeysUnavailable);
    assert_eq!(instance.verify(&token).await, unavailable);
    assert_eq!(instances.another().verify(&token).await, unavailable);
}

#[tokio::test(start_paused = true)]
async fn outage_takes_newer_shared_keys() {
    let instances = Instances::new();
    let instance = instances.another();
    verify_own_token(&instance).await;
    instances.first.clock.advance(MINUTE);
    let rotated = instances.first.pool.clone().rotated();
    instances.first.script.publish(&rotated);
    let new = rotated.access_token(|_| {});
    assert_eq!(instances.another().verify(&new).await, Ok(()));
    settle().await;
    instances.first.script.answer(Answer::Failure);
    assert_eq!(instance.verify(&new).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn outage_ignores_older_shared_keys() {
    let instances = Instances::new();
    let instance = instances.another();
    verify_own_token(&instance).await;
    let old = instances.stored().await.1.unwrap();
    let old_token = instance.token();
    let rotated = instances.first.pool.clone().rotated();
    instances.first.script.publish(&rotated);
    instances.first.clock.advance(RENEWAL);
    instance.hydrate().await.unwrap();
    settle().await;
    instances.write_raw(old).await;
    instances.first.script.answer(Answer::Failure);
    instances.first.clock.advance(RENEWAL);
    instance.hydrate().await.unwrap();
    settle().await;
    assert_eq!(instance.status().age, Some(RENEWAL));
    assert!(instance.verify(&old_token).await.is_err());
    let new = rotated.access_token(|_| {});
    assert_eq!(instance.verify(&new).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn failing_store_blocks_no_caller() {
    for state in [FAILS, PANICS] {
        let instances = Instances::new();
        instances.server.state.store(state, Ordering::SeqCst);
        let logs = LogCapture::start();
        for _ in 0..2 {
            verify_own_token(&instances.another()).await;
        }
        assert_eq!(instances.fetches(), 2);
        let text = logs.text();
        assert!(text.contains("store of the shared signing keys"), "{text}");
        drop(logs);
        instances.first.script.answer(Answer::Failure);
        let instance = instances.another();
        let verdict = instance.verify(&instance.token()).await;
        assert_eq!(verdict, Err(Reason::KeysUnavailable));
    }
}
