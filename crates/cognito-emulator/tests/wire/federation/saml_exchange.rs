//! The exchange of SAML assertions for tokens (`GetDerivedToken`).

use std::collections::BTreeMap;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
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

/// Returns the part of a string from `start` to the first `end` after it, including both.
fn part<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let text = &text[text.find(start).expect("a start")..];
    let to = start.len() + text[start.len()..].find(end).expect("an end") + end.len();
    &text[..to]
}

/// Returns the XML of the assertion in the form with a response of the provider.
fn assertion(form: &BTreeMap<String, String>) -> String {
    let response = STANDARD.decode(&form["SAMLResponse"]).expect("base64");
    let response = String::from_utf8(response).expect("UTF-8");
    part(&response, "<saml:Assertion ", "</saml:Assertion>").to_owned()
}

/// Signs a changed assertion with the key of the test provider, which is public. The assertion must
/// be in canonical form, as the test provider creates it.
fn signed_again(assertion: &str) -> String {
    let pem = include_str!("../../../src/state/tokens/test-keys/provider.pem");
    let lines = pem
        .lines()
        .skip_while(|line| !line.starts_with("-----BEGIN"));
    let body: String = lines.filter(|line| !line.starts_with('-')).collect();
    let key = STANDARD.decode(body).expect("base64");
    let key = RsaKeyPair::from_pkcs8(&key).expect("a key");

    let old = part(assertion, "<ds:Signature ", "</ds:Signature>");
    let hash = digest(&SHA256, assertion.replace(old, "").as_bytes());
    let hash = STANDARD.encode(hash);
    let signed = old.replace(
        part(old, "<ds:DigestValue>", "</ds:DigestValue>"),
        &format!("<ds:DigestValue>{hash}</ds:DigestValue>"),
    );
    let info = part(&signed, "<ds:SignedInfo ", "</ds:SignedInfo>");
    let mut value = vec![0; key.public_modulus_len()];
    let random = SystemRandom::new();
    let result = key.sign(&RSA_PKCS1_SHA256, &random, info.as_bytes(), &mut value);
    result.expect("a signature");
    let value = STANDARD.encode(value);
    let signed = signed.replace(
        part(&signed, "<ds:SignatureValue>", "</ds:SignatureValue>"),
        &format!("<ds:SignatureValue>{value}</ds:SignatureValue>"),
    );
    assertion.replace(old, &signed)
}

/// Returns an assertion in which the part from `start` to `end` is that of another assertion.
fn with_part_of(assertion: &str, other: &str, (start, end): (&str, &str)) -> String {
    signed_again(&assertion.replace(part(assertion, start, end), part(other, start, end)))
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
    // Base64 with padding is accepted too.
    let encoded = STANDARD.encode(new_assertion(&pool).await);
    let more = json!({ "RequestedTokenType": "ID_TOKEN", "SubjectToken": encoded });
    let answer = exchange(&pool, "", more).await.ok();
    let token = claims(&answer["IssuedToken"]);
    assert_eq!(
        (&token["cognito:username"], &token["aud"]),
        (&json!(USER), &json!(SERVICE))
    );
    // The token endpoint has no parameter for the provider. The app client has only one.
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

// Otherwise the token would be valid longer than the provider allows.
#[tokio::test]
async fn token_ends_at_earliest_end() {
    let pool = fixture().await;
    let earlier = new_assertion(&pool).await;
    pool.advance(Duration::from_secs(60));
    let assertion = new_assertion(&pool).await;
    let assertion = with_part_of(&assertion, &earlier, ("<saml:Conditions ", ">"));
    let answer = exchange(&pool, &assertion, json!({})).await.ok();
    assert_eq!(answer["ExpiresIn"], 240, "the conditions end first");
    let token = claims(&answer["IssuedToken"]);
    let [exp, iat] = ["exp", "iat"].map(|name| token[name].as_u64().expect("a time"));
    assert_eq!(exp - iat, 240);
}

// The provider can make an assertion valid for longer than six minutes.
#[tokio::test]
async fn assertion_is_at_most_six_minutes_old() {
    for (age, is_accepted) in [(360, true), (361, false)] {
        let pool = fixture().await;
        let earlier = new_assertion(&pool).await;
        pool.advance(Duration::from_secs(age));
        let assertion = new_assertion(&pool).await;
        let old = with_part_of(&assertion, &earlier, ("IssueInstant=", " "));
        let reply = exchange(&pool, &old, json!({})).await;
        if is_accepted {
            reply.ok();
        } else {
            rejected(reply, "SAML Assertion has expired.");
        }
    }
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
    for fault in [
        json!({ "Scopes": ["openid"] }),
        json!({ "Audiences": [CLIENT] }),
        json!({ "RequestedTokenType": "ID_TOKEN", "Audiences": [CLIENT] }),
    ] {
        assert_eq!(exchange(&pool, &fresh, fault).await.status, 400);
    }
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
    let unsigned = valid.replace(part(&valid, "<ds:Signature ", "</ds:Signature>"), "");
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

    pool.admin("DeleteIdentityProvider", json!({ "ProviderName": "Saml" }))
        .await;
    let details = json!({ "IDPInit": "true", "EncryptedResponses": "true" });
    create(&pool, details).await.ok();
    let reply = exchange(&pool, "<a/>", json!({})).await;
    let message = "The provider Saml must not enable EncryptedResponses: the emulator decrypts no \
                   assertion of an exchange";
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
