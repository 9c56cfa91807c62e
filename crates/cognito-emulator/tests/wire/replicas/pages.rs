//! The hosted pages and the OAuth 2.0 endpoints of a replica.

use std::time::Duration;

use serde_json::json;

use super::{INACTIVE, NOT_ENABLED, POOL_ID, SECONDARY, replicate, set_status};
use crate::browser::{
    Browser, CALLBACK, VERIFIER, claims, encoded, hosted_with, html_of, parameters, request_with,
};
use crate::federation::{ann, federated};
use crate::single_sign_on::{OTHER, is_reused, set_minutes, tracking_pool};
use crate::support::{CLIENT, PASSWORD, attribute};

/// Returns a browser that uses the host of a domain in the replica's region.
fn browser() -> Browser {
    Browser {
        host: Some("shop.auth.eu-west-1.localhost"),
        ..Browser::default()
    }
}

#[tokio::test]
async fn token_endpoint_is_in_both_regions() {
    let pool = hosted_with(|client| client, |builder| builder).await;
    let tokens = pool.hosted_tokens("openid").await;
    let refresh = tokens["refresh_token"].as_str().expect("a token");
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh),
        ("client_id", CLIENT),
    ];
    replicate(&pool, json!({})).await;
    let refresh = || async { browser().post(&pool, "/oauth2/token", encoded(&form)).await };
    let reply = refresh().await;
    assert_eq!(reply.body["error"], "invalid_client");
    assert_eq!(reply.body["error_description"], INACTIVE);
    set_status(&pool, "ACTIVE").await;
    let renewed = refresh().await.body;
    let issuer = format!("{}/{SECONDARY}/{POOL_ID}", pool.emulator.endpoint());
    assert_eq!(claims(&renewed["access_token"])["iss"], issuer);
}

#[tokio::test]
async fn hosted_pages_of_replica_sign_in_only() {
    let pool = hosted_with(|client| client, |builder| builder).await;
    replicate(&pool, json!({})).await;
    let mut browser = browser();
    let page = browser
        .get(&pool, &format!("/login?{}", request_with(&[])))
        .await;
    assert_eq!(page.status, 400);
    assert!(html_of(&page).contains(INACTIVE));
    set_status(&pool, "ACTIVE").await;
    let back = browser.signed_in(&pool, &request_with(&[])).await;
    let form = [
        ("grant_type", "authorization_code"),
        ("code", &parameters(&back)["code"]),
        ("client_id", CLIENT),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let tokens = browser.post(&pool, "/oauth2/token", encoded(&form)).await;
    let issuer = format!("{}/{SECONDARY}/{POOL_ID}", pool.emulator.endpoint());
    assert_eq!(claims(&tokens.body["id_token"])["iss"], issuer);
    let page = browser.page(&pool, "/signup", &request_with(&[])).await;
    let filled = [("username", "new@example.com"), ("password", PASSWORD)];
    let page = browser.submit(&pool, &page, &filled).await;
    assert!(html_of(&page).contains(NOT_ENABLED));
}

#[tokio::test]
async fn replica_reuses_sign_in_like_primary_region() {
    let pool = tracking_pool().await;
    set_minutes(&pool, OTHER, 120).await;
    replicate(&pool, json!({})).await;
    set_status(&pool, "ACTIVE").await;
    let mut browser = browser();
    browser.signed_in(&pool, &request_with(&[])).await;
    let mut primary = Browser {
        cookies: browser.cookies.clone(),
        ..Browser::default()
    };
    for expected in [[false, true], [false, false]] {
        pool.advance(Duration::from_secs(3600));
        for browser in [&mut browser, &mut primary] {
            let first = is_reused(&pool, browser, CLIENT).await;
            let second = is_reused(&pool, browser, OTHER).await;
            assert_eq!([first, second], expected, "{:?}", browser.host);
        }
    }
}

#[tokio::test]
async fn replica_admits_only_known_federated_users() {
    let it = federated().await;
    replicate(&it.pool, json!({})).await;
    set_status(&it.pool, "ACTIVE").await;
    let reply = it.respond(&mut browser(), ann()).await;
    let back = parameters(reply.header("location"));
    assert_eq!(back["error_description"], NOT_ENABLED);
    it.id_token(ann()).await;
    // The replica does not change the user.
    let mut renamed = ann();
    renamed["name"] = json!("Other");
    let reply = it.respond(&mut browser(), renamed).await;
    assert!(parameters(reply.header("location")).contains_key("code"));
    let user = it.user("Example_ann-1").await;
    assert_eq!(attribute(&user["UserAttributes"], "name"), Some("Ann"));
}
