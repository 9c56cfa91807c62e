//! The routes for the second factors of the signed-in user.

use std::time::Duration;

use cognito_axum::{AuthRoutes, SessionCookies};
use cognito_core::Clock;
use cognito_emulator::{Fault, MfaMode, totp_code};
use serde_json::json;

use super::{Browser, EMAIL, Fixture};

const BEGIN: &str = "/auth/mfa/totp/begin";
const CONFIRM: &str = "/auth/mfa/totp/confirm";
const PREFER: &str = "/auth/mfa/preferences";

async fn optional(routes: impl FnOnce(AuthRoutes) -> AuthRoutes) -> Fixture {
    let fixture = Fixture::with(
        |emulator| emulator.mfa(MfaMode::Optional),
        |built| routes(built.mfa("The Shop").unwrap()),
    )
    .await;
    fixture.person();
    fixture
}

#[tokio::test]
async fn browser_sets_up_authenticator_app() {
    let fixture = optional(|routes| routes.cookies(SessionCookies::new())).await;
    let mut browser = Browser::default();
    browser.login(&fixture).await.ok();
    let begun = browser.press(&fixture, BEGIN).await.ok();
    let secret = begun["secretCode"].as_str().unwrap();
    let uri =
        format!("otpauth://totp/The%20Shop:user%40example.com?secret={secret}&issuer=The%20Shop");
    assert_eq!(begun, json!({"secretCode": secret, "otpauthUri": uri}));

    let wrong = browser
        .post(&fixture, CONFIRM, json!({"code": "000000"}))
        .await;
    wrong.refused(400, "Invalid verification code provided");
    let code = totp_code(secret, fixture.clock.now());
    let body = json!({"code": code, "deviceName": "My phone"});
    let done = browser.post(&fixture, CONFIRM, body).await.ok();
    assert_eq!(
        done,
        json!({"status": "SUCCESS", "message": "MFA enabled successfully"})
    );
    let factors = browser.get(&fixture, "/auth/mfa").await.ok();
    assert_eq!(factors["mfa"], json!(["SOFTWARE_TOKEN_MFA"]));
    assert_eq!(factors["preferredMfa"], "SOFTWARE_TOKEN_MFA");
    // The next sign-in needs the app.
    fixture.clock.advance(Duration::from_secs(30));
    let asked = browser.login(&fixture).await.ok();
    assert_eq!(asked["challenge"], "SOFTWARE_TOKEN_MFA");
}

#[tokio::test]
async fn setups_of_one_user_are_limited() {
    let fixture = optional(|routes| routes.cookies(SessionCookies::new())).await;
    let mut browser = Browser::default();
    browser.login(&fixture).await.ok();
    for _ in 0..30 {
        browser.press(&fixture, BEGIN).await.ok();
    }
    let refused = browser.press(&fixture, BEGIN).await;
    refused.refused(429, "Too many attempts, please try again later");
    let calls = ["AssociateSoftwareToken", "GetUser"];
    assert_eq!(calls.map(|call| fixture.emulator.calls(call)), [30; 2]);
    // Other routes have no such limit.
    browser.get(&fixture, "/auth/mfa").await.ok();
}

#[tokio::test]
async fn preferences_change_only_named_factors() {
    let fixture = optional(|routes| routes).await;
    let (token, _) = fixture.tokens().await;
    let begun = fixture.post_as(&token, BEGIN, &json!({})).await.ok();
    let code = totp_code(begun["secretCode"].as_str().unwrap(), fixture.clock.now());
    fixture
        .post_as(&token, CONFIRM, &json!({"code": code}))
        .await
        .ok();
    for (change, mfa, preferred) in [
        ("on", json!(["SOFTWARE_TOKEN_MFA"]), json!(null)),
        (
            "preferred",
            json!(["SOFTWARE_TOKEN_MFA"]),
            json!("SOFTWARE_TOKEN_MFA"),
        ),
        ("off", json!([]), json!(null)),
    ] {
        let done = fixture
            .post_as(&token, PREFER, &json!({"totp": change}))
            .await;
        assert_eq!(
            done.ok(),
            json!({"success": true, "message": "MFA preference updated successfully"})
        );
        let factors = fixture.get("/auth/mfa", &token).await.ok();
        assert_eq!(
            (&factors["mfa"], &factors["preferredMfa"]),
            (&mfa, &preferred)
        );
    }
}

#[tokio::test]
async fn rejects_wrong_preferences() {
    let fixture = optional(|routes| routes).await;
    let (token, _) = fixture.tokens().await;
    for body in [json!({}), json!({"totp": null}), json!({"push": "on"})] {
        let refused = fixture.post_as(&token, PREFER, &body).await;
        refused.refused(400, "The body must name a factor: totp, sms or email");
    }
    for change in ["", "ON", "required"] {
        let refused = fixture
            .post_as(&token, PREFER, &json!({"totp": change}))
            .await;
        refused.refused(400, "The body lacks a field, or one is of another type");
    }
    assert_eq!(fixture.emulator.calls("SetUserMFAPreference"), 0);
    // The user has no authenticator app.
    let refused = fixture
        .post_as(&token, PREFER, &json!({"totp": "on"}))
        .await;
    refused.refused(409, "This second factor is not set up");
}

#[tokio::test]
async fn verified_app_is_enabled_by_preferences() {
    let fixture = optional(|routes| routes).await;
    let (token, _) = fixture.tokens().await;
    let begun = fixture.post_as(&token, BEGIN, &json!({})).await.ok();
    let fault = Fault::error("SetUserMFAPreference", "InternalErrorException", "oh no");
    fixture.emulator.inject(fault).unwrap();
    let code = totp_code(begun["secretCode"].as_str().unwrap(), fixture.clock.now());
    let body = json!({"code": code});
    let failed = fixture.post_as(&token, CONFIRM, &body).await;
    assert!(failed.status.is_server_error(), "{}", failed.text);
    fixture.emulator.clear_faults();
    let body = json!({"totp": "preferred"});
    fixture.post_as(&token, PREFER, &body).await.ok();
    let factors = fixture.get("/auth/mfa", &token).await.ok();
    assert_eq!(factors["preferredMfa"], "SOFTWARE_TOKEN_MFA");
}

#[tokio::test]
async fn guesses_at_app_code_are_counted() {
    let fixture = optional(|routes| routes).await;
    let (token, _) = fixture.tokens().await;
    fixture.post_as(&token, BEGIN, &json!({})).await.ok();
    let mut statuses = Vec::new();
    for _ in 0..12 {
        let body = json!({"code": "000000"});
        let refused = fixture.post_as(&token, CONFIRM, &body).await;
        statuses.push(refused.status.as_u16());
    }
    assert_eq!(statuses[0], 400, "{statuses:?}");
    assert_eq!(statuses[11], 429, "{statuses:?}");
}

#[tokio::test]
async fn issuer_must_fit_the_uri() {
    let fixture = Fixture::json().await;
    let routes = || AuthRoutes::new(fixture.cognito.clone());
    for name in ["", "a:b", "a\nb", " Shop", &"a".repeat(65)] {
        assert!(routes().mfa(name).is_err(), "{name}");
    }
    let off = |routes: AuthRoutes| routes.mfa("Shop").unwrap().mfa(None).unwrap();
    let fixture = Fixture::with(|emulator| emulator, off).await;
    let refused = fixture.get("/auth/mfa", "").await;
    refused.refused(404, "Not found");
    assert_eq!(fixture.emulator.inbox().latest_code(EMAIL), None);
}
