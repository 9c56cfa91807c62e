//! The operations `StartWebAuthnRegistration`, `CompleteWebAuthnRegistration`,
//! `ListWebAuthnCredentials` and `DeleteWebAuthnCredential`.

use aws_sdk_cognitoidentityprovider::types::WebAuthnCredentialDescription;
use cognito_core::account::passkeys::{
    CompletePasskeyRegistrationRequest, DeletePasskeyRequest, ListPasskeysRequest, Passkey,
    PasskeyCreationOptions, PasskeyPage,
};
use cognito_core::id::PasskeyId;
use cognito_core::{AccessToken, Result};

use crate::AwsCognito;
use crate::attributes::{next_page, time};
use crate::document::{document, json};
use crate::error::from_response;
use crate::send::send;

pub(crate) async fn start_passkey_registration(
    aws: &AwsCognito,
    access_token: &AccessToken,
) -> Result<PasskeyCreationOptions> {
    // A second attempt only creates another challenge, which is then the current one.
    let output = send!(aws, StartWebAuthnRegistration.start_web_authn_registration {
        access_token: access_token.expose(),
    })?;
    let options = json(output.credential_creation_options);
    from_response(PasskeyCreationOptions::new(options))
}

pub(crate) async fn complete_passkey_registration(
    aws: &AwsCognito,
    request: CompletePasskeyRegistrationRequest,
) -> Result<()> {
    // Not idempotent: the challenge is used up.
    send!(aws, CompleteWebAuthnRegistration.complete_web_authn_registration {
        access_token: request.access_token.expose(),
        credential: document(request.credential.as_json()),
    })
    .map(drop)
}

pub(crate) async fn list_passkeys(
    aws: &AwsCognito,
    request: ListPasskeysRequest,
) -> Result<PasskeyPage> {
    let output = send!(aws, ListWebAuthnCredentials.list_web_authn_credentials {
        access_token: request.access_token.expose(),
        max_results: i32::from(request.page_size.as_u8()),
        set_next_token: request.page_token.map(String::from),
    })?;
    let passkeys = output.credentials.into_iter().map(passkey);
    Ok(PasskeyPage::new(
        passkeys.collect::<Result<_>>()?,
        next_page(output.next_token)?,
    ))
}

pub(crate) async fn delete_passkey(aws: &AwsCognito, request: DeletePasskeyRequest) -> Result<()> {
    // Not idempotent: a second attempt would not find the passkey.
    send!(aws, DeleteWebAuthnCredential.delete_web_authn_credential {
        access_token: request.access_token.expose(),
        credential_id: request.id,
    })
    .map(drop)
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
