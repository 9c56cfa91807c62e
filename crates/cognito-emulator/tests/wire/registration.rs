//! Dynamic client registration (RFC 7591).

use std::time::Duration;

use cognito_emulator::{Client, OAuthFlow};
use serde_json::{Value, json};

use crate::browser::{
    API, CALLBACK, SECRET, VERIFIER, code_for, encoded, hosted, hosted_with, refused, request_with,
};
use crate::support::{CLIENT, EMAIL, Pool, Reply, new_pool};
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
async fn redirect_uri_must_be_registered_exactly() {
    let pool = open().await;
    let client = created(register(&pool, metadata(json!({}))).await);
    let id = client["client_id"].as_str().expect("an id");
    for uri in [
        "https://shop.example/callback/",
        "https://shop.example/Callback",
        "myapp://in",
    ] {
        let request = request_with(&[("client_id", id), ("redirect_uri", uri)]);
        let reply = pool.get(&format!("/oauth2/authorize?{request}")).await;
        assert!(reply.header("location").starts_with("/error?"), "{uri}");
    }
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
async fn unsafe_redirect_uris_are_rejected() {
    let pool = open().await;
    let long = format!("https://shop.example/{}", "a".repeat(1024));
    let many: Vec<_> = (0..=100)
        .map(|it| format!("https://a.example/{it}"))
        .collect();
    for uris in [
        json!(null),
        json!([]),
        json!(["javascript://shop.example/%0aalert(1)"]),
        json!(["data://text/html,x"]),
        json!(["http://shop.example/callback"]),
        json!(["http://localhost:1@evil.example/"]),
        json!(["https://user@shop.example/"]),
        json!(["https://shop.example/#a"]),
        json!(["/callback"]),
        json!([CALLBACK, "file:///etc/passwd"]),
        json!([long]),
        json!(many),
    ] {
        let reply = register(&pool, metadata(json!({ "redirect_uris": uris }))).await;
        invalid(&reply, "invalid_redirect_uri");
    }
    let local = json!({ "redirect_uris": ["http://127.0.0.1:33418/", "cursor://mcp/callback"] });
    created(register(&pool, metadata(local)).await);
}

#[tokio::test]
async fn invalid_metadata_is_rejected() {
    let pool = open().await;
    for changes in [
        json!({ "redirect_uris": CALLBACK }),
        json!({ "client_name": 1 }),
        json!({ "client_name": "a".repeat(129) }),
        json!({ "client_name": "" }),
        json!({ "grant_types": ["implicit"] }),
        json!({ "grant_types": ["refresh_token"] }),
        json!({ "grant_types": ["authorization_code", "client_credentials"] }),
        json!({ "grant_types": ["client_credentials"], "response_types": [] }),
        json!({ "response_types": ["token"] }),
        json!({ "response_types": ["code", "token"] }),
        json!({ "token_endpoint_auth_method": "private_key_jwt" }),
        json!({ "scope": "" }),
        json!({ "scope": "openid unknown" }),
        json!({ "scope": format!("openid {API}/read") }),
        json!({ "scope": format!("openid {SCOPE}") }),
    ] {
        let reply = register(&pool, metadata(changes.clone())).await;
        assert_eq!(reply.body["error"], "invalid_client_metadata", "{changes}");
        assert_eq!(reply.status, 400);
    }
    let padding = json!({ "contacts": ["a".repeat(32 * 1024)] });
    invalid(
        &register(&pool, metadata(padding)).await,
        "invalid_client_metadata",
    );
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let body = metadata(json!({})).to_string();
    let reply = pool.send("POST", PATH, &form, body).await;
    invalid(&reply, "invalid_client_metadata");
    assert_eq!(pool.get(PATH).await.status, 405);
}

#[tokio::test]
async fn pool_chooses_scopes_and_grants() {
    let pool = open().await;
    let read = format!("{API}/read");
    configure(
        &pool,
        json!({ "OpenDcrEnabled": true, "AllowedScopes": [read, SCOPE, "gone/read"],
                "OpenDcrGrantTypes": ["client_credentials", "implicit"] }),
    )
    .await;
    invalid(
        &register(&pool, metadata(json!({}))).await,
        "invalid_client_metadata",
    );
    let machine = json!({
        "grant_types": ["client_credentials"],
        "response_types": [],
        "redirect_uris": [],
        "token_endpoint_auth_method": "client_secret_post",
    });
    let client = created(register(&pool, metadata(machine.clone())).await);
    assert_eq!(client["scope"], read);
    let pairs = [
        ("grant_type", "client_credentials"),
        ("client_id", client["client_id"].as_str().expect("an id")),
        (
            "client_secret",
            client["client_secret"].as_str().expect("a secret"),
        ),
    ];
    let reply = pool.form("/oauth2/token", None, &pairs).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let mut public = machine;
    public["token_endpoint_auth_method"] = json!("none");
    invalid(
        &register(&pool, metadata(public)).await,
        "invalid_client_metadata",
    );
    configure(
        &pool,
        json!({ "OpenDcrEnabled": true, "OpenDcrGrantTypes": [] }),
    )
    .await;
    invalid(
        &register(&pool, metadata(json!({}))).await,
        "invalid_client_metadata",
    );
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
async fn registered_client_has_no_custom_attributes() {
    let pool = hosted_with(|c| c, |builder| builder.custom_attribute("role")).await;
    configure(&pool, json!({ "OpenDcrEnabled": true })).await;
    let client = created(register(&pool, metadata(json!({}))).await);
    let id = client["client_id"].as_str().expect("an id");
    let role = json!([{ "Name": "custom:role", "Value": "admin" }]);
    let sign_up = |name: &str| {
        let fields = json!({
            "ClientId": id, "Username": name, "Password": "Password123!", "UserAttributes": [
                { "Name": "email", "Value": name }, role[0],
            ],
        });
        pool.call("SignUp", fields)
    };
    let message = "A client attempted to write unauthorized attribute";
    sign_up("eve@example.com").await.not_authorized(message);
    let fields = json!({ "Username": EMAIL, "UserAttributes": role });
    pool.admin("AdminUpdateUserAttributes", fields).await.ok();
    let shown = async || {
        // The scope `openid` alone allows all attributes.
        let request = request_with(&[("client_id", id), ("scope", "openid")]);
        let code = code_for(&pool, &request).await;
        let reply = pool.exchange(&[("client_id", id), ("code", &code)]).await;
        crate::browser::claims(&reply.body["id_token"])
            .get("custom:role")
            .cloned()
    };
    assert_eq!(shown().await, None);
    let update = json!({
        "ClientId": id,
        "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid", "email", "phone", "profile"],
        "CallbackURLs": [CALLBACK],
        "ReadAttributes": ["custom:role"],
        "WriteAttributes": ["email", "custom:role"],
    });
    pool.admin("UpdateUserPoolClient", update).await.ok();
    assert_eq!(shown().await, Some(json!("admin")));
    sign_up("ann@example.com").await.ok();
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
