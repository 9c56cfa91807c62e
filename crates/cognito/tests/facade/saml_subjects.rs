//! The exchange of assertions of a SAML provider for tokens of the pool.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use cognito::administration::JsonDocument;
use cognito::authentication::SamlAssertion;
use cognito::{ErrorKind, Operation};
use cognito_testkit::LogCapture;
use serde_json::json;

use crate::browser::{Browser, encoded, inputs};
use crate::derived_tokens::Exchange;
use crate::fixture::refused;
use crate::scenarios::hosted_login::CALLBACK;

/// The attributes of Ann at the provider.
const ANN: [(&str, &str); 2] = [("sub", "Ann@Example"), ("email", "ann@example.com")];
const PROVIDER: &str = "Saml";

/// Returns a pool with a SAML provider that can send assertions without a request.
async fn with_provider() -> Exchange {
    let exchange = Exchange::new().await;
    let endpoint = exchange.fixture.emulator().endpoint();
    let provider = json!({
        "ProviderName": PROVIDER,
        "ProviderType": "SAML",
        "ProviderDetails": {
            "IDPInit": "true",
            "MetadataURL": format!("{endpoint}/_emulator/idp/saml/metadata"),
        },
        "AttributeMapping": {"email": "email"},
    });
    let provider = JsonDocument::try_from(provider).unwrap();
    let admin = exchange.fixture.cognito.admin();
    let create = admin.document(Operation::CreateIdentityProvider, provider);
    create.await.unwrap();
    exchange
}

/// Signs Ann in at managed login, which creates her account.
async fn sign_in(exchange: &Exchange) {
    let login = exchange.fixture.cognito.hosted_login();
    let start = login.sign_in(CALLBACK).identity_provider(PROVIDER);
    let start = start.start().unwrap();
    let mut browser = Browser::of(&exchange.fixture);
    let form = browser.go(&start.url).await.unwrap();
    let response = browser.submit(&form, &ANN).await.unwrap();
    let Err(back) = browser.submit(&response, &[]).await else {
        panic!("the browser did not come back");
    };
    drop(login.finish(start.pending, &back).await.unwrap());
}

/// Returns a new assertion about Ann, as the provider sends it without a request.
async fn assertion(exchange: &Exchange) -> SamlAssertion {
    let emulator = exchange.fixture.emulator();
    let endpoint = emulator.endpoint();
    let recipient = format!("{endpoint}/saml2/idpresponse");
    let audience = format!("urn:amazon:cognito:sp:{}", emulator.user_pool_id());
    let fields = [("acs", &*recipient), ("entity_id", &*audience)];
    let fields = fields.into_iter().chain(ANN);
    let fields: Vec<_> = fields
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    let url = format!("{endpoint}/_emulator/idp/saml?{}", fields.join("&"));
    let page = Browser::of(&exchange.fixture).go(&url).await.unwrap();
    let response = STANDARD
        .decode(&inputs(&page.html)["SAMLResponse"])
        .unwrap();
    let response = String::from_utf8(response).unwrap();
    let (_, from) = response.split_once("<saml:Assertion ").unwrap();
    let (content, _) = from.split_once("</saml:Assertion>").unwrap();
    encoded_assertion(&format!("<saml:Assertion {content}</saml:Assertion>"))
}

fn encoded_assertion(xml: &str) -> SamlAssertion {
    SamlAssertion::new(URL_SAFE_NO_PAD.encode(xml)).unwrap()
}

#[tokio::test]
async fn saml_assertion_is_exchanged_for_token() {
    let exchange = with_provider().await;
    sign_in(&exchange).await;
    let service = &exchange.service;
    let logs = LogCapture::start();
    let subject = assertion(&exchange).await;
    let call = service.exchange(&subject).subject_provider(PROVIDER);
    let shown = format!("{call:?}");
    let derived = call.await.unwrap();
    // The token expires with the assertion.
    assert_eq!(derived.expires_in, Some(Duration::from_secs(300)));
    let access = derived.access_token.expose();
    let claims = service.verify_access_token(access).await.unwrap();
    assert_eq!(claims.username.as_deref(), Some("saml_ann@example"));
    assert_eq!(claims.client_id.as_str(), "service");
    logs.assert_free_of(&[subject.expose(), access]);
    assert!(!shown.contains(subject.expose()), "{shown}");
}

#[tokio::test]
async fn rejected_saml_assertions_are_errors() {
    let exchange = with_provider().await;
    let service = &exchange.service;
    let call = |subject| service.exchange(subject).subject_provider(PROVIDER);
    // An exchange creates no account.
    let unknown = call(assertion(&exchange).await).await;
    assert_eq!(refused(unknown), ErrorKind::UserNotFound);

    sign_in(&exchange).await;
    let subject = assertion(&exchange).await;
    drop(call(subject.clone()).await.unwrap());
    assert_eq!(refused(call(subject).await), ErrorKind::InvalidParameter);
    let subject = assertion(&exchange).await;
    let xml = URL_SAFE_NO_PAD.decode(subject.expose()).unwrap();
    let xml = String::from_utf8(xml).unwrap();
    let forged = encoded_assertion(&xml.replace("ann@example.com", "bob@example.com"));
    assert_eq!(refused(call(forged).await), ErrorKind::InvalidParameter);
    let without_provider = service.exchange(&subject).subject_provider("Other").await;
    assert_eq!(refused(without_provider), ErrorKind::InvalidParameter);
    exchange.fixture.pass(Duration::from_secs(361));
    assert_eq!(refused(call(subject).await), ErrorKind::InvalidParameter);
}
