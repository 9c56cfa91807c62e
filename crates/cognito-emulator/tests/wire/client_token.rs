//! Tokens of app clients without a domain (`GetClientToken`).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::{Pool, new_client, pool};

const API: &str = "https://api.example.com";

/// Creates a client for `GetClientToken` with the scope `read`. Returns its description.
async fn machine(pool: &Pool) -> Value {
    let server = json!({
        "Identifier": API,
        "Name": "API",
        "Scopes": [
            { "ScopeName": "read", "ScopeDescription": "to read" },
            { "ScopeName": "write", "ScopeDescription": "to write" },
        ],
    });
    pool.admin("CreateResourceServer", server).await.ok();
    let fields = json!({
        "GenerateSecret": true,
        "ExplicitAuthFlows": ["ALLOW_CLIENT_TOKEN_AUTH"],
        "AllowedOAuthScopes": [format!("{API}/read")],
    });
    new_client(pool, pool.emulator.user_pool_id(), fields).await
}

#[tokio::test]
async fn a_machine_gets_a_token_without_a_domain() {
    let pool = pool().await;
    let client = machine(&pool).await;
    let fields = json!({ "ClientId": client["ClientId"], "Secret": client["ClientSecret"] });

    let answer = pool.call("GetClientToken", fields.clone()).await.ok();

    let result = &answer["ClientAuthenticationResult"];
    assert_eq!(
        (&result["TokenType"], &result["ExpiresIn"]),
        (&json!("Bearer"), &json!(3600))
    );
    let token = result["AccessToken"].as_str().expect("a token");
    let claims = token.split('.').nth(1).expect("claims");
    let claims = URL_SAFE_NO_PAD.decode(claims).expect("base64url");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    assert_eq!(claims["scope"], format!("{API}/read"));
    assert_eq!(claims["sub"], client["ClientId"]);
    let mut other = fields.clone();
    other["Scopes"] = json!([format!("{API}/write")]);
    let reply = pool.call("GetClientToken", other).await;
    reply.invalid_parameter("Invalid scope requested.");
}

#[tokio::test]
async fn a_client_needs_its_secret_and_the_flow() {
    let pool = pool().await;
    let client = machine(&pool).await;
    let id = client["ClientId"].as_str().expect("an id");
    let wrong = "0123456789012345678901234567890123";
    let reply = pool
        .call("GetClientToken", json!({ "ClientId": id, "Secret": wrong }))
        .await;
    reply.not_authorized(&format!("Unable to verify secret for client {id}"));

    let user_client = json!({ "GenerateSecret": true });
    let user_client = new_client(&pool, pool.emulator.user_pool_id(), user_client).await;
    let fields = json!({
        "ClientId": user_client["ClientId"], "Secret": user_client["ClientSecret"],
    });
    let reply = pool.call("GetClientToken", fields).await;
    assert_eq!(reply.status, 400, "{}", reply.body);
    let fields = json!({
        "ClientName": "both",
        "ExplicitAuthFlows": ["ALLOW_CLIENT_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"],
    });
    let reply = pool.admin("CreateUserPoolClient", fields).await;
    reply.invalid_parameter("ALLOW_CLIENT_TOKEN_AUTH cannot be combined with other flows.");
}
