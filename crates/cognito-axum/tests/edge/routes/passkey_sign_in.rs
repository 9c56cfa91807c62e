//! The routes for a sign-in with a passkey. A sign-in with a real credential is in the tests of the
//! examples.

use cognito_axum::{AuthRoutes, SessionCookies};
use cognito_emulator::Client;
use serde_json::{Value, json};

use super::own_passkeys::{SITE, created};
use super::{Browser, EMAIL, Fixture, PASSWORD, Reply};

const BEGIN: &str = "/auth/passkeys/sign-in/begin";
const COMPLETE: &str = "/auth/passkeys/sign-in/complete";
/// A user without a passkey.
const WITHOUT: &str = "bare@example.com";
const WRONG: &str = "Invalid credentials or unauthorized access";

async fn with_sign_in(client: Client, routes: impl FnOnce(AuthRoutes) -> AuthRoutes) -> Fixture {
    let fixture = Fixture::with(
        |emulator| emulator.passkeys("example.com").client(client),
        |built| routes(built.passkey_sign_in("example.com")),
    )
    .await;
    fixture.person();
    fixture
}

/// Registers a passkey of the user.
async fn register(fixture: &Fixture) {
    let (token, _) = fixture.tokens().await;
    let account = fixture.cognito.account(token);
    let options = account.register_passkey().await.unwrap();
    let credential = created(options.as_json(), SITE);
    let complete = account.complete_passkey_registration(credential);
    complete.await.unwrap();
}

/// Returns a credential of an unknown passkey.
pub(super) fn unknown() -> Value {
    json!({
        "id": "AQIDBAUGBwgJCgsMDQ4PEA",
        "rawId": "AQIDBAUGBwgJCgsMDQ4PEA",
        "type": "public-key",
        "response": {
            "clientDataJSON": "e30",
            "authenticatorData": "AAAA",
            "signature": "AAAA",
        },
        "clientExtensionResults": {},
    })
}

/// Returns the response without its random values, of which only the length is kept.
fn shape(reply: &Reply) -> String {
    let mut body = reply.body();
    for pointer in ["/session", "/credentialRequestOptions/challenge"] {
        let value = body.pointer_mut(pointer).unwrap();
        *value = json!(value.as_str().unwrap().len());
    }
    format!("{} {body}", reply.status)
}

#[tokio::test]
async fn passkey_sign_in_is_disabled_by_default() {
    let off = |routes: AuthRoutes| routes.passkey_sign_in("example.com").passkey_sign_in(None);
    for fixture in [
        Fixture::json().await,
        Fixture::with(|emulator| emulator, off).await,
        Fixture::with(|emulator| emulator, |routes| routes.passkeys(true)).await,
    ] {
        for path in [BEGIN, COMPLETE] {
            let refused = fixture.post(path, json!({"email": EMAIL})).await;
            refused.refused(404, "Not found");
        }
    }
}

#[tokio::test]
async fn passkey_sign_in_hides_accounts() {
    for hides in [false, true] {
        let client = Client::new("web").prevent_user_existence_errors(hides);
        let fixture = with_sign_in(client, |routes| routes).await;
        register(&fixture).await;
        let without = fixture.emulator.create_user(WITHOUT, PASSWORD, &[]);
        without.unwrap();
        let mut shapes = Vec::new();
        for email in [EMAIL, WITHOUT, "none@example.com"] {
            let begun = fixture.post(BEGIN, json!({"email": email})).await;
            let body = begun.body();
            assert_eq!(body["challenge"], "WEB_AUTHN");
            assert_eq!(body["credentialRequestOptions"]["rpId"], "example.com");
            let response = json!({"session": body["session"], "credential": unknown()});
            let refused = fixture.post(COMPLETE, response).await;
            let refused = refused.refused(401, WRONG);
            shapes.push((shape(&begun), refused.text));
        }
        assert_eq!(shapes[0], shapes[1], "{hides}");
        assert_eq!(shapes[0], shapes[2], "{hides}");
    }
}

#[tokio::test]
async fn passkey_session_is_cookie_in_browser() {
    let cookies = |routes: AuthRoutes| routes.cookies(SessionCookies::new());
    let fixture = with_sign_in(Client::new("web"), cookies).await;
    let mut browser = Browser::default();
    let body = json!({"email": EMAIL});
    let begun = browser.post(&fixture, BEGIN, body).await.ok();
    assert!(begun.get("session").is_none(), "{begun}");
    assert_eq!(browser.names(), ["__Host-challenge"]);
    let body = json!({"credential": unknown()});
    let refused = browser.post(&fixture, COMPLETE, body.clone()).await;
    refused.refused(401, WRONG);
    // The challenge can be used once.
    assert!(browser.jar.is_empty());
    let refused = browser.post(&fixture, COMPLETE, body).await;
    refused.refused(401, "This sign-in has expired, please start again");
}

#[tokio::test]
async fn invalid_assertions_are_not_sent() {
    let fixture = with_sign_in(Client::new("web"), |routes| routes).await;
    let begun = fixture.post(BEGIN, json!({"email": EMAIL})).await.ok();
    let mut created = unknown();
    created["response"] = json!({"attestationObject": "a"});
    for credential in [json!({}), json!("a"), json!(null), created] {
        let body = json!({"session": begun["session"], "credential": credential});
        let refused = fixture.post(COMPLETE, body).await;
        refused.refused(400, "The request is not valid");
    }
    assert_eq!(fixture.emulator.calls("RespondToAuthChallenge"), 0);
    let body = json!({"session": begun["session"]});
    let refused = fixture.post(COMPLETE, body).await;
    refused.refused(400, "The body lacks a field, or one is of another type");
}
