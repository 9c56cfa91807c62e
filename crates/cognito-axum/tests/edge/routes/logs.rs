//! The log contains no secrets.

use cognito_axum::SessionCookies;
use cognito_testkit::LogCapture;
use serde_json::json;

use super::{Browser, EMAIL, Fixture, OTHER_PASSWORD, PASSWORD};

#[tokio::test]
async fn no_route_logs_a_secret_or_an_address() {
    let logs = LogCapture::start();
    let fixture = Fixture::json().await;
    let attributes = json!({"name": "Very Private"});
    let body = json!({"email": EMAIL, "password": PASSWORD, "attributes": attributes});
    fixture.post("/auth/signup", body).await.ok();
    let sign_up_code = fixture.code();
    let body = json!({"email": EMAIL, "code": sign_up_code});
    fixture.post("/auth/confirm", body).await.ok();
    let wrong = json!({"email": EMAIL, "password": "WrongPass123!"});
    assert_eq!(fixture.post("/auth/login", wrong).await.status, 401);
    let tokens = fixture.login().await.ok();
    let token = |name: &str| tokens[name].as_str().unwrap();
    fixture.get("/auth/me", token("accessToken")).await.ok();
    let refresh = json!({"refreshToken": token("refreshToken")});
    fixture.post("/auth/refresh", refresh.clone()).await.ok();
    fixture
        .post("/auth/forgot-password", json!({"email": EMAIL}))
        .await
        .ok();
    let reset_code = fixture.code();
    let body = json!({"email": EMAIL, "code": reset_code, "newPassword": OTHER_PASSWORD});
    fixture.post("/auth/reset-password", body).await.ok();
    let body = json!({"session": "a-session-that-was-made-up", "code": "765432"});
    assert_eq!(fixture.post("/auth/verify-mfa", body).await.status, 400);
    fixture.logout(token("accessToken"), &refresh).await.ok();
    let text = logs.text();
    assert!(
        text.contains("SignUp") && text.contains("GlobalSignOut"),
        "{text}"
    );
    logs.assert_free_of(&[
        EMAIL,
        PASSWORD,
        OTHER_PASSWORD,
        "WrongPass123!",
        "Very Private",
        "a-session-that-was-made-up",
        "765432",
        &sign_up_code,
        &reset_code,
        token("accessToken"),
        token("idToken"),
        token("refreshToken"),
    ]);
}

#[tokio::test]
async fn no_cookie_is_logged() {
    let logs = LogCapture::start();
    let fixture = Fixture::with(
        |emulator| emulator,
        |routes| routes.cookies(SessionCookies::new()),
    )
    .await;
    fixture.person();
    let mut browser = Browser::default();
    browser.login(&fixture).await.ok();
    let before = browser.clone();
    browser.press(&fixture, "/auth/refresh").await.ok();
    browser.get(&fixture, "/auth/me").await.ok();
    browser.press(&fixture, "/auth/logout").await.ok();
    let values: Vec<_> = before.jar.values().map(String::as_str).collect();
    assert_eq!(values.len(), 3);
    assert!(logs.text().contains("RevokeToken"));
    logs.assert_free_of(&values);
}

#[tokio::test]
async fn routes_debug_shows_only_settings() {
    let fixture = Fixture::json().await;
    let routes = cognito_axum::AuthRoutes::new(fixture.cognito);
    let shown = format!("{routes:?}");
    assert!(shown.contains("Hide"), "{shown}");
}
