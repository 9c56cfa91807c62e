//! The choice between the sign-in page and an identity provider. It depends on the authorization
//! request and on the app client.

use cognito_emulator::Client;
use serde_json::json;

use super::{Federated, ann, federated, federated_with};
use crate::browser::{Browser, parameters, request_with};
use crate::support::Reply;

async fn authorize(it: &Federated, changes: &[(&'static str, &str)]) -> Reply {
    let path = format!("/oauth2/authorize?{}", request_with(changes));
    Browser::default().get(&it.pool, &path).await
}

fn leads_to_provider(it: &Federated, reply: &Reply) -> bool {
    let to = reply.header("location");
    reply.status == 302 && to.starts_with(&it.provider.url("/authorize?"))
}

#[tokio::test]
async fn page_offers_providers_of_client() {
    let it = federated().await;
    let mut browser = Browser::default();
    let page = browser.sign_in_page(&it.pool, &request_with(&[])).await;
    let html = page.body.as_str().expect("a page");
    assert!(html.contains("name=\"password\"") && html.contains("Sign in with Example"));
    let link = html.split("href=\"").last().expect("a link");
    let link = link.split('"').next().unwrap_or_default();
    let reply = browser.get(&it.pool, &link.replace("&amp;", "&")).await;
    assert!(leads_to_provider(&it, &reply), "{reply:?}");
}

#[tokio::test]
async fn identifier_and_hint_reach_provider() {
    let it = federated().await;
    let changes = [("idp_identifier", "example.com"), ("login_hint", "a n@x")];
    let reply = authorize(&it, &changes).await;
    assert!(leads_to_provider(&it, &reply), "{reply:?}");
    let query = parameters(reply.header("location"));
    assert_eq!(query["login_hint"].replace('+', " "), "a n@x");
    let reply = authorize(&it, &[("idp_identifier", "other.example")]).await;
    let back = parameters(reply.header("location"));
    assert_eq!(back["error"], "invalid_request");
}

#[tokio::test]
async fn only_provider_is_used_at_once() {
    let client = |client: Client| client.supported_identity_provider("Example");
    let it = federated_with(client, |builder| builder).await;
    it.pool.person();
    let reply = authorize(&it, &[]).await;
    assert!(leads_to_provider(&it, &reply), "{reply:?}");
    let path = format!("/login?{}", request_with(&[]));
    let reply = Browser::default().get(&it.pool, &path).await;
    assert!(leads_to_provider(&it, &reply), "{reply:?}");
    // A form that is sent nevertheless is rejected.
    let mut browser = Browser::default();
    let cookie = "0123456789abcdef".to_owned();
    browser
        .cookies
        .insert("XSRF-TOKEN".to_owned(), cookie.clone());
    let form = [
        ("_csrf", cookie.as_str()),
        ("username", crate::support::EMAIL),
    ];
    let form = [form[0], form[1], ("password", crate::support::PASSWORD)];
    let reply = browser
        .post(&it.pool, &path, crate::browser::encoded(&form))
        .await;
    assert_eq!(reply.status, 403);
    let reply = authorize(&it, &[("identity_provider", "COGNITO")]).await;
    let back = parameters(reply.header("location"));
    let expected = "The app client does not support the identity provider COGNITO";
    assert_eq!(back["error_description"], expected);
}

#[tokio::test]
async fn several_providers_have_links_only() {
    let client = |client: Client| {
        let client = client.supported_identity_provider("Example");
        client.supported_identity_provider("Second")
    };
    let it = federated_with(client, |builder| builder.test_provider("Second")).await;
    let mut browser = Browser::default();
    let page = browser.sign_in_page(&it.pool, &request_with(&[])).await;
    let html = page.body.as_str().expect("a page");
    assert!(!html.contains("<form"), "{html}");
    assert_eq!(html.matches("Sign in with").count(), 2);
}

#[tokio::test]
async fn client_without_list_supports_pool_only() {
    let it = federated().await;
    let pool_id = it.pool.emulator.user_pool_id();
    let fields = json!({
        "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid"],
        "CallbackURLs": [crate::browser::CALLBACK],
    });
    let client = crate::support::new_client(&it.pool, pool_id, fields).await;
    let id = client["ClientId"].as_str().expect("an id");
    let changes = [
        ("client_id", id),
        ("scope", "openid"),
        ("identity_provider", "Example"),
    ];
    let reply = authorize(&it, &changes).await;
    let back = parameters(reply.header("location"));
    let expected = "The app client does not support the identity provider Example";
    assert_eq!(back["error_description"], expected);
    let reply = authorize(&it, &changes[..2]).await;
    assert!(reply.header("location").starts_with("/login?"));
}

#[tokio::test]
async fn signed_in_browser_skips_same_provider() {
    let it = federated().await;
    let mut browser = Browser::default();
    it.respond(&mut browser, ann()).await;
    let go = async |browser: &mut Browser, changes: &[(&'static str, &str)]| {
        let path = format!("/oauth2/authorize?{}", request_with(changes));
        let reply = browser.get(&it.pool, &path).await;
        parameters(reply.header("location")).contains_key("code")
    };
    let example = ("identity_provider", "Example");
    assert!(go(&mut browser, &[example]).await);
    assert!(go(&mut browser, &[]).await);
    assert!(!go(&mut browser, &[example, ("prompt", "login")]).await);
    // A browser that is signed in with a password goes to the provider.
    it.pool.person();
    let mut local = Browser::default();
    local.signed_in(&it.pool, &request_with(&[])).await;
    assert!(go(&mut local, &[]).await);
    assert!(!go(&mut local, &[example]).await);
    // After a sign-out, so does the other one.
    let logout = format!(
        "/logout?client_id={}&logout_uri={}",
        crate::support::CLIENT,
        crate::browser::GOODBYE
    );
    assert_eq!(browser.get(&it.pool, &logout).await.status, 302);
    assert!(!go(&mut browser, &[example]).await);
}

#[tokio::test]
async fn unknown_providers_are_errors() {
    let it = federated().await;
    let reply = authorize(&it, &[("identity_provider", "Nobody")]).await;
    let back = parameters(reply.header("location"));
    let expected = "The identity provider Nobody does not exist";
    assert_eq!(back["error_description"], expected);
}
