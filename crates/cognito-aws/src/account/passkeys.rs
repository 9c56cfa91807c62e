//! The operations `StartWebAuthnRegistration`, `CompleteWebAuthnRegistration`,
//! `ListWebAuthnCredentials` and `DeleteWebAuthnCredential`.

use aws_sdk_cognitoidentityprovider::types::WebAuthnCredentialDescription;
use cognito_core::account::passkeys::{
    CompletePasskeyRegistrationRequest, DeletePasskeyRequest, ListPasskeysRequest, Passkey,
    PasskeyCreationOptions, PasskeyPage,
};
use cognito_core::id::PasskeyId;
use cognito_core::{AccessToken, Result};

use crate::attributes::{page, time};
use crate::document::{document, json};
use crate::error::from_response;
use crate::send::operations;

operations! {
    // Idempotent: a retry only creates another challenge, which replaces the first one.
    fn start_passkey_registration(access_token: &AccessToken) -> PasskeyCreationOptions = send!(
        StartWebAuthnRegistration.start_web_authn_registration {
            access_token: access_token.expose(),
        }
    ) => |output| {
        from_response(PasskeyCreationOptions::new(json(output.credential_creation_options)))
    };

    // Not idempotent: the first attempt uses up the challenge.
    fn complete_passkey_registration(request: CompletePasskeyRegistrationRequest) = send!(
        CompleteWebAuthnRegistration.complete_web_authn_registration {
            access_token: request.access_token.expose(),
            credential: document(request.credential.as_json()),
        }
    );

    fn list_passkeys(request: ListPasskeysRequest) -> PasskeyPage = send!(
        ListWebAuthnCredentials.list_web_authn_credentials {
            access_token: request.access_token.expose(),
            ..page(request, max_results, set_next_token)
        }
    ) => |output| {
        page(Some(output.credentials), passkey, output.next_token, PasskeyPage::new)
    };

    // Not idempotent: a retry would not find the passkey.
    fn delete_passkey(request: DeletePasskeyRequest) = send!(
        DeleteWebAuthnCredential.delete_web_authn_credential {
            access_token: request.access_token.expose(),
            credential_id: request.id,
        }
    );
}

fn passkey(described: WebAuthnCredentialDescription) -> Result<Passkey> {
    let mut passkey = Passkey::new(
        from_response(PasskeyId::new(described.credential_id))?,
        described.friendly_credential_name,
        described.relying_party_id,
    );
    passkey.authenticator_attachment = described.authenticator_attachment;
    passkey.transports = described.authenticator_transports;
    passkey.created = time(Some(&described.created_at));
    Ok(passkey)
}
