//! Access tokens that are bound to a resource (RFC 8707).

use cognito_emulator::{Client, OAuthFlow};
use serde_json::{Value, json};

use crate::browser::{
    API, Browser, SECRET, claims, code_for, encoded, hosted, hosted_with, parameters, refused,
    request_with,
};
use crate::support::{CLIENT, Pool};

/// A resource that is no resource server of the pool.
const OTHER: &str = "https://other.example/mcp";

async fn renew(pool: &Pool, tokens: &Value, more: &[(&str, &str)]) -> crate::support::Reply {
    let mut fields = vec![
        ("grant_type", "refresh_token"),
        ("client_id", CLIENT),
        (
            "refresh_token",
            tokens["refresh_token"].as_str().expect("a token"),
        ),
    ];
    fields.extend_from_slice(more);
    pool.form("/oauth2/token", None, &fields).await
}

#[tokio::test]
async fn access_token_is_bound_to_resource() {
    let pool = hosted().await;
    for resource in [API, OTHER, "myapp://in", "http://localhost:8080/mcp"] {
        let code = code_for(&pool, &request_with(&[("resource", resource)])).await;
        let tokens = pool
            .exchange(&[("code", &code), ("resource", resource)])
            .await
            .body;
        assert_eq!(claims(&tokens["access_token"])["aud"], resource);
        assert_eq!(claims(&tokens["id_token"])["aud"], CLIENT);

        for more in [&[][..], &[("resource", resource)]] {
            let renewed = renew(&pool, &tokens, more).await.body;
            assert_eq!(claims(&renewed["access_token"])["aud"], resource);
        }
    }
}

#[tokio::test]
async fn implicit_tokens_are_bound_too() {
    let client = |client: Client| client.oauth_flow(OAuthFlow::Implicit);
    let pool = hosted_with(client, |builder| builder).await;
    let request = request_with(&[
        ("resource", API),
        ("response_type", "token"),
        ("code_challenge", ""),
        ("code_challenge_method", ""),
    ]);
    let back = Browser::default().signed_in(&pool, &request).await;
    let access = json!(parameters(&back)["access_token"]);
    assert_eq!(claims(&access)["aud"], API);
}

#[tokio::test]
async fn tokens_have_no_audience_without_resource() {
    let pool = hosted().await;
    let tokens = pool.hosted_tokens("openid").await;
    assert_eq!(claims(&tokens["access_token"]).get("aud"), None);
}

#[tokio::test]
async fn invalid_resources_are_rejected() {
    let pool = hosted().await;
    let long = format!("https://{}.example", "x".repeat(1024));
    for resource in [
        "orders",
        "http://api.example.com",
        "https://a.example/#b",
        &long,
    ] {
        let request = request_with(&[("resource", resource)]);
        let reply = pool.get(&format!("/oauth2/authorize?{request}")).await;
        let back = parameters(reply.header("location"));
        assert_eq!(back["error"], "invalid_target", "{resource}");
    }
    let several = encoded(&[("resource", API), ("resource", OTHER)]);
    let request = format!("{}&{several}", request_with(&[]));
    let reply = pool.get(&format!("/oauth2/authorize?{request}")).await;
    let back = parameters(reply.header("location"));
    assert_eq!(back["error"], "invalid_target");
}

#[tokio::test]
async fn another_resource_is_rejected_later() {
    let pool = hosted().await;
    let code = code_for(&pool, &request_with(&[("resource", API)])).await;
    let reply = pool.exchange(&[("code", &code), ("resource", OTHER)]).await;
    refused(&reply, "invalid_target");
    let code = code_for(&pool, &request_with(&[("resource", API)])).await;
    let tokens = pool.exchange(&[("code", &code)]).await.body;
    let reply = renew(&pool, &tokens, &[("resource", OTHER)]).await;
    refused(&reply, "invalid_target");
    let several = [("resource", API), ("resource", API)];
    refused(&renew(&pool, &tokens, &several).await, "invalid_target");
    let unbound = pool.hosted_tokens("openid").await;
    let reply = renew(&pool, &unbound, &[("resource", API)]).await;
    refused(&reply, "invalid_target");
}

#[tokio::test]
async fn client_credentials_cannot_be_bound() {
    let machine = Client::new("machine")
        .secret(SECRET)
        .oauth_flow(OAuthFlow::ClientCredentials)
        .oauth_scope(format!("{API}/read"));
    let pool = hosted_with(|client| client, |builder| builder.client(machine)).await;
    let fields = [("grant_type", "client_credentials"), ("resource", API)];
    let secret = Some(("machine", SECRET));
    let reply = pool.form("/oauth2/token", secret, &fields).await;
    refused(&reply, "invalid_target");
    let reply = pool.form("/oauth2/token", secret, &fields[..1]).await;
    assert_eq!(claims(&reply.body["access_token"]).get("aud"), None);
}

#[tokio::test]
async fn lite_pools_ignore_resources() {
    let pool = hosted().await;
    let fields = json!({ "UserPoolTier": "LITE" });
    pool.admin("UpdateUserPool", fields).await.ok();
    let code = code_for(&pool, &request_with(&[("resource", API)])).await;
    let tokens = pool.exchange(&[("code", &code), ("resource", API)]).await;
    assert_eq!(claims(&tokens.body["access_token"]).get("aud"), None);
}
