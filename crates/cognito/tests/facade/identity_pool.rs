//! AWS credentials for the user of a session, from an identity pool of the emulator.

use std::time::Duration;

use cognito::identity_pool::{IdTokenSource, IdentityPool};
use cognito::{ErrorKind, UserSession};
use cognito_emulator::{Client, Emulator, Request};
use serde_json::{Value, json};

use crate::fixture::{Fixture, refused};

const ROLE: &str = "arn:aws:iam::123456789012:role/app";
const SIGNATURE: &str = "AWS4-HMAC-SHA256 Credential=test/20270115/us-east-1/x/aws4_request, \
                         SignedHeaders=host, Signature=0";

async fn fixture(client: Client) -> Fixture {
    Fixture::ours_with(|emulator| emulator.client(client), |cognito| cognito).await
}

/// Calls an operation of identity pools as an operator.
async fn operate(emulator: &Emulator, operation: &str, fields: &Value) -> Value {
    let request = Request::new("POST", "/")
        .header("content-type", "application/x-amz-json-1.1")
        .header(
            "x-amz-target",
            &format!("AWSCognitoIdentityService.{operation}"),
        )
        .header("authorization", SIGNATURE)
        .body(fields.to_string());
    let response = emulator.respond(request).await.unwrap();
    assert_eq!(response.status(), 200, "{operation}");
    serde_json::from_slice(response.body()).unwrap_or_default()
}

/// Creates an identity pool for the users of the fixture.
async fn identity_pool(fixture: &Fixture) -> IdentityPool {
    let emulator = fixture.emulator();
    let user_pool = emulator.user_pool_id();
    let provider = json!({
        "ProviderName": format!("cognito-idp.us-east-1.amazonaws.com/{user_pool}"),
        "ClientId": emulator.client_id(),
    });
    let fields = json!({
        "IdentityPoolName": "users",
        "AllowUnauthenticatedIdentities": false,
        "CognitoIdentityProviders": [provider],
    });
    let created = operate(emulator, "CreateIdentityPool", &fields).await;
    let id = created["IdentityPoolId"].as_str().unwrap();
    let roles = json!({ "IdentityPoolId": id, "Roles": { "authenticated": ROLE } });
    operate(emulator, "SetIdentityPoolRoles", &roles).await;
    let builder = fixture.cognito.identity_pool(id).unwrap();
    builder.http_connector(fixture.keys()).build_isolated()
}

#[tokio::test]
async fn session_is_refreshed_for_new_credentials() {
    // The second refresh fails if the rotated refresh token of the first one was lost.
    for client in [
        Client::new("web"),
        Client::new("web").refresh_rotation(Duration::ZERO),
    ] {
        let fixture = fixture(client).await;
        let session = UserSession::from(fixture.signed_in().await);
        let first = session.tokens.id_token.clone();
        let pool = identity_pool(&fixture).await;
        let tokens = fixture.cognito.id_tokens(session);
        let user = pool.user(tokens.clone()).build().unwrap();
        let identity = user.identity_id().await.unwrap();
        let unchanged = tokens.session().await.tokens.id_token;
        assert_eq!(unchanged.expose(), first.expose());
        for refreshes in 1..3 {
            fixture.pass(Duration::from_secs(59 * 60 + 1));
            let credentials = user.credentials().await.unwrap();
            assert!(credentials.expiry() > Some(fixture.now()));
            let calls = fixture.emulator().calls("GetTokensFromRefreshToken");
            assert_eq!(calls, refreshes);
        }
        let last = tokens.session().await.tokens.id_token;
        assert_ne!(last.expose(), first.expose());
        assert!(user.identity_id().await.unwrap() == identity);
    }
}

#[tokio::test]
async fn concurrent_users_of_a_session_share_a_refresh() {
    let fixture = fixture(Client::new("web").refresh_rotation(Duration::ZERO)).await;
    let session = UserSession::from(fixture.signed_in().await);
    let tokens = fixture.cognito.id_tokens(session);
    fixture.pass(Duration::from_secs(3600));
    let (one, other) = tokio::join!(tokens.id_token(), tokens.id_token());
    assert_eq!(one.unwrap().expose(), other.unwrap().expose());
    let calls = fixture.emulator().calls("GetTokensFromRefreshToken");
    assert_eq!(calls, 1);
}

#[tokio::test]
async fn ended_session_gets_no_credentials() {
    let fixture = fixture(Client::new("web")).await;
    let session = UserSession::from(fixture.signed_in().await);
    let refresh_token = session.tokens.refresh_token.clone();
    let pool = identity_pool(&fixture).await;
    let user = pool
        .user(fixture.cognito.id_tokens(session))
        .build()
        .unwrap();
    user.credentials().await.unwrap();
    fixture.cognito.revoke(&refresh_token).await.unwrap();
    fixture.pass(Duration::from_secs(3600));
    assert_eq!(refused(user.credentials().await), ErrorKind::RefreshRevoked);
}

#[tokio::test]
async fn invalid_identity_pool_id_is_rejected() {
    let fixture = Fixture::ours().await;
    for id in ["", "us-east-1", "us-east-1_Pool1"] {
        let error = fixture.cognito.identity_pool(id).map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidParameter, "{id}");
    }
}
