//! Tokens for client credentials: cached, shared, renewed in time.

use std::time::Duration;

use cognito::hosted_login::ClientToken;
use cognito::{Cognito, ErrorKind};
use cognito_emulator::{Client, Fault, OAuthFlow};

use crate::fixture::{Fixture, SECRET, refused};
use crate::hosted_login::{fixture, web};
use crate::refreshing::concurrent;

const TOKEN: &str = "/oauth2/token";
const READ: &str = "https://api.example.com/read";
const WRITE: &str = "https://api.example.com/write";

pub(crate) fn machine() -> Client {
    Client::new("machine")
        .secret(SECRET)
        .oauth_flow(OAuthFlow::ClientCredentials)
        .oauth_scope(READ)
        .oauth_scope(WRITE)
}

async fn token(cognito: &Cognito, scope: &str) -> ClientToken {
    let login = cognito.hosted_login();
    login.client_credentials().scope(scope).await.unwrap()
}

fn calls(fixture: &Fixture) -> u64 {
    fixture.emulator().calls(TOKEN)
}

#[tokio::test]
async fn token_is_cached_until_near_expiry() {
    // One minute before it expires.
    let fixture = fixture(machine()).await;
    let first = token(&fixture.cognito, READ).await;
    assert_eq!(first.expires_in, Duration::from_secs(3600));
    fixture.pass(Duration::from_secs(3539));
    let kept = token(&fixture.cognito, READ).await;
    assert_eq!(kept.access_token.expose(), first.access_token.expose());
    assert_eq!(kept.expires_in, Duration::from_secs(61), "what is left");
    assert_eq!(calls(&fixture), 1);
    fixture.pass(Duration::from_secs(1));
    let second = token(&fixture.cognito, READ).await;
    assert_ne!(second.access_token.expose(), first.access_token.expose());
    assert_eq!(calls(&fixture), 2);
}

#[tokio::test]
async fn short_token_is_cached_for_half_its_lifetime() {
    let short = machine().access_token_validity(Duration::from_secs(100));
    let fixture = fixture(short).await;
    drop(token(&fixture.cognito, READ).await);
    fixture.pass(Duration::from_secs(49));
    drop(token(&fixture.cognito, READ).await);
    assert_eq!(calls(&fixture), 1);
    fixture.pass(Duration::from_secs(1));
    drop(token(&fixture.cognito, READ).await);
    assert_eq!(calls(&fixture), 2);
}

#[tokio::test]
async fn scope_order_does_not_matter() {
    let fixture = fixture(machine()).await;
    let login = fixture.cognito.hosted_login();
    let read = token(&fixture.cognito, READ).await;
    let both = login
        .client_credentials()
        .scope(READ)
        .scope(WRITE)
        .await
        .unwrap();
    let turned = login
        .client_credentials()
        .scope(WRITE)
        .scope(READ)
        .await
        .unwrap();
    let all = login.client_credentials().await.unwrap();
    assert_eq!(both.access_token.expose(), turned.access_token.expose());
    assert_ne!(both.access_token.expose(), read.access_token.expose());
    assert_ne!(both.access_token.expose(), all.access_token.expose());
    assert_eq!(calls(&fixture), 3);
    let claims = fixture
        .cognito
        .verify_access_token(read.access_token.expose())
        .await;
    assert_eq!(claims.unwrap().scope, [READ]);
}

#[tokio::test]
async fn concurrent_callers_share_one_call_and_error() {
    let fixture = fixture(machine()).await;
    let all = (0..50).map(|_| token(&fixture.cognito, READ));
    let all = concurrent(&fixture, TOKEN, all).await;
    assert_eq!(calls(&fixture), 1);
    assert!(
        all.iter()
            .all(|one| one.access_token.expose() == all[0].access_token.expose())
    );
    let emulator = fixture.emulator();
    emulator.set_client_secret("machine", "another-secret-of-the-client");
    let login = fixture.cognito.hosted_login();
    let all = (0..50).map(|_| async { login.client_credentials().scope(WRITE).await });
    for result in concurrent(&fixture, TOKEN, all).await {
        assert_eq!(refused(result), ErrorKind::ClientAuth);
    }
    assert_eq!(calls(&fixture), 2);
    // An error is not cached.
    emulator.set_client_secret("machine", SECRET);
    drop(token(&fixture.cognito, WRITE).await);
}

#[tokio::test]
async fn rejected_token_can_be_replaced() {
    let fixture = fixture(machine()).await;
    let login = fixture.cognito.hosted_login();
    let first = token(&fixture.cognito, READ).await;
    let fresh = login
        .client_credentials()
        .scope(READ)
        .fresh()
        .await
        .unwrap();
    assert_ne!(fresh.access_token.expose(), first.access_token.expose());
    let kept = token(&fixture.cognito, READ).await;
    assert_eq!(kept.access_token.expose(), fresh.access_token.expose());
}

#[tokio::test]
async fn rejects_unpermitted_scopes() {
    let fixture = fixture(machine()).await;
    let login = fixture.cognito.hosted_login();
    let unknown = login
        .client_credentials()
        .scope("https://api.example.com/delete");
    let error = unknown.await.unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::Configuration, Some("invalid_scope"))
    );
    let odd = login.client_credentials().scope("a b").await;
    assert_eq!(refused(odd), ErrorKind::InvalidParameter);
    fixture
        .emulator()
        .set_client_secret("machine", "another-secret-of-the-client");
    let wrong = login.client_credentials().scope(READ).await;
    assert_eq!(refused(wrong), ErrorKind::ClientAuth);
}

#[tokio::test]
async fn missing_secret_fails_before_sending() {
    let fixture = fixture(web()).await;
    let login = fixture.cognito.hosted_login();
    let error = login.client_credentials().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(
        error.to_string().contains("AWS_COGNITO_CLIENT_SECRET"),
        "{error}"
    );
    assert_eq!(calls(&fixture), 0);
}

#[tokio::test]
async fn rejects_client_without_the_grant() {
    let fixture = fixture(web().secret(SECRET)).await;
    let login = fixture.cognito.hosted_login();
    let kind = refused(login.client_credentials().await);
    assert_eq!(kind, ErrorKind::ClientAuth);
}

#[tokio::test]
async fn lost_response_is_retried() {
    let fixture = fixture(machine()).await;
    fixture
        .emulator()
        .inject(Fault::cut(TOKEN).times(1))
        .unwrap();
    drop(token(&fixture.cognito, READ).await);
    assert_eq!(calls(&fixture), 2);
    let cognito = fixture.facade().max_attempts(1).build().await.unwrap();
    fixture
        .emulator()
        .inject(Fault::cut(TOKEN).times(1))
        .unwrap();
    let lost = cognito
        .hosted_login()
        .client_credentials()
        .scope(READ)
        .await;
    assert_eq!(refused(lost), ErrorKind::ReplyLost);
}

in_memory_too! {
    token_is_cached_until_near_expiry
    short_token_is_cached_for_half_its_lifetime
    scope_order_does_not_matter
    concurrent_callers_share_one_call_and_error
    rejected_token_can_be_replaced
    rejects_unpermitted_scopes
    missing_secret_fails_before_sending
    rejects_client_without_the_grant
    lost_response_is_retried
}
