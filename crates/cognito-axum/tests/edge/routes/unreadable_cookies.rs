//! Cookies that cannot be read are deleted.

use cognito_axum::SessionCookies;
use cognito_emulator::Fault;

use super::{Browser, Fixture};

async fn signed_in() -> (Fixture, Browser) {
    let fixture = Fixture::cookies().await;
    fixture.person();
    let mut browser = Browser::default();
    browser.login(&fixture).await.ok();
    (fixture, browser)
}

fn set(browser: &mut Browser, name: &str, value: &str) {
    browser.jar.insert(name.to_owned(), value.to_owned());
}

#[tokio::test]
async fn unreadable_device_is_ignored_and_cleared() {
    for name in ["__Host-device_key", "__Host-device_key.3"] {
        let (fixture, mut browser) = signed_in().await;
        set(&mut browser, name, "no device");
        browser.press(&fixture, "/auth/refresh").await.ok();
        assert!(!browser.names().contains(&name), "{name}");
        browser.get(&fixture, "/auth/me").await.ok();
    }
}

#[tokio::test]
async fn failed_refresh_clears_unreadable_device() {
    let (fixture, mut browser) = signed_in().await;
    set(&mut browser, "__Host-device_key", "no device");
    let outage = Fault::error("GetTokensFromRefreshToken", "InternalErrorException", "no");
    fixture.emulator.inject(outage).unwrap();
    let refused = browser.press(&fixture, "/auth/refresh").await;
    assert!(refused.status.is_server_error(), "{}", refused.text);
    let kept = [
        "__Host-access_token",
        "__Host-id_token",
        "__Host-refresh_token",
    ];
    assert_eq!(browser.names(), kept);
}

#[tokio::test]
async fn unreadable_refresh_token_is_cleared() {
    let (fixture, mut browser) = signed_in().await;
    set(&mut browser, "__Host-refresh_token", "a b");
    let refused = browser.press(&fixture, "/auth/refresh").await;
    refused.refused(401, "Please sign in again");
    assert_eq!(browser.names(), ["__Host-access_token", "__Host-id_token"]);
    assert_eq!(fixture.emulator.calls("GetTokensFromRefreshToken"), 0);
}

#[tokio::test]
async fn duplicate_refresh_token_is_rejected_and_cleared() {
    let below = SessionCookies::new().refresh_path("/auth").unwrap();
    let fixture = Fixture::with(|emulator| emulator, |routes| routes.cookies(below)).await;
    let name = "__Secure-refresh_token";
    let mut request = super::posted("/auth/refresh", &serde_json::json!({}));
    let twice = format!("{name}=a.b.c; {name}=d.e.f").parse().unwrap();
    request.headers_mut().insert("cookie", twice);
    let same_origin = "same-origin".parse().unwrap();
    request.headers_mut().insert("sec-fetch-site", same_origin);
    let refused = fixture.send(request).await;
    let gone = format!("{name}=; HttpOnly; SameSite=Strict; Secure; Path=/auth; Max-Age=0");
    assert_eq!(refused.set_cookies(), [gone.as_str()]);
    refused.refused(401, "Please sign in again");
    assert_eq!(fixture.emulator.calls("GetTokensFromRefreshToken"), 0);
}
