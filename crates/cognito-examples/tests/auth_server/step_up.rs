//! The page that requires a strong and recent sign-in, and the step-up to it.

use std::time::Duration;

use cognito::authentication::StepUp;
use cognito_emulator::{Client, Emulator, Fault};
use http::StatusCode;
use http::header::WWW_AUTHENTICATE;

use crate::browser::{Answer, Browser, EMAIL, PASSWORD};

const TOO_LONG: Duration = Duration::from_secs(1200);

/// Returns `true` if the response is the page with the recovery data.
fn is_open(answer: &Answer) -> bool {
    assert_eq!(
        answer.status == StatusCode::OK,
        answer.text.contains("Where codes for a forgotten password")
    );
    answer.status == StatusCode::OK
}

impl Browser {
    fn newest_code(&self) -> String {
        self.emulator.inbox().latest_code(EMAIL).expect("a code")
    }

    /// Starts a step-up, and returns the page of its first challenge.
    async fn begin_step_up(&mut self) -> String {
        let begun = self.post("/recovery/step-up", &[]).await;
        assert_eq!(begun.location(), "/login/step", "{}", begun.text);
        self.get("/login/step").await.text
    }

    async fn enter(&mut self, code: &str) -> Answer {
        self.post("/login/step", &[("code", code)]).await
    }
}

#[tokio::test]
async fn weak_sign_in_is_challenged() {
    let mut browser = Browser::signed_in().await;
    let answer = browser.get("/recovery").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert!(!is_open(&answer));
    let challenge = answer.headers[WWW_AUTHENTICATE].to_str().expect("text");
    let required = StepUp::from_challenge(challenge).expect("a challenge of RFC 9470");
    let levels = required.acr_values();
    assert_eq!(
        (levels.as_deref(), required.max_age),
        (
            Some("urn:cognito:loa:3 urn:cognito:loa:4"),
            Some(Duration::from_secs(600))
        )
    );
}

#[tokio::test]
async fn step_up_requires_second_factor_only() {
    let mut browser = Browser::signed_in().await;
    let page = browser.begin_step_up().await;
    assert!(page.contains("EMAIL_OTP"), "{page}");
    assert!(!page.contains("name=\"password\""), "{page}");
    let code = browser.newest_code();
    let right = browser.enter(&code).await;
    assert_eq!(right.location(), "/recovery", "{}", right.text);
    assert!(is_open(&browser.get("/recovery").await));
    // There is nothing left to prove.
    let again = browser.post("/recovery/step-up", &[]).await;
    assert_eq!(again.location(), "/recovery");
}

#[tokio::test]
async fn cancelled_step_up_keeps_sign_in() {
    let mut browser = Browser::signed_in().await;
    let tokens = browser.cookie("access_token");
    browser.begin_step_up().await;
    let cancelled = browser.post("/login/cancel", &[]).await;
    assert_eq!(cancelled.location(), "/?done=step-up-cancelled");
    assert_eq!(browser.cookie("access_token"), tokens);
    assert!(browser.cookie("challenge").is_empty() && browser.cookie("site_next").is_empty());
    assert_eq!(browser.get("/profile").await.status, StatusCode::OK);
    assert!(!is_open(&browser.get("/recovery").await));
}

#[tokio::test]
async fn wrong_code_keeps_sign_in() {
    let mut browser = Browser::signed_in().await;
    let tokens = browser.cookie("access_token");
    browser.begin_step_up().await;
    let code = browser.newest_code();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let refused = browser.enter(wrong).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text);
    assert_eq!(browser.cookie("access_token"), tokens);
    assert!(!is_open(&browser.get("/recovery").await));
    let right = browser.enter(&code).await;
    assert_eq!(right.location(), "/recovery", "{}", right.text);
}

#[tokio::test]
async fn expired_step_up_keeps_sign_in() {
    let mut browser = Browser::signed_in().await;
    browser.begin_step_up().await;
    let code = browser.newest_code();
    browser.clock.advance(Duration::from_secs(240));
    let late = browser.enter(&code).await;
    assert_eq!(late.status, StatusCode::UNAUTHORIZED, "{}", late.text);
    assert!(
        late.text.contains("You are still signed in"),
        "{}",
        late.text
    );
    assert_eq!(browser.get("/profile").await.status, StatusCode::OK);
}

#[tokio::test]
async fn old_sign_in_proves_all_factors() {
    let mut browser = Browser::signed_in().await;
    browser.begin_step_up().await;
    let code = browser.newest_code();
    browser.enter(&code).await;
    assert!(is_open(&browser.get("/recovery").await));
    browser.clock.advance(TOO_LONG);
    assert!(!is_open(&browser.get("/recovery").await));
    let page = browser.begin_step_up().await;
    assert!(page.contains("SELECT_CHALLENGE"), "{page}");
    let form = [("choice", "PASSWORD_SRP"), ("password", PASSWORD)];
    let proven = browser.post("/login/step", &form).await;
    assert_eq!(proven.location(), "/login/step", "{}", proven.text);
    let code = browser.newest_code();
    let right = browser.enter(&code).await;
    assert_eq!(right.location(), "/recovery", "{}", right.text);
    assert!(is_open(&browser.get("/recovery").await));
}

/// The refresh token of the sign-in before the step-up is not left valid.
#[tokio::test]
async fn step_up_replaces_session() {
    let mut browser = Browser::signed_in().await;
    let before = browser.cookies.clone();
    browser.begin_step_up().await;
    let code = browser.newest_code();
    browser.enter(&code).await;
    let after = std::mem::replace(&mut browser.cookies, before);
    let old = browser.get("/profile").await;
    assert_eq!(old.location(), "/login?over=1");
    browser.cookies = after;
    assert_eq!(browser.get("/profile").await.status, StatusCode::OK);
}

#[tokio::test]
async fn user_without_second_factor_is_informed() {
    let pool = Emulator::builder().client(Client::new("site"));
    let mut browser = Browser::on(pool).await;
    browser.sign_in(PASSWORD).await;
    let answer = browser.post("/recovery/step-up", &[]).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.text);
    assert!(
        answer.text.contains("second factor") && answer.text.contains("href=\"/security\""),
        "{}",
        answer.text
    );
    assert_eq!(browser.get("/profile").await.status, StatusCode::OK);
}

#[tokio::test]
async fn failed_step_up_keeps_or_ends_sign_in() {
    for (code, message, location) in [
        ("InternalErrorException", "failure", ""),
        (
            "NotAuthorizedException",
            "Access Token has been revoked",
            "/login?over=1",
        ),
    ] {
        let mut browser = Browser::signed_in().await;
        let fault = Fault::error("InitiateAuth", code, message);
        browser.emulator.inject(fault).expect("a known name");
        let answer = browser.post("/recovery/step-up", &[]).await;
        assert_eq!(answer.location(), location, "{code}: {}", answer.text);
        let is_kept = !browser.cookie("access_token").is_empty();
        assert_eq!(is_kept, location.is_empty(), "{code}");
    }
}
