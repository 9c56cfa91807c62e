//! A pool that remembers devices: a refresh must contain the key of the device that the token
//! belongs to.

use cognito_axum::{AuthRoutes, SessionCookies};
use cognito_emulator::DeviceConfiguration;
use serde_json::json;

use super::{Browser, Fixture};

async fn remembering(routes: impl FnOnce(AuthRoutes) -> AuthRoutes) -> Fixture {
    let always = DeviceConfiguration::new();
    let fixture = Fixture::with(|emulator| emulator.device_configuration(always), routes).await;
    fixture.person();
    fixture
}

#[tokio::test]
async fn json_returns_device_and_accepts_it() {
    let fixture = remembering(|routes| routes).await;
    let tokens = fixture.login().await.ok();
    let key = tokens["deviceKey"].as_str().unwrap();
    let refresh = &tokens["refreshToken"];
    let unnamed = fixture
        .post("/auth/refresh", json!({"refreshToken": refresh}))
        .await;
    unnamed.refused(401, "Please sign in again");
    let nonsense = json!({"refreshToken": refresh, "deviceKey": "no key"});
    let refused = fixture.post("/auth/refresh", nonsense).await;
    refused.refused(400, "The request is not valid");
    let named = json!({"refreshToken": refresh, "deviceKey": key});
    let renewed = fixture.post("/auth/refresh", named).await.ok();
    assert_eq!(renewed["deviceKey"], key);
}

#[tokio::test]
async fn device_cookie_accompanies_refresh_token() {
    let fixture = remembering(|routes| routes.cookies(SessionCookies::new())).await;
    let mut browser = Browser::default();
    browser.login(&fixture).await.ok();
    let key = browser.jar["__Host-device_key"].clone();
    for _ in 0..2 {
        browser.press(&fixture, "/auth/refresh").await.ok();
        assert_eq!(browser.jar["__Host-device_key"], key);
    }
    browser.press(&fixture, "/auth/logout").await.ok();
    assert_eq!(browser.names(), [""; 0]);
}
