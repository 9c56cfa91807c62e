//! Scenarios of settings, lists and managed login.

use cognito_emulator::ProviderType;
use serde_json::json;

use super::shared::{call, signed};
use crate::browser::{Browser, CALLBACK, SECRET, hosted, hosted_with, request_with};
use crate::federation::changed_response;
use crate::support::{CLIENT, PASSWORD, Reply, pool, pool_with};

pub(super) async fn reply(scenario: &str) -> Option<Reply> {
    if let Some(reply) = settings(scenario).await {
        return Some(reply);
    }
    if let Some(reply) = providers(scenario).await {
        return Some(reply);
    }
    managed_login(scenario).await
}

async fn providers(scenario: &str) -> Option<Reply> {
    let pool = pool_with(|pool| pool.identity_provider("Google", ProviderType::Google)).await;
    let ann = pool.person();
    let link = async |user: &str, provider: &str, subject: &str| {
        let account = |provider: &str, subject: &str| {
            json!({
                "ProviderName": provider,
                "ProviderAttributeName": "Cognito_Subject",
                "ProviderAttributeValue": subject,
            })
        };
        let users = [
            ("DestinationUser", account("Cognito", user)),
            ("SourceUser", account(provider, subject)),
        ];
        signed(&pool, "AdminLinkProviderForUser", &users).await
    };
    Some(match scenario {
        "account_is_linked_to_another_user" => {
            link(&ann, "Google", "1").await.ok();
            let bob = pool.emulator.create_user("bob@example.com", PASSWORD, &[]);
            link(&bob.expect("a user"), "Google", "1").await
        }
        "source_user_is_in_the_pool" => link(&ann, "Cognito", &ann).await,
        _ => return None,
    })
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
        "plan_without_threat_protection" => {
            let add_ons = json!({ "AdvancedSecurityMode": "AUDIT" });
            signed(&pool, "UpdateUserPool", &[("UserPoolAddOns", add_ons)]).await
        }
        _ => return None,
    })
}

async fn managed_login(scenario: &str) -> Option<Reply> {
    let changes = match scenario {
        "authorize_implicit_flow" => ("response_type", "token"),
        "authorize_unknown_scope" => ("scope", "openid phone"),
        "saml_changed_response" => return Some(changed_response().await),
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
