//! Authentication levels at the hosted pages: `acr_values` and `max_age`.

use std::time::Duration;

use cognito_emulator::{AuthFlow, Client, FirstFactor};
use serde_json::{Value, json};

use crate::browser::{
    Browser, came_back, claims, hosted_with, html_of, parameters, request_with, says,
};
use crate::step_up::NO_FACTORS;
use crate::support::{CLIENT, EMAIL, PASSWORD, Pool, Reply, Tokens};

const LEVEL_1: &str = "urn:cognito:loa:1";
const LEVEL_2: &str = "urn:cognito:loa:2";
const LEVEL_4: &str = "urn:cognito:loa:4";

/// Returns a pool with a user, and the secret of the user's authenticator app. Sign-ins of the user
/// do not need the app.
async fn fixture() -> (Pool, String) {
    let pool = hosted_with(
        |client| client,
        |builder| builder.client(Client::new("api")),
    )
    .await;
    let fields = json!({
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": "api",
        "AuthParameters": { "USERNAME": EMAIL, "PASSWORD": PASSWORD },
    });
    let answer = pool.call("InitiateAuth", fields).await.ok();
    let access = Tokens::read(&answer).access;
    let fields = json!({ "AccessToken": access });
    let answer = pool.call("AssociateSoftwareToken", fields).await.ok();
    let secret = answer["SecretCode"].as_str().expect("a secret").to_owned();
    let fields = json!({ "AccessToken": access, "UserCode": pool.totp(&secret) });
    pool.call("VerifySoftwareToken", fields).await.ok();
    pool.advance(Duration::from_secs(60));
    (pool, secret)
}

fn asking(level: &str, more: &[(&'static str, &str)]) -> String {
    let mut changes = vec![("acr_values", level)];
    changes.extend_from_slice(more);
    request_with(&changes)
}

/// Returns the claims of the ID token for the code in a redirect.
async fn id_claims(pool: &Pool, reply: &Reply) -> Value {
    came_back(reply);
    let code = parameters(reply.header("location")).remove("code");
    let reply = pool.exchange(&[("code", &code.expect("a code"))]).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let access = claims(&reply.body["access_token"]);
    let id = claims(&reply.body["id_token"]);
    assert_eq!((&access["acr"], &access["amr"]), (&id["acr"], &id["amr"]));
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", CLIENT),
        (
            "refresh_token",
            reply.body["refresh_token"].as_str().expect("a token"),
        ),
    ];
    let renewed = pool.form("/oauth2/token", None, &fields).await;
    let renewed = claims(&renewed.body["id_token"]);
    assert_eq!((&renewed["acr"], &renewed["amr"]), (&id["acr"], &id["amr"]));
    id
}

#[tokio::test]
async fn session_is_asked_for_missing_factor() {
    let (pool, secret) = fixture().await;
    let mut browser = Browser::default();
    let back = browser.signed_in(&pool, &request_with(&[])).await;
    let code = parameters(&back).remove("code").expect("a code");
    let tokens = pool.exchange(&[("code", &code)]).await.body;
    assert_eq!(claims(&tokens["id_token"]).get("acr"), None);
    pool.advance(Duration::from_secs(60));

    let page = browser.sign_in_page(&pool, &asking(LEVEL_4, &[])).await;
    assert!(!html_of(&page).contains("type=\"password\""));
    let wrong = [("code", "000000")];
    let page = browser.submit(&pool, &page, &wrong).await;
    says(&page, "Invalid code received for user");
    let code = pool.totp(&secret);
    let reply = browser.submit(&pool, &page, &[("code", &code)]).await;

    let claims = id_claims(&pool, &reply).await;
    assert_eq!(claims["acr"], LEVEL_4);
    assert_eq!(claims["amr"], json!(["pwd", "otp", "mfa"]));
    // The password is from the first sign-in.
    let first = self::claims(&tokens["id_token"]);
    assert_eq!(claims["auth_time"], first["auth_time"]);
    assert_ne!(claims["auth_time"], claims["iat"]);
    // The session has reached the level now.
    let path = format!("/oauth2/authorize?{}", asking(LEVEL_4, &[]));
    let reply = browser.get(&pool, &path).await;
    assert_eq!(id_claims(&pool, &reply).await["acr"], LEVEL_4);
}

#[tokio::test]
async fn new_sign_in_reaches_level() {
    let (pool, secret) = fixture().await;
    let mut browser = Browser::default();
    let page = browser.sign_in_page(&pool, &asking(LEVEL_4, &[])).await;
    let filled = [("username", EMAIL), ("password", PASSWORD)];
    let page = browser.submit(&pool, &page, &filled).await;
    assert!(!browser.cookies.contains_key("cognito"));
    let code = pool.totp(&secret);
    let reply = browser.submit(&pool, &page, &[("code", &code)]).await;
    assert_eq!(id_claims(&pool, &reply).await["acr"], LEVEL_4);
}

#[tokio::test]
async fn choice_is_limited_to_the_level() {
    let client = |client: Client| client.flow(AuthFlow::UserAuth);
    let pool = hosted_with(client, |b| b.first_factor(FirstFactor::EmailOtp)).await;
    let mut browser = Browser::default();
    let page = browser.sign_in_page(&pool, &asking(LEVEL_2, &[])).await;
    let page = browser.submit(&pool, &page, &[("username", EMAIL)]).await;
    let code = pool.code(EMAIL);
    let reply = browser.submit(&pool, &page, &[("code", &code)]).await;
    let claims = id_claims(&pool, &reply).await;
    assert_eq!(claims["amr"], json!(["email_otp"]));
}

#[tokio::test]
async fn codes_for_signed_in_browser_are_limited() {
    let client = |client: Client| client.flow(AuthFlow::UserPassword);
    let pool = hosted_with(client, |builder| {
        let builder = builder.first_factor(FirstFactor::EmailOtp);
        builder.attempt_limits(true)
    })
    .await;
    let mut browser = Browser::default();
    browser.signed_in(&pool, &request_with(&[])).await;
    let before = pool.emulator.inbox().messages(EMAIL).len();
    let request = asking(LEVEL_2, &[]);
    for _ in 0..5 {
        let page = browser.page(&pool, "/login", &request).await;
        assert!(html_of(&page).contains("name=\"code\""));
    }
    let page = browser.page(&pool, "/login", &request).await;
    says(&page, "Attempt limit exceeded, please try after some time.");
    assert_eq!(pool.emulator.inbox().messages(EMAIL).len(), before + 5);
}

#[tokio::test]
async fn old_session_must_sign_in_again() {
    let (pool, _) = fixture().await;
    let mut browser = Browser::default();
    browser.signed_in(&pool, &request_with(&[])).await;
    pool.advance(Duration::from_secs(100));
    let fresh =
        |age: &'static str| format!("/oauth2/authorize?{}", request_with(&[("max_age", age)]));
    came_back(&browser.get(&pool, &fresh("100")).await);
    for request in [
        request_with(&[("max_age", "99")]),
        asking(LEVEL_4, &[("max_age", "99")]),
    ] {
        let page = browser.sign_in_page(&pool, &request).await;
        assert!(html_of(&page).contains("type=\"password\""));
    }
}

#[tokio::test]
async fn unmet_requirements_are_errors() {
    let (pool, _) = fixture().await;
    let mut browser = Browser::default();
    browser.signed_in(&pool, &request_with(&[])).await;
    pool.advance(Duration::from_secs(100));
    for (request, error) in [
        (asking(LEVEL_4, &[("prompt", "none")]), "login_required"),
        (
            request_with(&[("max_age", "9"), ("prompt", "none")]),
            "login_required",
        ),
        (asking("urn:other", &[]), "invalid_request"),
        (request_with(&[("max_age", "soon")]), "invalid_request"),
    ] {
        let path = format!("/oauth2/authorize?{request}");
        let reply = browser.get(&pool, &path).await;
        assert_eq!(parameters(reply.header("location"))["error"], error);
    }
    // The user has no factor for this level.
    let request = asking(LEVEL_2, &[]);
    let page = browser.page(&pool, "/login", &request).await;
    says(&page, NO_FACTORS);
}

#[tokio::test]
async fn another_user_gets_no_credit() {
    let (pool, _) = fixture().await;
    let mut browser = Browser::default();
    browser.signed_in(&pool, &request_with(&[])).await;
    // Another user now has the name of the user who has signed in.
    pool.admin("AdminDeleteUser", json!({ "Username": EMAIL }))
        .await
        .ok();
    pool.person();
    let request = asking(LEVEL_4, &[]);
    let page = browser.page(&pool, "/login", &request).await;
    assert!(html_of(&page).contains("type=\"password\""));
}

#[tokio::test]
async fn lite_pools_ignore_levels() {
    let (pool, _) = fixture().await;
    let fields = json!({ "UserPoolTier": "LITE" });
    pool.admin("UpdateUserPool", fields).await.ok();
    let mut browser = Browser::default();
    for request in [asking(LEVEL_1, &[]), asking("urn:other", &[])] {
        let path = format!("/oauth2/authorize?{request}");
        let reply = browser.get(&pool, &path).await;
        if reply.header("location").starts_with("/login") {
            browser.signed_in(&pool, &request).await;
        }
        let reply = browser.get(&pool, &path).await;
        assert_eq!(id_claims(&pool, &reply).await.get("acr"), None);
    }
}
