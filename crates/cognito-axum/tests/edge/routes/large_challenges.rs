//! Challenges and tokens of users with long attributes.

use cognito_axum::SessionCookies;
use cognito_testkit::LogCapture;
use serde_json::json;

use super::{Browser, EMAIL, Fixture, OTHER_PASSWORD, PASSWORD};

/// Names of attributes. With long values, they have 20 kB in total. They are in the ID token and in
/// Cognito's challenge for a new password.
const LONG_ATTRIBUTES: [&str; 10] = [
    "address",
    "family_name",
    "given_name",
    "middle_name",
    "name",
    "nickname",
    "picture",
    "preferred_username",
    "profile",
    "website",
];

#[tokio::test]
async fn login_with_tokens_too_long_for_cookies() {
    let logs = LogCapture::start();
    let fixture = Fixture::with(
        |emulator| emulator,
        |routes| routes.cookies(SessionCookies::new()),
    )
    .await;
    let long = "very-private-".repeat(150);
    let attributes = LONG_ATTRIBUTES.map(|name| (name, long.as_str()));
    let emulator = &fixture.emulator;
    emulator.create_user(EMAIL, PASSWORD, &attributes).unwrap();
    let login = json!({"email": EMAIL, "password": PASSWORD});
    let mut browser = Browser::default();
    let refused = browser.post(&fixture, "/auth/login", login).await;
    // The cookies of an earlier user are deleted, and none is set.
    assert!(!refused.set_cookies().is_empty());
    for line in refused.set_cookies() {
        assert!(line.ends_with("Max-Age=0"), "{line}");
    }
    refused.refused(501, "This is not available");
    let text = logs.text();
    assert!(text.contains("id_token must be at most 19000"), "{text}");
    logs.assert_free_of(&["very-private", EMAIL, PASSWORD]);
}

/// Creates an invited user with long attributes. Cognito returns the attributes with the challenge
/// for a new password.
async fn invite(fixture: &Fixture) {
    let long = "very-private-".repeat(150);
    let admin = fixture.cognito.admin();
    let mut create = admin.create_user(EMAIL).temporary_password(PASSWORD);
    for name in LONG_ATTRIBUTES {
        create = create.attribute(name, long.as_str());
    }
    create.await.unwrap();
}

#[tokio::test]
async fn long_attributes_are_not_in_session() {
    let fixture = Fixture::json().await;
    invite(&fixture).await;
    let asked = fixture.login().await.ok();
    let session = asked["session"].as_str().unwrap();
    assert!(session.len() < 7_000, "{}", session.len());
    let body = json!({"session": session, "newPassword": OTHER_PASSWORD});
    let tokens = fixture.post("/auth/new-password", body).await.ok();
    assert!(tokens["accessToken"].is_string());
}

#[tokio::test]
async fn challenge_with_long_attributes_fits_into_cookies() {
    let fixture = Fixture::with(
        |emulator| emulator,
        |routes| routes.cookies(SessionCookies::new()),
    )
    .await;
    invite(&fixture).await;
    let mut browser = Browser::default();
    let login = json!({"email": EMAIL, "password": PASSWORD});
    let asked = browser.post(&fixture, "/auth/login", login).await.ok();
    assert_eq!(asked["challenge"], "NEW_PASSWORD_REQUIRED");
    let body = json!({"newPassword": "weak"});
    let weak = browser.post(&fixture, "/auth/new-password", body).await;
    weak.refused(400, "Password does not meet security requirements");
}
