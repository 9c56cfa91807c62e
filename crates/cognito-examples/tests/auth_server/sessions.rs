//! How a session is refreshed, and how it ends.

use std::time::Duration;

use cognito_emulator::Fault;
use http::{Method, StatusCode};

use crate::browser::Browser;

#[tokio::test]
async fn expired_access_token_is_renewed_silently() {
    let mut browser = Browser::signed_in().await;
    let before = browser.cookie("access_token");
    browser.clock.advance(Duration::from_secs(2 * 3600));
    assert_eq!(browser.get("/profile").await.status, StatusCode::OK);
    assert_ne!(browser.cookie("access_token"), before);
    // The result is the same if the browser has already deleted the old token.
    browser.cookies.remove("access_token");
    assert_eq!(browser.get("/profile").await.status, StatusCode::OK);
    assert!(!browser.cookie("access_token").is_empty());
}

#[tokio::test]
async fn renewal_outage_ends_no_session() {
    let mut browser = Browser::signed_in().await;
    browser.clock.advance(Duration::from_secs(2 * 3600));
    browser
        .emulator
        .inject(Fault::error(
            "GetTokensFromRefreshToken",
            "InternalErrorException",
            "failure",
        ))
        .expect("a known name");
    let answer = browser.get("/profile").await;
    assert!(answer.status.is_server_error(), "{}", answer.status);
    assert!(!browser.cookie("refresh_token").is_empty());
    browser.emulator.clear_faults();
    assert_eq!(browser.get("/profile").await.status, StatusCode::OK);
}

#[tokio::test]
async fn global_sign_out_invalidates_kept_cookies() {
    let mut browser = Browser::signed_in().await;
    let kept = browser.cookies.clone();
    let answer = browser.post("/sessions/end-all", &[]).await;
    assert_eq!(
        answer.text.matches(">rejected<").count(),
        2,
        "{}",
        answer.text
    );
    assert!(browser.cookie("access_token").is_empty());
    browser.cookies = kept;
    let answer = browser.get("/profile").await;
    assert_eq!(answer.location(), "/login?over=1");
    assert!(
        browser.cookie("refresh_token").is_empty(),
        "they are kept on"
    );
}

#[tokio::test]
async fn remote_sign_out_failure_clears_cookies_anyway() {
    for (path, operation) in [
        ("/sessions/end", "RevokeToken"),
        ("/sessions/end-all", "GlobalSignOut"),
    ] {
        let mut browser = Browser::signed_in().await;
        let fault = Fault::error(operation, "InternalErrorException", "failure");
        browser.emulator.inject(fault).expect("a known name");
        let answer = browser.post(path, &[]).await;
        assert!(answer.status.is_server_error(), "{path} {}", answer.status);
        assert!(
            answer.text.contains("Only this browser is signed out"),
            "{path}: {}",
            answer.text
        );
        for name in ["access_token", "id_token", "refresh_token"] {
            assert!(browser.cookie(name).is_empty(), "{path}: {name} is kept");
        }
    }
}

#[tokio::test]
async fn undecided_user_can_sign_out() {
    for path in ["/sessions/end", "/sessions/end-all"] {
        let mut browser = Browser::signed_in().await;
        browser.clock.advance(Duration::from_secs(2 * 3600));
        browser
            .emulator
            .inject(Fault::error(
                "GetTokensFromRefreshToken",
                "InternalErrorException",
                "failure",
            ))
            .expect("a known name");
        let kept = browser.cookies.clone();
        let answer = browser.post(path, &[]).await;
        for name in ["access_token", "id_token", "refresh_token"] {
            assert!(browser.cookie(name).is_empty(), "{path}: {name} is kept");
        }
        browser.emulator.clear_faults();
        browser.cookies = kept;
        let again = browser.get("/profile").await;
        // Either the refresh token is revoked, or the page has shown that no token is revoked.
        let is_ended = again.location() == "/login?over=1";
        let is_told = answer.text.contains("Only this browser is signed out");
        assert_eq!(is_ended, path == "/sessions/end", "{path}: {}", answer.text);
        assert_ne!(is_ended, is_told, "{path}: {}", answer.text);
    }
}

#[tokio::test]
async fn local_only_sign_out_says_so() {
    let mut browser = Browser::signed_in().await;
    browser.cookies.remove("access_token");
    browser
        .emulator
        .inject(Fault::error(
            "GetTokensFromRefreshToken",
            "InternalErrorException",
            "failure",
        ))
        .expect("a known name");
    let answer = browser.post("/sessions/end-all", &[]).await;
    assert!(answer.status.is_server_error(), "{}", answer.status);
    let truth = "so Cognito did not end your";
    assert!(answer.text.contains(truth), "{}", answer.text);
    assert_eq!(browser.emulator.calls("GlobalSignOut"), 0);
    assert!(browser.cookie("refresh_token").is_empty());
}

#[tokio::test]
async fn outage_does_not_reject_old_token() {
    let mut browser = Browser::signed_in().await;
    let fault = Fault::error("GetUser", "InternalErrorException", "failure");
    browser.emulator.inject(fault).expect("a known name");
    let answer = browser.post("/sessions/end", &[]).await;
    assert_eq!(answer.status, StatusCode::OK);
    for verdict in [">rejected<", ">unknown<"] {
        let count = answer.text.matches(verdict).count();
        assert_eq!(count, 1, "{verdict}: {}", answer.text);
    }
}

#[tokio::test]
async fn ended_session_is_signed_out() {
    for (method, path, operation) in [
        (Method::GET, "/profile", "GetUser"),
        (Method::GET, "/security", "GetUserAuthFactors"),
        (Method::GET, "/security/passkeys", "ListWebAuthnCredentials"),
        (Method::POST, "/security/totp", "AssociateSoftwareToken"),
        (Method::GET, "/sessions", "ListUserSessions"),
        (Method::POST, "/orders", "GetDerivedToken"),
        (Method::POST, "/account/delete", "DeleteUser"),
        (Method::POST, "/sessions/end-all", "GlobalSignOut"),
    ] {
        for (code, message) in [
            ("NotAuthorizedException", "Access Token has been revoked"),
            ("UserNotFoundException", "User does not exist."),
        ] {
            let mut browser = Browser::signed_in().await;
            let fault = Fault::error(operation, code, message);
            browser.emulator.inject(fault).expect("a known name");
            let answer = match method {
                Method::GET => browser.get(path).await,
                _ => browser.post(path, &[("sure", "yes")]).await,
            };
            assert_eq!(answer.location(), "/login?over=1", "{path} {code}");
            for name in ["access_token", "id_token", "refresh_token"] {
                assert!(browser.cookie(name).is_empty(), "{path} {code}: {name}");
            }
        }
    }
}
