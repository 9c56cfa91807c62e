//! A sign-out succeeds only if a session has ended.

use std::time::Duration;

use axum::body::Body;
use cognito::config::PoolConfig;
use cognito_axum::AuthRoutes;
use cognito_core::{AccessClaims, Error, ErrorKind, IdClaims, Result, TokenVerifier};
use cognito_emulator::{AuthFlow, Client, Fault};
use http::Request;
use http::header::COOKIE;
use serde_json::json;

use super::{Browser, Fixture, Reply};

const NONE: [&str; 0] = [];

async fn signed_in() -> (Fixture, Browser) {
    let fixture = Fixture::cookies().await;
    fixture.person();
    let mut browser = Browser::default();
    browser.login(&fixture).await.ok();
    (fixture, browser)
}

/// Signs out by a browser with these cookies.
async fn with_cookies(fixture: &Fixture, cookies: &str) -> Reply {
    let request = Request::post("/auth/logout")
        .header(COOKIE, cookies)
        .header("sec-fetch-site", "same-origin");
    fixture.send(request.body(Body::empty()).unwrap()).await
}

fn unrevocable() -> Client {
    Client::new("plain")
        .flow(AuthFlow::UserSrp)
        .token_revocation(false)
}

#[tokio::test]
async fn an_expired_access_token_alone_ends_nothing() {
    let fixture = Fixture::json().await;
    fixture.person();
    let (access, _) = fixture.tokens().await;
    fixture.clock.advance(Duration::from_secs(3601));
    let refused = fixture.logout(&access, &json!({})).await;
    refused.refused(401, "The token has expired");
    assert_eq!(fixture.emulator.calls("GlobalSignOut"), 0);

    let (fixture, mut browser) = signed_in().await;
    browser.jar.remove("__Host-refresh_token");
    fixture.clock.advance(Duration::from_secs(3601));
    let refused = browser.press(&fixture, "/auth/logout").await;
    refused.refused(401, "The token has expired");
    assert_eq!(browser.names(), NONE);
    browser.press(&fixture, "/auth/logout").await.ok();
    browser.press(&fixture, "/auth/logout").await.ok();
}

#[tokio::test]
async fn failed_revocation_is_not_reported_as_success() {
    let fixture = Fixture::with(|emulator| emulator.client(unrevocable()), |routes| routes).await;
    fixture.person();
    let (access, refresh) = fixture.tokens().await;
    let body = json!({"refreshToken": refresh});
    let no_scope = "Access Token does not have required scopes";
    let fault = Fault::error("GlobalSignOut", "NotAuthorizedException", no_scope);
    fixture.emulator.inject(fault).unwrap();
    let refused = fixture.logout(&access, &body).await;
    refused.refused(501, "This is not available");
    fixture.post("/auth/refresh", body.clone()).await.ok();
    // If the sign-out succeeds, it has revoked the refresh token too.
    fixture.emulator.clear_faults();
    fixture.logout(&access, &body).await.ok();
    assert_eq!(fixture.post("/auth/refresh", body).await.status, 401);
}

#[tokio::test]
async fn unreadable_refresh_cookie_ends_nothing() {
    let fixture = Fixture::cookies().await;
    for cookies in [
        "__Host-refresh_token=a.b.c; __Host-refresh_token=d.e.f",
        "__Host-refresh_token=a b",
        "__Host-refresh_token.1=b",
    ] {
        let refused = with_cookies(&fixture, cookies).await;
        assert!(refused.set_cookies().len() >= 5, "{refused:?}");
        refused.refused(401, "The token is not valid");
    }
    // The access token ends all sessions, even if the refresh token is not valid.
    let (fixture, browser) = signed_in().await;
    let access = &browser.jar["__Host-access_token"];
    let cookies = format!("__Host-access_token={access}; __Host-refresh_token=a b");
    with_cookies(&fixture, &cookies).await.ok();
    let mut other = browser.clone();
    let refused = other.press(&fixture, "/auth/refresh").await;
    refused.refused(401, "Please sign in again");
}

#[tokio::test]
async fn everywhere_works_without_access_token() {
    let (fixture, mut browser) = signed_in().await;
    let mut elsewhere = Browser::default();
    elsewhere.login(&fixture).await.ok();
    // The first browser deletes the access token when it expires. The second browser has just
    // renewed its token.
    fixture.clock.advance(Duration::from_secs(3601));
    elsewhere.press(&fixture, "/auth/refresh").await.ok();
    browser.jar.remove("__Host-access_token");
    browser.jar.remove("__Host-id_token");
    let revoked = fixture.emulator.calls("RevokeToken");
    browser.press(&fixture, "/auth/logout").await.ok();
    assert_eq!(browser.names(), NONE);
    assert_eq!(fixture.emulator.calls("GlobalSignOut"), 1);
    assert_eq!(fixture.emulator.calls("RevokeToken"), revoked + 1);
    let refused = elsewhere.get(&fixture, "/auth/me").await;
    refused.refused(401, "The token has been revoked");
    assert_eq!(elsewhere.press(&fixture, "/auth/refresh").await.status, 401);
}

#[tokio::test]
async fn expired_session_can_be_signed_out() {
    let (fixture, mut browser) = signed_in().await;
    browser.jar.remove("__Host-access_token");
    let token = browser.jar["__Host-refresh_token"].as_str();
    fixture.cognito.revoke(token).await.unwrap();
    browser.press(&fixture, "/auth/logout").await.ok();
    assert_eq!(browser.names(), NONE);
    assert_eq!(fixture.emulator.calls("GlobalSignOut"), 0);
}

#[tokio::test]
async fn renewal_outage_is_reported() {
    let (fixture, mut browser) = signed_in().await;
    browser.jar.remove("__Host-access_token");
    let outage = Fault::error("GetTokensFromRefreshToken", "InternalErrorException", "no");
    fixture.emulator.inject(outage).unwrap();
    let refused = browser.press(&fixture, "/auth/logout").await;
    assert!(refused.status.is_server_error(), "{}", refused.text);
    assert_eq!(browser.names(), NONE);
}

#[tokio::test]
async fn a_made_up_token_does_not_reach_cognito() {
    let fixture = Fixture::json().await;
    fixture.person();
    let (access, refresh) = fixture.tokens().await;
    let forged = format!("{}.AAAA", access.rsplit_once('.').unwrap().0);
    for token in [forged.as_str(), "aaa.bbb.ccc"] {
        let refused = fixture.logout(token, &json!({})).await;
        refused.refused(401, "The token is not valid");
    }
    assert_eq!(fixture.emulator.calls("GlobalSignOut"), 0);
    // If the request also has a valid refresh token, that token determines the result.
    let body = json!({"refreshToken": refresh});
    fixture.logout(&forged, &body).await.ok();
    assert_eq!(fixture.get("/auth/me", &access).await.status, 401);
}

/// A verifier without keys.
#[derive(Debug)]
struct NoKeys;

#[async_trait::async_trait]
impl TokenVerifier for NoKeys {
    async fn verify_access(&self, _: &str) -> Result<std::sync::Arc<AccessClaims>> {
        Err(Error::new(ErrorKind::KeysUnavailable))
    }

    async fn verify_id(&self, _: &str) -> Result<std::sync::Arc<IdClaims>> {
        Err(Error::new(ErrorKind::KeysUnavailable))
    }
}

#[tokio::test]
async fn undecided_token_is_sent_to_cognito() {
    let fixture = Fixture::json().await;
    fixture.person();
    let (access, refresh) = fixture.tokens().await;
    let pool = PoolConfig::new(
        fixture.emulator.user_pool_id().parse().unwrap(),
        fixture.emulator.client_id().parse().unwrap(),
    );
    let cognito = cognito::Cognito::builder()
        .config(pool)
        .emulator(fixture.emulator.endpoint())
        .clock(fixture.clock.clone())
        .verifier(NoKeys)
        .build()
        .await
        .unwrap();
    let router = AuthRoutes::new(cognito).into_router();
    let fixture = Fixture { router, ..fixture };
    let body = json!({"refreshToken": refresh});
    fixture.logout(&access, &body).await.ok();
    assert_eq!(fixture.emulator.calls("GlobalSignOut"), 1);
    assert_eq!(fixture.emulator.calls("RevokeToken"), 1);
}

#[tokio::test]
async fn unknown_device_does_not_keep_session() {
    let (fixture, browser) = signed_in().await;
    let refresh = &browser.jar["__Host-refresh_token"];
    for device in [
        "no device",
        "us-east-1_0f5f6a5a-0000-4000-8000-000000000000",
    ] {
        let cookies = format!("__Host-refresh_token={refresh}; __Host-device_key={device}");
        with_cookies(&fixture, &cookies).await.ok();
    }
    let tokens = fixture.cognito.refresh(refresh.as_str()).await;
    assert!(tokens.is_err());
}
