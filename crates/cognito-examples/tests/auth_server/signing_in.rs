//! Redirects to the login, the login itself, and the redirect back.

use std::sync::Arc;
use std::time::Duration;

use cognito::clock::Clock;
use cognito_emulator::{Emulator, MfaMode, totp_code};
use cognito_testkit::{FixedClock, SoftwareAuthenticator};
use http::StatusCode;

use crate::browser::{Browser, EMAIL, PASSWORD};
use crate::pages::SIGNED_IN;
use crate::site::Settings;
use crate::site::stage::on;

#[tokio::test]
async fn signed_out_user_returns_after_login() {
    let mut browser = Browser::with_person().await;
    for path in SIGNED_IN {
        let answer = browser.get(path).await;
        assert_eq!(
            (answer.status, answer.location()),
            (StatusCode::SEE_OTHER, "/login"),
            "{path}"
        );
    }
    browser.get("/sessions").await;
    assert_eq!(browser.sign_in(PASSWORD).await.location(), "/sessions");
}

#[tokio::test]
async fn login_does_not_redirect_to_other_sites() {
    for elsewhere in ["//example.com", "/\\example.com", "https://example.com"] {
        let mut browser = Browser::with_person().await;
        browser
            .cookies
            .insert("site_next".to_owned(), elsewhere.to_owned());
        assert_eq!(
            browser.sign_in(PASSWORD).await.location(),
            "/?done=signed-in",
            "{elsewhere}"
        );
    }
}

#[tokio::test]
async fn required_factor_is_set_up_during_sign_in() {
    let pool = Emulator::builder().mfa(MfaMode::On);
    let mut browser = Browser::on(pool).await;
    assert_eq!(browser.sign_in(PASSWORD).await.location(), "/login/step");
    assert!(browser.get("/login/step").await.text.contains("MFA_SETUP"));
    let page = browser.post("/login/step/enroll", &[]).await.text;
    let secret = page.split("id=\"secret\">").nth(1).expect("a secret");
    let secret = secret.split('<').next().expect("an end").replace(' ', "");

    let wrong = browser.post("/login/step", &[("code", "000000")]).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST, "{}", wrong.text);
    assert!(wrong.text.contains("name=\"code\""), "{}", wrong.text);
    let code = totp_code(&secret, browser.clock.now());
    let right = browser.post("/login/step", &[("code", &code)]).await;
    assert_eq!(right.location(), "/?done=signed-in", "{}", right.text);
}

/// The requested level does not take the password away from the user.
#[tokio::test]
async fn user_with_passkey_and_app_uses_password() {
    let mut browser = Browser::with_person().await;
    let tokens = browser.cognito.login(EMAIL, PASSWORD).await;
    let tokens = tokens.expect("a sign-in").into_tokens().expect("tokens");
    let account = browser.cognito.account(&tokens.access_token);
    let mut authenticator = SoftwareAuthenticator::new("http://localhost:3000").expect("an origin");
    let options = account.register_passkey().await.expect("options");
    let credential = authenticator.create(options.as_json()).await;
    let complete = account.complete_passkey_registration(credential.expect("a passkey"));
    complete.await.expect("a registered passkey");
    let secret = account.setup_totp().await.expect("a secret").secret;
    let code = || totp_code(secret.expose(), browser.clock.now());
    account.confirm_totp(code()).await.expect("a second factor");
    browser.clock.advance(Duration::from_secs(60));
    let code = code();

    assert_eq!(browser.sign_in(PASSWORD).await.location(), "/login/step");
    let page = browser.get("/login/step").await.text;
    assert!(page.contains("SOFTWARE_TOKEN_MFA"), "{page}");
    let right = browser.post("/login/step", &[("code", &code)]).await;
    assert_eq!(right.location(), "/?done=signed-in", "{}", right.text);
    let wrong = browser.sign_in("WrongPass123!").await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn factor_without_address_is_requested_again() {
    let clock = FixedClock::at_unix(1_700_000_000);
    let pool = Emulator::builder().mfa(MfaMode::On).email_mfa(true);
    let pool = pool.clock(Arc::new(clock.clone())).start().await;
    let pool = pool.expect("the emulator starts");
    let app = on(&Settings::default(), pool, Arc::new(clock.clone())).await;
    let app = app.expect("the site starts");
    let admin = app.cognito.admin();
    let created = admin.create_user(EMAIL).without_invitation().await;
    created.expect("a person without an address");
    let user = admin.user(EMAIL);
    user.set_permanent_password(PASSWORD)
        .await
        .expect("a password");
    let mut browser = Browser::at(app.clone(), clock);
    browser.sign_in(PASSWORD).await;
    assert!(browser.get("/login/step").await.text.contains("MFA_SETUP"));
    let empty = browser.post("/login/step", &[("email", "")]).await;
    assert_eq!(empty.status, StatusCode::BAD_REQUEST, "{}", empty.text);
    assert!(
        empty.text.contains("id=\"email-error\"") && !empty.text.contains("name=\"code\""),
        "{}",
        empty.text
    );
    let wrong = browser.post("/login/step", &[("email", "nowhere")]).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST, "{}", wrong.text);
    assert!(wrong.text.contains("id=\"email-error\""), "{}", wrong.text);
    let sent = browser.post("/login/step", &[("email", EMAIL)]).await;
    assert_eq!(sent.location(), "/login/step", "{}", sent.text);
    let page = browser.get("/login/step").await.text;
    assert!(page.contains("name=\"code\""), "{page}");
}
