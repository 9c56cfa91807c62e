//! Challenges and tokens that cookies cannot hold.

use cognito_axum::SessionCookies;
use cognito_testkit::LogCapture;
use serde_json::json;

use super::{Browser, EMAIL, Fixture, PASSWORD};

/// 20 kB in total, which are in the challenge for a new password and in the ID token.
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

#[tokio::test]
async fn oversized_challenge_is_reported_and_logged() {
    let logs = LogCapture::start();
    let fixture = Fixture::with(
        |emulator| emulator,
        |routes| routes.cookies(SessionCookies::new()),
    )
    .await;
    let admin = fixture.cognito.admin();
    let long = "very-private-".repeat(150);
    let mut create = admin.create_user(EMAIL).temporary_password(PASSWORD);
    for name in LONG_ATTRIBUTES {
        create = create.attribute(name, long.as_str());
    }
    create.await.unwrap();
    let mut browser = Browser::default();
    let login = json!({"email": EMAIL, "password": PASSWORD});
    let refused = browser.post(&fixture, "/auth/login", login).await;
    assert_eq!(refused.set_cookies(), [""; 0]);
    refused.refused(501, "This is not available");
    let text = logs.text();
    assert!(text.contains("does not fit into cookies"), "{text}");
    assert!(text.contains("ReadAttributes"), "{text}");
    logs.assert_free_of(&["very-private", EMAIL, PASSWORD]);
}
