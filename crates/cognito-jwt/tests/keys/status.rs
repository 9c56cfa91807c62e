//! The public status of the keys.

use std::time::Duration;

use cognito_jwt::SourceErrorKind;
use futures_util::FutureExt;

use crate::fixture::{Answer, Fixture, HOUR, MINUTE, RENEWAL, SECOND, settle, uri};

#[tokio::test(start_paused = true)]
async fn status_has_age_error_and_next_attempt() {
    let fixture = Fixture::new();
    let status = fixture.status();
    assert_eq!(status.jwks_uri, uri());
    assert_eq!(status.keys, 0);
    assert_eq!(status.age, None);
    assert_eq!(status.last_error, None);
    assert_eq!(status.next_refresh_in, None);

    fixture.hydrate().await.unwrap();
    fixture.clock.advance(MINUTE);
    let status = fixture.status();
    assert_eq!(status.keys, 2);
    assert_eq!(status.age, Some(MINUTE));
    assert_eq!(status.last_error, None);
    let next = status.next_refresh_in.unwrap();
    assert!((7 * MINUTE..=8 * MINUTE).contains(&next), "{next:?}");

    fixture.script.answer(Answer::Failure);
    fixture.clock.advance(RENEWAL);
    assert_eq!(fixture.status().next_refresh_in, Some(Duration::ZERO));
    fixture.hydrate().await.unwrap();
    let status = fixture.status();
    assert_eq!(status.keys, 2);
    assert_eq!(status.last_error, Some(SourceErrorKind::Connection));
    let next = status.next_refresh_in.unwrap();
    assert!((SECOND..=2 * SECOND).contains(&next), "{next:?}");

    fixture.clock.advance(24 * HOUR);
    let status = fixture.status();
    assert_eq!(status.keys, 0);
    assert_eq!(status.age, Some(24 * HOUR + MINUTE + RENEWAL));

    fixture.script.publish(&fixture.pool);
    fixture.hydrate().await.unwrap();
    let status = fixture.status();
    assert_eq!((status.keys, status.age), (2, Some(Duration::ZERO)));
    assert_eq!(status.last_error, None);
}

#[tokio::test(start_paused = true)]
async fn the_status_names_the_kind_of_failure() {
    let fixture = Fixture::new();
    fixture.script.answer(Answer::Document("<html>".to_owned()));
    fixture.hydrate().await.unwrap_err();
    let error = fixture.status().last_error;
    assert_eq!(error, Some(SourceErrorKind::Document));

    fixture.clock.advance(MINUTE);
    fixture.script.answer(Answer::Panic);
    fixture.hydrate().await.unwrap_err();
    assert_eq!(fixture.status().last_error, Some(SourceErrorKind::Other));

    fixture.clock.advance(MINUTE);
    fixture.script.hold();
    assert_eq!(fixture.hydrate().now_or_never(), None);
    settle().await;
    assert_eq!(fixture.status().next_refresh_in, Some(Duration::ZERO));
    fixture.clock.advance(MINUTE);
    assert_eq!(fixture.hydrate().now_or_never(), None);
    assert_eq!(fixture.status().last_error, Some(SourceErrorKind::Timeout));
}
