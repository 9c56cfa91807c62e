//! Dynamic client registration (RFC 7591).

mod authorization;
mod client_metadata;

use std::time::Duration;

use serde_json::{Value, json};

use crate::browser::{CALLBACK, VERIFIER, code_for, encoded, hosted, refused, request_with};
use crate::support::{CLIENT, Pool, Reply, new_pool};
use crate::tokens;

const PATH: &str = "/oauth2/register";
const SCOPE: &str = "aws.cognito/dcr/register";

/// Returns a pool in which applications register clients without a token.
async fn open() -> Pool {
    let pool = hosted().await;
    configure(&pool, json!({ "OpenDcrEnabled": true })).await;
    pool
}

async fn configure(pool: &Pool, configuration: Value) {
    let fields = json!({ "DcrConfiguration": configuration });
    pool.admin("UpdateUserPool", fields).await.ok();
}

async fn register_at(pool: &Pool, path: &str, token: Option<&str>, metadata: Value) -> Reply {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let mut headers = vec![("content-type", "application/json")];
    headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
    pool.send("POST", path, &headers, metadata.to_string())
        .await
}

async fn register(pool: &Pool, metadata: Value) -> Reply {
    register_at(pool, PATH, None, metadata).await
}

/// Returns the metadata of a valid public client with changed members.
fn metadata(changes: Value) -> Value {
    let mut metadata = json!({
        "client_name": "MCP Inspector",
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    });
    if let Value::Object(changes) = changes {
        for (name, value) in changes {
            metadata[name] = value;
        }
    }
    metadata
}

async fn discovery(pool: &Pool) -> Value {
    let id = pool.emulator.user_pool_id();
    let path = format!("/{id}/.well-known/openid-configuration");
    pool.get(&path).await.body
}

#[track_caller]
fn created(reply: Reply) -> Value {
    assert_eq!(reply.status, 201, "{}", reply.body);
    assert_eq!(reply.header("cache-control"), "no-store");
    reply.body
}

#[track_caller]
fn invalid(reply: &Reply, code: &str) {
    assert_eq!(
        (reply.status, &reply.body["error"]),
        (400, &json!(code)),
        "{}",
        reply.body
    );
}

#[tokio::test]
async fn registration_is_off_by_default() {
    let pool = hosted().await;
    pool.admin("CreateUserPoolDomain", json!({ "Domain": "shop" }))
        .await
        .ok();
    invalid(
        &register(&pool, metadata(json!({}))).await,
        "invalid_request",
    );
    assert_eq!(discovery(&pool).await.get("registration_endpoint"), None);
    configure(
        &pool,
        json!({ "EnableStatus": "Disabled", "OpenDcrEnabled": true }),
    )
    .await;
    invalid(
        &register(&pool, metadata(json!({}))).await,
        "invalid_request",
    );
}

#[tokio::test]
async fn registered_client_signs_users_in() {
    let pool = open().await;
    assert_eq!(discovery(&pool).await.get("registration_endpoint"), None);
    pool.admin("CreateUserPoolDomain", json!({ "Domain": "shop" }))
        .await
        .ok();
    let endpoint = discovery(&pool).await["registration_endpoint"].take();
    let endpoint = endpoint.as_str().expect("an endpoint");
    let path = endpoint
        .strip_prefix(pool.emulator.endpoint())
        .expect("here");
    assert!(path.starts_with(PATH), "{path}");

    let client = created(register_at(&pool, path, None, metadata(json!({}))).await);
    let id = client["client_id"].as_str().expect("an id");
    assert_eq!(client.get("client_secret"), None);
    assert_eq!(client["redirect_uris"], json!([CALLBACK]));
    assert_eq!(client["scope"], "email openid phone profile");
    let code = code_for(&pool, &request_with(&[("client_id", id)])).await;
    let tokens = pool
        .exchange(&[("client_id", id), ("code", &code)])
        .await
        .body;
    let access = tokens["access_token"].as_str().expect("a token");
    assert_eq!(tokens::claims(&pool, access).await["client_id"], id);
    let id_token = tokens["id_token"].as_str().expect("a token");
    assert_eq!(tokens::claims(&pool, id_token).await["aud"], id);
    let renewed = pool
        .form(
            "/oauth2/token",
            None,
            &[
                ("grant_type", "refresh_token"),
                ("client_id", id),
                (
                    "refresh_token",
                    tokens["refresh_token"].as_str().expect("a token"),
                ),
            ],
        )
        .await;
    assert_eq!(renewed.status, 200, "{}", renewed.body);
}

#[tokio::test]
async fn operators_see_registered_clients() {
    let pool = open().await;
    let client = created(
        register(
            &pool,
            metadata(json!({ "client_name": "Agent (1): \u{e9}" })),
        )
        .await,
    );
    assert_eq!(client["client_name"], "Agent _1__ _");
    let id = json!({ "ClientId": client["client_id"] });
    let described = pool.admin("DescribeUserPoolClient", id.clone()).await.ok();
    let described = &described["UserPoolClient"];
    assert_eq!(described["ClientType"], "DCR");
    assert_eq!(described["CallbackURLs"], json!([CALLBACK]));
    assert_eq!(described["AllowedOAuthFlows"], json!(["code"]));
    assert_eq!(described.get("ClientSecret"), None);
    let listed = |kind: &str| {
        let fields = json!({ "ClientType": kind });
        let listed = pool.admin("ListUserPoolClients", fields);
        async move { listed.await.ok()["UserPoolClients"].take() }
    };
    assert_eq!(listed("DCR").await[0]["ClientId"], id["ClientId"]);
    let regular = listed("REGULAR").await;
    assert_eq!(regular.as_array().map(Vec::len), Some(1));
    assert_ne!(regular[0]["ClientId"], id["ClientId"]);

    let update = json!({
        "ClientId": id["ClientId"],
        "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid", SCOPE],
        "CallbackURLs": [CALLBACK],
    });
    let reply = pool.admin("UpdateUserPoolClient", update).await;
    reply.invalid_parameter("A dynamically registered client cannot register other clients.");
    pool.admin("DeleteUserPoolClient", id.clone()).await.ok();
    let request = request_with(&[("client_id", id["ClientId"].as_str().expect("an id"))]);
    assert_eq!(
        pool.get(&format!("/oauth2/authorize?{request}"))
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn confidential_clients_get_lasting_secret() {
    let pool = open().await;
    let changes = json!({ "token_endpoint_auth_method": null, "grant_types": null });
    let client = created(register(&pool, metadata(changes)).await);
    assert_eq!(client["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!(client["grant_types"], json!(["authorization_code"]));
    assert_eq!(client["client_secret_expires_at"], 0);
    let id = client["client_id"].as_str().expect("an id");
    let code = code_for(&pool, &request_with(&[("client_id", id)])).await;
    let reply = pool.exchange(&[("client_id", id), ("code", &code)]).await;
    refused(&reply, "invalid_client");
    let secret = client["client_secret"].as_str().expect("a secret");
    let pairs = [
        ("code", code.as_str()),
        ("code_verifier", VERIFIER),
        ("grant_type", "authorization_code"),
        ("redirect_uri", CALLBACK),
    ];
    let reply = pool.form("/oauth2/token", Some((id, secret)), &pairs).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    for operation in ["AddUserPoolClientSecret", "ListUserPoolClientSecrets"] {
        let reply = pool.admin(operation, json!({ "ClientId": id })).await;
        let message = "The secret of a dynamically registered client cannot be managed.";
        reply.invalid_parameter(message);
    }
}

#[tokio::test]
async fn each_caller_has_limited_registrations() {
    let pool = open().await;
    let mut last = Value::Null;
    for _ in 0..250 {
        last = created(register(&pool, metadata(json!({}))).await);
    }
    let reply = register(&pool, metadata(json!({}))).await;
    assert_eq!(
        (reply.status, &reply.body["error"]),
        (429, &json!("temporarily_unavailable"))
    );
    let id = json!({ "ClientId": last["client_id"] });
    pool.admin("DescribeUserPoolClient", id.clone()).await.ok();
    pool.admin("DeleteUserPoolClient", id).await.ok();
    created(register(&pool, metadata(json!({}))).await);
    pool.emulator.reset();
    let fields = json!({ "ClientType": "DCR" });
    let listed = pool.admin("ListUserPoolClients", fields).await.ok();
    assert_eq!(listed["UserPoolClients"], json!([]));
    created(register(&pool, metadata(json!({}))).await);
}

#[tokio::test]
async fn reset_removes_settings_of_registered_clients() {
    let pool = open().await;
    let client = created(register(&pool, metadata(json!({}))).await);
    let style = json!({ "ClientId": client["client_id"], "UseCognitoProvidedValues": true });
    let style = pool.admin("CreateManagedLoginBranding", style).await.ok();
    let id = &style["ManagedLoginBranding"]["ManagedLoginBrandingId"];
    let described = pool.admin("DescribeUserPool", json!({})).await.ok();
    let modified = &described["UserPool"]["LastModifiedDate"];
    pool.advance(Duration::from_secs(60));
    pool.emulator.reset();
    let reply = pool.admin(
        "DescribeManagedLoginBranding",
        json!({ "ManagedLoginBrandingId": id }),
    );
    let message = "Managed login branding does not exist.";
    reply.await.fails("ResourceNotFoundException", message);
    let described = pool.admin("DescribeUserPool", json!({})).await.ok();
    assert_eq!(&described["UserPool"]["LastModifiedDate"], modified);
}

#[tokio::test]
async fn query_selects_one_of_several_pools() {
    let pool = open().await;
    let more = json!({ "DcrConfiguration": { "OpenDcrEnabled": true } });
    let second = new_pool(&pool, more).await;
    invalid(
        &register(&pool, metadata(json!({}))).await,
        "invalid_request",
    );
    let path = format!("{PATH}?{}", encoded(&[("user_pool_id", &second)]));
    let client = created(register_at(&pool, &path, None, metadata(json!({}))).await);
    let fields = json!({ "UserPoolId": second, "ClientId": client["client_id"] });
    pool.operator("DescribeUserPoolClient", fields).await.ok();
    let path = format!("{PATH}?user_pool_id=us-east-1_none");
    let reply = register_at(&pool, &path, None, metadata(json!({}))).await;
    invalid(&reply, "invalid_request");
}

#[tokio::test]
async fn update_without_configuration_keeps_it() {
    let pool = open().await;
    pool.admin("UpdateUserPool", json!({})).await.ok();
    let described = pool.admin("DescribeUserPool", json!({})).await.ok();
    assert_eq!(
        described["UserPool"]["DcrConfiguration"],
        json!({ "EnableStatus": "Enabled", "OpenDcrEnabled": true })
    );
    let lite = json!({ "UserPoolTier": "LITE" });
    let reply = pool.admin("UpdateUserPool", lite).await;
    let message = "DcrConfiguration is not available in the LITE tier.";
    reply.fails("FeatureUnavailableInTierException", message);
    let off = json!({ "UserPoolTier": "LITE", "DcrConfiguration": { "EnableStatus": "Disabled" } });
    pool.admin("UpdateUserPool", off).await.ok();
}

#[tokio::test]
async fn exported_seed_has_no_registered_clients() {
    let pool = open().await;
    let client = created(register(&pool, metadata(json!({}))).await);
    let risk = json!({
        "ClientId": client["client_id"],
        "RiskExceptionConfiguration": { "BlockedIPRangeList": ["192.0.2.0/24"] },
    });
    let threats = json!({
        "UserPoolTier": "PLUS",
        "UserPoolAddOns": { "AdvancedSecurityMode": "AUDIT" },
        "DcrConfiguration": { "OpenDcrEnabled": true },
    });
    pool.admin("UpdateUserPool", threats).await.ok();
    pool.admin("SetRiskConfiguration", risk).await.ok();
    let exported = pool.get("/_emulator/seed").await.body;
    let id = client["client_id"].as_str().expect("an id");
    assert!(!exported.to_string().contains(id), "{exported}");
    assert_eq!(exported["pools"][0]["clients"][0]["id"], CLIENT);
}
