//! A late response to one tab does not delete the new cookies of another tab.

use std::time::Duration;

use cognito_axum::SessionCookies;
use cognito_emulator::{AuthFlow, Client};
use serde_json::json;

use super::{Browser, EMAIL, Fixture, OTHER_PASSWORD};

async fn rotating(grace: Duration) -> (Fixture, Browser) {
    let client = Client::new("rotating")
        .flow(AuthFlow::UserSrp)
        .refresh_rotation(grace);
    let fixture = Fixture::with(
        |emulator| emulator.client(client),
        |routes| routes.cookies(SessionCookies::new()),
    )
    .await;
    fixture.person();
    let mut browser = Browser::default();
    browser.login(&fixture).await.ok();
    (fixture, browser)
}

#[tokio::test]
async fn second_refresh_keeps_cookies_of_first() {
    let (fixture, mut first) = rotating(Duration::ZERO).await;
    let mut second = first.clone();
    first.press(&fixture, "/auth/refresh").await.ok();
    let late = second.press(&fixture, "/auth/refresh").await;
    assert_eq!(late.set_cookies(), [""; 0]);
    late.refused(401, "Please sign in again");
    first.press(&fixture, "/auth/refresh").await.ok();
    first.get(&fixture, "/auth/me").await.ok();
}

#[tokio::test]
async fn within_the_grace_period_both_are_renewed() {
    let (fixture, mut first) = rotating(Duration::from_secs(30)).await;
    let mut second = first.clone();
    first.press(&fixture, "/auth/refresh").await.ok();
    second.press(&fixture, "/auth/refresh").await.ok();
    second.get(&fixture, "/auth/me").await.ok();
}

#[tokio::test]
async fn ended_session_tab_keeps_new_cookies() {
    let (fixture, mut browser) = rotating(Duration::ZERO).await;
    let mut late = browser.clone();
    browser.press(&fixture, "/auth/logout").await.ok();
    browser.login(&fixture).await.ok();
    for _ in 0..2 {
        let me = late.get(&fixture, "/auth/me").await;
        assert_eq!(me.set_cookies(), [""; 0], "{}", me.text);
        assert_eq!(me.status, 401);
        let renewed = late.press(&fixture, "/auth/refresh").await;
        assert_eq!(renewed.set_cookies(), [""; 0], "{}", renewed.text);
        assert_eq!(renewed.status, 401);
        // In the second case the token has only expired.
        fixture.clock.advance(Duration::from_secs(3601));
    }
}

#[tokio::test]
async fn sign_in_during_sign_out_keeps_cookies() {
    let (fixture, mut browser) = rotating(Duration::ZERO).await;
    browser.press(&fixture, "/auth/logout").await.ok();
    browser.login(&fixture).await.ok();
    let names = browser.clone();
    // Its access token was issued in the second of the sign-out, so it is rejected too.
    let refused = browser.get(&fixture, "/auth/me").await;
    refused.refused(401, "The token has been revoked");
    assert_eq!(browser.names(), names.names());
    fixture.clock.advance(Duration::from_secs(1));
    browser.press(&fixture, "/auth/refresh").await.ok();
    browser.get(&fixture, "/auth/me").await.ok();
}

#[tokio::test]
async fn failed_sign_in_keeps_existing_session() {
    let (fixture, mut browser) = rotating(Duration::ZERO).await;
    let wrong = json!({"email": EMAIL, "password": OTHER_PASSWORD});
    let refused = browser.post(&fixture, "/auth/login", wrong).await;
    assert_eq!(refused.set_cookies(), [""; 0]);
    browser.get(&fixture, "/auth/me").await.ok();
}
