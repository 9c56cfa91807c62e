//! The route with which the signed-in user remembers the browser.

use std::time::Duration;

use cognito_axum::{AuthRoutes, SessionCookies};
use cognito_core::Clock;
use cognito_emulator::{DeviceConfiguration, Fault, MfaMode, totp_code};
use serde_json::{Value, json};

use super::{Browser, EMAIL, Fixture, PASSWORD, Reply};

const CONFIRM: &str = "/auth/devices/confirm";
const DEVICE: &str = "__Host-device";
const NEW_DEVICE: &str = "__Host-new_device";
const MONTH: Duration = Duration::from_secs(30 * 24 * 60 * 60);
const OTHER: &str = "other@example.com";

fn remembering(routes: AuthRoutes) -> AuthRoutes {
    let routes = routes.cookies(SessionCookies::new()).devices(true);
    routes.remember_browsers(MONTH)
}

/// Creates a pool in which a remembered device replaces the second factor, if the user agrees.
async fn pool(routes: impl FnOnce(AuthRoutes) -> AuthRoutes) -> Fixture {
    let devices = DeviceConfiguration::new()
        .challenge_required_on_new_device(true)
        .device_only_remembered_on_user_prompt(true);
    Fixture::with(
        |emulator| {
            emulator
                .mfa(MfaMode::Optional)
                .device_configuration(devices)
        },
        |built| routes(remembering(built)),
    )
    .await
}

/// Creates a user with an authenticator app. Returns the secret of the app.
async fn with_app(fixture: &Fixture, email: &str) -> String {
    fixture.emulator.create_user(email, PASSWORD, &[]).unwrap();
    let tokens = fixture.cognito.login(email, PASSWORD).await.unwrap();
    let token = tokens.into_tokens().unwrap().access_token;
    let account = fixture.cognito.account(token);
    let setup = account.setup_totp().await.unwrap();
    let secret = setup.secret.expose().to_owned();
    let code = totp_code(&secret, fixture.clock.now());
    account.confirm_totp(code).await.unwrap();
    secret
}

async fn login(fixture: &Fixture, browser: &mut Browser, email: &str) -> Reply {
    let body = json!({"email": email, "password": PASSWORD});
    browser.post(fixture, "/auth/login", body).await
}

/// Signs in with the password and the second factor.
async fn sign_in(fixture: &Fixture, browser: &mut Browser, email: &str, secret: &str) {
    let asked = login(fixture, browser, email).await.ok();
    assert_eq!(asked["challenge"], "SOFTWARE_TOKEN_MFA");
    // A code works once.
    fixture.clock.advance(Duration::from_secs(30));
    let code = totp_code(secret, fixture.clock.now());
    let body = json!({"code": code});
    browser.post(fixture, "/auth/verify-mfa", body).await.ok();
}

async fn remembered(fixture: &Fixture, secret: &str) -> Browser {
    let mut browser = Browser::default();
    sign_in(fixture, &mut browser, EMAIL, secret).await;
    let body = json!({"name": "My laptop"});
    let done = browser.post(fixture, CONFIRM, body).await.ok();
    let expected = json!({"success": true, "message": "Device remembered successfully"});
    assert_eq!(done, expected);
    browser
}

fn is_signed_in(reply: Reply) -> bool {
    reply.ok().get("expiresIn").is_some()
}

#[tokio::test]
async fn remembered_browser_needs_no_second_factor() {
    let fixture = pool(|routes| routes).await;
    let secret = with_app(&fixture, EMAIL).await;
    let mut browser = remembered(&fixture, &secret).await;
    assert!(!browser.jar.contains_key(NEW_DEVICE));
    let listed = browser.get(&fixture, "/auth/devices").await.ok();
    assert_eq!(listed["devices"][0]["name"], "My laptop");
    assert_eq!(listed["devices"][0]["status"], "remembered");
    // The browser is remembered after a sign-out, too.
    browser.press(&fixture, "/auth/logout").await.ok();
    assert_eq!(browser.names(), [DEVICE]);
    fixture.clock.advance(Duration::from_secs(2));
    assert!(is_signed_in(login(&fixture, &mut browser, EMAIL).await));
    browser.press(&fixture, "/auth/refresh").await.ok();
    let listed = browser.get(&fixture, "/auth/devices").await.ok();
    assert_eq!(listed["devices"].as_array().unwrap().len(), 1);
    assert_eq!(listed["devices"][0]["isCurrent"], true);
    // Another browser needs the second factor.
    let asked = login(&fixture, &mut Browser::default(), EMAIL).await.ok();
    assert_eq!(asked["challenge"], "SOFTWARE_TOKEN_MFA");
}

#[tokio::test]
async fn wrong_password_fails_in_remembered_browser() {
    let fixture = pool(|routes| routes).await;
    let secret = with_app(&fixture, EMAIL).await;
    let mut browser = remembered(&fixture, &secret).await;
    let body = json!({"email": EMAIL, "password": "WrongPass123!"});
    let refused = browser.post(&fixture, "/auth/login", body).await;
    refused.refused(401, "Invalid credentials or unauthorized access");
    assert!(browser.jar.contains_key(DEVICE));
}

#[tokio::test]
async fn browser_is_remembered_for_its_user_only() {
    let fixture = pool(|routes| routes).await;
    let secret = with_app(&fixture, EMAIL).await;
    let other = with_app(&fixture, OTHER).await;
    let mut browser = remembered(&fixture, &secret).await;
    let device = browser.jar[DEVICE].clone();
    sign_in(&fixture, &mut browser, OTHER, &other).await;
    assert_eq!(browser.jar[DEVICE], device);
    // The other user remembers the browser instead.
    browser.press(&fixture, CONFIRM).await.ok();
    assert_ne!(browser.jar[DEVICE], device);
    let asked = login(&fixture, &mut browser, EMAIL).await.ok();
    assert_eq!(asked["challenge"], "SOFTWARE_TOKEN_MFA");
    assert!(is_signed_in(login(&fixture, &mut browser, OTHER).await));
}

#[tokio::test]
async fn forgotten_browser_needs_second_factor() {
    let fixture = pool(|routes| routes).await;
    let secret = with_app(&fixture, EMAIL).await;
    let mut browser = remembered(&fixture, &secret).await;
    let mut elsewhere = remembered(&fixture, &secret).await;
    let current = async |browser: &mut Browser| {
        let listed = browser.get(&fixture, "/auth/devices").await.ok();
        let devices = listed["devices"].as_array().unwrap().clone();
        let own = devices
            .into_iter()
            .find(|device| device["isCurrent"] == true);
        own.unwrap()["key"].clone()
    };
    let key: Value = current(&mut browser).await;
    browser
        .post(&fixture, "/auth/devices/forget", json!({"key": key}))
        .await
        .ok();
    assert!(!browser.jar.contains_key(DEVICE));
    let asked = login(&fixture, &mut browser, EMAIL).await.ok();
    assert_eq!(asked["challenge"], "SOFTWARE_TOKEN_MFA");

    // Forgotten from another browser: the cookie is deleted after the next sign-in.
    let key: Value = current(&mut elsewhere).await;
    let admin = fixture.cognito.admin();
    let device = admin.user(EMAIL).device(key.as_str().unwrap());
    device.forget().await.unwrap();
    sign_in(&fixture, &mut elsewhere, EMAIL, &secret).await;
    assert!(!elsewhere.jar.contains_key(DEVICE));
    assert!(elsewhere.jar.contains_key(NEW_DEVICE));
}

#[tokio::test]
async fn remembered_browser_expires() {
    let fixture = pool(|routes| routes).await;
    let secret = with_app(&fixture, EMAIL).await;
    let mut browser = remembered(&fixture, &secret).await;
    fixture.clock.advance(MONTH);
    let asked = login(&fixture, &mut browser, EMAIL).await.ok();
    assert_eq!(asked["challenge"], "SOFTWARE_TOKEN_MFA");
}

#[tokio::test]
async fn only_new_device_of_session_is_confirmed() {
    let fixture = pool(|routes| routes).await;
    let secret = with_app(&fixture, EMAIL).await;
    let other = with_app(&fixture, OTHER).await;
    let none = "This sign-in has no new device";
    let mut browser = Browser::default();
    let refused = browser.press(&fixture, CONFIRM).await;
    refused.refused(401, "Please sign in");
    sign_in(&fixture, &mut browser, EMAIL, &secret).await;
    let mut another = Browser::default();
    sign_in(&fixture, &mut another, OTHER, &other).await;
    let own = browser.jar[NEW_DEVICE].clone();
    for device in [
        another.jar[NEW_DEVICE].clone(),
        "forged".to_owned(),
        String::new(),
    ] {
        browser.jar.insert(NEW_DEVICE.to_owned(), device);
        let refused = browser.press(&fixture, CONFIRM).await;
        refused.refused(409, none);
    }
    assert_eq!(fixture.emulator.calls("ConfirmDevice"), 0);
    browser.jar.insert(NEW_DEVICE.to_owned(), own.clone());
    browser.press(&fixture, CONFIRM).await.ok();
    browser.press(&fixture, CONFIRM).await.refused(409, none);
    browser.jar.insert(NEW_DEVICE.to_owned(), own);
    let refused = browser.press(&fixture, CONFIRM).await;
    assert!(refused.status.is_client_error(), "{}", refused.text);
}

#[tokio::test]
async fn unremembered_device_is_forgotten() {
    let fixture = pool(|routes| routes).await;
    let secret = with_app(&fixture, EMAIL).await;
    let mut browser = Browser::default();
    sign_in(&fixture, &mut browser, EMAIL, &secret).await;
    let outage = Fault::error(
        "UpdateDeviceStatus",
        "InvalidUserPoolConfigurationException",
        "no",
    )
    .times(1);
    fixture.emulator.inject(outage).unwrap();
    let failed = browser.press(&fixture, CONFIRM).await;
    assert!(failed.status.is_server_error(), "{}", failed.text);
    assert!(!browser.jar.contains_key(DEVICE) && !browser.jar.contains_key(NEW_DEVICE));
    assert_eq!(fixture.emulator.calls("ForgetDevice"), 1);
    // The next sign-in has a new device.
    sign_in(&fixture, &mut browser, EMAIL, &secret).await;
    browser.press(&fixture, CONFIRM).await.ok();
    assert!(is_signed_in(login(&fixture, &mut browser, EMAIL).await));
}

#[tokio::test]
async fn remembering_requires_recent_sign_in() {
    let limit = Duration::from_secs(300);
    let fixture = pool(|routes| routes.max_age(limit)).await;
    let secret = with_app(&fixture, EMAIL).await;
    let mut browser = Browser::default();
    sign_in(&fixture, &mut browser, EMAIL, &secret).await;
    fixture.clock.advance(limit + Duration::from_secs(120));
    let refused = browser.press(&fixture, CONFIRM).await;
    refused.refused(401, "Please confirm your identity again");
    assert_eq!(fixture.emulator.calls("ConfirmDevice"), 0);
}

#[tokio::test]
async fn remembering_is_disabled_by_default() {
    let without = |routes: AuthRoutes| routes.cookies(SessionCookies::new()).devices(true);
    let off = |routes: AuthRoutes| remembering(routes).remember_browsers(None);
    let json = |routes: AuthRoutes| routes.devices(true).remember_browsers(MONTH);
    let devices = DeviceConfiguration::new();
    let disabled: [fn(AuthRoutes) -> AuthRoutes; 3] = [without, off, json];
    for routes in disabled {
        let with_devices =
            |emulator: cognito_emulator::EmulatorBuilder| emulator.device_configuration(devices);
        let fixture = Fixture::with(with_devices, routes).await;
        fixture.person();
        let mut browser = Browser::default();
        browser.login(&fixture).await.ok();
        assert!(!browser.jar.contains_key(NEW_DEVICE));
        let refused = browser.press(&fixture, CONFIRM).await;
        refused.refused(404, "Not found");
    }
}
