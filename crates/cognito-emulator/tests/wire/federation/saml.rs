//! Sign-in through a SAML provider: the one that is part of the emulator.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cognito_emulator::{Client, Emulator, EmulatorBuilder, OAuthFlow, Request, Trigger};
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::browser::{
    Browser, CALLBACK, GOODBYE, claims, encoded, hosted_pool, inputs, parameters, request_with,
};
use crate::support::{CLIENT, EMAIL, Pool, Reply, attribute};

/// The attributes of Ann at the provider.
pub(super) const ANN: [(&str, &str); 4] = [
    ("sub", "Ann@Example"),
    ("email", "ann@example.com"),
    ("name", "Ann"),
    ("groups", "admins"),
];

/// Returns a pool with the SAML provider `Saml`.
pub(super) async fn saml() -> Pool {
    saml_with(|builder| builder, json!({})).await
}

/// Returns a pool with the SAML provider `Saml`, which has these additional details.
pub(super) async fn saml_with(
    settings: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder,
    details: Value,
) -> Pool {
    let pool = hosted_pool(|client| client, settings).await;
    create(&pool, details).await.ok();
    pool
}

/// Creates the SAML provider `Saml` with these additional details.
pub(super) async fn create(pool: &Pool, details: Value) -> Reply {
    let url = format!("{}/_emulator/idp/saml/metadata", pool.emulator.endpoint());
    let mut all = json!({ "MetadataURL": url });
    for (name, value) in details.as_object().expect("an object") {
        all[name] = value.clone();
    }
    let fields = json!({
        "ProviderName": "Saml",
        "ProviderType": "SAML",
        "ProviderDetails": all,
        "AttributeMapping": { "email": "email", "name": "name", "custom:groups": "groups" },
        "IdpIdentifiers": ["example.com"],
    });
    let custom = json!({
        "CustomAttributes": [{ "Name": "groups", "AttributeDataType": "String" }],
    });
    pool.admin("AddCustomAttributes", custom).await;
    pool.admin("CreateIdentityProvider", fields).await
}

/// Returns the path of the provider's page, to which the pool redirects the browser.
pub(super) async fn begin(pool: &Pool, browser: &mut Browser) -> String {
    let request = request_with(&[("identity_provider", "Saml")]);
    let path = format!("/oauth2/authorize?{request}");
    let reply = browser.get(pool, &path).await;
    assert_eq!(reply.status, 302, "{}", reply.body);
    let to = reply.header("location");
    let path = to.strip_prefix(pool.emulator.endpoint());
    path.expect("the emulator").to_owned()
}

/// Returns the fields of the form with the provider's response about a user.
pub(super) async fn response(
    pool: &Pool,
    browser: &mut Browser,
    path: &str,
    user: &[(&str, &str)],
) -> BTreeMap<String, String> {
    let separator = if path.contains('?') { '&' } else { '?' };
    let path = format!("{path}{separator}{}", encoded(user));
    let page = browser.get(pool, &path).await;
    assert_eq!(page.status, 200, "{}", page.body);
    inputs(page.body.as_str().expect("a page"))
}

async fn post(pool: &Pool, browser: &mut Browser, form: &BTreeMap<String, String>) -> Reply {
    let form: Vec<_> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let path = "/saml2/idpresponse";
    browser.post(pool, path, encoded(&form)).await
}

/// Begins a sign-in. Returns the browser and the fields of the form with the provider's response
/// about a user.
pub(super) async fn answered(
    pool: &Pool,
    user: &[(&str, &str)],
) -> (Browser, BTreeMap<String, String>) {
    let mut browser = Browser::default();
    let path = begin(pool, &mut browser).await;
    let form = response(pool, &mut browser, &path, user).await;
    (browser, form)
}

/// Sends a response. Returns the parameters of the redirect to the client.
pub(super) async fn complete(
    pool: &Pool,
    browser: &mut Browser,
    form: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let reply = post(pool, browser, form).await;
    parameters(reply.header("location"))
}

/// Signs a user in. Returns the parameters of the redirect to the client.
async fn signed_in(pool: &Pool, user: &[(&str, &str)]) -> BTreeMap<String, String> {
    let (mut browser, form) = answered(pool, user).await;
    complete(pool, &mut browser, &form).await
}

/// Signs a user in. Returns the claims of the ID token.
pub(super) async fn sign_in(pool: &Pool, user: &[(&str, &str)]) -> Value {
    id_token(pool, &signed_in(pool, user).await).await
}

async fn id_token(pool: &Pool, back: &BTreeMap<String, String>) -> Value {
    let code = back.get("code").unwrap_or_else(|| panic!("{back:?}"));
    let reply = pool.exchange(&[("code", code)]).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    claims(&reply.body["id_token"])
}

/// Changes the XML of a response.
pub(super) fn rewrite(form: &mut BTreeMap<String, String>, change: impl FnOnce(String) -> String) {
    let response = form.get_mut("SAMLResponse").expect("a response");
    let text = String::from_utf8(STANDARD.decode(&*response).expect("base64")).expect("UTF-8");
    *response = STANDARD.encode(change(text));
}

/// Replaces a string in the XML of a response.
fn change(form: &mut BTreeMap<String, String>, from: &str, to: &str) {
    rewrite(form, |text| {
        assert!(text.contains(from), "{text}");
        text.replace(from, to)
    });
}

pub(super) fn error(back: &BTreeMap<String, String>) -> (&str, String) {
    let description = back["error_description"].replace('+', " ");
    (back["error"].as_str(), description)
}

#[tokio::test]
async fn first_sign_in_creates_user() {
    let pool = saml().await;
    let claims = sign_in(&pool, &ANN).await;
    assert_eq!(claims["cognito:username"], "saml_ann@example");
    assert_eq!(claims["email"], "ann@example.com");
    assert_eq!(claims["email_verified"], false);
    let identity = &claims["identities"][0];
    let issuer = format!("{}/_emulator/idp/saml", pool.emulator.endpoint());
    assert_eq!(identity["userId"], "Ann@Example");
    assert_eq!(identity["providerType"], "SAML");
    assert_eq!(identity["issuer"], issuer);
    assert_eq!(identity["primary"], "true");
    let user = json!({ "Username": "saml_ann@example" });
    let user = pool.admin("AdminGetUser", user).await.ok();
    assert_eq!(user["UserStatus"], "EXTERNAL_PROVIDER");
    let groups = attribute(&user["UserAttributes"], "custom:groups");
    assert_eq!(groups, Some("admins"));
}

#[tokio::test]
async fn further_sign_in_updates_same_user() {
    let pool = saml().await;
    let first = sign_in(&pool, &ANN).await;
    let second = sign_in(
        &pool,
        &[("sub", "Ann@Example"), ("email", "new@example.com")],
    )
    .await;
    assert_eq!(first["sub"], second["sub"]);
    assert_eq!(second["email"], "new@example.com");
    // A name that differs only in case belongs to another account.
    let back = signed_in(&pool, &[("sub", "ann@example")]).await;
    let expected = "Invalid SAML response received: Already found an entry for username \
                    saml_ann@example";
    assert_eq!(error(&back), ("server_error", expected.to_owned()));
}

#[tokio::test]
async fn page_asks_who_signs_in() {
    let pool = saml().await;
    let mut browser = Browser::default();
    let page = browser.sign_in_page(&pool, &request_with(&[])).await;
    assert!(
        page.body
            .as_str()
            .is_some_and(|html| html.contains("Sign in with Saml"))
    );
    let path = begin(&pool, &mut browser).await;
    let page = browser.get(&pool, &path).await;
    let html = page.body.as_str().expect("a page");
    assert!(html.contains("Anyone can sign in as any user.") && html.contains("NameID"));
    let identified = request_with(&[("idp_identifier", "example.com")]);
    let reply = browser
        .get(&pool, &format!("/oauth2/authorize?{identified}"))
        .await;
    assert!(
        reply
            .header("location")
            .contains("/_emulator/idp/saml?SAMLRequest=")
    );
}

/// Signs in with a response that was changed after it was signed.
pub(crate) async fn changed_response() -> Reply {
    let pool = saml().await;
    let (mut browser, mut form) = answered(&pool, &ANN).await;
    change(&mut form, "Ann@Example", "Eve@Example");
    post(&pool, &mut browser, &form).await
}

#[tokio::test]
async fn long_names_are_rejected() {
    let pool = saml().await;
    for (length, is_accepted) in [(123, true), (124, false)] {
        let name = "x".repeat(length);
        let back = signed_in(&pool, &[("sub", &name)]).await;
        assert_eq!(back.contains_key("code"), is_accepted, "{back:?}");
    }
}

#[tokio::test]
async fn changed_response_is_rejected() {
    let pool = saml().await;
    let (mut browser, form) = answered(&pool, &ANN).await;
    let mut forged = form.clone();
    change(&mut forged, "Ann@Example", "Eve@Example");
    let back = complete(&pool, &mut browser, &forged).await;
    let expected = "Invalid SAML response received: SAML Assertion signature is invalid. ";
    assert_eq!(error(&back), ("server_error", expected.to_owned()));
    assert_eq!(back["state"], "a&b");
    // The forged response has not ended the sign-in.
    let back = complete(&pool, &mut browser, &form).await;
    assert!(back.contains_key("code"), "{back:?}");
}

#[tokio::test]
async fn response_is_used_once() {
    let pool = saml().await;
    let (mut browser, form) = answered(&pool, &ANN).await;
    let back = complete(&pool, &mut browser, &form).await;
    assert!(back.contains_key("code"), "{back:?}");
    let back = complete(&pool, &mut browser, &form).await;
    let expected = "Invalid SAML response received: SAML Assertion was used before. ";
    assert_eq!(error(&back), ("server_error", expected.to_owned()));
}

// A browser sends no cookie with a form of another site.
#[tokio::test]
async fn form_without_cookie_is_sent_again() {
    let pool = saml().await;
    let (mut browser, form) = answered(&pool, &ANN).await;
    let page = post(&pool, &mut Browser::default(), &form).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let html = page.body.as_str().expect("a page");
    assert!(html.contains("action=\"/saml2/idpresponse\""), "{html}");
    let again = inputs(html);
    // A browser that stores no cookies gets an error, not the same page.
    let reply = post(&pool, &mut Browser::default(), &again).await;
    assert_eq!(reply.status, 400);
    let back = complete(&pool, &mut browser, &again).await;
    assert!(back.contains_key("code"), "{back:?}");
}

#[tokio::test]
async fn response_for_another_request_is_rejected() {
    let pool = saml().await;
    let (mut ann, mut eve) = (Browser::default(), Browser::default());
    let (of_ann, of_eve) = (begin(&pool, &mut ann).await, begin(&pool, &mut eve).await);
    let form = response(&pool, &mut ann, &of_ann, &ANN).await;
    let mut stolen = response(&pool, &mut eve, &of_eve, &[("sub", "eve")]).await;
    stolen.insert("SAMLResponse".to_owned(), form["SAMLResponse"].clone());
    let back = complete(&pool, &mut eve, &stolen).await;
    let expected = "Invalid SAML response received: SAML Response has another InResponseTo. ";
    assert_eq!(error(&back), ("server_error", expected.to_owned()));
    // Another browser cannot complete the sign-in.
    assert_eq!(post(&pool, &mut eve, &form).await.status, 400);
    let back = complete(&pool, &mut ann, &form).await;
    assert!(back.contains_key("code"), "{back:?}");
}

#[tokio::test]
async fn malformed_requests_have_cognitos_message() {
    let pool = saml().await;
    let mut browser = Browser::default();
    let message = "Invalid samlResponse or relayState from identity provider";
    for body in [
        "",
        "SAMLResponse=PGEvPg==",
        "RelayState=unknown",
        "SAMLResponse=PGEvPg==&RelayState=unknown",
    ] {
        let reply = browser
            .post(&pool, "/saml2/idpresponse", body.to_owned())
            .await;
        assert_eq!(reply.status, 400, "{body}");
        assert!(
            reply
                .body
                .as_str()
                .is_some_and(|html| html.contains(message)),
            "{body}"
        );
    }
    let path = begin(&pool, &mut browser).await;
    let state = parameters(&path)["RelayState"].clone();
    let form = BTreeMap::from([
        ("RelayState".to_owned(), state.clone()),
        ("SAMLResponse".to_owned(), "%%%".to_owned()),
    ]);
    let back = complete(&pool, &mut browser, &form).await;
    let expected = "Invalid SAML response received: SAML Response is malformed. ";
    assert_eq!(error(&back), ("server_error", expected.to_owned()));
    assert_eq!(browser.get(&pool, "/saml2/idpresponse").await.status, 405);
    let path = format!("/oauth2/idpresponse?code=x&state={state}");
    let back = browser.get(&pool, &path).await;
    assert_eq!(
        parameters(back.header("location"))["error"],
        "invalid_request"
    );
}

#[tokio::test]
async fn sign_in_expires_after_five_minutes() {
    let pool = saml().await;
    let (mut browser, form) = answered(&pool, &ANN).await;
    pool.advance(std::time::Duration::from_secs(300));
    assert_eq!(post(&pool, &mut browser, &form).await.status, 400);
}

/// Returns the response of a sign-in that the user has begun at the provider.
pub(super) async fn unrequested(pool: &Pool, client: &str) -> BTreeMap<String, String> {
    let endpoint = pool.emulator.endpoint();
    let state = encoded(&[
        ("client_id", client),
        ("identity_provider", "Saml"),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid"),
    ]);
    let pool_id = pool.emulator.user_pool_id();
    let path = encoded(&[
        ("acs", &format!("{endpoint}/saml2/idpresponse")),
        ("entity_id", &format!("urn:amazon:cognito:sp:{pool_id}")),
        ("RelayState", &state),
    ]);
    let path = format!("/_emulator/idp/saml?{path}");
    response(pool, &mut Browser::default(), &path, &ANN).await
}

async fn saml_only(pool: &Pool) -> String {
    let fields = json!({
        "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid"],
        "CallbackURLs": [CALLBACK],
        "SupportedIdentityProviders": ["Saml"],
    });
    let pool_id = pool.emulator.user_pool_id();
    let client = crate::support::new_client(pool, pool_id, fields).await;
    client["ClientId"].as_str().expect("an id").to_owned()
}

#[tokio::test]
async fn provider_begins_sign_in_if_allowed() {
    let pool = saml_with(|builder| builder, json!({ "IDPInit": "true" })).await;
    let client = saml_only(&pool).await;
    let form = unrequested(&pool, &client).await;
    let mut browser = Browser::default();
    let back = complete(&pool, &mut browser, &form).await;
    assert!(back.contains_key("code"), "{back:?}");
    let back = complete(&pool, &mut browser, &form).await;
    let expected = "Invalid SAML response received: SAML Assertion was used before. ";
    assert_eq!(error(&back), ("server_error", expected.to_owned()));
    // The assertion is older than six minutes, or expired.
    let form = unrequested(&pool, &client).await;
    pool.advance(std::time::Duration::from_secs(361));
    let back = complete(&pool, &mut browser, &form).await;
    let expected = "Invalid SAML response received: SAML Assertion has expired. ";
    assert_eq!(error(&back), ("server_error", expected.to_owned()));
}

#[tokio::test]
async fn provider_does_not_begin_sign_in_otherwise() {
    let pool = saml().await;
    let client = saml_only(&pool).await;
    let form = unrequested(&pool, &client).await;
    assert_eq!(
        post(&pool, &mut Browser::default(), &form).await.status,
        400
    );
    // The client also supports sign-in with a password.
    let pool = saml_with(|builder| builder, json!({ "IDPInit": "true" })).await;
    let form = unrequested(&pool, CLIENT).await;
    assert_eq!(
        post(&pool, &mut Browser::default(), &form).await.status,
        400
    );
}

#[tokio::test]
async fn linked_account_signs_in_as_local_user() {
    let pool = saml().await;
    let sub = pool.person();
    let fields = json!({
        "DestinationUser": { "ProviderName": "Cognito", "ProviderAttributeValue": sub },
        "SourceUser": {
            "ProviderName": "Saml",
            "ProviderAttributeName": "email",
            "ProviderAttributeValue": "ann@example.com",
        },
    });
    pool.admin("AdminLinkProviderForUser", fields).await.ok();
    let claims = sign_in(&pool, &ANN).await;
    assert_eq!(claims["sub"], sub);
    let user = pool.admin("AdminGetUser", json!({ "Username": EMAIL }));
    let user = user.await;
    assert_eq!(user.status, 400, "the address has changed");
    assert_eq!(claims["identities"][0]["userId"], "Ann@Example");
}

#[tokio::test]
async fn triggers_receive_saml_attributes() {
    let events = Arc::new(Mutex::new(Vec::<Value>::new()));
    let seen = Arc::clone(&events);
    let settings = move |builder: EmulatorBuilder| {
        let later = Arc::clone(&seen);
        let builder = builder.trigger(Trigger::InboundFederation, move |mut event| {
            seen.lock().push(event.clone());
            event["response"]["userAttributesToMap"] = json!({ "name": "Ann of the trigger" });
            Ok(event)
        });
        builder.trigger(Trigger::PreSignUp, move |event| {
            later.lock().push(event.clone());
            Ok(event)
        })
    };
    let pool = saml_with(settings, json!({})).await;
    let claims = sign_in(&pool, &ANN).await;
    let events = events.lock().clone();
    assert_eq!(events[0]["request"]["providerType"], "SAML");
    let attributes = json!({
        "samlResponse": {
            "NameID": "Ann@Example", "email": "ann@example.com", "groups": "admins", "name": "Ann",
        },
    });
    assert_eq!(events[0]["request"]["attributes"], attributes);
    assert_eq!(events[1]["triggerSource"], "PreSignUp_ExternalProvider");
    let user = json!({ "Username": claims["cognito:username"] });
    let user = pool.admin("AdminGetUser", user).await.ok();
    let name = attribute(&user["UserAttributes"], "name");
    assert_eq!(name, Some("Ann of the trigger"));
    assert_eq!(attribute(&user["UserAttributes"], "email"), None);
}

#[tokio::test]
async fn sign_out_reaches_provider_if_configured() {
    let pool = saml_with(|builder| builder, json!({ "IDPSignout": "true" })).await;
    let (mut browser, form) = answered(&pool, &ANN).await;
    complete(&pool, &mut browser, &form).await;
    let logout = format!("/logout?client_id={CLIENT}&logout_uri={GOODBYE}");
    let reply = browser.get(&pool, &logout).await;
    let to = reply.header("location");
    let path = to
        .strip_prefix(pool.emulator.endpoint())
        .expect("the emulator");
    assert!(
        path.starts_with("/_emulator/idp/saml/logout?SAMLRequest="),
        "{path}"
    );
    assert!(parameters(path).contains_key("Signature"));
    let page = browser.get(&pool, path).await;
    let form = inputs(page.body.as_str().expect("a page"));
    let form: Vec<_> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let reply = browser.post(&pool, "/saml2/logout", encoded(&form)).await;
    assert_eq!(reply.header("location"), GOODBYE);
    pool.advance(std::time::Duration::from_secs(300));
    let reply = browser.post(&pool, "/saml2/logout", encoded(&form)).await;
    assert_eq!(reply.status, 400);
    // The browser is signed out.
    let reply = browser.get(&pool, &logout).await;
    assert_eq!(reply.header("location"), GOODBYE);
}

#[tokio::test]
async fn sign_out_stays_local_by_default() {
    let pool = saml().await;
    let (mut browser, form) = answered(&pool, &ANN).await;
    complete(&pool, &mut browser, &form).await;
    let logout = format!("/logout?client_id={CLIENT}&logout_uri={GOODBYE}");
    let reply = browser.get(&pool, &logout).await;
    assert_eq!(reply.header("location"), GOODBYE);
}

// An emulator without a server reads the metadata of the test provider in memory.
#[tokio::test]
async fn works_without_server() {
    let client = Client::new("web")
        .oauth_flow(OAuthFlow::Code)
        .oauth_scope("openid")
        .callback_url(CALLBACK);
    let emulator = Emulator::builder().client(client).build().expect("builds");
    let fields = json!({
        "UserPoolId": emulator.user_pool_id(),
        "ProviderName": "Saml",
        "ProviderType": "SAML",
        "ProviderDetails": { "MetadataURL": "http://localhost/_emulator/idp/saml/metadata" },
    });
    let target = "AWSCognitoIdentityProviderService.CreateIdentityProvider";
    let request = Request::new("POST", "http://localhost/")
        .header("x-amz-target", target)
        .header("content-type", "application/x-amz-json-1.1")
        .header("authorization", "AWS4-HMAC-SHA256 Credential=test")
        .body(fields.to_string());
    let response = emulator.respond(request).await.expect("a response");
    assert_eq!(response.status(), 200);
    let url = "http://localhost/oauth2/authorize?client_id=web&response_type=code\
               &identity_provider=Saml";
    let response = emulator.respond(Request::new("GET", url)).await;
    let response = response.expect("a response");
    let to = response.header("location").expect("a URL");
    assert!(
        to.starts_with("http://localhost/_emulator/idp/saml?SAMLRequest="),
        "{to}"
    );
}
