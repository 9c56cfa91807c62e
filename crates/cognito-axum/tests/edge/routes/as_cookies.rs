//! Tokens in cookies: never in JSON, only for pages of the same origin.

use std::time::Duration;

use axum::body::Body;
use cognito_axum::{AccessClaims, SameOrigin, SessionCookies, TokenGuard};
use cognito_emulator::{AuthFlow, Client, Fault};
use http::header::COOKIE;
use http::{Method, Request, StatusCode};
use serde_json::json;

use super::{Browser, EMAIL, Fixture, PASSWORD, Reply, posted};

const SIGNED_IN: [&str; 3] = [
    "__Host-access_token",
    "__Host-id_token",
    "__Host-refresh_token",
];

fn no_token_in(reply: &Reply, browser: &Browser) {
    for value in browser.jar.values() {
        assert!(!reply.text.contains(value.as_str()), "{}", reply.text);
    }
    assert!(!reply.text.contains("Token"), "{}", reply.text);
}

#[tokio::test]
async fn login_sets_cookies_without_tokens_in_json() {
    let fixture = Fixture::cookies().await;
    fixture.person();
    let mut browser = Browser::default();
    let reply = browser.login(&fixture).await;
    no_token_in(&reply, &browser);
    for line in reply.set_cookies() {
        assert!(
            line.contains("; HttpOnly; SameSite=Strict; Secure; Path=/; "),
            "{line}"
        );
    }
    assert_eq!(browser.names(), SIGNED_IN);
    assert_eq!(
        reply.ok(),
        json!({"success": true, "message": "Signed in successfully", "expiresIn": 3600})
    );
    let me = browser.get(&fixture, "/auth/me").await.ok();
    assert_eq!(me["attributes"]["email"], EMAIL);
}

#[tokio::test]
async fn a_refresh_takes_the_cookie_and_rotates_it() {
    let client = Client::new("rotating")
        .flow(AuthFlow::UserSrp)
        .refresh_rotation(Duration::ZERO);
    let fixture = Fixture::with(
        |emulator| emulator.client(client),
        |routes| routes.cookies(SessionCookies::new()),
    )
    .await;
    fixture.person();
    let mut browser = Browser::default();
    browser.login(&fixture).await.ok();
    let before = browser.clone();
    fixture.clock.advance(Duration::from_secs(4000));
    let reply = browser.press(&fixture, "/auth/refresh").await;
    no_token_in(&reply, &browser);
    assert_eq!(
        reply.ok(),
        json!({"success": true, "message": "Session renewed successfully", "expiresIn": 3600})
    );
    for name in SIGNED_IN {
        assert_ne!(browser.jar[name], before.jar[name], "{name}");
    }
    browser.get(&fixture, "/auth/me").await.ok();
    // The previous refresh token is rejected.
    let mut thief = before;
    let refused = thief.press(&fixture, "/auth/refresh").await;
    assert_eq!(refused.status, 401);
}

#[tokio::test]
async fn missing_refresh_cookie_requires_sign_in() {
    let fixture = Fixture::cookies().await;
    // A token in the body is ignored: with cookies, tokens are only read from cookies.
    let body = json!({"refreshToken": "a.b.c"});
    let refused = Browser::default()
        .post(&fixture, "/auth/refresh", body)
        .await;
    refused.refused(401, "Please sign in again");
    assert_eq!(fixture.emulator.calls("GetTokensFromRefreshToken"), 0);
}

#[tokio::test]
async fn signing_out_clears_the_cookies_however_often() {
    let fixture = Fixture::cookies().await;
    fixture.person();
    let mut browser = Browser::default();
    browser.login(&fixture).await.ok();
    let mut other_tab = browser.clone();
    browser.press(&fixture, "/auth/logout").await.ok();
    assert_eq!(browser.names(), [""; 0]);
    browser.press(&fixture, "/auth/logout").await.ok();
    // Another browser of the same user.
    let refused = other_tab.get(&fixture, "/auth/me").await;
    refused.refused(401, "The token has been revoked");
}

#[tokio::test]
async fn outage_clears_session_from_browser() {
    let fixture = Fixture::cookies().await;
    fixture.person();
    let mut browser = Browser::default();
    browser.login(&fixture).await.ok();
    let outage = |operation| Fault::error(operation, "InternalErrorException", "oh no");
    fixture.emulator.inject(outage("GlobalSignOut")).unwrap();
    fixture.emulator.inject(outage("RevokeToken")).unwrap();
    let refused = browser.press(&fixture, "/auth/logout").await;
    assert!(refused.status.is_server_error(), "{}", refused.text);
    assert_eq!(browser.names(), [""; 0]);
}

#[tokio::test]
async fn outage_ends_no_session() {
    let fixture = Fixture::cookies().await;
    fixture.person();
    let mut browser = Browser::default();
    browser.login(&fixture).await.ok();
    let fault = |operation| Fault::error(operation, "InternalErrorException", "oh no");
    fixture.emulator.inject(fault("GetUser")).unwrap();
    fixture
        .emulator
        .inject(fault("GetTokensFromRefreshToken"))
        .unwrap();
    let refused = browser.get(&fixture, "/auth/me").await;
    assert!(refused.status.is_server_error(), "{}", refused.text);
    let refused = browser.press(&fixture, "/auth/refresh").await;
    assert!(refused.status.is_server_error(), "{}", refused.text);
    assert_eq!(browser.names(), SIGNED_IN);
}

#[tokio::test]
async fn disabled_user_is_not_renewed_but_signs_out() {
    let fixture = Fixture::cookies().await;
    fixture.person();
    let mut browser = Browser::default();
    browser.login(&fixture).await.ok();
    fixture.cognito.admin().user(EMAIL).disable().await.unwrap();
    let refused = browser.press(&fixture, "/auth/refresh").await;
    assert_eq!(refused.status, 401);
    browser.press(&fixture, "/auth/logout").await.ok();
    assert_eq!(browser.names(), [""; 0]);
}

#[tokio::test]
async fn rejects_duplicate_cookie_and_sign_out_clears_it() {
    let fixture = Fixture::cookies().await;
    let twice = "__Host-access_token=a.b.c; __Host-access_token=d.e.f";
    let request = Request::get("/auth/me").header(COOKIE, twice);
    let refused = fixture.send(request.body(Body::empty()).unwrap()).await;
    refused.refused(400, "The request has more than one token");
    let request = Request::post("/auth/logout")
        .header(COOKIE, twice)
        .header("sec-fetch-site", "same-origin");
    let done = fixture.send(request.body(Body::empty()).unwrap()).await;
    assert!(done.set_cookies().len() >= 5, "{done:?}");
    done.refused(401, "The token is not valid");
}

/// Sends a request that a page of another site makes a signed-in browser send.
async fn from_elsewhere(
    fixture: &Fixture,
    browser: &Browser,
    headers: &[(&str, &str)],
) -> Vec<u16> {
    let mut statuses = Vec::new();
    for path in POSTS {
        let body = json!({"email": EMAIL, "password": PASSWORD, "code": "1", "newPassword": "x"});
        let mut request = posted(path, &body);
        request
            .headers_mut()
            .insert(COOKIE, browser.cookies().parse().unwrap());
        request
            .headers_mut()
            .insert("host", "shop.example.com".parse().unwrap());
        for (name, value) in headers {
            let name: http::HeaderName = name.parse().unwrap();
            request.headers_mut().append(name, value.parse().unwrap());
        }
        statuses.push(fixture.send(request).await.status.as_u16());
    }
    statuses
}

const POSTS: [&str; 11] = [
    "/auth/signup",
    "/auth/confirm",
    "/auth/resend-code",
    "/auth/login",
    "/auth/verify-mfa",
    "/auth/setup-mfa",
    "/auth/new-password",
    "/auth/refresh",
    "/auth/forgot-password",
    "/auth/reset-password",
    "/auth/logout",
];

#[tokio::test]
async fn no_other_site_changes_anything() {
    let fixture = Fixture::cookies().await;
    fixture.person();
    let mut browser = Browser::default();
    browser.login(&fixture).await.ok();
    let calls = fixture.emulator.calls("GlobalSignOut");
    for headers in [
        &[("sec-fetch-site", "cross-site")][..],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
        &[],
        &[("origin", "https://shop.example.com:8443")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://shop.example.com"),
        ],
        &[
            ("origin", "https://evil.example"),
            ("x-forwarded-host", "evil.example"),
        ],
    ] {
        let statuses = from_elsewhere(&fixture, &browser, headers).await;
        assert_eq!(statuses, [403; 11], "{headers:?}");
    }
    assert_eq!(fixture.emulator.calls("GlobalSignOut"), calls);
    browser.get(&fixture, "/auth/me").await.ok();
    // The same request from a page of the service is accepted.
    let own = [("origin", "https://shop.example.com")];
    let statuses = from_elsewhere(&fixture, &browser, &own).await;
    assert!(!statuses.contains(&403), "{statuses:?}");
}

#[tokio::test]
async fn a_get_never_changes_anything() {
    let fixture = Fixture::cookies().await;
    fixture.person();
    let mut browser = Browser::default();
    browser.login(&fixture).await.ok();
    for path in POSTS {
        for method in [Method::GET, Method::HEAD] {
            let request = Request::builder().method(method).uri(path);
            let request = request.header(COOKIE, browser.cookies());
            let refused = fixture.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(refused.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
            assert!(refused.set_cookies().is_empty());
        }
    }
    browser.get(&fixture, "/auth/me").await.ok();
}

#[tokio::test]
async fn another_origin_can_be_named() {
    let named = SameOrigin::new()
        .allow_origin("https://app.example.com")
        .unwrap();
    let fixture = Fixture::with(
        |emulator| emulator,
        |routes| routes.cookies(SessionCookies::new()).same_origin(named),
    )
    .await;
    let headers = [
        ("sec-fetch-site", "same-site"),
        ("origin", "https://app.example.com"),
    ];
    let statuses = from_elsewhere(&fixture, &Browser::default(), &headers).await;
    assert!(!statuses.contains(&403), "{statuses:?}");
}

#[tokio::test]
async fn custom_routes_read_the_same_cookies() {
    let fixture = Fixture::cookies().await;
    fixture.person();
    let mut browser = Browser::default();
    browser.login(&fixture).await.ok();
    let guard = TokenGuard::new(fixture.cognito.clone()).cookies(&SessionCookies::new());
    let own = axum::Router::new()
        .route(
            "/own",
            axum::routing::get(async |claims: AccessClaims| claims.sub.clone()),
        )
        .with_state(guard);
    let router = fixture.router.clone().merge(own);
    let fixture = Fixture { router, ..fixture };
    let answer = browser.get(&fixture, "/own").await;
    assert_eq!((answer.status, answer.text.len()), (StatusCode::OK, 36));
    let nobody = Browser::default().get(&fixture, "/own").await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
}
