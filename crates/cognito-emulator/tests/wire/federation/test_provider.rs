//! The identity provider that is part of the emulator.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cognito_emulator::{Client, Emulator, OAuthFlow, Request};
use serde_json::json;
use x509_cert::Certificate;
use x509_cert::der::{Decode, Encode};

use crate::browser::{Browser, CALLBACK, encoded, hosted_pool, parameters, request_with};
use crate::support::Pool;

async fn pool() -> Pool {
    hosted_pool(|client| client, |builder| builder.test_provider("Test")).await
}

/// Returns the public key of a certificate. The certificate is DER in base64.
fn public_key(certificate: &str) -> Vec<u8> {
    let der = STANDARD.decode(certificate).expect("base64");
    let certificate = Certificate::from_der(&der).expect("a certificate");
    let key = certificate.tbs_certificate().subject_public_key_info();
    key.to_der().expect("DER")
}

/// Returns the path of the provider's page.
async fn page(pool: &Pool, browser: &mut Browser) -> String {
    let request = request_with(&[("identity_provider", "Test")]);
    let reply = browser
        .get(pool, &format!("/oauth2/authorize?{request}"))
        .await;
    let to = reply.header("location");
    let path = to
        .strip_prefix(pool.emulator.endpoint())
        .expect("the emulator");
    assert!(path.starts_with("/_emulator/idp/authorize?"), "{path}");
    path.to_owned()
}

#[tokio::test]
async fn form_signs_user_in() {
    let pool = pool().await;
    let mut browser = Browser::default();
    let path = page(&pool, &mut browser).await;
    let form = browser.get(&pool, &path).await;
    let html = form.body.as_str().expect("a page");
    assert!(html.contains("Anyone can sign in as any user."), "{html}");
    assert!(html.contains("method=\"get\"") && !html.contains("<script"));
    // The form leads to the app client. Chromium applies `form-action` to these redirects too.
    let policy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'";
    assert_eq!(form.header("content-security-policy"), policy);
    let typed = encoded(&[
        ("sub", "ann"),
        ("email", "ann@example.com"),
        ("email_verified", "true"),
    ]);
    let back = browser.get(&pool, &format!("{path}&{typed}")).await;
    let to = back.header("location").to_owned();
    let path = to
        .strip_prefix(pool.emulator.endpoint())
        .expect("the emulator");
    let back = browser.get(&pool, path).await;
    let code = parameters(back.header("location"))
        .remove("code")
        .expect("a code");
    let tokens = pool.exchange(&[("code", &code)]).await.body;
    let claims = crate::browser::claims(&tokens["id_token"]);
    assert_eq!(claims["cognito:username"], "test_ann");
    assert_eq!(claims["email_verified"], true);
}

#[tokio::test]
async fn provider_can_be_discovered() {
    let pool = pool().await;
    let issuer = format!("{}/_emulator/idp", pool.emulator.endpoint());
    let fields = json!({
        "ProviderName": "Own", "ProviderType": "OIDC",
        "ProviderDetails": {
            "client_id": "any", "client_secret": "any", "oidc_issuer": issuer,
            "authorize_scopes": "openid", "attributes_request_method": "GET",
        },
        "AttributeMapping": { "email": "email" },
    });
    pool.admin("CreateIdentityProvider", fields).await.ok();
    let mut browser = Browser::default();
    let request = request_with(&[("identity_provider", "Own"), ("login_hint", "bob")]);
    let reply = browser
        .get(&pool, &format!("/oauth2/authorize?{request}"))
        .await;
    let to = reply.header("location").to_owned();
    let path = to
        .strip_prefix(pool.emulator.endpoint())
        .expect("the emulator");
    let form = browser.get(&pool, path).await;
    assert!(
        form.body
            .as_str()
            .is_some_and(|html| html.contains("value=\"bob\""))
    );
    let back = browser.get(&pool, &format!("{path}&sub=bob")).await;
    let to = back.header("location").to_owned();
    let path = to
        .strip_prefix(pool.emulator.endpoint())
        .expect("the emulator");
    let back = browser.get(&pool, path).await;
    assert!(parameters(back.header("location")).contains_key("code"));
}

#[tokio::test]
async fn page_redirects_to_emulators_only() {
    let pool = pool().await;
    for uri in [
        "https://evil.example/oauth2/idpresponse",
        "http://localhost@evil.example/oauth2/idpresponse",
        "http://[::1]evil.example/oauth2/idpresponse",
        "http://localhost:80;sandbox/oauth2/idpresponse",
        "http://localhost/elsewhere",
        "javascript:alert(1)",
        "",
    ] {
        let query = encoded(&[("client_id", "x"), ("redirect_uri", uri), ("sub", "ann")]);
        let reply = pool.get(&format!("/_emulator/idp/authorize?{query}")).await;
        assert_eq!(reply.status, 400, "{uri}");
    }
}

#[tokio::test]
async fn code_is_used_once_by_its_client() {
    let pool = pool().await;
    let redirect = "http://localhost/oauth2/idpresponse";
    let code = async || {
        let query = encoded(&[
            ("client_id", "x"),
            ("redirect_uri", redirect),
            ("sub", "ann"),
        ]);
        let reply = pool.get(&format!("/_emulator/idp/authorize?{query}")).await;
        parameters(reply.header("location"))
            .remove("code")
            .expect("a code")
    };
    let exchange = async |code: &str, client: &str, redirect: &str| {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("client_id", client),
            ("redirect_uri", redirect),
        ];
        let reply = pool.form("/_emulator/idp/token", None, &form).await;
        (reply.status, reply.body["error"].clone())
    };
    let invalid = (400, json!("invalid_grant"));
    assert_eq!(exchange(&code().await, "y", redirect).await, invalid);
    assert_eq!(
        exchange(&code().await, "x", "http://localhost/other").await,
        invalid
    );
    let used = code().await;
    assert_eq!(exchange(&used, "x", redirect).await.0, 200);
    assert_eq!(exchange(&used, "x", redirect).await, invalid);
    let reply = pool.get("/_emulator/idp/userInfo").await;
    assert_eq!(reply.status, 400);
}

#[tokio::test]
async fn provider_has_another_key_than_pools() {
    let pool = pool().await;
    let keys = pool.get("/_emulator/idp/jwks.json").await.body;
    assert_eq!(keys["keys"].as_array().map(Vec::len), Some(1));
    let path = format!("/{}/.well-known/jwks.json", pool.emulator.user_pool_id());
    let of_pool = pool.get(&path).await.body;
    let of_pool = of_pool["keys"].as_array().expect("keys");
    assert_eq!(of_pool.len(), 2);
    for key in of_pool {
        assert_ne!(key["n"], keys["keys"][0]["n"]);
    }
    let metadata = pool.get("/_emulator/idp/saml/metadata").await.body;
    let metadata = metadata.as_str().expect("XML");
    let start = metadata.split_once("<ds:X509Certificate>");
    let (_, rest) = start.expect("a certificate");
    let (of_provider, _) = rest.split_once('<').expect("an end");
    let own = pool.admin("GetSigningCertificate", json!({})).await.ok();
    let own = own["Certificate"].as_str().expect("a certificate");
    assert_ne!(public_key(of_provider), public_key(own));
}

#[tokio::test]
async fn pages_of_other_sites_are_rejected() {
    let pool = pool().await;
    for path in ["/_emulator/idp/jwks.json", "/_emulator/idp/userInfo"] {
        let headers = [("origin", "https://evil.example")];
        assert_eq!(
            pool.send("GET", path, &headers, "").await.status,
            403,
            "{path}"
        );
    }
}

// An emulator without a server calls its own provider in memory.
#[tokio::test]
async fn works_without_server() {
    let client = Client::new("web")
        .oauth_flow(OAuthFlow::Code)
        .oauth_scope("openid")
        .callback_url(CALLBACK);
    let builder = Emulator::builder().client(client).test_provider("Test");
    let emulator = builder.build().expect("builds");
    let mut cookie = String::new();
    let mut url = "http://localhost/oauth2/authorize?client_id=web&response_type=code\
                   &identity_provider=Test"
        .to_owned();
    while url.starts_with("http://localhost/") {
        if url.contains("/_emulator/idp/authorize") {
            url.push_str("&sub=ann&email=ann@example.com");
        }
        let request = Request::new("GET", &url).header("cookie", &cookie);
        let response = emulator.respond(request).await.expect("a response");
        assert_eq!(response.status(), 302, "{url}");
        if let Some(set) = response.header("set-cookie") {
            cookie = set.split(';').next().unwrap_or_default().to_owned();
        }
        url = response.header("location").expect("a URL").to_owned();
    }
    assert!(parameters(&url).contains_key("code"), "{url}");
}
