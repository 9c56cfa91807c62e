//! The public status of the keys.

use std::time::Duration;

use cognito_jwt::SourceErrorKind;
use futures_util::FutureExt;

use crate::world::{Answer, HOUR, MINUTE, RENEWAL, SECOND, World, settle, uri};

#[tokio::test(start_paused = true)]
async fn status_has_age_error_and_next_attempt() {
    let world = World::new();
    let status = world.status();
    assert_eq!(status.jwks_uri, uri());
    assert_eq!(status.keys, 0);
    assert_eq!(status.age, None);
    assert_eq!(status.last_error, None);
    assert_eq!(status.next_refresh_in, None);

    world.hydrate().await.unwrap();
    world.clock.advance(MINUTE);
    let status = world.status();
    assert_eq!(status.keys, 2);
    assert_eq!(status.age, Some(MINUTE));
    assert_eq!(status.last_error, None);
    let next = status.next_refresh_in.unwrap();
    assert!((7 * MINUTE..=8 * MINUTE).contains(&next), "{next:?}");

    world.script.answer(Answer::Failure);
    world.clock.advance(RENEWAL);
    assert_eq!(world.status().next_refresh_in, Some(Duration::ZERO));
    world.hydrate().await.unwrap();
    let status = world.status();
    assert_eq!(status.keys, 2);
    assert_eq!(status.last_error, Some(SourceErrorKind::Connection));
    let next = status.next_refresh_in.unwrap();
    assert!((SECOND..=2 * SECOND).contains(&next), "{next:?}");

    world.clock.advance(24 * HOUR);
    let status = world.status();
    assert_eq!(status.keys, 0);
    assert_eq!(status.age, Some(24 * HOUR + MINUTE + RENEWAL));

    world.script.publish(&world.pool);
    world.hydrate().await.unwrap();
    let status = world.status();
    assert_eq!((status.keys, status.age), (2, Some(Duration::ZERO)));
    assert_eq!(status.last_error, None);
}

#[tokio::test(start_paused = true)]
async fn the_status_names_the_kind_of_failure() {
    let world = World::new();
    world.script.answer(Answer::Document("<html>".to_owned()));
    world.hydrate().await.unwrap_err();
    let error = world.status().last_error;
    assert_eq!(error, Some(SourceErrorKind::Document));

    world.clock.advance(MINUTE);
    world.script.answer(Answer::Panic);
    world.hydrate().await.unwrap_err();
    assert_eq!(world.status().last_error, Some(SourceErrorKind::Other));

    world.clock.advance(MINUTE);
    world.script.hold();
    assert_eq!(world.hydrate().now_or_never(), None);
    settle().await;
    assert_eq!(world.status().next_refresh_in, Some(Duration::ZERO));
    world.clock.advance(MINUTE);
    assert_eq!(world.hydrate().now_or_never(), None);
    assert_eq!(world.status().last_error, Some(SourceErrorKind::Timeout));
}
