//! Metrics, health, caches, shutdown.

use std::time::Duration;

use cognito::observe::HealthStatus;
use cognito::revocation::WhenStale;
use cognito::{ErrorKind, Operation, Result, SignInFlow};
use cognito_core::revocation::TokenIdentity;
use cognito_core::{Revocation, RevocationList};
use cognito_testkit::{Recorded, RecordingSink};

use crate::fixture::{EMAIL, Fixture, PASSWORD, refused};

#[tokio::test]
async fn operations_and_errors_are_counted_by_type() {
    let fixture = Fixture::ours_with_secret().await;
    fixture.confirmed_user(EMAIL).await;
    drop(fixture.login().await);
    for _ in 0..3 {
        refused(fixture.cognito.login(EMAIL, "WrongPass123!").await);
    }
    refused(fixture.cognito.login("nobody@example.com", PASSWORD).await);
    let metrics = fixture.cognito.metrics();
    // Sign-up, confirmation, and five logins.
    assert_eq!((metrics.total_requests, metrics.total_errors), (7, 4));
    assert_eq!(metrics.errors_by_type["NotAuthorizedException"], 3);
    assert_eq!(metrics.errors_by_type["UserNotFoundException"], 1);
    assert_eq!(
        metrics.last_error.unwrap().error_type,
        "UserNotFoundException"
    );
    // The hashes of both names that were entered, and of the user name in the pool of the existing
    // user.
    assert_eq!(metrics.cache.secret_hash_cache_size, 3);
    assert!(metrics.client.initialized);

    fixture.cognito.clear_caches();
    fixture.cognito.reset_metrics();
    let metrics = fixture.cognito.metrics();
    assert_eq!((metrics.total_requests, metrics.total_errors), (0, 0));
    assert_eq!(metrics.cache.secret_hash_cache_size, 0);
    assert!(metrics.last_error.is_none());
}

#[tokio::test]
async fn clearing_caches_forgets_no_revocation() {
    let fixture = Fixture::ours().await;
    let tokens = fixture.signed_in().await;
    fixture
        .cognito
        .account(&tokens.access_token)
        .sign_out_everywhere()
        .await
        .unwrap();
    fixture.cognito.clear_caches();
    assert_eq!(fixture.cognito.metrics().security.revoked_tokens, 1);
    let token = fixture
        .cognito
        .verify_access_token(tokens.access_token.expose())
        .await;
    assert_eq!(refused(token), ErrorKind::TokenRevoked);
    // A day later the tokens have expired, and the entry was removed.
    fixture.pass(Duration::from_secs(25 * 3600));
    assert_eq!(fixture.cognito.metrics().security.revoked_tokens, 0);
}

#[tokio::test]
async fn health_makes_no_call() {
    let fixture = Fixture::ours().await;
    let health = fixture.cognito.health();
    assert_eq!(health.status, HealthStatus::Healthy);
    assert_eq!(health.config.user_pool_id, "us-east-1_***");
    assert_eq!(fixture.emulator().calls("DescribeUserPool"), 0);
}

/// A custom list with a stale view. It may have a setting for that.
#[derive(Debug)]
struct Stale(Option<WhenStale>);

#[async_trait::async_trait]
impl RevocationList for Stale {
    async fn revoke(&self, _revocation: Revocation) -> Result<()> {
        Ok(())
    }

    fn is_revoked(&self, _token: &TokenIdentity<'_>) -> bool {
        false
    }

    fn when_stale(&self) -> Option<WhenStale> {
        self.0
    }

    fn is_fresh(&self) -> bool {
        false
    }

    fn len(&self) -> usize {
        0
    }
}

#[tokio::test]
async fn health_reports_effect_of_stale_list() {
    // If the list has no setting for a stale view, the report does not state the effect on tokens.
    let (open, closed) = (Some(WhenStale::FailOpen), Some(WhenStale::FailClosed));
    let let_through = (HealthStatus::Degraded, ", tokens are accepted");
    let kept_out = (HealthStatus::Unhealthy, ", no token is accepted");
    let unsaid = (HealthStatus::Degraded, "the view is stale");
    for (own, said, (status, ending)) in [
        (open, None, let_through),
        (closed, None, kept_out),
        (open, closed, kept_out),
        (closed, open, let_through),
        (None, None, unsaid),
        (None, open, unsaid),
        (None, closed, unsaid),
    ] {
        let fixture =
            Fixture::ours_with(|it| it, |cognito| cognito.revocation_list(Stale(own))).await;
        let health = match said {
            Some(choice) => fixture.cognito.with_when_stale(choice).health(),
            None => fixture.cognito.health(),
        };
        assert_eq!(health.status, status, "{own:?} {said:?}");
        assert!(health.problems[0].ends_with(ending), "{own:?} {said:?}");
    }
}

#[tokio::test]
async fn missing_keys_are_unhealthy_not_invalid_tokens() {
    let fixture = Fixture::ours_with(
        |emulator| emulator.issuer("http://127.0.0.1:9/p"),
        |cognito| {
            let pool = cognito::config::PoolConfig::new(
                "us-east-1_EmuPool01".parse().unwrap(),
                "emulatorclient1".parse().unwrap(),
            );
            // Nothing listens on port 9 of the loopback interface.
            cognito.config(pool.with_issuer("http://127.0.0.1:9/p", "http://127.0.0.1:9/p/jwks"))
        },
    )
    .await;
    let tokens = fixture.signed_in().await;
    let verdict = fixture
        .cognito
        .verify_access_token(tokens.access_token.expose())
        .await;
    let error = verdict.unwrap_err();
    assert_eq!(
        (error.kind(), error.status()),
        (ErrorKind::KeysUnavailable, 503)
    );
    let health = fixture.cognito.health();
    assert_eq!(health.status, HealthStatus::Unhealthy);
    assert_eq!(health.problems.len(), 1);
}

#[tokio::test]
async fn shutdown_rejects_operations() {
    let fixture = Fixture::ours().await;
    fixture.cognito.shutdown().await;
    fixture.cognito.shutdown().await;
    let login = fixture.cognito.login(EMAIL, PASSWORD).await;
    assert_eq!(refused(login), ErrorKind::ShuttingDown);
    assert_eq!(fixture.cognito.health().status, HealthStatus::Unhealthy);
    assert_eq!(fixture.emulator().calls("InitiateAuth"), 0);
}

#[tokio::test]
async fn custom_sink_receives_every_event() {
    let sink = RecordingSink::new();
    let ours = sink.clone();
    let fixture = Fixture::ours_with(|emulator| emulator, |cognito| cognito.event_sink(ours)).await;
    refused(fixture.cognito.login("nobody@example.com", PASSWORD).await);
    let events = sink.events();
    assert!(
        events.iter().any(|event| matches!(
            event,
            Recorded::OperationFinished { operation, error: Some(error), .. }
                if operation.name() == "InitiateAuth" && *error == "UserNotFoundException"
        )),
        "{events:?}"
    );
}

#[tokio::test]
async fn sign_in_reports_the_operation_sent() {
    for (flow, operation) in [
        (SignInFlow::AdminUserPassword, Operation::AdminInitiateAuth),
        (SignInFlow::UserPassword, Operation::InitiateAuth),
    ] {
        let sink = RecordingSink::new();
        let ours = sink.clone();
        let fixture =
            Fixture::ours_with(|emulator| emulator, |cognito| cognito.event_sink(ours)).await;
        let login = fixture.cognito.login("nobody@example.com", PASSWORD);
        let error = login.flow(flow).await.unwrap_err();
        assert_eq!(error.operation(), Some(operation));
        assert!(
            matches!(
                sink.events().last(),
                Some(Recorded::OperationFinished { operation: sent, .. }) if *sent == operation
            ),
            "{:?}",
            sink.events()
        );
        assert_eq!(fixture.emulator().calls(operation.name()), 1);
    }
}
