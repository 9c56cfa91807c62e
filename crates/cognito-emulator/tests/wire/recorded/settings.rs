//! Scenarios of settings, lists and managed login.

use serde_json::json;

use super::shared::{call, signed};
use crate::browser::{Browser, CALLBACK, SECRET, hosted, hosted_with, request_with};
use crate::support::{CLIENT, Reply, pool};

pub(super) async fn reply(scenario: &str) -> Option<Reply> {
    if let Some(reply) = settings(scenario).await {
        return Some(reply);
    }
    managed_login(scenario).await
}

async fn settings(scenario: &str) -> Option<Reply> {
    let pool = pool().await;
    let client = |fields: serde_json::Value| {
        let mut fields = fields;
        fields["ClientName"] = json!("web");
        pool.admin("CreateUserPoolClient", fields)
    };
    let code = |callbacks: serde_json::Value| {
        let mut fields = json!({
            "AllowedOAuthFlows": ["code"],
            "AllowedOAuthFlowsUserPoolClient": true,
            "AllowedOAuthScopes": ["openid"],
            "SupportedIdentityProviders": ["COGNITO"],
        });
        if !callbacks.is_null() {
            fields["CallbackURLs"] = callbacks;
        }
        fields
    };
    Some(match scenario {
        "unsigned_request" => call(&pool, "ListUsers", &[]).await,
        "filter_not_parsed" => {
            let filter = [("Filter", json!("email == \"a\""))];
            signed(&pool, "ListUsers", &filter).await
        }
        "group_unknown" => signed(&pool, "GetGroup", &[]).await,
        "group_exists" => {
            pool.emulator.create_group("admins");
            signed(&pool, "CreateGroup", &[]).await
        }
        "domain_reserved_word" => {
            let domain = [("Domain", json!("my-cognito-pool"))];
            signed(&pool, "CreateUserPoolDomain", &domain).await
        }
        "client_unknown_provider" => {
            client(json!({ "SupportedIdentityProviders": ["Google"] })).await
        }
        "client_without_callback" => client(code(json!(null))).await,
        "client_http_callback" => client(code(json!(["http://example.com/"]))).await,
        "client_unknown_write_attribute" => {
            client(json!({ "WriteAttributes": ["custom:nothing"] })).await
        }
        "mfa_without_factor" => {
            let mfa = [("MfaConfiguration", json!("ON"))];
            signed(&pool, "SetUserPoolMfaConfig", &mfa).await
        }
        _ => return None,
    })
}

async fn managed_login(scenario: &str) -> Option<Reply> {
    let changes = match scenario {
        "authorize_implicit_flow" => ("response_type", "token"),
        "authorize_unknown_scope" => ("scope", "openid phone"),
        "token_made_up_code" => {
            let code = [("code", "made-up")];
            return Some(hosted().await.exchange(&code).await);
        }
        "token_wrong_client_secret" => {
            let pool = hosted_with(|client| client.secret(SECRET), |builder| builder).await;
            let pairs = [
                ("grant_type", "authorization_code"),
                ("code", "made-up"),
                ("redirect_uri", CALLBACK),
            ];
            let wrong = Some((CLIENT, "another-secret-that-is-not-right"));
            return Some(pool.form("/oauth2/token", wrong, &pairs).await);
        }
        _ => return None,
    };
    let path = format!("/oauth2/authorize?{}", request_with(&[changes]));
    Some(Browser::default().get(&hosted().await, &path).await)
}
