//! The user of a sign-in, the tokens, and errors that the app client receives.

use serde_json::{Value, json};

use super::{ann, federated, federated_with};
use crate::browser::{Browser, parameters, request_with};
use crate::support::{CLIENT, START, attribute, sign_in_fields};

#[tokio::test]
async fn provider_gets_state_nonce_and_redirect_uri() {
    let it = federated().await;
    let query = parameters(&it.begin(&mut Browser::default()).await);
    let endpoint = it.pool.emulator.endpoint();
    assert_eq!(query["client_id"], "pool-at-example");
    assert_eq!(
        query["redirect_uri"],
        format!("{endpoint}/oauth2/idpresponse")
    );
    assert_eq!(query["response_type"], "code");
    assert_eq!(query["scope"].replace('+', " "), "openid email");
    assert!(query["state"].len() >= 32 && query["nonce"].len() >= 32);
    assert_ne!(query["nonce"], "n-0S6_WzA2Mj");
    assert!(!query.contains_key("code_challenge"));
}

#[tokio::test]
async fn first_sign_in_creates_federated_user() {
    let it = federated().await;
    let claims = it.id_token(ann()).await;
    assert_eq!(claims["cognito:username"], "example_ann-1");
    assert_eq!(claims["email"], "ann@example.com");
    assert_eq!(claims["nonce"], "n-0S6_WzA2Mj");
    let pool = it.pool.emulator.user_pool_id();
    assert_eq!(claims["cognito:groups"], json!([format!("{pool}_Example")]));
    let identity = json!({
        "dateCreated": (START * 1000).to_string(), "issuer": null, "primary": "true",
        "providerName": "Example", "providerType": "OIDC", "userId": "ann-1",
    });
    assert_eq!(claims["identities"], json!([identity]));

    let user = it.user("Example_ann-1").await;
    assert_eq!(user["UserStatus"], "EXTERNAL_PROVIDER");
    assert_eq!(user["Username"], "example_ann-1");
    let attributes = &user["UserAttributes"];
    assert_eq!(attribute(attributes, "name"), Some("Ann"));
    let identities = attribute(attributes, "identities").expect("identities");
    let identities: Value = serde_json::from_str(identities).expect("JSON");
    assert_eq!(identities[0]["primary"], true);
    assert_eq!(identities[0]["dateCreated"], START * 1000);

    // The pool authenticates with its secret in the form, and reads userinfo with the access token.
    let (form, authorization) = it.provider.request("/token");
    assert_eq!(form["client_secret"], "SecretOfThePool");
    assert_eq!(form["grant_type"], "authorization_code");
    assert!(form["redirect_uri"].ends_with("/oauth2/idpresponse"));
    assert_eq!(authorization, "");
    assert!(
        it.provider
            .request("/userinfo")
            .1
            .starts_with("Bearer code")
    );
}

#[tokio::test]
async fn further_sign_in_updates_attributes() {
    let it = federated().await;
    let first = it.id_token(ann()).await;
    let mut changed = ann();
    changed["email"] = json!("ann@example.org");
    // A claim that is missing changes no attribute.
    changed["name"] = Value::Null;
    let second = it.id_token(changed).await;
    assert_eq!(first["sub"], second["sub"]);
    assert_eq!(second["email"], "ann@example.org");
    let user = it.user("example_ann-1").await;
    assert_eq!(attribute(&user["UserAttributes"], "name"), Some("Ann"));
}

#[tokio::test]
async fn nonce_is_generated_without_one() {
    let it = federated().await;
    let mut browser = Browser::default();
    let request = request_with(&[("identity_provider", "Example"), ("nonce", "")]);
    let path = format!("/oauth2/authorize?{request}");
    let reply = browser.get(&it.pool, &path).await;
    let query = parameters(reply.header("location"));
    let mut claims = ann();
    claims["nonce"] = json!(query["nonce"]);
    let code = it.provider.code(claims);
    let path = format!("/oauth2/idpresponse?code={code}&state={}", query["state"]);
    let back = parameters(browser.get(&it.pool, &path).await.header("location"));
    let tokens = it.pool.exchange(&[("code", &back["code"])]).await.body;
    let claims = crate::browser::claims(&tokens["id_token"]);
    assert_eq!(claims["nonce"], query["nonce"]);
}

#[tokio::test]
async fn mapped_email_is_unverified_unless_mapped() {
    let it = federated().await;
    let claims = it.id_token(ann()).await;
    assert_eq!(claims["email_verified"], false);
    it.map(json!({ "email": "email", "email_verified": "email_verified" }))
        .await;
    let claims = it.id_token(ann()).await;
    assert_eq!(claims["email_verified"], true);
    // Without the claim, it is unverified again.
    let claims = it
        .id_token(json!({ "sub": "ann-1", "email": "ann@example.com" }))
        .await;
    assert_eq!(claims["email_verified"], false);
    // A provider verifies only an address that it sends.
    let claims = it
        .id_token(json!({ "sub": "ann-1", "email_verified": true }))
        .await;
    assert_eq!(claims["email_verified"], false);
}

#[tokio::test]
async fn missing_required_attribute_is_an_error() {
    let it = federated_with(|c| c, |builder| builder.required_attribute("name")).await;
    let mut claims = ann();
    claims["name"] = Value::Null;
    assert_eq!(it.error(claims).await, "attributes required: [name]");
    assert_eq!(
        it.error(json!({ "sub": "x", "name": "", "email": "" }))
            .await,
        "attributes required: [name]"
    );
    it.id_token(ann()).await;
}

#[tokio::test]
async fn client_must_have_write_access() {
    let client = |client: cognito_emulator::Client| client.write_attributes(["email"]);
    let it = federated_with(client, |builder| builder).await;
    let expected = "A client attempted to write unauthorized attribute";
    assert_eq!(it.error(ann()).await, expected);
    it.map(json!({ "email": "email" })).await;
    it.id_token(ann()).await;
}

#[tokio::test]
async fn error_of_provider_reaches_client() {
    let it = federated().await;
    let mut browser = Browser::default();
    let query = parameters(&it.begin(&mut browser).await);
    let path = format!(
        "/oauth2/idpresponse?error=user_cancelled_authorize&error_description=No%20%26%20no&state={}",
        query["state"]
    );
    let reply = browser.get(&it.pool, &path).await;
    let back = parameters(reply.header("location"));
    assert_eq!(back["error"], "user_cancelled_authorize");
    assert_eq!(back["error_description"], "No & no");
    assert_eq!(back["state"], "a&b");
}

#[tokio::test]
async fn failures_of_provider_reach_client() {
    let it = federated().await;
    let it_fails = async |path: &'static str, status: u16, body: &str, expected: &str| {
        it.provider.replace(path, status, body);
        assert_eq!(it.error(ann()).await, expected, "{path}");
        it.provider.state.replaced.lock().clear();
    };
    it_fails(
        "/token",
        401,
        "no",
        "Bad token response: HTTP/1.1 401 Unauthorized",
    )
    .await;
    it_fails("/token", 200, "no", "Bad token response: not JSON").await;
    it_fails(
        "/token",
        200,
        "{}",
        "Bad token response: there is no id_token",
    )
    .await;
    it_fails(
        "/jwks",
        500,
        "{}",
        "Bad jwks_uri response: HTTP/1.1 500 Internal Server Error",
    )
    .await;
    it_fails(
        "/jwks",
        200,
        "[]",
        "Bad jwks_uri response: not a JSON object",
    )
    .await;
    it_fails(
        "/userinfo",
        403,
        "{}",
        "Bad userinfo response: HTTP/1.1 403 Forbidden",
    )
    .await;
    let long = format!("{{\"a\": \"{}\"}}", "x".repeat(1024 * 1024));
    it_fails(
        "/userinfo",
        200,
        &long,
        "Bad userinfo response: the response is too long or incomplete",
    )
    .await;
    it.id_token(ann()).await;
}

#[tokio::test]
async fn disabled_user_cannot_sign_in() {
    let it = federated().await;
    it.id_token(ann()).await;
    let fields = json!({ "Username": "example_ann-1" });
    it.pool.admin("AdminDisableUser", fields).await.ok();
    assert_eq!(it.error(ann()).await, "User is disabled.");
}

#[tokio::test]
async fn federated_user_has_no_local_sign_in() {
    let it = federated().await;
    it.id_token(ann()).await;
    let fields = sign_in_fields("example_ann-1", "SecurePass123!");
    let reply = it.pool.call("InitiateAuth", fields).await;
    reply.not_authorized("Incorrect username or password.");
    // Neither with the address of the provider.
    let fields = sign_in_fields("ann@example.com", "SecurePass123!");
    let reply = it.pool.call("InitiateAuth", fields).await;
    reply.fails("UserNotFoundException", "User does not exist.");
}

#[tokio::test]
async fn tokens_can_be_mapped() {
    let it = federated_with(|c| c, |builder| builder.custom_attribute("access")).await;
    it.map(json!({ "custom:access": "access_token" })).await;
    it.id_token(json!({ "sub": "ann-1" })).await;
    let user = it.user("example_ann-1").await;
    let token = attribute(&user["UserAttributes"], "custom:access");
    assert!(token.is_some_and(|token| token.starts_with("code")));
}

#[tokio::test]
async fn implicit_flow_returns_tokens() {
    let client =
        |client: cognito_emulator::Client| client.oauth_flow(cognito_emulator::OAuthFlow::Implicit);
    let it = federated_with(client, |builder| builder).await;
    let mut browser = Browser::default();
    let changes = [
        ("identity_provider", "Example"),
        ("response_type", "token"),
        ("code_challenge", ""),
        ("code_challenge_method", ""),
    ];
    let path = format!("/oauth2/authorize?{}", request_with(&changes));
    let query = parameters(browser.get(&it.pool, &path).await.header("location"));
    let mut claims = ann();
    claims["nonce"] = json!(query["nonce"]);
    let path = format!(
        "/oauth2/idpresponse?code={}&state={}",
        it.provider.code(claims),
        query["state"]
    );
    let reply = browser.get(&it.pool, &path).await;
    assert!(
        reply.header("location").contains("#id_token="),
        "{}",
        reply.body
    );
}

// Otherwise a federated user could get a password.
#[tokio::test]
async fn federated_user_cannot_reset_password() {
    let it = federated().await;
    it.map(json!({ "email": "email", "email_verified": "email_verified" }))
        .await;
    it.id_token(ann()).await;
    let fields = json!({ "ClientId": CLIENT, "Username": "example_ann-1" });
    let message = "User password cannot be reset in the current state.";
    let reply = it.pool.call("ForgotPassword", fields).await;
    reply.not_authorized(message);
    let fields = json!({ "Username": "example_ann-1" });
    let reply = it.pool.admin("AdminResetUserPassword", fields).await;
    reply.not_authorized(message);
}

#[tokio::test]
async fn removed_identity_frees_no_address() {
    let it = federated().await;
    it.id_token(ann()).await;
    let fields = json!({ "User": {
        "ProviderName": "Example",
        "ProviderAttributeName": "Cognito_Subject",
        "ProviderAttributeValue": "ann-1",
    } });
    it.pool
        .admin("AdminDisableProviderForUser", fields)
        .await
        .ok();
    let expected = "Already found an entry for username example_ann-1";
    assert_eq!(it.error(ann()).await, expected);
    let attributes = json!([{ "Name": "email", "Value": "other@example.com" }]);
    let fields = json!({ "Username": "example_ann-1", "UserAttributes": attributes });
    it.pool
        .admin("AdminUpdateUserAttributes", fields)
        .await
        .ok();
    // The address is still no alias of the federated user.
    let fields = json!({ "Username": "other@example.com" });
    let reply = it.pool.admin("AdminGetUser", fields).await;
    reply.fails("UserNotFoundException", "User does not exist.");
}
