//! A pool that remembers devices: a refresh must name the one that the token belongs to.

use cognito_axum::{AuthRoutes, SessionCookies};
use cognito_emulator::DeviceConfiguration;
use serde_json::json;

use super::{Browser, Stage};

async fn remembering(routes: impl FnOnce(AuthRoutes) -> AuthRoutes) -> Stage {
    let always = DeviceConfiguration::new();
    let stage = Stage::with(|emulator| emulator.device_configuration(always), routes).await;
    stage.person();
    stage
}

#[tokio::test]
async fn json_returns_device_and_accepts_it() {
    let stage = remembering(|routes| routes).await;
    let tokens = stage.login().await.ok();
    let key = tokens["deviceKey"].as_str().unwrap();
    let refresh = &tokens["refreshToken"];
    let unnamed = stage
        .post("/auth/refresh", json!({"refreshToken": refresh}))
        .await;
    unnamed.refused(401, "Please sign in again");
    let nonsense = json!({"refreshToken": refresh, "deviceKey": "no key"});
    let refused = stage.post("/auth/refresh", nonsense).await;
    refused.refused(400, "The request is not valid");
    let named = json!({"refreshToken": refresh, "deviceKey": key});
    let renewed = stage.post("/auth/refresh", named).await.ok();
    assert_eq!(renewed["deviceKey"], key);
}

#[tokio::test]
async fn device_cookie_accompanies_refresh_token() {
    let stage = remembering(|routes| routes.cookies(SessionCookies::new())).await;
    let mut browser = Browser::default();
    browser.login(&stage).await.ok();
    let key = browser.jar["__Host-device_key"].clone();
    for _ in 0..2 {
        browser.press(&stage, "/auth/refresh").await.ok();
        assert_eq!(browser.jar["__Host-device_key"], key);
    }
    browser.press(&stage, "/auth/logout").await.ok();
    assert_eq!(browser.names(), [""; 0]);
}
