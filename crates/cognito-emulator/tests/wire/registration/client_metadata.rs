//! The metadata of registered clients, and what pools allow.

use serde_json::json;

use super::{PATH, SCOPE, configure, created, invalid, metadata, open, register};
use crate::browser::{API, CALLBACK, code_for, hosted_with, request_with};
use crate::support::EMAIL;

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
