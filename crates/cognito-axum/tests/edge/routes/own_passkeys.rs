//! The routes for the passkeys of the signed-in user.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_axum::{AuthRoutes, SessionCookies};
use serde_json::{Value, json};

use super::{Browser, Fixture};

const BEGIN: &str = "/auth/passkeys/begin";
const COMPLETE: &str = "/auth/passkeys/complete";
const DELETE: &str = "/auth/passkeys/delete";
pub(super) const SITE: &str = "https://login.example.com";
/// The id of the credential in [`ATTESTATION`].
const ID: &str = "AQIDBAUGBwgJCgsMDQ4PEA";
/// The attestation object (format `none`) of a P-256 key, for the relying party `example.com`. Only
/// the client data of a registration depends on the challenge.
const ATTESTATION: &str = "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YViUo3mm9u6vuaVeN4wRgDTidR5oL6u\
    fLTCrE9ISVYbOGUdFAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAECAwQFBgcICQoLDA0ODxClAQIDJiABIVggaxfR8uEsQkf\
    4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpYiWCBP40Li_hp_m47n60p8D54WK84zV2sxXs7LtkBoN79R9Q";

async fn with_passkeys(routes: impl FnOnce(AuthRoutes) -> AuthRoutes) -> Fixture {
    let fixture = Fixture::with(
        |emulator| emulator.passkeys("example.com"),
        |built| routes(built.passkeys(true)),
    )
    .await;
    fixture.person();
    fixture
}

/// Creates a credential with these options, like a browser on a page of this origin.
pub(super) fn created(options: &Value, origin: &str) -> Value {
    let client_data = json!({
        "type": "webauthn.create",
        "challenge": options["challenge"],
        "origin": origin,
        "crossOrigin": false,
    });
    json!({
        "id": ID,
        "rawId": ID,
        "type": "public-key",
        "authenticatorAttachment": "platform",
        "response": {
            "clientDataJSON": URL_SAFE_NO_PAD.encode(client_data.to_string()),
            "attestationObject": ATTESTATION,
            "transports": ["internal"],
        },
        "clientExtensionResults": {},
    })
}

#[tokio::test]
async fn browser_registers_and_deletes_passkey() {
    let fixture = with_passkeys(|routes| routes.cookies(SessionCookies::new())).await;
    let mut browser = Browser::default();
    browser.login(&fixture).await.ok();
    let options = browser.press(&fixture, BEGIN).await.ok();
    assert_eq!(options["rp"]["id"], "example.com");
    let body = json!({"credential": created(&options, SITE)});
    let done = browser.post(&fixture, COMPLETE, body.clone()).await;
    assert_eq!(
        done.ok(),
        json!({"success": true, "message": "Passkey registered successfully"})
    );
    let listed = browser.get(&fixture, "/auth/passkeys").await.ok();
    assert_eq!(listed["credentials"][0]["credentialId"], ID);
    assert_eq!(
        listed["credentials"][0]["createdAt"],
        "2027-01-15T08:00:00.000Z"
    );

    // A registration is completed once.
    let again = browser.post(&fixture, COMPLETE, body).await;
    again.refused(400, "This sign-in has expired, please start again");
    let body = json!({"credentialId": ID});
    let done = browser.post(&fixture, DELETE, body.clone()).await;
    assert_eq!(
        done.ok(),
        json!({"success": true, "message": "Passkey deleted successfully"})
    );
    let listed = browser.get(&fixture, "/auth/passkeys").await.ok();
    assert_eq!(listed, json!({"credentials": []}));
    let again = browser.post(&fixture, DELETE, body).await;
    again.refused(404, "Not found");
}

#[tokio::test]
async fn rejects_credentials_of_other_sites() {
    let fixture = with_passkeys(|routes| routes).await;
    let (token, _) = fixture.tokens().await;
    let options = fixture.post_as(&token, BEGIN, &json!({})).await.ok();
    let body = json!({"credential": created(&options, "https://evil.example")});
    let refused = fixture.post_as(&token, COMPLETE, &body).await;
    refused.refused(403, "This passkey cannot be used here");
    let listed = fixture.get("/auth/passkeys", &token).await.ok();
    assert_eq!(listed, json!({"credentials": []}));
}

#[tokio::test]
async fn invalid_credentials_are_not_sent() {
    let fixture = with_passkeys(|routes| routes).await;
    let (token, _) = fixture.tokens().await;
    let options = fixture.post_as(&token, BEGIN, &json!({})).await.ok();
    let mut assertion = created(&options, SITE);
    assertion["response"] = json!({"signature": "a"});
    for credential in [json!({}), json!("a"), json!(null), json!([]), assertion] {
        let body = json!({"credential": credential});
        let refused = fixture.post_as(&token, COMPLETE, &body).await;
        refused.refused(400, "The request is not valid");
    }
    let refused = fixture.post_as(&token, COMPLETE, &json!({})).await;
    refused.refused(400, "The body lacks a field, or one is of another type");
    for operation in ["CompleteWebAuthnRegistration", "DeleteWebAuthnCredential"] {
        assert_eq!(fixture.emulator.calls(operation), 0, "{operation}");
    }
}

#[tokio::test]
async fn passkeys_need_a_pool_with_passkeys() {
    let fixture = Fixture::with(|emulator| emulator, |routes| routes.passkeys(true)).await;
    fixture.person();
    let (token, _) = fixture.tokens().await;
    let refused = fixture.post_as(&token, BEGIN, &json!({})).await;
    assert!(
        refused.status.is_client_error() || refused.status == 501,
        "{}",
        refused.text
    );
    assert_eq!(refused.body()["message"], "This is not available");
}
