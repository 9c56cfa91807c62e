//! Every JSON format of the original service, so that its front ends continue to work. New members
//! are allowed; renamed or missing ones are not.

use cognito::Challenge;
use cognito_tower::public::{EnumerationPolicy, ErrorBody};
use serde_json::{Value, json};

use crate::fixture::{EMAIL, Fixture, PASSWORD, challenge, refused};
use crate::scenarios::mfa::with_totp;

/// Checks that `actual` has all members of `shape`, each of the same JSON type. A string that is
/// not empty, and a boolean that is `true`, must be equal.
#[track_caller]
fn has_shape(actual: &impl serde::Serialize, shape: &Value) {
    let actual = serde_json::to_value(actual).unwrap();
    compare(&actual, shape, "$");
}

#[track_caller]
fn compare(actual: &Value, shape: &Value, path: &str) {
    match (actual, shape) {
        (Value::Object(actual), Value::Object(shape)) => {
            for (name, shape) in shape {
                let path = format!("{path}.{name}");
                let member = actual
                    .get(name)
                    .unwrap_or_else(|| panic!("{path} is missing"));
                compare(member, shape, &path);
            }
        }
        (Value::String(actual), Value::String(shape)) => {
            assert!(shape.is_empty() || actual == shape, "{path}: {actual:?}");
        }
        (Value::Bool(actual), Value::Bool(shape)) => assert_eq!(actual, shape, "{path}"),
        (Value::Number(_), Value::Number(_)) => {}
        (Value::Array(actual), Value::Array(shape)) => {
            if let Some(shape) = shape.first() {
                assert!(!actual.is_empty(), "{path} is empty");
                for (index, actual) in actual.iter().enumerate() {
                    compare(actual, shape, &format!("{path}[{index}]"));
                }
            }
        }
        (actual, shape) => panic!("{path}: {actual} is not of the type of {shape}"),
    }
}

#[tokio::test]
async fn sign_up_confirmation_and_login() {
    let fixture = Fixture::ours().await;
    let sign_up = fixture.cognito.sign_up(EMAIL, PASSWORD).await.unwrap();
    has_shape(
        &sign_up,
        &json!({
            "userId": "",
            "confirmed": false,
            "codeDelivery": {"destination": "", "deliveryMedium": "EMAIL"},
        }),
    );
    let code = fixture.sign_up_code(EMAIL);
    has_shape(
        &fixture.cognito.confirm_sign_up(EMAIL, code).await.unwrap(),
        &json!({"success": true, "message": "User confirmed successfully"}),
    );
    let signed_in = fixture.cognito.login(EMAIL, PASSWORD).await.unwrap();
    let tokens = json!({
        "accessToken": "", "idToken": "", "refreshToken": "", "expiresIn": 3600, "tokenType": "Bearer",
    });
    has_shape(&signed_in, &tokens);
    assert_eq!(serde_json::to_value(&signed_in).unwrap()["expiresIn"], 3600);
    let refreshed = fixture
        .cognito
        .refresh(&signed_in.into_tokens().unwrap().refresh_token);
    has_shape(
        &refreshed.await.unwrap(),
        &json!({"accessToken": "", "idToken": ""}),
    );
}

#[tokio::test]
async fn challenges() {
    let fixture = Fixture::ours().await;
    with_totp(&fixture).await;
    let mfa = challenge(fixture.cognito.login(EMAIL, PASSWORD).await.unwrap());
    has_shape(
        &mfa,
        &json!({"requiresMFA": true, "challenge": "SOFTWARE_TOKEN_MFA", "session": ""}),
    );
    let admin = fixture.cognito.admin();
    let created = admin
        .create_user("new@example.com")
        .temporary_password(PASSWORD);
    created.await.unwrap();
    let step = challenge(
        fixture
            .cognito
            .login("new@example.com", PASSWORD)
            .await
            .unwrap(),
    );
    assert!(matches!(step, Challenge::NewPasswordRequired(_)));
    has_shape(&step, &json!({"requiresNewPassword": true, "session": ""}));
}

#[tokio::test]
async fn users() {
    let fixture = Fixture::ours().await;
    let tokens = fixture.signed_in().await;
    let user = json!({
        "username": "", "status": "CONFIRMED", "enabled": true, "created": "", "modified": "",
        "attributes": {"email": EMAIL, "email_verified": "true"},
    });
    let admin = fixture.cognito.admin();
    has_shape(&admin.user(EMAIL).details().await.unwrap(), &user);
    admin
        .create_user("second@example.com")
        .without_invitation()
        .await
        .unwrap();
    let filter = cognito::administration::Filter::email().equals(EMAIL);
    has_shape(
        &admin.users().filter(filter).await.unwrap(),
        &json!({"users": [user]}),
    );
    has_shape(
        &admin.users().limit(1).await.unwrap(),
        &json!({"nextToken": ""}),
    );
    has_shape(
        &fixture
            .cognito
            .account(&tokens.access_token)
            .details()
            .await
            .unwrap(),
        &json!({"username": "", "attributes": {"email": EMAIL}}),
    );
}

#[tokio::test]
async fn mfa_set_up() {
    let fixture = Fixture::ours().await;
    let tokens = fixture.signed_in().await;
    let account = fixture.cognito.account(&tokens.access_token);
    let setup = account.setup_totp().await.unwrap();
    has_shape(&setup, &json!({"secretCode": ""}));
    let code = cognito_emulator::totp_code(setup.secret.expose(), fixture.now());
    has_shape(
        &account
            .confirm_totp(code)
            .device_name("My iPhone")
            .await
            .unwrap(),
        &json!({"status": "SUCCESS", "message": "MFA enabled successfully"}),
    );
}

#[tokio::test]
async fn passwords_and_sign_out() {
    let fixture = Fixture::ours().await;
    let tokens = fixture.signed_in().await;
    has_shape(
        &fixture.cognito.forgot_password(EMAIL).await.unwrap(),
        &json!({
            "codeDelivery": {"destination": "", "deliveryMedium": "EMAIL"},
            "message": "Password reset code sent",
        }),
    );
    let code = fixture.reset_code(EMAIL);
    let reset = fixture
        .cognito
        .confirm_forgot_password(EMAIL, code, "EvenBetter456!");
    has_shape(
        &reset.await.unwrap(),
        &json!({"success": true, "message": "Password reset successfully"}),
    );
    let account = fixture.cognito.account(&tokens.access_token);
    has_shape(
        &account.sign_out_everywhere().await.unwrap(),
        &json!({"success": true, "message": "Signed out successfully"}),
    );
}

#[tokio::test]
async fn id_token_claims_keep_their_names() {
    let fixture = Fixture::ours().await;
    let email = "grouped@example.com";
    fixture.confirmed_user(email).await;
    fixture.emulator().create_group("admins");
    fixture
        .emulator()
        .add_user_to_group(email, "admins")
        .unwrap();
    let tokens = fixture
        .cognito
        .login(email, PASSWORD)
        .await
        .unwrap()
        .into_tokens()
        .unwrap();
    let claims = fixture
        .cognito
        .verify_id_token(tokens.id_token.expose())
        .await
        .unwrap();
    has_shape(
        &claims.all(),
        &json!({
            "sub": "", "email": email, "email_verified": true, "cognito:username": "",
            "cognito:groups": ["admins"], "exp": 1, "iat": 1,
        }),
    );
    assert!(claims.has_group("admins"));
    let access = tokens.access_token.expose();
    let claims = fixture.cognito.verify_access_token(access).await.unwrap();
    assert!(claims.has_group("admins"));
    // The original documentation reads the e-mail address from an access token. Cognito's access
    // tokens have none.
    assert!(claims.get("email").is_none());
}

#[tokio::test]
async fn metrics_health_and_errors() {
    let fixture = Fixture::ours().await;
    let error = fixture
        .cognito
        .login("nobody@example.com", PASSWORD)
        .await
        .unwrap_err();
    let now = fixture.now();
    has_shape(
        &ErrorBody::new(&error, EnumerationPolicy::Reveal, now),
        &json!({
            "statusCode": 404, "message": "User not found", "error": "Not Found",
            "timestamp": "2027-01-15T08:00:00.000Z",
        }),
    );
    has_shape(
        &ErrorBody::new(&error, EnumerationPolicy::Hide, now),
        &json!({"message": "Invalid credentials or unauthorized access", "error": "Unauthorized"}),
    );
    refused(fixture.cognito.login(EMAIL, "wrong").await);
    has_shape(
        &fixture.cognito.metrics(),
        &json!({
            "totalRequests": 1, "totalErrors": 1, "errorRate": "100.00%",
            "errorsByType": {"UserNotFoundException": 1},
            "lastError": {"type": "UserNotFoundException", "time": ""},
            "averageRequestTime": "",
            "cache": {"configCached": true, "secretHashCacheSize": 1, "tokenBlacklistSize": 1},
            "client": {"initialized": true},
            "security": {"lockedAccounts": 1, "revokedTokens": 1},
        }),
    );
    has_shape(
        &fixture.cognito.health(),
        &json!({
            "status": "healthy", "service": "CognitoService",
            "timestamp": "2027-01-15T08:00:00.000Z",
            "config": {"userPoolId": "us-east-1_***", "region": "us-east-1"},
            "revocations": {
                "live": 0, "capacity": 1_000_000, "overflowed": 0, "pendingWrites": 0
            },
        }),
    );
}
