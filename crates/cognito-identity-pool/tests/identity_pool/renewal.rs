//! The renewal of credentials.

use std::time::Duration;

use aws_credential_types::provider::ProvideCredentials;
use cognito_core::Clock;
use cognito_identity_pool::ErrorKind;
use cognito_testkit::LogCapture;
use cognito_testkit::emulator::Fault;

use crate::fixture::{ANN, Fixture, failure};

const OPERATION: &str = "GetCredentialsForIdentity";
const MINUTE: Duration = Duration::from_secs(60);

fn throttled() -> Fault {
    Fault::error(OPERATION, "TooManyRequestsException", "Rate exceeded")
}

#[tokio::test]
async fn credentials_are_renewed_before_they_expire() {
    let fixture = Fixture::new().await;
    let clock = fixture.users.clock();
    let ann = fixture.user(&fixture.pool(), ANN);
    let first = ann.credentials().await.unwrap();
    clock.advance(54 * MINUTE);
    let same = ann.credentials().await.unwrap();
    assert_eq!(same.access_key_id(), first.access_key_id());
    clock.advance(MINUTE);
    let renewed = ann.credentials().await.unwrap();
    assert_ne!(renewed.access_key_id(), first.access_key_id());
    assert_eq!(
        renewed.expiry(),
        first.expiry().map(|first| first + 55 * MINUTE)
    );
    assert_eq!((fixture.calls("GetId"), fixture.calls(OPERATION)), (1, 2));
}

#[tokio::test]
async fn time_of_the_renewal_can_be_set() {
    let fixture = Fixture::new().await;
    let pool = fixture.builder().renew_before(30 * MINUTE).build_isolated();
    let ann = fixture.user(&pool, ANN);
    let first = ann.credentials().await.unwrap();
    fixture.users.clock().advance(30 * MINUTE);
    let renewed = ann.credentials().await.unwrap();
    assert_ne!(renewed.access_key_id(), first.access_key_id());
}

/// AWS rejects the credentials after one hour, whatever the clock of this host says.
#[tokio::test]
async fn clock_set_back_extends_no_credentials() {
    let fixture = Fixture::new().await;
    let clock = fixture.users.clock();
    let ann = fixture.user(&fixture.pool(), ANN);
    let first = ann.credentials().await.unwrap();
    let start = clock.now();
    clock.advance(61 * MINUTE);
    clock.set(start);
    assert!(ann.fallback_on_interrupt().is_none());
    let renewed = ann.credentials().await.unwrap();
    assert_ne!(renewed.access_key_id(), first.access_key_id());
    assert_eq!(fixture.calls(OPERATION), 2);
}

#[tokio::test]
async fn concurrent_uses_share_one_renewal() {
    let fixture = Fixture::new().await;
    let ann = fixture.user(&fixture.pool(), ANN);
    let clone = ann.clone();
    let (one, other, third) =
        tokio::join!(ann.credentials(), clone.credentials(), ann.identity_id());
    let (one, other) = (one.unwrap(), other.unwrap());
    assert_eq!(one.access_key_id(), other.access_key_id());
    third.unwrap();
    assert_eq!((fixture.calls("GetId"), fixture.calls(OPERATION)), (1, 1));
}

#[tokio::test]
async fn concurrent_uses_share_an_error() {
    let fixture = Fixture::new().await;
    let ann = fixture.user(&fixture.pool(), ANN);
    fixture
        .users
        .emulator()
        .inject(throttled().times(1))
        .unwrap();
    let (one, other) = tokio::join!(ann.credentials(), ann.credentials());
    for outcome in [one, other] {
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Throttled);
    }
    assert_eq!(fixture.calls(OPERATION), 1);
    ann.credentials().await.unwrap();
}

#[tokio::test]
async fn failed_renewal_keeps_valid_credentials() {
    let fixture = Fixture::new().await;
    let (clock, emulator) = (fixture.users.clock(), fixture.users.emulator());
    let pool = fixture.builder().renew_before(30 * MINUTE).build_isolated();
    let ann = fixture.user(&pool, ANN);
    let first = ann.credentials().await.unwrap();
    let logs = LogCapture::start();
    clock.advance(30 * MINUTE);
    for (failures, fault) in [(1, throttled()), (2, Fault::cut(OPERATION))] {
        emulator.clear_faults();
        emulator.inject(fault).unwrap();
        let kept = ann.credentials().await.unwrap();
        assert_eq!(kept.access_key_id(), first.access_key_id());
        assert_eq!(fixture.calls(OPERATION), 1 + failures);
    }
    let text = logs.text();
    assert!(text.contains("could not be renewed"), "{text}");
    logs.assert_free_of(&[first.secret_access_key()]);
    assert!(ann.fallback_on_interrupt().is_some());
    // After the expiry, the error is returned.
    clock.advance(30 * MINUTE);
    assert_eq!(failure(&ann).await, ErrorKind::Network);
    assert!(ann.fallback_on_interrupt().is_none());
}

#[tokio::test]
async fn rejected_user_gets_no_old_credentials() {
    let fixture = Fixture::new().await;
    let ann = fixture.user(&fixture.pool(), ANN);
    ann.credentials().await.unwrap();
    fixture.users.clock().advance(56 * MINUTE);
    let forbidden = Fault::error(OPERATION, "NotAuthorizedException", "Access is forbidden.");
    fixture.users.emulator().inject(forbidden.times(1)).unwrap();
    assert_eq!(failure(&ann).await, ErrorKind::NotAuthorized);
}

#[tokio::test(start_paused = true)]
async fn throttled_requests_are_sent_again() {
    let fixture = Fixture::new().await;
    let pool = fixture.builder().max_attempts(3).build_isolated();
    fixture
        .users
        .emulator()
        .inject(throttled().times(1))
        .unwrap();
    let ann = fixture.user(&pool, ANN);
    ann.credentials().await.unwrap();
    assert_eq!(fixture.calls(OPERATION), 2);
}
