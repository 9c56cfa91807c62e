//! Social providers: their details, requests and claims.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
    UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{Federated, federated};
use crate::browser::{Browser, parameters, request_with};
use crate::support::{Reply, START};

/// Adds a social provider whose URLs are those of the test's provider.
async fn add(it: &Federated, kind: &str, mut details: Value, mapping: Value) {
    for (name, path) in [
        ("authorize_url", "/authorize"),
        ("token_url", "/token"),
        ("attributes_url", "/me?fields="),
    ] {
        if details.get(name).is_none() {
            details[name] = json!(it.provider.url(path));
        }
    }
    let fields = json!({
        "ProviderName": kind, "ProviderType": kind,
        "ProviderDetails": details, "AttributeMapping": mapping,
    });
    it.pool.admin("CreateIdentityProvider", fields).await.ok();
}

/// Signs in through a provider with a code for these claims.
async fn sign_in(it: &Federated, kind: &str, mut claims: Value) -> Reply {
    let mut browser = Browser::default();
    let request = request_with(&[("identity_provider", kind)]);
    let reply = browser
        .get(&it.pool, &format!("/oauth2/authorize?{request}"))
        .await;
    let query = parameters(reply.header("location"));
    if let Some(nonce) = query.get("nonce") {
        claims["nonce"] = json!(nonce);
    }
    let code = it.provider.code(claims);
    let path = format!("/oauth2/idpresponse?code={code}&state={}", query["state"]);
    browser.get(&it.pool, &path).await
}

#[tokio::test]
async fn facebook_has_no_id_token() {
    let it = federated().await;
    let details = json!({ "client_id": "fb", "client_secret": "s", "authorize_scopes": "public_profile, email" });
    add(
        &it,
        "Facebook",
        details,
        json!({ "email": "email", "name": "name" }),
    )
    .await;
    let me = json!({ "id": "1234", "email": "ann@example.com", "name": "Ann" });
    it.provider.replace("/me", 200, me.to_string());
    let reply = sign_in(&it, "Facebook", json!({})).await;
    assert!(
        parameters(reply.header("location")).contains_key("code"),
        "{reply:?}"
    );
    let user = it.user("facebook_1234").await;
    assert_eq!(user["UserStatus"], "EXTERNAL_PROVIDER");
    // The token request is a GET, and the mapped attributes are requested.
    assert_eq!(it.provider.request("/token").0["client_secret"], "s");
    assert_eq!(it.provider.request("/me").0["fields"], "id,email,name");
}

#[tokio::test]
async fn amazon_identifies_users_by_user_id() {
    let it = federated().await;
    let details =
        json!({ "client_id": "amzn", "client_secret": "s", "authorize_scopes": "profile" });
    add(&it, "LoginWithAmazon", details, json!({ "name": "name" })).await;
    it.provider.replace(
        "/me",
        200,
        json!({ "user_id": "amzn1.x", "name": "Ann" }).to_string(),
    );
    sign_in(&it, "LoginWithAmazon", json!({})).await;
    it.user("loginwithamazon_amzn1.x").await;
    // Without the id, no user signs in.
    it.provider.replace("/me", 200, "{}");
    let reply = sign_in(&it, "LoginWithAmazon", json!({})).await;
    let back = parameters(reply.header("location"));
    assert_eq!(
        back["error_description"],
        "username attribute mapping required"
    );
}

#[tokio::test]
async fn google_needs_valid_id_token() {
    let it = federated().await;
    let details = json!({
        "client_id": "pool-at-example", "client_secret": "s", "authorize_scopes": "openid",
        "oidc_issuer": it.provider.url(""), "jwks_uri": it.provider.url("/jwks"),
        // Of Google, only the ID token is read.
        "attributes_url": "https://people.googleapis.com/v1/people/me?personFields=",
    });
    add(&it, "Google", details, json!({ "email": "email" })).await;
    let claims = json!({ "sub": "g-1", "email": "ann@example.com" });
    let reply = sign_in(&it, "Google", claims).await;
    assert!(
        parameters(reply.header("location")).contains_key("code"),
        "{reply:?}"
    );
    it.user("google_g-1").await;
    let reply = sign_in(&it, "Google", json!({ "sub": "g-1", "aud": "other" })).await;
    let back = parameters(reply.header("location"));
    assert_eq!(back["error_description"], "Bad id_token audience");
}

#[tokio::test]
async fn apple_gets_signed_client_secret() {
    let it = federated().await;
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
    let pkcs8 = pair.to_pkcs8v1().expect("PKCS#8");
    let details = json!({
        "client_id": "pool-at-example", "team_id": "TEAM", "key_id": "KEY",
        "private_key": STANDARD.encode(pkcs8.as_ref()), "authorize_scopes": "email name",
        "oidc_issuer": it.provider.url(""), "jwks_uri": it.provider.url("/jwks"),
        "attributes_url": "",
    });
    add(
        &it,
        "SignInWithApple",
        details,
        json!({ "email": "email", "given_name": "firstName" }),
    )
    .await;
    let mut browser = Browser::default();
    let request = request_with(&[("identity_provider", "SignInWithApple")]);
    let reply = browser
        .get(&it.pool, &format!("/oauth2/authorize?{request}"))
        .await;
    let query = parameters(reply.header("location"));
    assert_eq!(query["response_mode"], "form_post");
    let claims = json!({ "sub": "a.1", "email": "ann@example.com", "nonce": query["nonce"] });
    let code = it.provider.code(claims);
    let user = json!({ "name": { "firstName": "Ann" }, "email": "x@example.com" }).to_string();
    let form = [
        ("code", code.as_str()),
        ("state", &query["state"]),
        ("user", &user),
    ];
    let reply = it.pool.form("/oauth2/idpresponse", None, &form).await;
    let reply = browser.get(&it.pool, reply.header("location")).await;
    assert!(
        parameters(reply.header("location")).contains_key("code"),
        "{reply:?}"
    );
    let user = it.user("signinwithapple_a.1").await;
    let attributes = &user["UserAttributes"];
    assert_eq!(
        crate::support::attribute(attributes, "given_name"),
        Some("Ann")
    );
    assert_eq!(
        crate::support::attribute(attributes, "email"),
        Some("ann@example.com")
    );

    let secret = it.provider.request("/token").0["client_secret"].clone();
    let (signed, signature) = secret.rsplit_once('.').expect("a JWT");
    let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref());
    key.verify(signed.as_bytes(), &signature)
        .expect("a signature");
    let claims = crate::browser::claims(&json!(secret));
    let expected = json!({
        "iss": "TEAM", "sub": "pool-at-example", "aud": it.provider.url(""),
        "iat": START, "exp": START + 300,
    });
    assert_eq!(claims, expected);
}
