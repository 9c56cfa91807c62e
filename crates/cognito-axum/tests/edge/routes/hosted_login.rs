//! A sign-in at managed login: bound to the browser, used once, and no redirect to other sites.

use std::time::Duration;

use axum::body::Body;
use cognito::Cognito;
use cognito_axum::{AuthRoutes, HostedLoginRoutes, SameSite, SessionCookies};
use cognito_emulator::Fault;
use http::header::{COOKIE, LOCATION, REFERRER_POLICY};
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use super::managed_login::{CALLBACK, HOME, ManagedLogin, web, with_parameter};
use super::{Browser, EMAIL, Fixture, PASSWORD, Reply, posted};

const START: &str = "/auth/hosted-login/start";
const LOGOUT: &str = "/auth/hosted-login/logout";
const PENDING: &str = "__Host-login";

fn settings() -> HostedLoginRoutes {
    HostedLoginRoutes::new(CALLBACK, HOME).unwrap()
}

async fn with(routes: impl FnOnce(AuthRoutes) -> AuthRoutes) -> Fixture {
    let fixture = Fixture::with(
        |emulator| emulator.client(web()),
        |built| routes(built.hosted_login(settings())),
    )
    .await;
    fixture.person();
    fixture
}

async fn fixture() -> Fixture {
    with(|routes| routes.cookies(SessionCookies::new())).await
}

/// Starts a sign-in. Returns the URL of managed login.
async fn started(fixture: &Fixture, browser: &mut Browser, body: Value) -> String {
    let started = browser.post(fixture, START, body).await.ok();
    started["url"].as_str().unwrap().to_owned()
}

/// Opens the callback, as managed login redirects the browser there: cookies that are
/// `SameSite=Strict` are not sent.
async fn back(fixture: &Fixture, browser: &mut Browser, url: &str) -> Reply {
    let mut request = Request::get(url).body(Body::empty()).unwrap();
    let headers = request.headers_mut();
    headers.insert("sec-fetch-site", "cross-site".parse().unwrap());
    if let Some(pending) = browser.jar.get(PENDING) {
        let pair = format!("{PENDING}={pending}");
        headers.insert(COOKIE, pair.parse().unwrap());
    }
    let reply = fixture.send(request).await;
    for line in reply.set_cookies() {
        let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
        if line.ends_with("Max-Age=0") {
            browser.jar.remove(name);
        } else {
            browser.jar.insert(name.to_owned(), value.to_owned());
        }
    }
    reply
}

async fn signed_in(fixture: &Fixture, browser: &mut Browser, body: Value) -> Reply {
    let url = started(fixture, browser, body).await;
    let returned = ManagedLogin::default()
        .sign_in(&fixture.emulator, &url)
        .await;
    back(fixture, browser, &returned).await
}

#[tokio::test]
async fn browser_signs_in_at_managed_login() {
    let fixture = fixture().await;
    let mut browser = Browser::default();
    let body = json!({"returnTo": "/orders?open=1&page=2"});
    let url = started(&fixture, &mut browser, body).await;
    assert_eq!(browser.names(), [PENDING]);
    // The browser cannot read the state.
    for name in ["state", "nonce"] {
        let value = url.split(&format!("{name}=")).nth(1).unwrap();
        let value = value.split('&').next().unwrap();
        assert!(!browser.jar[PENDING].contains(value), "{name}");
    }
    let returned = ManagedLogin::default()
        .sign_in(&fixture.emulator, &url)
        .await;
    let reply = back(&fixture, &mut browser, &returned).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
    assert!(
        reply.text.contains("url=/orders?open=1&amp;page=2\""),
        "{}",
        reply.text
    );
    assert_eq!(reply.headers[REFERRER_POLICY], "no-referrer");
    for value in browser.jar.values() {
        assert!(!reply.text.contains(value.as_str()), "{}", reply.text);
    }
    let names = [
        "__Host-access_token",
        "__Host-id_token",
        "__Host-refresh_token",
    ];
    assert_eq!(browser.names(), names);
    let me = browser.get(&fixture, "/auth/me").await.ok();
    assert_eq!(me["attributes"]["email"], EMAIL);
    browser.press(&fixture, "/auth/refresh").await.ok();
}

#[tokio::test]
async fn pending_cookie_is_lax_and_bound_to_host() {
    let fixture = fixture().await;
    let reply = Browser::default().post(&fixture, START, json!({})).await;
    let line = reply.set_cookies()[0].to_owned();
    assert!(line.starts_with("__Host-login="), "{line}");
    let attributes = "; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=3600";
    assert!(line.ends_with(attributes), "{line}");
    // With another path for the refresh token, too.
    let cookies = SessionCookies::new().refresh_path("/auth").unwrap();
    let fixture = with(|routes| routes.cookies(cookies)).await;
    let reply = Browser::default().post(&fixture, START, json!({})).await;
    assert!(reply.set_cookies()[0].ends_with(attributes));
}

#[tokio::test]
async fn callback_redirects_if_cookies_are_lax() {
    let cookies = SessionCookies::new().same_site(SameSite::Lax);
    let fixture = with(|routes| routes.cookies(cookies)).await;
    let mut browser = Browser::default();
    let reply = signed_in(&fixture, &mut browser, json!({"returnTo": "/orders"})).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER);
    assert_eq!(reply.headers[LOCATION], "/orders");
    let reply = signed_in(&fixture, &mut browser, json!({})).await;
    assert_eq!(reply.headers[LOCATION], "/");
    browser.get(&fixture, "/auth/me").await.ok();
}

#[tokio::test]
async fn start_rejects_other_sites_as_target() {
    let fixture = fixture().await;
    let mut browser = Browser::default();
    for target in [
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "",
        "orders",
        "/a;Domain=evil.example",
    ] {
        let refused = browser
            .post(&fixture, START, json!({"returnTo": target}))
            .await;
        refused.refused(400, "The page to return to must be a path of this site");
    }
    let refused = browser.post(&fixture, START, json!({"provider": ""})).await;
    refused.refused(400, "The request is not valid");
    let refused = browser.post(&fixture, START, json!({"returnTo": 1})).await;
    refused.refused(400, "The body lacks a field, or one is of another type");
    assert!(browser.jar.is_empty());
}

#[tokio::test]
async fn callback_checks_target_again() {
    let fixture = fixture().await;
    for target in ["//evil.example", "https://evil.example", ""] {
        let mut browser = Browser::default();
        let url = started(&fixture, &mut browser, json!({})).await;
        let returned = ManagedLogin::default()
            .sign_in(&fixture.emulator, &url)
            .await;
        let state = browser.jar[PENDING].trim_end_matches('/').to_owned();
        browser
            .jar
            .insert(PENDING.to_owned(), format!("{state}{target}"));
        let reply = back(&fixture, &mut browser, &returned).await;
        assert!(!reply.text.contains("evil"), "{target}: {}", reply.text);
    }
}

#[tokio::test]
async fn another_browser_cannot_complete_sign_in() {
    let fixture = fixture().await;
    let (mut attacker, mut victim) = (Browser::default(), Browser::default());
    let url = started(&fixture, &mut attacker, json!({})).await;
    let returned = ManagedLogin::default()
        .sign_in(&fixture.emulator, &url)
        .await;
    // The victim has started no sign-in, or another one.
    let refused = back(&fixture, &mut victim, &returned).await;
    refused.refused(401, "This sign-in has expired, please start again");
    started(&fixture, &mut victim, json!({})).await;
    let refused = back(&fixture, &mut victim, &returned).await;
    refused.refused(400, "The request is not valid");
    assert!(victim.jar.is_empty());
    assert_eq!(fixture.emulator.calls("/oauth2/token"), 0);
}

#[tokio::test]
async fn sign_in_is_completed_once() {
    let fixture = fixture().await;
    let mut browser = Browser::default();
    let url = started(&fixture, &mut browser, json!({})).await;
    let returned = ManagedLogin::default()
        .sign_in(&fixture.emulator, &url)
        .await;
    let mut copy = browser.clone();
    let reply = back(&fixture, &mut browser, &returned).await;
    assert_eq!(reply.status, StatusCode::OK);
    let refused = back(&fixture, &mut browser, &returned).await;
    refused.refused(401, "This sign-in has expired, please start again");
    browser.get(&fixture, "/auth/me").await.ok();
    // Cognito accepts the code once, even with a copy of the cookie.
    let refused = back(&fixture, &mut copy, &returned).await;
    refused.refused(401, "This sign-in has expired, please start again");
    assert!(copy.jar.is_empty());
}

#[tokio::test]
async fn callback_failures_delete_pending_cookie() {
    let fixture = fixture().await;
    let changes: [fn(&str) -> String; 4] = [
        |url| with_parameter(url, "state", "another"),
        |url| with_parameter(url, "code", "another"),
        |url| url.split('?').next().unwrap().to_owned(),
        |url| format!("{url}&state=another"),
    ];
    for change in changes {
        let mut browser = Browser::default();
        let url = started(&fixture, &mut browser, json!({})).await;
        let returned = ManagedLogin::default()
            .sign_in(&fixture.emulator, &url)
            .await;
        let refused = back(&fixture, &mut browser, &change(&returned)).await;
        assert!(refused.status.is_client_error(), "{}", refused.text);
        assert!(browser.jar.is_empty(), "{:?}", browser.names());
    }
    // An outage of Cognito.
    let mut browser = Browser::default();
    let url = started(&fixture, &mut browser, json!({})).await;
    let returned = ManagedLogin::default()
        .sign_in(&fixture.emulator, &url)
        .await;
    fixture
        .emulator
        .inject(Fault::status("/oauth2/token", 503).times(5))
        .unwrap();
    let failed = back(&fixture, &mut browser, &returned).await;
    assert!(failed.status.is_server_error(), "{}", failed.text);
    assert!(browser.jar.is_empty(), "{:?}", browser.names());
}

#[tokio::test]
async fn pending_cookie_is_sealed_and_expires() {
    let fixture = fixture().await;
    let mut browser = Browser::default();
    for value in ["", "/", "abc/", "abc", "/orders"] {
        browser.jar.insert(PENDING.to_owned(), value.to_owned());
        let reply = back(
            &fixture,
            &mut browser,
            "/auth/hosted-login/callback?code=a&state=b",
        )
        .await;
        assert!(reply.status.is_client_error(), "{value}: {}", reply.text);
    }
    let url = started(&fixture, &mut browser, json!({})).await;
    let returned = ManagedLogin::default()
        .sign_in(&fixture.emulator, &url)
        .await;
    fixture.clock.advance(Duration::from_secs(3600));
    let refused = back(&fixture, &mut browser, &returned).await;
    refused.refused(401, "This sign-in has expired, please start again");
    assert_eq!(fixture.emulator.calls("/oauth2/token"), 0);
}

#[tokio::test]
async fn sign_in_replaces_split_cookies() {
    // The browser does not send the cookies of the earlier session with the callback.
    let fixture = fixture().await;
    let mut browser = Browser::default();
    for index in 0..5 {
        for name in ["access_token", "id_token", "refresh_token"] {
            let name = format!("__Host-{name}.{index}");
            browser.jar.insert(name, "part".to_owned());
        }
    }
    browser
        .jar
        .insert("__Host-challenge.0".to_owned(), "part".to_owned());
    signed_in(&fixture, &mut browser, json!({})).await;
    assert_eq!(browser.names().len(), 3, "{:?}", browser.names());
    browser.get(&fixture, "/auth/me").await.ok();
}

#[tokio::test]
async fn head_request_completes_no_sign_in() {
    let fixture = fixture().await;
    let mut browser = Browser::default();
    let url = started(&fixture, &mut browser, json!({})).await;
    let returned = ManagedLogin::default()
        .sign_in(&fixture.emulator, &url)
        .await;
    for method in [Method::HEAD, Method::POST, Method::PUT] {
        let request = Request::builder()
            .method(&method)
            .uri(&returned)
            .header(COOKIE, browser.cookies())
            .header("sec-fetch-site", "same-origin");
        let refused = fixture.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(refused.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
    }
    let reply = back(&fixture, &mut browser, &returned).await;
    assert_eq!(reply.status, StatusCode::OK);
}

#[tokio::test]
async fn other_sites_neither_start_nor_end_sessions() {
    let fixture = fixture().await;
    let mut browser = Browser::default();
    signed_in(&fixture, &mut browser, json!({})).await;
    for path in [START, LOGOUT] {
        let mut request = posted(path, &json!({}));
        let headers = request.headers_mut();
        headers.insert(COOKIE, browser.cookies().parse().unwrap());
        headers.insert("sec-fetch-site", "cross-site".parse().unwrap());
        let refused = fixture.send(request).await;
        assert!(refused.set_cookies().is_empty());
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
        let refused = browser.get(&fixture, path).await;
        assert_eq!(refused.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
    }
    browser.get(&fixture, "/auth/me").await.ok();
}

#[tokio::test]
async fn logout_returns_url_of_managed_login() {
    let fixture = fixture().await;
    let mut browser = Browser::default();
    signed_in(&fixture, &mut browser, json!({})).await;
    let mut other_tab = browser.clone();
    let done = browser.press(&fixture, LOGOUT).await.ok();
    assert_eq!(done["success"], true);
    let url = done["url"].as_str().unwrap();
    assert!(
        url.starts_with(&format!("{}/logout?", fixture.emulator.endpoint())),
        "{url}"
    );
    assert!(
        url.contains("logout_uri=https%3A%2F%2Fshop.example.com%2F"),
        "{url}"
    );
    assert_eq!(browser.names(), [""; 0]);
    let refused = other_tab.get(&fixture, "/auth/me").await;
    refused.refused(401, "The token has been revoked");
    // Without a session, the browser still gets the URL.
    let again = browser.press(&fixture, LOGOUT).await.ok();
    assert_eq!(again["url"], url);
}

#[tokio::test]
async fn logout_without_domain_ends_sessions() {
    let fixture = fixture().await;
    // `CognitoBuilder::emulator` would add a domain.
    let cognito = Cognito::builder()
        .config(fixture.emulator.pool_config().unwrap())
        .endpoint_url(fixture.emulator.endpoint())
        .clock(fixture.clock.clone())
        .build()
        .await
        .unwrap();
    let routes = AuthRoutes::new(cognito).cookies(SessionCookies::new());
    let router = routes.hosted_login(settings()).into_router();
    let fixture = Fixture { router, ..fixture };
    let mut browser = Browser::default();
    browser.login(&fixture).await.ok();
    let failed = browser.press(&fixture, LOGOUT).await;
    assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(browser.names(), [""; 0]);
    assert_eq!(fixture.emulator.calls("GlobalSignOut"), 1);
}

/// Otherwise the previous user of a browser could complete an earlier sign-in there, as another
/// user, with a link to the callback.
#[tokio::test]
async fn earlier_sign_in_cannot_replace_next_user() {
    let fixture = fixture().await;
    let ends = ["/auth/login", "/auth/logout", LOGOUT];
    for path in ends {
        let mut browser = Browser::default();
        let url = started(&fixture, &mut browser, json!({})).await;
        let link = ManagedLogin::default()
            .sign_in(&fixture.emulator, &url)
            .await;
        let body = match path {
            "/auth/login" => json!({"email": EMAIL, "password": PASSWORD}),
            _ => json!({}),
        };
        browser.post(&fixture, path, body).await.ok();
        assert!(!browser.jar.contains_key(PENDING), "{path}");
        let refused = back(&fixture, &mut browser, &link).await;
        refused.refused(401, "This sign-in has expired, please start again");
    }
    // A refresh keeps the sign-in, with which the user may be proving the identity again.
    let mut browser = Browser::default();
    signed_in(&fixture, &mut browser, json!({})).await;
    started(&fixture, &mut browser, json!({"recent": true})).await;
    browser.press(&fixture, "/auth/refresh").await.ok();
    assert!(browser.jar.contains_key(PENDING));
}

#[tokio::test]
async fn outage_at_logout_clears_cookies() {
    let fixture = fixture().await;
    let mut browser = Browser::default();
    signed_in(&fixture, &mut browser, json!({})).await;
    for operation in ["GlobalSignOut", "RevokeToken"] {
        let fault = Fault::error(operation, "InternalErrorException", "oh no");
        fixture.emulator.inject(fault).unwrap();
    }
    let failed = browser.press(&fixture, LOGOUT).await;
    assert!(failed.status.is_server_error(), "{}", failed.text);
    assert_eq!(browser.names(), [""; 0]);
}

#[tokio::test]
async fn recent_sign_in_is_requested_on_demand() {
    let limit = Duration::from_secs(300);
    let fixture = with(|routes| routes.cookies(SessionCookies::new()).max_age(limit)).await;
    let mut browser = Browser::default();
    let url = started(&fixture, &mut browser, json!({})).await;
    assert!(!url.contains("max_age"), "{url}");
    let body = json!({"recent": true, "provider": "COGNITO"});
    let url = started(&fixture, &mut browser, body).await;
    assert!(url.contains("max_age=300"), "{url}");
    assert!(url.contains("identity_provider=COGNITO"), "{url}");
    let url = started(&fixture, &mut browser, json!({"signUp": true})).await;
    assert!(url.contains("/signup?"), "{url}");
}

#[tokio::test]
async fn hosted_login_needs_cookies_and_valid_urls() {
    let fixture = with(|routes| routes).await;
    for path in [START, LOGOUT] {
        let refused = fixture.post(path, json!({})).await;
        refused.refused(404, "Not found");
    }
    let refused = fixture
        .get("/auth/hosted-login/callback?code=a&state=b", "")
        .await;
    refused.refused(404, "Not found");
    let off = |routes: AuthRoutes| routes.cookies(SessionCookies::new()).hosted_login(None);
    let fixture = with(off).await;
    let refused = Browser::default().post(&fixture, START, json!({})).await;
    refused.refused(404, "Not found");
    for (callback, logout) in [
        ("/callback", HOME),
        (CALLBACK, "shop"),
        ("http://shop.example", HOME),
    ] {
        assert!(
            HostedLoginRoutes::new(callback, logout).is_err(),
            "{callback} {logout}"
        );
    }
    assert!(settings().home_page("//evil.example").is_err());
    assert!(settings().requested_scopes(["a b"]).is_err());
    let home = settings()
        .home_page("/orders")
        .unwrap()
        .requested_scopes(["email"]);
    assert!(home.is_ok());
}
