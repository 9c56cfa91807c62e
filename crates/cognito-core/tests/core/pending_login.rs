//! Tests of the state of a sign-in while the browser is at managed login.

use std::time::Duration;

use cognito_core::authentication::step_up::StepUp;
use cognito_core::hosted_login::callback::Callback;
use cognito_core::hosted_login::names::RedirectUri;
use cognito_core::hosted_login::pending::{CodeExchange, PendingLogin};
use cognito_core::secret::SerializedPendingLogin;
use cognito_core::{ErrorKind, Result};

const STATE: &str = "state-of-22-characters";
const NONCE: &str = "nonce-of-22-characters";
const VERIFIER: &str = "a-code-verifier-that-has-at-least-43-of-them";

fn pending() -> PendingLogin {
    let uri = RedirectUri::new("https://shop.example/callback").unwrap();
    PendingLogin::new(STATE, NONCE, VERIFIER, uri).unwrap()
}

fn answered(query: &str) -> Result<CodeExchange> {
    pending().answered_by(Callback::from_query(query)?)
}

#[test]
fn accepts_callback_of_this_sign_in() {
    let exchange = answered(&format!("code=abc&state={STATE}")).unwrap();
    assert_eq!(exchange.code().expose(), "abc");
    assert_eq!(exchange.code_verifier(), VERIFIER);
    assert_eq!(exchange.nonce(), NONCE);
    assert_eq!(
        exchange.redirect_uri().as_str(),
        "https://shop.example/callback"
    );
}

#[test]
fn rejects_callback_of_another_sign_in() {
    // Also if the callback is an error.
    for query in [
        "code=abc".to_owned(),
        "code=abc&state=".to_owned(),
        "code=abc&state=State-of-22-characters".to_owned(),
        format!("code=abc&state={STATE}x"),
        format!("code=abc&state={}", &STATE[1..]),
        "error=access_denied&state=another".to_owned(),
        "error=access_denied".to_owned(),
    ] {
        let error = answered(&query).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidParameter, "{query}");
        assert_eq!(error.code(), None, "{query}");
    }
}

#[test]
fn error_of_managed_login_is_returned() {
    let error = answered(&format!("error=access_denied&state={STATE}")).unwrap_err();
    assert_eq!(error.code(), Some("access_denied"));
}

#[test]
fn unreadable_text_says_what_to_do() {
    let text = SerializedPendingLogin::new("{}").unwrap();
    let message = PendingLogin::from_secret_string(&text)
        .unwrap_err()
        .to_string();
    assert!(message.contains("start the sign-in again"), "{message}");
}

#[test]
fn it_comes_back_whole() {
    let text = pending().to_secret_string().unwrap();
    let back = PendingLogin::from_secret_string(&text).unwrap();
    assert_eq!(
        (back.state(), back.nonce(), back.code_verifier()),
        (STATE, NONCE, VERIFIER)
    );
    assert_eq!(back.redirect_uri(), pending().redirect_uri());
    let levels = ["urn:cognito:loa:4", "urn:cognito:loa:3"].map(|level| level.parse().unwrap());
    let mut step_up = StepUp::new();
    step_up.levels = levels.to_vec();
    step_up.max_age = Some(Duration::from_secs(60));
    let strong = pending().with_step_up(step_up.clone());
    let strong = strong.to_secret_string().unwrap();
    let back = PendingLogin::from_secret_string(&strong).unwrap();
    assert_eq!(back.step_up(), &step_up);
    let answer = Callback::from_query(&format!("code=abc&state={STATE}")).unwrap();
    assert_eq!(back.answered_by(answer).unwrap().step_up(), &step_up);
    // A requirement that cannot be read is not ignored.
    let unreadable = strong.expose().replace("urn:cognito:loa:3", "é");
    let newer = text.expose().replacen('{', r#"{"device":"x","#, 1);
    for text in ["", "{}", "null", newer.as_str(), unreadable.as_str()] {
        let text = SerializedPendingLogin::new(text).unwrap();
        assert!(PendingLogin::from_secret_string(&text).is_err());
    }
}

#[test]
fn rejects_guessable_values() {
    let uri = pending().redirect_uri().clone();
    for (state, nonce, verifier) in [
        ("", NONCE, VERIFIER),
        (STATE, "short", VERIFIER),
        (STATE, NONCE, "only-22-characters-xxx"),
        (STATE, "nonce of 22 characters", VERIFIER),
    ] {
        assert!(PendingLogin::new(state, nonce, verifier, uri.clone()).is_err());
    }
}

#[test]
fn nothing_shows_itself() {
    let shown = format!(
        "{:?} {:?}",
        pending(),
        answered(&format!("code=abc&state={STATE}"))
    );
    for secret in [STATE, NONCE, VERIFIER, "abc"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
