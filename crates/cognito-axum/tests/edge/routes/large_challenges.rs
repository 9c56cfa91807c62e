//! A challenge that cookies cannot hold.

use cognito_axum::SessionCookies;
use cognito_testkit::LogCapture;
use serde_json::json;

use super::{Browser, EMAIL, PASSWORD, Stage};

#[tokio::test]
async fn somebody_with_many_attributes_is_told_and_so_is_the_operator() {
    let logs = LogCapture::start();
    let stage = Stage::with(
        |emulator| emulator,
        |routes| routes.cookies(SessionCookies::new()),
    )
    .await;
    let long = "very-private-".repeat(150);
    let admin = stage.cognito.admin();
    let mut create = admin.create_user(EMAIL).temporary_password(PASSWORD);
    for name in [
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
    ] {
        create = create.attribute(name, long.as_str());
    }
    create.await.unwrap();
    let mut browser = Browser::default();
    let login = json!({"email": EMAIL, "password": PASSWORD});
    let refused = browser.post(&stage, "/auth/login", login).await;
    assert_eq!(refused.set_cookies(), [""; 0]);
    refused.refused(501, "This is not available");
    let text = logs.text();
    assert!(text.contains("does not fit into cookies"), "{text}");
    assert!(text.contains("ReadAttributes"), "{text}");
    logs.assert_free_of(&["very-private", EMAIL, PASSWORD]);
}
