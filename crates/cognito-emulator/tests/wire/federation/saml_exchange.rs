//! The exchange of SAML assertions for tokens (`GetDerivedToken`).

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use cognito_emulator::Client;
use serde_json::{Value, json};

use super::saml::{ANN, begin, complete, create, error, response, saml_with, sign_in, unrequested};
use crate::browser::{Browser, SECRET, claims};
use crate::support::{CLIENT, Pool, Reply};

const SERVICE: &str = "exchangingservice";
const USER: &str = "saml_ann@example";

/// Returns a pool with a SAML provider and a service that exchanges tokens. Ann has signed in
/// before.
async fn fixture() -> Pool {
    let pool = unknown().await;
    sign_in(&pool, &ANN).await;
    pool
}

/// Returns the pool of [`fixture`] without a user.
async fn unknown() -> Pool {
    let service = Client::new(SERVICE).secret(SECRET).oauth_scope("openid");
    let details = json!({ "IDPInit": "true" });
    saml_with(|builder| builder.client(service), details).await
}

/// Returns the XML of the assertion in the form with a response of the provider.
fn assertion(form: &BTreeMap<String, String>) -> String {
    let response = STANDARD.decode(&form["SAMLResponse"]).expect("base64");
    let response = String::from_utf8(response).expect("UTF-8");
    let (start, end) = ("<saml:Assertion", "</saml:Assertion>");
    let from = response.find(start).expect("an assertion");
    let to = response.find(end).expect("an end") + end.len();
    response[from..to].to_owned()
}

/// Returns a new assertion about Ann that the provider sends without a request.
async fn new_assertion(pool: &Pool) -> String {
    assertion(&unrequested(pool, CLIENT).await)
}

async fn exchange(pool: &Pool, assertion: &str, more: Value) -> Reply {
    let mut fields = json!({
        "ClientId": SERVICE,
        "ClientSecret": SECRET,
        "SubjectToken": URL_SAFE_NO_PAD.encode(assertion),
        "SubjectTokenType": "SAML2",
        "SubjectTokenProviderName": "Saml",
    });
    for (name, value) in more.as_object().expect("fields") {
        fields[name] = value.clone();
    }
    pool.call("GetDerivedToken", fields).await
}

fn rejected(reply: Reply, reason: &str) {
    reply.invalid_parameter(&format!("Invalid SAML response received: {reason} "));
}

#[tokio::test]
async fn assertion_is_exchanged_for_short_token() {
    let pool = fixture().await;
    let answer = exchange(&pool, &new_assertion(&pool).await, json!({})).await;
    let answer = answer.ok();
    assert_eq!(answer["IssuedTokenType"], "ACCESS_TOKEN");
    assert_eq!(answer["ExpiresIn"], 300, "it expires with the assertion");
    assert_eq!(answer["Scopes"], json!([]));
    let token = claims(&answer["IssuedToken"]);
    assert_eq!(
        (&token["username"], &token["client_id"]),
        (&json!(USER), &json!(SERVICE))
    );
    assert_eq!(token["scope"], "");
    // Base64 with padding is accepted too. The provider need not be named if there is only one.
    let encoded = STANDARD.encode(new_assertion(&pool).await);
    let more = json!({
        "RequestedTokenType": "ID_TOKEN", "SubjectToken": encoded, "SubjectTokenProviderName": "Saml",
    });
    let answer = exchange(&pool, "", more).await.ok();
    let token = claims(&answer["IssuedToken"]);
    assert_eq!(
        (&token["cognito:username"], &token["aud"]),
        (&json!(USER), &json!(SERVICE))
    );
    let fields = [
        (
            "grant_type",
            "urn:ietf:params:oauth:grant-type:token-exchange",
        ),
        (
            "subject_token_type",
            "urn:ietf:params:oauth:token-type:saml2",
        ),
        (
            "subject_token",
            &URL_SAFE_NO_PAD.encode(new_assertion(&pool).await),
        ),
    ];
    let reply = pool
        .form("/oauth2/token", Some((SERVICE, SECRET)), &fields)
        .await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(claims(&reply.body["access_token"])["username"], USER);
}

#[tokio::test]
async fn assertion_is_used_once() {
    let pool = fixture().await;
    let form = unrequested(&pool, CLIENT).await;
    let used = "SAML Assertion was used before.";
    exchange(&pool, &assertion(&form), json!({})).await.ok();
    rejected(exchange(&pool, &assertion(&form), json!({})).await, used);
    // An assertion of a sign-in is not exchanged either, and the other way round.
    let mut browser = Browser::default();
    let path = begin(&pool, &mut browser).await;
    let form = response(&pool, &mut browser, &path, &ANN).await;
    let other_request = "SAML Assertion has another InResponseTo.";
    rejected(
        exchange(&pool, &assertion(&form), json!({})).await,
        other_request,
    );
    assert!(
        complete(&pool, &mut browser, &form)
            .await
            .contains_key("code")
    );
    // A rejected request with another fault does not use the assertion.
    let fresh = new_assertion(&pool).await;
    let resource = json!({ "Resources": ["https://unknown.example"] });
    let reply = exchange(&pool, &fresh, resource).await;
    assert_eq!(reply.body["__type"], "ResourceNotFoundException");
    exchange(&pool, &fresh, json!({})).await.ok();
}

#[tokio::test]
async fn exchanged_assertion_cannot_sign_in() {
    let pool = fixture().await;
    let fields = json!({
        "ClientId": CLIENT, "AllowedOAuthFlowsUserPoolClient": true,
        "AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid"],
        "CallbackURLs": [crate::browser::CALLBACK], "SupportedIdentityProviders": ["Saml"],
    });
    pool.admin("UpdateUserPoolClient", fields).await.ok();
    let form = unrequested(&pool, CLIENT).await;
    exchange(&pool, &assertion(&form), json!({})).await.ok();
    let back = complete(&pool, &mut Browser::default(), &form).await;
    let expected = "Invalid SAML response received: SAML Assertion was used before. ";
    assert_eq!(error(&back), ("server_error", expected.to_owned()));
}

#[tokio::test]
async fn invalid_assertions_are_rejected() {
    let pool = fixture().await;
    let valid = new_assertion(&pool).await;
    let (forged, malformed) = (
        "SAML Assertion signature is invalid.",
        "SAML Assertion is malformed.",
    );
    let from = valid.find("<ds:Signature").expect("a signature");
    let end = "</ds:Signature>";
    let to = valid.find(end).expect("an end") + end.len();
    let unsigned = format!("{}{}", &valid[..from], &valid[to..]);
    for (assertion, reason) in [
        (valid.replace("ann@example.com", "bob@example.com"), forged),
        (unsigned, forged),
        (
            valid.replace("Version=\"2.0\"", "Version=\"1.1\""),
            malformed,
        ),
        (format!("<a>{valid}</a>"), malformed),
        ("no XML".to_owned(), malformed),
    ] {
        rejected(exchange(&pool, &assertion, json!({})).await, reason);
    }
    pool.advance(Duration::from_secs(361));
    let expired = "SAML Assertion has expired.";
    rejected(exchange(&pool, &valid, json!({})).await, expired);
    // The response of a provider is no assertion.
    let form = unrequested(&pool, CLIENT).await;
    let more = json!({ "SubjectToken": form["SAMLResponse"] });
    rejected(exchange(&pool, "", more).await, malformed);
}

#[tokio::test]
async fn assertion_for_another_pool_is_rejected() {
    let pool = fixture().await;
    let endpoint = pool.emulator.endpoint();
    let path = crate::browser::encoded(&[
        ("acs", &format!("{endpoint}/saml2/idpresponse")),
        ("entity_id", "urn:amazon:cognito:sp:us-east-1_Other"),
        ("RelayState", "client_id=x"),
    ]);
    let path = format!("/_emulator/idp/saml?{path}");
    let form = response(&pool, &mut Browser::default(), &path, &ANN).await;
    let reply = exchange(&pool, &assertion(&form), json!({})).await;
    rejected(reply, "SAML Assertion has another Audience.");
}

#[tokio::test]
async fn provider_and_client_must_allow_exchange() {
    let pool = fixture().await;
    let assertion = new_assertion(&pool).await;
    let other = json!({ "SubjectTokenProviderName": "Other" });
    let reply = exchange(&pool, &assertion, other).await;
    reply.invalid_parameter("The identity provider Other does not exist");
    let client = |providers: Value| {
        let fields = json!({
            "ClientId": SERVICE, "SupportedIdentityProviders": providers,
            "ExplicitAuthFlows": ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION"],
        });
        pool.admin("UpdateUserPoolClient", fields)
    };
    client(json!(["COGNITO"])).await.ok();
    let reply = exchange(&pool, &assertion, json!({})).await;
    reply.invalid_parameter("The app client does not support the provider Saml");
    client(json!(["Saml"])).await.ok();
    exchange(&pool, &assertion, json!({})).await.ok();

    let fields = json!({ "ProviderName": "Saml" });
    pool.admin("DeleteIdentityProvider", fields).await;
    create(&pool, json!({})).await.ok();
    let reply = exchange(&pool, &new_assertion(&pool).await, json!({})).await;
    let message = "The provider Saml must enable IDPInit: no request of the user pool precedes an \
                   exchange";
    reply.invalid_parameter(message);
}

#[tokio::test]
async fn only_usable_users_get_tokens() {
    let pool = unknown().await;
    let reply = exchange(&pool, &new_assertion(&pool).await, json!({})).await;
    reply.fails("UserNotFoundException", "User does not exist.");
    sign_in(&pool, &ANN).await;
    let answer = exchange(&pool, &new_assertion(&pool).await, json!({})).await;
    let token = &answer.ok()["IssuedToken"];
    let again = json!({ "SubjectToken": token, "SubjectTokenType": "ACCESS_TOKEN" });
    let again = async || {
        let mut fields = again.clone();
        fields["ClientId"] = json!(SERVICE);
        fields["ClientSecret"] = json!(SECRET);
        pool.call("GetDerivedToken", fields).await
    };
    again().await.ok();
    let user = json!({ "Username": USER });
    pool.admin("AdminUserGlobalSignOut", user.clone())
        .await
        .ok();
    again()
        .await
        .not_authorized("Access Token has been revoked");
    pool.admin("AdminDisableUser", user).await.ok();
    let reply = exchange(&pool, &new_assertion(&pool).await, json!({})).await;
    reply.not_authorized("User is disabled.");
}
