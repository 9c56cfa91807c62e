//! The credentials of signed-in users.

use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::provider::ProvideCredentials;
use cognito_core::Clock;
use cognito_identity_pool::{Error, ErrorKind, IdToken};
use cognito_testkit::emulator::Fault;
use parking_lot::Mutex;

use crate::fixture::{ANN, BOB, Fixture, failure, operator_config, with_token};

#[tokio::test]
async fn user_gets_credentials() {
    let fixture = Fixture::new().await;
    let pool = fixture.pool();
    let ann = fixture.user(&pool, ANN);
    let credentials = ann.credentials().await.unwrap();
    assert!(credentials.access_key_id().starts_with("ASIA"));
    assert!(credentials.session_token().is_some());
    let expiry = fixture.users.clock().now() + Duration::from_secs(3600);
    assert_eq!(credentials.expiry(), Some(expiry));
    assert!(
        ann.identity_id()
            .await
            .unwrap()
            .as_str()
            .starts_with("us-east-1:")
    );
    // Later uses return the same credentials, also through the trait of the SDK.
    let again = ann.provide_credentials().await.unwrap();
    assert_eq!(again.access_key_id(), credentials.access_key_id());
    for operation in ["GetId", "GetCredentialsForIdentity"] {
        assert_eq!(fixture.calls(operation), 1, "{operation}");
    }
}

#[tokio::test]
async fn sdk_client_uses_the_credentials() {
    let fixture = Fixture::new().await;
    let pool = fixture.pool();
    let config = operator_config(&fixture.users).await.into_builder();
    let ann = fixture.user(&pool, ANN);
    let provider = aws_credential_types::provider::SharedCredentialsProvider::new(ann);
    let config = config.credentials_provider(provider).build();
    let ssm = aws_sdk_ssm::Client::new(&config);
    let put = ssm.put_parameter().name("/color").value("blue");
    let put = put.r#type(aws_sdk_ssm::types::ParameterType::String);
    put.send().await.unwrap();
    assert_eq!(fixture.calls("GetCredentialsForIdentity"), 1);
    assert_eq!(fixture.calls("PutParameter"), 1);
}

#[tokio::test]
async fn users_never_share_an_identity() {
    let fixture = Fixture::new().await;
    let pool = fixture.pool();
    let (ann, bob) = (fixture.user(&pool, ANN), fixture.user(&pool, BOB));
    let id = ann.identity_id().await.unwrap();
    assert!(id != bob.identity_id().await.unwrap());
    // Another value for the same user uses the cached identity id.
    assert_eq!(fixture.calls("GetId"), 2);
    for _ in 0..2 {
        let again = fixture.user(&pool, ANN);
        assert!(again.identity_id().await.unwrap() == id);
    }
    assert_eq!(fixture.calls("GetId"), 2);
    // Without the cache, each value sends the request.
    let uncached = fixture.builder().identity_capacity(0).build_isolated();
    for _ in 0..2 {
        let again = fixture.user(&uncached, ANN);
        assert!(again.identity_id().await.unwrap() == id);
    }
    assert_eq!(fixture.calls("GetId"), 4);
}

#[tokio::test]
async fn forged_token_gets_no_cached_identity() {
    let fixture = Fixture::new().await;
    let pool = fixture.pool();
    fixture.user(&pool, ANN).credentials().await.unwrap();
    // The token of the user without its signature names the same user.
    let token = fixture.sign_in(ANN).await.id_token;
    let (content, _) = token.expose().rsplit_once('.').unwrap();
    let forged = IdToken::new(format!("{content}.AAAA")).unwrap();
    let forger = with_token(&pool, &forged);
    assert_eq!(failure(&forger).await, ErrorKind::TokenInvalid);
    let id = forger.identity_id().await.unwrap_err();
    assert_eq!(id.kind(), ErrorKind::TokenInvalid);
}

#[tokio::test]
async fn token_of_another_user_is_rejected() {
    let fixture = Fixture::new().await;
    let pool = fixture.pool();
    let token = Arc::new(Mutex::new(fixture.sign_in(ANN).await.id_token));
    let shared = Arc::clone(&token);
    let source = move || {
        let token = shared.lock().clone();
        async move { Ok(token) }
    };
    let credentials = pool.user(source).build().unwrap();
    credentials.credentials().await.unwrap();
    fixture.users.clock().advance(Duration::from_secs(58 * 60));
    *token.lock() = fixture.sign_in(BOB).await.id_token;
    assert_eq!(failure(&credentials).await, ErrorKind::Misuse);
    assert_eq!(fixture.calls("GetCredentialsForIdentity"), 1);
    // The first user can go on.
    *token.lock() = fixture.sign_in(ANN).await.id_token;
    credentials.credentials().await.unwrap();
}

#[tokio::test]
async fn expired_token_is_rejected() {
    let fixture = Fixture::new().await;
    let token = fixture.sign_in(ANN).await.id_token;
    let credentials = with_token(&fixture.pool(), &token);
    fixture.users.clock().advance(Duration::from_secs(3600));
    assert_eq!(failure(&credentials).await, ErrorKind::TokenExpired);
}

#[tokio::test]
async fn access_token_is_not_sent() {
    let fixture = Fixture::new().await;
    let tokens = fixture.sign_in(ANN).await;
    for token in [tokens.access_token.expose(), "a.b.c"] {
        let token = IdToken::new(token).unwrap();
        let credentials = with_token(&fixture.pool(), &token);
        assert_eq!(failure(&credentials).await, ErrorKind::TokenInvalid);
    }
    assert_eq!(fixture.calls("GetId"), 0);
}

#[tokio::test]
async fn other_provider_and_client_are_faults_of_settings() {
    let fixture = Fixture::new().await;
    let elsewhere = fixture.builder().provider_name("accounts.google.com");
    let ann = fixture.user(&elsewhere.build_isolated(), ANN);
    let error = ann.credentials().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    let shown = error.to_string();
    assert!(
        shown.contains("add the user pool and the app client"),
        "{shown}"
    );

    let without = fixture.operator.update_identity_pool();
    let without = without
        .identity_pool_id(&fixture.id)
        .identity_pool_name("users");
    let without = without.allow_unauthenticated_identities(false);
    without.send().await.unwrap();
    let ann = fixture.user(&fixture.pool(), ANN);
    assert_eq!(failure(&ann).await, ErrorKind::Configuration);
}

#[tokio::test]
async fn unknown_identity_pool_is_a_fault_of_settings() {
    let fixture = Fixture::new().await;
    let unknown = "us-east-1:00000000-0000-4000-8000-000000000000";
    let pool = fixture.builder_of(unknown).build_isolated();
    let error = fixture.user(&pool, ANN).credentials().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert_eq!(error.code(), Some("ResourceNotFoundException"));
    assert!(error.to_string().contains("GetId"), "{error}");
    assert!(error.request_id().is_some());
}

#[tokio::test]
async fn deleted_identity_is_requested_again() {
    let fixture = Fixture::new().await;
    let pool = fixture.pool();
    fixture.user(&pool, ANN).credentials().await.unwrap();
    let gone = Fault::error(
        "GetCredentialsForIdentity",
        "ResourceNotFoundException",
        "Identity 'us-east-1:0' not found.",
    );
    fixture.users.emulator().inject(gone.times(1)).unwrap();
    fixture.user(&pool, ANN).credentials().await.unwrap();
    assert_eq!(fixture.calls("GetId"), 2);
    // An id that the caller has set is not replaced.
    let other = "us-east-1:00000000-0000-4000-8000-000000000000";
    let guest = pool.guest().identity_id(other.parse().unwrap());
    let guest = guest.build().unwrap();
    assert_eq!(failure(&guest).await, ErrorKind::NotFound);
    assert_eq!(fixture.calls("GetId"), 2);
}

/// Anyone who has the ID token of a user can unlink the identity of the user. The cache must not
/// keep the user out until its entry expires.
#[tokio::test]
async fn forbidden_identity_is_not_cached() {
    let fixture = Fixture::new().await;
    let pool = fixture.pool();
    fixture.user(&pool, ANN).credentials().await.unwrap();
    let unlinked = Fault::error(
        "GetCredentialsForIdentity",
        "NotAuthorizedException",
        "Logins don't match.",
    );
    fixture.users.emulator().inject(unlinked.times(1)).unwrap();
    let ann = fixture.user(&pool, ANN);
    assert_eq!(failure(&ann).await, ErrorKind::NotAuthorized);
    assert_eq!(fixture.calls("GetId"), 1);
    ann.credentials().await.unwrap();
    assert_eq!(fixture.calls("GetId"), 2);
}

#[tokio::test]
async fn error_of_the_source_is_returned() {
    let fixture = Fixture::new().await;
    let source = || async { Err(Error::new(ErrorKind::RefreshRevoked)) };
    let credentials = fixture.pool().user(source).build().unwrap();
    assert_eq!(failure(&credentials).await, ErrorKind::RefreshRevoked);
    let error = credentials.provide_credentials().await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap();
    let ours = source.downcast_ref::<Error>().unwrap();
    assert_eq!(ours.kind(), ErrorKind::RefreshRevoked);
    assert_eq!(fixture.calls("GetId"), 0);
}

#[tokio::test]
async fn debug_shows_no_secret() {
    let fixture = Fixture::new().await;
    let pool = fixture.pool();
    let token = fixture.sign_in(ANN).await.id_token;
    let ann = with_token(&pool, &token);
    let credentials = ann.credentials().await.unwrap();
    let identity = ann.identity_id().await.unwrap();
    let shown = format!(
        "{ann:?} {pool:?} {:?} {:?} {identity:?} {credentials:?}",
        pool.guest(),
        fixture
            .builder()
            .endpoint_url("https://user:password@proxy.example")
    );
    let session = credentials.session_token().unwrap();
    for secret in [
        credentials.secret_access_key(),
        session,
        token.expose(),
        identity.as_str(),
        "password",
    ] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(shown.contains(&fixture.id), "{shown}");
}
