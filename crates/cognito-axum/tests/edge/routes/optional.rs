//! What holds for all optional routes: they are disabled by default, need a token, reject requests
//! of other sites and malformed requests, and require a recent sign-in to change a factor.

use std::time::Duration;

use axum::body::Body;
use cognito_axum::{AuthRoutes, SessionCookies};
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, WWW_AUTHENTICATE};
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use super::{Browser, Fixture, Reply, posted, with_all};

const KEY: &str = "us-east-1_6b51e41a-1c8b-4a3e-9a58-1a0d7ad4d0fc";
const SESSION: &str = "tkn0123456789abcdefghijklmno";

const LISTS: &[&str] = &[
    "/auth/devices",
    "/auth/mfa",
    "/auth/passkeys",
    "/auth/sessions",
];
/// The lists that have pages.
const PAGED: &[&str] = &["/auth/devices", "/auth/passkeys", "/auth/sessions"];

/// The routes that change the account: path, a well-formed body, and whether the route changes a
/// factor.
fn changes() -> Vec<(&'static str, Value, bool)> {
    vec![
        ("/auth/devices/forget", json!({"key": KEY}), false),
        ("/auth/devices/remember", json!({"key": KEY}), true),
        ("/auth/mfa/totp/begin", json!({}), true),
        ("/auth/mfa/totp/confirm", json!({"code": "123456"}), true),
        ("/auth/mfa/preferences", json!({"totp": "on"}), true),
        ("/auth/passkeys/begin", json!({}), true),
        (
            "/auth/passkeys/complete",
            json!({"credential": {"id": "a", "response": {"attestationObject": "a"}}}),
            true,
        ),
        (
            "/auth/passkeys/delete",
            json!({"credentialId": "abc"}),
            true,
        ),
        (
            "/auth/profile",
            json!({"attributes": {"nickname": "Jo"}}),
            false,
        ),
        (
            "/auth/profile",
            json!({"attributes": {"email": "new@example.com"}}),
            true,
        ),
        (
            "/auth/profile/send-code",
            json!({"attribute": "email"}),
            false,
        ),
        (
            "/auth/profile/confirm",
            json!({"attribute": "email", "code": "123456"}),
            false,
        ),
        (
            "/auth/sessions/revoke",
            json!({"sessionId": SESSION}),
            false,
        ),
    ]
}

async fn with_json() -> Fixture {
    let fixture = Fixture::with(|emulator| emulator, with_all).await;
    fixture.person();
    fixture
}

async fn with_cookies() -> Fixture {
    let cookies = |routes: AuthRoutes| with_all(routes.cookies(SessionCookies::new()));
    let fixture = Fixture::with(|emulator| emulator, cookies).await;
    fixture.person();
    fixture
}

fn list(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn optional_routes_are_disabled_by_default() {
    let fixture = Fixture::json().await;
    fixture.person();
    let (token, _) = fixture.tokens().await;
    for path in LISTS {
        let refused = fixture.get(path, &token).await;
        refused.refused(404, "Not found");
    }
    for (path, body, _) in changes() {
        let refused = fixture.post_as(&token, path, &body).await;
        refused.refused(404, "Not found");
    }
    let off = |routes: AuthRoutes| with_all(routes).devices(false);
    let fixture = Fixture::with(|emulator| emulator, off).await;
    let refused = fixture.send(list("/auth/devices")).await;
    refused.refused(404, "Not found");
    let refused = fixture.send(list("/auth/sessions")).await;
    refused.refused(401, "Please sign in");
}

#[tokio::test]
async fn optional_routes_need_a_valid_token() {
    for fixture in [with_json().await, with_cookies().await] {
        let mut browser = Browser::default();
        for path in LISTS {
            let refused = browser.get(&fixture, path).await;
            refused.refused(401, "Please sign in");
        }
        for (path, body, _) in changes() {
            let refused = browser.post(&fixture, path, body).await;
            let refused = refused.refused(401, "Please sign in");
            assert!(refused.headers.contains_key(WWW_AUTHENTICATE), "{path}");
        }
    }
    let fixture = with_json().await;
    for path in LISTS {
        let refused = fixture.get(path, "a.b.c").await;
        refused.refused(401, "The token is not valid");
    }
    for (path, body, _) in changes() {
        let refused = fixture.post_as("a.b.c", path, &body).await;
        refused.refused(401, "The token is not valid");
    }
}

#[tokio::test]
async fn cookies_are_ignored_without_cookie_mode() {
    let (fixture, source) = (with_json().await, with_cookies().await);
    let mut browser = Browser::default();
    browser.login(&source).await.ok();
    for path in LISTS {
        let refused = browser.get(&fixture, path).await;
        refused.refused(401, "Please sign in");
    }
    // With cookies, a token in the header is not accepted.
    let (token, _) = fixture.tokens().await;
    for path in LISTS {
        let refused = source.get(path, &token).await;
        refused.refused(401, "Please sign in");
    }
}

/// Sends a request of a signed-in browser, which a page of another site caused.
async fn from_elsewhere(fixture: &Fixture, browser: &Browser, path: &str, body: &Value) -> Reply {
    let mut request = posted(path, body);
    let headers = request.headers_mut();
    headers.insert(COOKIE, browser.cookies().parse().unwrap());
    headers.insert("sec-fetch-site", "cross-site".parse().unwrap());
    headers.insert("origin", "https://evil.example".parse().unwrap());
    fixture.send(request).await
}

#[tokio::test]
async fn other_sites_cannot_use_optional_routes() {
    let fixture = with_cookies().await;
    let mut browser = Browser::default();
    browser.login(&fixture).await.ok();
    for (path, body, _) in changes() {
        let refused = from_elsewhere(&fixture, &browser, path, &body).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
        let message = "The request came from another site";
        assert_eq!(refused.body()["message"], message, "{path}");
        for method in [Method::GET, Method::HEAD, Method::DELETE, Method::PUT] {
            let request = Request::builder().method(method.clone()).uri(path);
            let request = request
                .header(COOKIE, browser.cookies())
                .header("sec-fetch-site", "same-origin");
            let refused = fixture.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(
                refused.status,
                StatusCode::METHOD_NOT_ALLOWED,
                "{method} {path}"
            );
        }
    }
    for operation in [
        "AssociateSoftwareToken",
        "CompleteWebAuthnRegistration",
        "DeleteWebAuthnCredential",
        "ForgetDevice",
        "GetUserAttributeVerificationCode",
        "RevokeUserSession",
        "SetUserMFAPreference",
        "StartWebAuthnRegistration",
        "UpdateDeviceStatus",
        "UpdateUserAttributes",
        "VerifySoftwareToken",
        "VerifyUserAttribute",
    ] {
        assert_eq!(fixture.emulator.calls(operation), 0, "{operation}");
    }
}

#[tokio::test]
async fn optional_routes_reject_malformed_bodies() {
    let fixture = with_json().await;
    let (token, _) = fixture.tokens().await;
    let send = async |path: &str, kind: &str, body: String| {
        let request = Request::post(path)
            .header(AUTHORIZATION, format!("Bearer {token}"))
            .header(CONTENT_TYPE, kind);
        fixture.send(request.body(Body::from(body)).unwrap()).await
    };
    let json = "application/json";
    for (path, body, _) in changes() {
        for (text, message) in [
            ("{", "The body is not valid JSON"),
            ("[]", "The body must be a JSON object"),
            (r#"{"a":1,"a":2}"#, "The body has a field twice"),
        ] {
            let refused = send(path, json, text.to_owned()).await;
            refused.refused(400, message);
        }
        let refused = send(path, "text/plain", body.to_string()).await;
        refused.refused(415, "The body must be application/json");
        let large = json!({"key": "a".repeat(20_000)}).to_string();
        let refused = send(path, json, large).await;
        refused.refused(413, "The body is too long");
        for name in body.as_object().unwrap().keys() {
            let mut wrong = body.clone();
            wrong[name] = json!(1);
            let refused = send(path, json, wrong.to_string()).await;
            // A credential is JSON that the facade checks.
            refused.refused(
                400,
                match name.as_str() {
                    "credential" => "The request is not valid",
                    _ => "The body lacks a field, or one is of another type",
                },
            );
        }
    }
    for path in PAGED {
        let query = "pageToken=a&pageToken=b";
        let refused = fixture.get(&format!("{path}?{query}"), &token).await;
        refused.refused(400, "The query of the URL is not valid");
        for query in ["pageToken=", "pageToken=a%20b"] {
            let refused = fixture.get(&format!("{path}?{query}"), &token).await;
            refused.refused(400, "The request is not valid");
        }
    }
}

#[tokio::test]
async fn factor_changes_require_recent_sign_in() {
    let limit = Duration::from_secs(300);
    let strict = |routes: AuthRoutes| with_all(routes).max_age(limit);
    let fixture = Fixture::with(|emulator| emulator, strict).await;
    fixture.person();
    let (_, refresh) = fixture.tokens().await;
    fixture.clock.advance(limit + Duration::from_secs(120));
    // A refresh does not change the time of the sign-in.
    let body = json!({"refreshToken": refresh});
    let renewed = fixture.post("/auth/refresh", body).await.ok();
    let token = renewed["accessToken"].as_str().unwrap();
    for path in LISTS {
        let listed = fixture.get(path, token).await;
        listed.ok();
    }
    for (path, body, is_factor) in changes() {
        let reply = fixture.post_as(token, path, &body).await;
        if !is_factor {
            assert_ne!(reply.status, StatusCode::UNAUTHORIZED, "{path}");
            continue;
        }
        let refused = reply.refused(401, "Please confirm your identity again");
        let challenge = refused.headers[WWW_AUTHENTICATE].to_str().unwrap();
        for part in ["insufficient_user_authentication", "max_age=\"300\""] {
            assert!(challenge.contains(part), "{path}: {challenge}");
        }
    }
    // The revocation of a session also revokes the tokens of the same second.
    fixture.clock.advance(Duration::from_secs(2));
    let (token, _) = fixture.tokens().await;
    for (path, body, _) in changes().into_iter().filter(|(.., is_factor)| *is_factor) {
        let reply = fixture.post_as(&token, path, &body).await;
        assert_ne!(reply.status, StatusCode::UNAUTHORIZED, "{path}");
    }
}
