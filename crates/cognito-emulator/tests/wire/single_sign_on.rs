//! The time for which an app client reuses the sign-in of a browser: `MaxValidityMinutes`.

use std::time::Duration;

use cognito_emulator::{Client, OAuthFlow};
use serde_json::{Value, json};

use crate::browser::{
    Browser, CALLBACK, came_back, encoded, hosted_with, html_of, parameters, request_with,
};
use crate::support::{CLIENT, EMAIL, PASSWORD, Pool, Reply};

/// The second app client of the pool.
pub(crate) const OTHER: &str = "other";

/// Returns a pool with a user and two app clients, which tracks sessions.
pub(crate) async fn tracking_pool() -> Pool {
    let other = Client::new(OTHER)
        .oauth_flow(OAuthFlow::Code)
        .oauth_scope("openid")
        .callback_url(CALLBACK);
    let pool = hosted_with(|client| client, |builder| builder.client(other)).await;
    track(&pool, "ENABLED").await;
    pool
}

async fn track(pool: &Pool, tracking: &str) {
    let fields = json!({ "UserSessionTracking": tracking, "TokenSession": { "MaxPerUser": 20 } });
    let operation = "SetUserPoolSessionConfiguration";
    pool.admin(operation, fields).await.ok();
}

/// Sets how long an app client reuses a sign-in.
pub(crate) async fn set_minutes(pool: &Pool, client: &str, minutes: u64) {
    let session = json!({ "MaxValidityMinutes": minutes });
    let fields = json!({ "ClientId": client, "SSOSession": session });
    let operation = "SetUserPoolClientSessionConfiguration";
    pool.admin(operation, fields).await.ok();
}

/// Returns an authorization request of an app client.
fn request_of(client: &str, more: &[(&'static str, &str)]) -> String {
    let mut changes = vec![("client_id", client), ("scope", "openid")];
    changes.extend_from_slice(more);
    request_with(&changes)
}

/// Sends an authorization request that shows no page.
async fn silent(
    pool: &Pool,
    browser: &mut Browser,
    client: &str,
    more: &[(&'static str, &str)],
) -> Reply {
    let request = request_of(client, &[&[("prompt", "none")][..], more].concat());
    browser
        .get(pool, &format!("/oauth2/authorize?{request}"))
        .await
}

/// Returns `true` if an app client reuses the sign-in of a browser. Otherwise checks that the error
/// is `login_required`.
pub(crate) async fn is_reused(pool: &Pool, browser: &mut Browser, client: &str) -> bool {
    let reply = silent(pool, browser, client, &[]).await;
    let back = parameters(reply.header("location"));
    back.contains_key("code") || {
        assert_eq!(back["error"], "login_required");
        false
    }
}

async fn signed_in(pool: &Pool) -> Browser {
    let mut browser = Browser::default();
    browser.signed_in(pool, &request_with(&[])).await;
    browser
}

fn minutes(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}

#[tokio::test]
async fn client_reuses_sign_in_for_its_minutes() {
    let pool = tracking_pool().await;
    set_minutes(&pool, CLIENT, 5).await;
    let mut browser = signed_in(&pool).await;
    pool.advance(minutes(5) - Duration::from_secs(1));
    assert!(is_reused(&pool, &mut browser, CLIENT).await);
    pool.advance(Duration::from_secs(1));
    // A reuse does not extend the time.
    assert!(!is_reused(&pool, &mut browser, CLIENT).await);
    let page = browser.sign_in_page(&pool, &request_with(&[])).await;
    let filled = [("username", EMAIL), ("password", PASSWORD)];
    came_back(&browser.submit(&pool, &page, &filled).await);
    assert!(is_reused(&pool, &mut browser, CLIENT).await);
}

#[tokio::test]
async fn zero_minutes_require_each_sign_in() {
    let pool = tracking_pool().await;
    set_minutes(&pool, CLIENT, 0).await;
    let mut browser = signed_in(&pool).await;
    assert!(!is_reused(&pool, &mut browser, CLIENT).await);
    browser.signed_in(&pool, &request_with(&[])).await;
    assert!(is_reused(&pool, &mut browser, OTHER).await);
    assert!(!is_reused(&pool, &mut browser, CLIENT).await);
    // The page for a passkey reuses no sign-in either.
    let pairs = [("client_id", CLIENT), ("redirect_uri", CALLBACK)];
    let path = format!("/passkeys/add?{}", encoded(&pairs));
    let reply = browser.get(&pool, &path).await;
    assert!(
        reply.header("location").starts_with("/login?"),
        "{}",
        reply.body
    );
}

#[tokio::test]
async fn browser_stays_for_the_longest_reuse() {
    let pool = tracking_pool().await;
    set_minutes(&pool, OTHER, 129_600).await;
    let mut browser = Browser::default();
    let page = browser.sign_in_page(&pool, &request_with(&[])).await;
    let filled = [("username", EMAIL), ("password", PASSWORD)];
    let reply = browser.submit(&pool, &page, &filled).await;
    let mut cookies = reply.headers.get_all("set-cookie").iter();
    let is_long =
        |cookie: &str| cookie.starts_with("cognito=") && cookie.contains("; Max-Age=7776000;");
    assert!(cookies.any(|cookie| cookie.to_str().is_ok_and(is_long)));
    pool.advance(minutes(60));
    assert!(!is_reused(&pool, &mut browser, CLIENT).await);
    pool.advance(minutes(129_540) - Duration::from_secs(1));
    assert!(is_reused(&pool, &mut browser, OTHER).await);
    pool.advance(Duration::from_secs(1));
    assert!(!is_reused(&pool, &mut browser, OTHER).await);
}

#[tokio::test]
async fn client_setting_needs_session_tracking() {
    let pool = tracking_pool().await;
    set_minutes(&pool, CLIENT, 5).await;
    track(&pool, "DISABLED").await;
    let mut browser = signed_in(&pool).await;
    pool.advance(minutes(59));
    assert!(is_reused(&pool, &mut browser, CLIENT).await);
    track(&pool, "ENABLED").await;
    assert!(!is_reused(&pool, &mut browser, CLIENT).await);
    let fields = json!({ "ClientId": CLIENT });
    let operation = "GetUserPoolClientSessionConfiguration";
    let kept: Value = pool.admin(operation, fields).await.ok();
    assert_eq!(kept["SSOSession"]["MaxValidityMinutes"], 5);
}

#[tokio::test]
async fn max_age_shortens_the_reuse() {
    let pool = tracking_pool().await;
    set_minutes(&pool, CLIENT, 120).await;
    let mut browser = signed_in(&pool).await;
    pool.advance(minutes(61));
    came_back(&silent(&pool, &mut browser, CLIENT, &[("max_age", "3660")]).await);
    let reply = silent(&pool, &mut browser, CLIENT, &[("max_age", "3659")]).await;
    let back = parameters(reply.header("location"));
    assert_eq!(back["error"], "login_required");
    // A longer `max_age` does not extend the time of the app client.
    set_minutes(&pool, CLIENT, 1).await;
    let reply = silent(&pool, &mut browser, CLIENT, &[("max_age", "9999")]).await;
    let back = parameters(reply.header("location"));
    assert_eq!(back["error"], "login_required");
}

#[tokio::test]
async fn step_up_needs_a_reusable_sign_in() {
    let pool = tracking_pool().await;
    set_minutes(&pool, CLIENT, 5).await;
    let mut browser = signed_in(&pool).await;
    pool.advance(minutes(5));
    let levels = [("acr_values", "urn:cognito:loa:1")];
    let page = browser
        .sign_in_page(&pool, &request_of(CLIENT, &levels))
        .await;
    assert!(html_of(&page).contains("type=\"password\""));
    // The other app client reuses the sign-in on the same page.
    let request = request_of(OTHER, &levels);
    came_back(&browser.get(&pool, &format!("/login?{request}")).await);
}

#[tokio::test]
async fn new_sign_in_ends_the_earlier_one() {
    let pool = tracking_pool().await;
    let mut browser = signed_in(&pool).await;
    let earlier = browser.cookies["cognito"].clone();
    let request = request_with(&[("prompt", "login")]);
    browser.signed_in(&pool, &request).await;
    assert!(is_reused(&pool, &mut browser, CLIENT).await);
    browser.cookies.insert("cognito".to_owned(), earlier);
    assert!(!is_reused(&pool, &mut browser, CLIENT).await);
}
