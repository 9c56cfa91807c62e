//! Challenges: the request, the response, and the session.

use std::time::Duration;

use cognito_axum::SessionCookies;
use cognito_core::Clock;
use cognito_emulator::{MfaMode, totp_code};
use serde_json::{Value, json};

use super::{Browser, EMAIL, Fixture, OTHER_PASSWORD, PASSWORD};

/// Turns the authenticator app on and returns its secret.
async fn with_totp(fixture: &Fixture) -> String {
    fixture.person();
    let tokens = fixture.cognito.login(EMAIL, PASSWORD).await.unwrap();
    let token = tokens.into_tokens().unwrap().access_token;
    let account = fixture.cognito.account(token);
    let setup = account.setup_totp().await.unwrap();
    let secret = setup.secret.expose().to_owned();
    account.confirm_totp(shown(fixture, &secret)).await.unwrap();
    // A code works once.
    fixture.clock.advance(Duration::from_secs(30));
    secret
}

fn shown(fixture: &Fixture, secret: &str) -> String {
    totp_code(secret, fixture.clock.now())
}

fn wrong(code: &str) -> &'static str {
    if code == "000000" { "111111" } else { "000000" }
}

fn session(body: &Value) -> &str {
    body["session"].as_str().unwrap()
}

/// Returns the string with its last letter changed.
fn with_another_end(text: &str) -> String {
    let end = if text.ends_with('A') { 'B' } else { 'A' };
    format!("{}{end}", &text[..text.len() - 1])
}

#[tokio::test]
async fn totp_code_completes_sign_in_after_wrong_one() {
    let fixture = Fixture::with(|emulator| emulator.mfa(MfaMode::Optional), |routes| routes).await;
    let secret = with_totp(&fixture).await;
    let asked = fixture.login().await.ok();
    assert_eq!(asked["requiresMFA"], true);
    assert_eq!(asked["challenge"], "SOFTWARE_TOKEN_MFA");
    let code = shown(&fixture, &secret);
    let body = |code: &str| json!({"email": EMAIL, "session": session(&asked), "code": code});
    for typed in [wrong(&code), "12345", ""] {
        let refused = fixture.post("/auth/verify-mfa", body(typed)).await;
        assert_eq!(refused.status, 400, "{}", refused.text);
    }
    let tokens = fixture.post("/auth/verify-mfa", body(&code)).await.ok();
    assert!(tokens["accessToken"].is_string());
    // It works once.
    let again = fixture.post("/auth/verify-mfa", body(&code)).await;
    assert_eq!(again.status, 401, "{}", again.text);
}

#[tokio::test]
async fn a_session_is_sealed_and_expires() {
    let fixture = Fixture::with(|emulator| emulator.mfa(MfaMode::Optional), |routes| routes).await;
    with_totp(&fixture).await;
    let asked = fixture.login().await.ok();
    let sealed = session(&asked).to_owned();
    let calls = fixture.emulator.calls("RespondToAuthChallenge");
    let changed = with_another_end(&sealed);
    for session in [changed.as_str(), "", "x", EMAIL] {
        let body = json!({"session": session, "code": "123456"});
        let refused = fixture.post("/auth/verify-mfa", body).await;
        refused.refused(400, "The request is not valid");
    }
    let none = fixture
        .post("/auth/verify-mfa", json!({"code": "123456"}))
        .await;
    none.refused(400, "The request is not valid");
    assert_eq!(fixture.emulator.calls("RespondToAuthChallenge"), calls);
    fixture.clock.advance(Duration::from_secs(181));
    let body = json!({"session": sealed, "code": "123456"});
    let refused = fixture.post("/auth/verify-mfa", body).await;
    assert_eq!(refused.status, 401);
    let message = "This sign-in has expired, please start again";
    assert_eq!(refused.body()["message"], message);
}

#[tokio::test]
async fn guesses_at_a_code_are_counted() {
    let fixture = Fixture::with(|emulator| emulator.mfa(MfaMode::Optional), |routes| routes).await;
    let secret = with_totp(&fixture).await;
    let asked = fixture.login().await.ok();
    let code = shown(&fixture, &secret);
    let mut statuses = Vec::new();
    for _ in 0..20 {
        let body = json!({"session": session(&asked), "code": wrong(&code)});
        statuses.push(fixture.post("/auth/verify-mfa", body).await.status.as_u16());
    }
    assert_eq!(statuses[0], 400);
    assert_eq!(statuses[19], 429);
    // Now the right code is rejected too.
    let body = json!({"session": session(&asked), "code": code});
    let refused = fixture.post("/auth/verify-mfa", body).await;
    let refused = refused.refused(429, "Too many attempts, please try again later");
    assert!(refused.headers.contains_key("retry-after"));
}

#[tokio::test]
async fn new_password_challenge_takes_required_attributes() {
    let fixture = Fixture::with(
        |emulator| emulator.required_attribute("name"),
        |routes| routes,
    )
    .await;
    let create = fixture.cognito.admin().create_user(EMAIL);
    create.temporary_password(PASSWORD).await.unwrap();
    let asked = fixture.login().await.ok();
    assert_eq!(asked["requiresNewPassword"], true);
    assert_eq!(asked["requiredAttributes"], json!(["name"]));
    let attributes = json!({"name": "John Doe"});
    let body = |password: &str, attributes: &Value| {
        json!({
            "email": EMAIL, "session": session(&asked), "newPassword": password, "attributes": attributes,
        })
    };
    let weak = fixture
        .post("/auth/new-password", body("weak", &attributes))
        .await;
    weak.refused(400, "Password does not meet security requirements");
    let custom = json!({"custom:plan": "gold"});
    let refused = fixture
        .post("/auth/new-password", body(OTHER_PASSWORD, &custom))
        .await;
    refused.refused(400, "The attribute custom:plan cannot be set here");
    let code = json!({"session": session(&asked), "code": "123456"});
    let refused = fixture.post("/auth/verify-mfa", code).await;
    refused.refused(400, "The request is not valid");
    let done = fixture
        .post("/auth/new-password", body(OTHER_PASSWORD, &attributes))
        .await;
    assert!(done.ok()["accessToken"].is_string());
}

#[tokio::test]
async fn totp_is_set_up_during_sign_in() {
    let fixture = Fixture::with(|emulator| emulator.mfa(MfaMode::On), |routes| routes).await;
    fixture.person();
    let asked = fixture.login().await.ok();
    assert_eq!(asked["challenge"], "MFA_SETUP");
    assert_eq!(asked["options"], json!(["SMS_MFA", "SOFTWARE_TOKEN_MFA"]));
    let body = json!({"session": session(&asked)});
    let setup = fixture.post("/auth/setup-mfa", body).await.ok();
    let secret = setup["secretCode"].as_str().unwrap();
    let code = shown(&fixture, secret);
    let body = |code: &str| json!({"session": session(&setup), "code": code});
    let refused = fixture.post("/auth/verify-mfa", body(wrong(&code))).await;
    refused.refused(400, "Invalid verification code provided");
    let refused = fixture.post(
        "/auth/new-password",
        json!({
            "session": session(&setup), "newPassword": OTHER_PASSWORD,
        }),
    );
    refused.await.refused(400, "The request is not valid");
    let tokens = fixture.post("/auth/verify-mfa", body(&code)).await.ok();
    assert!(tokens["accessToken"].is_string());
    // From now on its code is required, and no set-up is required.
    let asked = fixture.login().await.ok();
    assert_eq!(asked["challenge"], "SOFTWARE_TOKEN_MFA");
    let body = json!({"session": session(&asked)});
    let refused = fixture.post("/auth/setup-mfa", body).await;
    refused.refused(400, "The request is not valid");
}

#[tokio::test]
async fn setups_during_sign_in_are_limited() {
    let fixture = Fixture::with(|emulator| emulator.mfa(MfaMode::On), |routes| routes).await;
    fixture.person();
    let mut asked = fixture.login().await.ok();
    for _ in 0..30 {
        let body = json!({"session": session(&asked)});
        asked = fixture.post("/auth/setup-mfa", body).await.ok();
    }
    let body = json!({"session": session(&asked)});
    let refused = fixture.post("/auth/setup-mfa", body).await;
    refused.refused(429, "Too many attempts, please try again later");
    assert_eq!(fixture.emulator.calls("AssociateSoftwareToken"), 30);
}

#[tokio::test]
async fn factor_choice_returns_code_destination() {
    let fixture = Fixture::with(
        |emulator| emulator.mfa(MfaMode::Optional).email_mfa(true),
        |routes| routes,
    )
    .await;
    with_totp(&fixture).await;
    let preference = cognito::account::MfaPreference::new()
        .totp(cognito::account::FactorChange::On)
        .email(cognito::account::FactorChange::On);
    let user = fixture.cognito.admin().user(EMAIL);
    user.set_mfa_preference(preference).await.unwrap();
    let asked = fixture.login().await.ok();
    assert_eq!(asked["challenge"], "SELECT_MFA_TYPE");
    let options = asked["options"].as_array().unwrap();
    assert!(options.contains(&json!("EMAIL_OTP")), "{options:?}");
    let calls = fixture.emulator.calls("RespondToAuthChallenge");
    let refused = json!({"session": session(&asked), "code": "SMS_MFA"});
    let refused = fixture.post("/auth/verify-mfa", refused).await;
    refused.refused(400, "The request is not valid");
    assert_eq!(fixture.emulator.calls("RespondToAuthChallenge"), calls);
    let choice = json!({"session": session(&asked), "code": "EMAIL_OTP"});
    let asked = fixture.post("/auth/verify-mfa", choice).await.ok();
    assert_eq!(asked["requiresMFA"], true);
    let destination = asked["destination"].as_str().unwrap();
    assert!(destination.contains('*'), "{destination}");
    let body = json!({"session": session(&asked), "code": fixture.code()});
    let tokens = fixture.post("/auth/verify-mfa", body).await.ok();
    assert!(tokens["accessToken"].is_string());
}

#[tokio::test]
async fn challenge_cookie_lasts_until_completion() {
    let fixture = Fixture::with(
        |emulator| emulator.mfa(MfaMode::Optional),
        |routes| routes.cookies(SessionCookies::new()),
    )
    .await;
    let secret = with_totp(&fixture).await;
    let mut browser = Browser::default();
    let reply = browser.login(&fixture).await;
    let asked = reply.ok();
    assert_eq!(asked["requiresMFA"], true);
    assert_eq!(asked.get("session"), None);
    assert_eq!(browser.names(), ["__Host-challenge"]);
    let code = shown(&fixture, &secret);
    let body = json!({"email": EMAIL, "code": wrong(&code)});
    let refused = browser.post(&fixture, "/auth/verify-mfa", body).await;
    refused.refused(400, "Invalid verification code provided");
    assert_eq!(browser.names(), ["__Host-challenge"]);
    let mut late = browser.clone();
    let body = json!({"email": EMAIL, "code": code});
    let done = browser
        .post(&fixture, "/auth/verify-mfa", body.clone())
        .await
        .ok();
    assert_eq!(
        done,
        json!({"success": true, "message": "Signed in successfully", "expiresIn": 3600})
    );
    assert!(!browser.names().contains(&"__Host-challenge"));
    assert!(browser.names().contains(&"__Host-access_token"));
    // Used, expired or unknown: the sign-in must start again.
    let used = late.post(&fixture, "/auth/verify-mfa", body.clone()).await;
    assert_eq!(used.status, 401);
    assert_eq!(late.names(), [""; 0]);
    let refused = late.post(&fixture, "/auth/verify-mfa", body).await;
    refused.refused(401, "This sign-in has expired, please start again");
}

#[tokio::test]
async fn in_a_cookie_an_expired_challenge_is_forgotten() {
    let fixture = Fixture::with(
        |emulator| emulator.mfa(MfaMode::On),
        |routes| routes.cookies(SessionCookies::new()),
    )
    .await;
    fixture.person();
    let mut browser = Browser::default();
    browser.login(&fixture).await.ok();
    let setup = browser.press(&fixture, "/auth/setup-mfa").await.ok();
    assert_eq!(setup.as_object().unwrap().len(), 1, "{setup}");
    assert_eq!(browser.names(), ["__Host-challenge"]);
    fixture.clock.advance(Duration::from_secs(181));
    let refused = browser.press(&fixture, "/auth/setup-mfa").await;
    assert_eq!(refused.status, 401);
    assert_eq!(browser.names(), [""; 0]);
}
