//! Authentication levels of sign-ins through an OIDC provider (`AcrMapping`).

use serde_json::{Value, json};

use super::{Federated, ann, federated};
use crate::browser::{Browser, claims, parameters};

const LEVEL_1: &str = "urn:cognito:loa:1";
const LEVEL_3: &str = "urn:cognito:loa:3";
const LEVEL_4: &str = "urn:cognito:loa:4";

async fn mapped(mapping: Value) -> Federated {
    let it = federated().await;
    let fields = json!({ "ProviderName": "Example", "AcrMapping": mapping });
    it.pool.admin("UpdateIdentityProvider", fields).await.ok();
    it
}

/// Signs in with a request for these levels, while the provider returns `acr`. Returns the
/// `acr_values` that the provider has received, and the claims of the pool's ID token.
async fn sign_in(it: &Federated, levels: &str, acr: Option<&str>) -> (Option<String>, Value) {
    let mut browser = Browser::default();
    let to = it.begin_with(&mut browser, &[("acr_values", levels)]).await;
    let requested = parameters(&to).remove("acr_values");
    let mut user = ann();
    user["acr"] = json!(acr);
    let reply = it.respond_to(&mut browser, &to, user).await;
    let code = parameters(reply.header("location")).remove("code");
    let code = code.unwrap_or_else(|| panic!("no code: {}", reply.header("location")));
    let tokens = it.pool.exchange(&[("code", &code)]).await.body;
    (requested, claims(&tokens["id_token"]))
}

#[tokio::test]
async fn levels_are_translated_in_both_directions() {
    let it = mapped(json!({ "Level1": "basic", "Level3": "phr", "Level4": "phrh" })).await;
    let levels = format!("{LEVEL_4} urn:cognito:loa:2 {LEVEL_1}");
    let (requested, claims) = sign_in(&it, &levels, Some("phrh")).await;
    // The second level has no name at the provider.
    let requested = requested.map(|names| names.replace('+', " "));
    assert_eq!(requested.as_deref(), Some("phrh basic"));
    assert_eq!(claims["acr"], LEVEL_4);
    assert_eq!(claims["amr"], json!(["fed"]));
    let (_, claims) = sign_in(&it, LEVEL_4, Some("phr")).await;
    assert_eq!(claims["acr"], LEVEL_3);
}

#[tokio::test]
async fn unmapped_acr_is_the_lowest_level() {
    let it = mapped(json!({ "Level4": "phrh" })).await;
    for acr in [Some("PHRH"), Some("Level4"), Some(LEVEL_4), Some(""), None] {
        let (_, claims) = sign_in(&it, LEVEL_4, acr).await;
        assert_eq!(claims["acr"], LEVEL_1, "{acr:?}");
    }
    let (requested, _) = sign_in(&it, LEVEL_3, None).await;
    assert_eq!(requested, None);
}

#[tokio::test]
async fn same_acr_means_the_lower_level() {
    let it = mapped(json!({ "Level2": "same", "Level4": "same" })).await;
    let (_, claims) = sign_in(&it, LEVEL_4, Some("same")).await;
    assert_eq!(claims["acr"], "urn:cognito:loa:2");
}

#[tokio::test]
async fn acr_without_mapping_has_no_effect() {
    let it = federated().await;
    let (requested, claims) = sign_in(&it, LEVEL_4, Some(LEVEL_4)).await;
    assert_eq!(requested, None);
    assert_eq!(claims["acr"], LEVEL_1);
}

/// The userinfo response is not signed, so its `acr` must not raise the level.
#[tokio::test]
async fn acr_of_userinfo_has_no_effect() {
    let it = mapped(json!({ "Level4": "phrh" })).await;
    let info = json!({ "sub": "ann-1", "acr": "phrh" }).to_string();
    it.provider.replace("/userinfo", 200, info);
    let (_, claims) = sign_in(&it, LEVEL_4, None).await;
    assert_eq!(claims["acr"], LEVEL_1);
}

#[tokio::test]
async fn browser_session_keeps_providers_level() {
    let it = mapped(json!({ "Level4": "phrh" })).await;
    let mut browser = Browser::default();
    let to = it.begin(&mut browser).await;
    let mut user = ann();
    user["acr"] = json!("phrh");
    it.respond_to(&mut browser, &to, user).await;
    // Neither the page nor the provider is shown again.
    let request = crate::browser::request_with(&[("acr_values", LEVEL_4), ("prompt", "none")]);
    let path = format!("/oauth2/authorize?{request}");
    let reply = browser.get(&it.pool, &path).await;
    let code = parameters(reply.header("location")).remove("code");
    let tokens = it.pool.exchange(&[("code", &code.expect("a code"))]).await;
    assert_eq!(claims(&tokens.body["id_token"])["acr"], LEVEL_4);
}

#[tokio::test]
async fn provider_is_asked_for_higher_level() {
    let it = mapped(json!({ "Level1": "basic", "Level4": "phrh" })).await;
    let mut browser = Browser::default();
    let to = it.begin(&mut browser).await;
    let mut user = ann();
    user["acr"] = json!("basic");
    it.respond_to(&mut browser, &to, user).await;
    let levels = format!("{LEVEL_4} {LEVEL_1}");
    let silent = [("acr_values", levels.as_str()), ("prompt", "none")];
    let path = format!(
        "/oauth2/authorize?{}",
        crate::browser::request_with(&silent)
    );
    let reply = browser.get(&it.pool, &path).await;
    assert_eq!(
        parameters(reply.header("location"))["error"],
        "login_required"
    );
    let to = it
        .begin_with(&mut browser, &[("acr_values", &levels)])
        .await;
    assert!(parameters(&to).contains_key("acr_values"));
}

#[tokio::test]
async fn social_provider_has_no_mapping() {
    let it = federated().await;
    let fields = json!({
        "ProviderName": "Google", "ProviderType": "Google",
        "ProviderDetails": {
            "client_id": "any", "client_secret": "any", "authorize_scopes": "openid",
        },
        "AcrMapping": { "Level1": "basic" },
    });
    let reply = it.pool.admin("CreateIdentityProvider", fields).await;
    reply.invalid_parameter("Only OIDC identity providers support AcrMapping");
}
