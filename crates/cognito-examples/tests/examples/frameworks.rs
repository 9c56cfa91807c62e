//! Tests of the examples for other web frameworks.

use cognito_examples::{ANN, BOB, Fixture, PASSWORD};
use http::StatusCode;
use serde_json::{Value, json};

use crate::axum_login_site::{Browser, site};
use crate::{actix_web_jwt, poem_jwt};

/// The challenge to a request without a token (RFC 6750 section 3.1).
const CHALLENGE: &str = "Bearer realm=\"api\"";

#[tokio::test]
async fn other_frameworks_apply_the_guard() {
    let fixture = Fixture::start().await.unwrap();
    let ann = fixture.access_token(ANN).await.unwrap();
    let bob = fixture.access_token(BOB).await.unwrap();
    let (_, signature) = bob.rsplit_once('.').unwrap();
    let (claims, _) = ann.rsplit_once('.').unwrap();
    let forged = format!("{claims}.{signature}");
    for (path, token, expected) in [
        ("/livez", "", 200),
        ("/me", "", 401),
        ("/me", &forged, 401),
        ("/me", &bob, 200),
        ("/reports", &bob, 403),
        ("/reports", &ann, 200),
    ] {
        let verifier = fixture.verifier().unwrap().build().unwrap();
        let by_poem = poem_jwt::ask(verifier.clone(), path, token).await.unwrap();
        let by_actix = actix_web_jwt::ask(verifier, path, token).await;
        assert_eq!(by_poem.0, expected, "{path}");
        assert_eq!(by_poem, by_actix, "{path}");
        let is_told = by_poem.1.is_some_and(|told| told.starts_with(CHALLENGE));
        assert_eq!(is_told, expected != 200, "{path}");
    }
}

#[tokio::test]
async fn axum_login_ends_revoked_sessions() {
    let fixture = Fixture::start().await.unwrap();
    let site = site(fixture.cognito().clone());
    let (mut laptop, mut phone) = (Browser::new(site.clone()), Browser::new(site));
    let login = |password| json!({ "email": ANN, "password": password });
    let nothing = Value::Null;
    for browser in [&mut laptop, &mut phone] {
        for (method, path, body, expected) in [
            ("GET", "/me", &nothing, StatusCode::UNAUTHORIZED),
            ("POST", "/login", &login("wrong"), StatusCode::UNAUTHORIZED),
            ("GET", "/me", &nothing, StatusCode::UNAUTHORIZED),
            ("POST", "/login", &login(PASSWORD), StatusCode::NO_CONTENT),
            ("GET", "/me", &nothing, StatusCode::OK),
        ] {
            let status = browser.send(method, path, body).await.unwrap();
            assert_eq!(status, expected, "{path}");
        }
    }
    let status = phone.send("POST", "/logout", &nothing).await.unwrap();
    assert_eq!(status, StatusCode::NO_CONTENT);
    for browser in [&mut laptop, &mut phone] {
        let status = browser.send("GET", "/me", &nothing).await.unwrap();
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
}
