//! Who can register clients: initial access tokens, and pages of other sites.

use cognito_emulator::{Client, OAuthFlow};
use serde_json::json;

use super::{PATH, SCOPE, configure, created, metadata, open, register, register_at};
use crate::browser::{API, SECRET, hosted_with};
use crate::support::{EMAIL, Pool, new_pool};

/// Returns a pool with a client that gets initial access tokens.
async fn authenticated() -> Pool {
    let registrar = Client::new("registrar")
        .secret(SECRET)
        .oauth_flow(OAuthFlow::ClientCredentials)
        .oauth_scope(SCOPE)
        .oauth_scope(format!("{API}/read"));
    let pool = hosted_with(
        |client| client.oauth_scope(SCOPE),
        |builder| builder.client(registrar),
    )
    .await;
    configure(
        &pool,
        json!({ "AllowedScopes": [format!("{API}/read"), SCOPE] }),
    )
    .await;
    pool
}

/// Returns an access token of the client `registrar` with a scope.
async fn machine_token(pool: &Pool, scope: &str) -> String {
    let fields = [("grant_type", "client_credentials"), ("scope", scope)];
    let secret = Some(("registrar", SECRET));
    let reply = pool.form("/oauth2/token", secret, &fields).await;
    reply.body["access_token"]
        .as_str()
        .expect("a token")
        .to_owned()
}

#[tokio::test]
async fn initial_access_token_is_required() {
    let pool = authenticated().await;
    let reply = register(&pool, metadata(json!({}))).await;
    assert_eq!(
        (reply.status, &reply.body["error"]),
        (401, &json!("invalid_token"))
    );
    assert!(
        reply
            .header("www-authenticate")
            .starts_with("Bearer error=\"invalid_token\"")
    );
    let token = machine_token(&pool, SCOPE).await;
    let client = register_at(&pool, PATH, Some(&token), metadata(json!({}))).await;
    assert_eq!(
        created(client)["scope"],
        format!("email {API}/read openid phone profile")
    );

    let other = machine_token(&pool, &format!("{API}/read")).await;
    let reply = register_at(&pool, PATH, Some(&other), metadata(json!({}))).await;
    assert_eq!(
        (reply.status, &reply.body["error"]),
        (403, &json!("insufficient_scope"))
    );
    configure(&pool, json!({ "OpenDcrEnabled": true })).await;
    let forged = format!("{token}x");
    for invalid in [forged.as_str(), "", "x"] {
        let reply = register_at(&pool, PATH, Some(invalid), metadata(json!({}))).await;
        let found = (reply.status, &reply.body["error"]);
        assert_eq!(found, (401, &json!("invalid_token")), "{invalid}");
    }
    let second = new_pool(&pool, json!({ "DcrConfiguration": {} })).await;
    let path = format!("{PATH}?user_pool_id={second}");
    let reply = register_at(&pool, &path, Some(&token), metadata(json!({}))).await;
    assert_eq!(reply.status, 401, "{}", reply.body);
    let id = json!({ "ClientId": "registrar" });
    pool.admin("DeleteUserPoolClient", id).await.ok();
    let reply = register_at(&pool, PATH, Some(&token), metadata(json!({}))).await;
    assert_eq!(reply.status, 401, "{}", reply.body);
}

#[tokio::test]
async fn unusable_authorization_is_no_open_registration() {
    let pool = open().await;
    let body = metadata(json!({})).to_string();
    for header in ["Bearer t\u{f6}ken", "Basic d2ViOng=", "Bearer", ""] {
        let headers = [
            ("content-type", "application/json"),
            ("authorization", header),
        ];
        let reply = pool.send("POST", PATH, &headers, body.clone()).await;
        let found = (reply.status, &reply.body["error"]);
        assert_eq!(found, (401, &json!("invalid_token")), "{header}");
    }
}

#[tokio::test]
async fn revoked_user_token_registers_nothing() {
    let pool = authenticated().await;
    let tokens = pool.hosted_tokens(&format!("openid {SCOPE}")).await;
    let token = tokens["access_token"].as_str().expect("a token");
    created(register_at(&pool, PATH, Some(token), metadata(json!({}))).await);
    let user = json!({ "Username": EMAIL });
    pool.admin("AdminUserGlobalSignOut", user).await.ok();
    let reply = register_at(&pool, PATH, Some(token), metadata(json!({}))).await;
    assert_eq!(reply.status, 401, "{}", reply.body);
}

// A page of any site can send requests to an emulator on the developer's computer.
#[tokio::test]
async fn foreign_pages_cannot_register_clients() {
    let pool = open().await;
    let json = ("content-type", "application/json");
    let body = metadata(json!({})).to_string();
    let send = async |method: &str, header: (&str, &str)| {
        pool.send(method, PATH, &[json, header], body.clone()).await
    };
    for header in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
    ] {
        for method in ["POST", "OPTIONS"] {
            let reply = send(method, header).await;
            assert_eq!(reply.status, 403, "{method} {header:?}");
            assert_eq!(reply.header("access-control-allow-origin"), "");
        }
    }
    let fields = json!({ "ClientType": "DCR" });
    let listed = pool.admin("ListUserPoolClients", fields).await.ok();
    assert_eq!(listed["UserPoolClients"], json!([]));
    let local = ("origin", "http://localhost:6274");
    assert_eq!(send("OPTIONS", local).await.status, 200);
    created(send("POST", local).await);
}
