//! The routes for the devices of the signed-in user.

use cognito_axum::{AuthRoutes, SessionCookies};
use cognito_core::device::ConfirmedDevice;
use cognito_emulator::DeviceConfiguration;
use serde_json::{Value, json};

use super::{Browser, EMAIL, Fixture, PASSWORD};

const FORGET: &str = "/auth/devices/forget";
const REMEMBER: &str = "/auth/devices/remember";

async fn remembering(routes: impl FnOnce(AuthRoutes) -> AuthRoutes) -> Fixture {
    let always = DeviceConfiguration::new();
    let fixture = Fixture::with(
        |emulator| emulator.device_configuration(always),
        |built| routes(built.devices(true)),
    )
    .await;
    fixture.person();
    fixture
}

/// Signs in and confirms the device, like an app. Returns the access token and the device.
async fn confirmed(fixture: &Fixture) -> (String, ConfirmedDevice) {
    let tokens = fixture.cognito.login(EMAIL, PASSWORD).await.unwrap();
    let mut tokens = tokens.into_tokens().unwrap();
    let account = fixture.cognito.account(&tokens.access_token);
    let device = tokens.new_device.take().unwrap();
    let confirmed = account.confirm_device(device).name("Phone").await.unwrap();
    (tokens.access_token.expose().to_owned(), confirmed)
}

fn device(listed: &Value) -> &Value {
    let devices = listed["devices"].as_array().unwrap();
    assert_eq!(devices.len(), 1, "{listed}");
    &devices[0]
}

#[tokio::test]
async fn devices_are_listed_and_current_one_marked() {
    let fixture = remembering(|routes| routes).await;
    let (token, confirmed) = confirmed(&fixture).await;
    let listed = fixture.get("/auth/devices", &token).await.ok();
    let device = device(&listed);
    assert_eq!(device["key"], confirmed.device.key.as_str());
    assert_eq!(device["name"], "Phone");
    assert_eq!(device["isCurrent"], true);
    // Another sign-in has another device.
    let (token, _) = fixture.tokens().await;
    let listed = fixture.get("/auth/devices", &token).await.ok();
    assert_eq!(listed["devices"][0]["isCurrent"], false);
}

#[tokio::test]
async fn browser_remembers_and_forgets_a_device() {
    let fixture = remembering(|routes| routes.cookies(SessionCookies::new())).await;
    let (_, confirmed) = confirmed(&fixture).await;
    let key = confirmed.device.key.as_str();
    let mut browser = Browser::default();
    browser.login(&fixture).await.ok();
    for (body, status) in [
        (json!({"key": key, "remembered": false}), "not_remembered"),
        (json!({"key": key}), "remembered"),
    ] {
        let done = browser.post(&fixture, REMEMBER, body).await.ok();
        assert_eq!(done["success"], true);
        let listed = browser.get(&fixture, "/auth/devices").await.ok();
        assert_eq!(device(&listed)["status"], status);
    }
    let done = browser.post(&fixture, FORGET, json!({"key": key})).await;
    assert_eq!(
        done.ok(),
        json!({"success": true, "message": "Device forgotten successfully"})
    );
    let listed = browser.get(&fixture, "/auth/devices").await.ok();
    assert_eq!(listed["devices"], json!([]));
}

#[tokio::test]
async fn unknown_device_keys_are_rejected() {
    let fixture = remembering(|routes| routes).await;
    let (token, _) = fixture.tokens().await;
    let (_, confirmed) = confirmed(&fixture).await;
    let unknown = "us-east-1_00000000-0000-0000-0000-000000000000";
    for path in [FORGET, REMEMBER] {
        let refused = fixture
            .post_as(&token, path, &json!({"key": "no key"}))
            .await;
        refused.refused(400, "The request is not valid");
        let refused = fixture
            .post_as(&token, path, &json!({"key": unknown}))
            .await;
        refused.refused(404, "Not found");
    }
    // The device of another user.
    let other = "other@example.com";
    fixture.emulator.create_user(other, PASSWORD, &[]).unwrap();
    let tokens = fixture.cognito.login(other, PASSWORD).await.unwrap();
    let tokens = tokens.into_tokens().unwrap();
    let key = confirmed.device.key.as_str();
    for path in [FORGET, REMEMBER] {
        let token = tokens.access_token.expose();
        let refused = fixture.post_as(token, path, &json!({"key": key})).await;
        refused.refused(404, "Not found");
    }
}
