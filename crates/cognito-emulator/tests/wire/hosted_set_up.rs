//! The pages on which users set up a second factor during the sign-in.

use std::time::Duration;

use cognito_emulator::MfaMode;
use serde_json::json;

use crate::browser::{Browser, came_back, hosted_client, hosted_with, html_of, says, value_of};
use crate::support::{EMAIL, PASSWORD};

const NEW: &str = "new@example.com";

#[tokio::test]
async fn authenticator_app_is_set_up() {
    for with_secret in [false, true] {
        let pool = hosted_client(with_secret, |b| b.mfa(MfaMode::On)).await;
        let mut browser = Browser::default();
        let page = browser.typed(&pool, EMAIL, PASSWORD).await;
        let html = html_of(&page);
        let secret = value_of(html, "secret");
        let grouped = format!("<code>{} {} ", &secret[..4], &secret[4..8]);
        assert!(html.contains(&grouped), "{html}");
        assert!(html.contains("<svg role=\"img\" aria-label=\"QR code"));
        assert!(!html.contains("<script"));
        let code = pool.totp(&secret);
        let wrong = if code == "000000" { "000001" } else { "000000" };
        let page = browser.submit(&pool, &page, &[("code", wrong)]).await;
        says(&page, "Code mismatch and fail enable Software Token MFA");
        assert_eq!(value_of(html_of(&page), "secret"), secret);
        assert!(!browser.cookies.contains_key("cognito"));
        came_back(&browser.submit(&pool, &page, &[("code", &code)]).await);

        pool.advance(Duration::from_secs(60));
        let mut browser = Browser::default();
        let page = browser.typed(&pool, EMAIL, PASSWORD).await;
        assert_eq!(value_of(html_of(&page), "challenge"), "SOFTWARE_TOKEN_MFA");
        let code = pool.totp(&secret);
        came_back(&browser.submit(&pool, &page, &[("code", &code)]).await);
    }
}

#[tokio::test]
async fn email_factor_is_chosen_and_set_up() {
    let pool = hosted_with(|client| client, |b| b.mfa(MfaMode::On).email_mfa(true)).await;
    let fields = json!({
        "Username": EMAIL,
        "UserAttributes": [{ "Name": "email_verified", "Value": "false" }],
    });
    pool.admin("AdminUpdateUserAttributes", fields).await.ok();
    let mut browser = Browser::default();
    let page = browser.typed(&pool, EMAIL, PASSWORD).await;
    assert!(!html_of(&page).contains("SMS_MFA"), "{}", html_of(&page));
    let page = browser
        .submit(&pool, &page, &[("answer", "EMAIL_OTP")])
        .await;
    let page = browser
        .submit(&pool, &page, &[("email", "no address")])
        .await;
    says(&page, "Invalid email address format.");
    let page = browser.submit(&pool, &page, &[("email", NEW)]).await;
    says(&page, "We sent a code to n***@e***");
    let code = pool.code(NEW);
    came_back(&browser.submit(&pool, &page, &[("code", &code)]).await);
}

#[tokio::test]
async fn form_does_not_choose_the_secret() {
    let pool = hosted_with(|client| client, |b| b.mfa(MfaMode::On)).await;
    let mut browser = Browser::default();
    let page = browser.typed(&pool, EMAIL, PASSWORD).await;
    let own = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    let code = pool.totp(own);
    let filled = [("secret", own), ("code", code.as_str())];
    let page = browser.submit(&pool, &page, &filled).await;
    says(&page, "Code mismatch and fail enable Software Token MFA");
    let filled = [("secret", "\"><script>"), ("code", code.as_str())];
    let page = browser.submit(&pool, &page, &filled).await;
    assert!(!html_of(&page).contains("script") && !html_of(&page).contains("<svg"));
}

#[tokio::test]
async fn expired_set_up_starts_again() {
    let pool = hosted_with(|client| client, |b| b.mfa(MfaMode::On)).await;
    let mut browser = Browser::default();
    let page = browser.typed(&pool, EMAIL, PASSWORD).await;
    let code = pool.totp(&value_of(html_of(&page), "secret"));
    pool.advance(Duration::from_secs(181));
    let page = browser.submit(&pool, &page, &[("code", &code)]).await;
    says(&page, "Invalid session for the user, session is expired.");
    assert!(html_of(&page).contains("name=\"password\""));
}

#[tokio::test]
async fn page_shows_account_of_the_session_only() {
    let pool = hosted_with(|client| client, |b| b.mfa(MfaMode::On).email_mfa(true)).await;
    let victim = "victim@example.com";
    let sub = pool.emulator.create_user(victim, PASSWORD, &[]);
    let sub = sub.expect("a person");
    let fields = json!({
        "Username": EMAIL,
        "UserAttributes": [{ "Name": "email_verified", "Value": "false" }],
    });
    pool.admin("AdminUpdateUserAttributes", fields).await.ok();
    let mut browser = Browser::default();
    let page = browser.typed(&pool, EMAIL, PASSWORD).await;
    let filled = [("username", sub.as_str()), ("answer", "SOFTWARE_TOKEN_MFA")];
    let page = browser.submit(&pool, &page, &filled).await;
    assert_eq!(value_of(html_of(&page), "account"), EMAIL);
    let page = browser.submit(&pool, &page, &[("code", "x")]).await;
    assert!(!html_of(&page).contains(victim));
    // The session of one user does not sign in another user.
    let code = pool.totp(&value_of(html_of(&page), "secret"));
    let filled = [("username", sub.as_str()), ("code", code.as_str())];
    let page = browser.submit(&pool, &page, &filled).await;
    assert_eq!(page.status, 200);
    assert!(!browser.cookies.contains_key("cognito"));
}
