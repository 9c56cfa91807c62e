//! `StartWebAuthnRegistration`, `CompleteWebAuthnRegistration`, `ListWebAuthnCredentials`,
//! `DeleteWebAuthnCredential`.

use aws_sdk_cognitoidentityprovider::types::WebAuthnCredentialDescription;
use cognito_core::account::passkeys::{
    CompletePasskeyRegistrationRequest, DeletePasskeyRequest, ListPasskeysRequest, Passkey,
    PasskeyCreationOptions, PasskeyPage,
};
use cognito_core::administration::page::PageToken;
use cognito_core::id::PasskeyId;
use cognito_core::{AccessToken, Operation, Result};

use crate::AwsCognito;
use crate::attributes::time;
use crate::document::{document, json};
use crate::error::from_response;
use crate::quiet::Response;

pub(super) async fn start(
    aws: &AwsCognito,
    access_token: &AccessToken,
) -> Result<PasskeyCreationOptions> {
    // A second attempt only creates another challenge, which is then the current one.
    let output = aws
        .client(Operation::StartWebAuthnRegistration)
        .start_web_authn_registration()
        .access_token(access_token.expose())
        .send()
        .response()
        .await
        .map_err(|error| error.with_operation(Operation::StartWebAuthnRegistration))?;
    let options = json(output.credential_creation_options);
    from_response(PasskeyCreationOptions::new(options))
}

pub(super) async fn complete(
    aws: &AwsCognito,
    request: CompletePasskeyRegistrationRequest,
) -> Result<()> {
    // Not idempotent: the challenge is used up.
    aws.client(Operation::CompleteWebAuthnRegistration)
        .complete_web_authn_registration()
        .access_token(request.access_token.expose())
        .credential(document(request.credential.as_json()))
        .send()
        .response()
        .await
        .map_err(|error| error.with_operation(Operation::CompleteWebAuthnRegistration))?;
    Ok(())
}

pub(super) async fn list(aws: &AwsCognito, request: ListPasskeysRequest) -> Result<PasskeyPage> {
    let output = aws
        .client(Operation::ListWebAuthnCredentials)
        .list_web_authn_credentials()
        .access_token(request.access_token.expose())
        .max_results(i32::from(request.page_size.as_u8()))
        .set_next_token(request.page_token.map(String::from))
        .send()
        .response()
        .await?;
    let passkeys = output.credentials.into_iter().map(passkey);
    let next = from_response(output.next_token.map(PageToken::new).transpose())?;
    Ok(PasskeyPage::new(passkeys.collect::<Result<_>>()?, next))
}

pub(super) async fn delete(aws: &AwsCognito, request: DeletePasskeyRequest) -> Result<()> {
    // Not idempotent: a second attempt would not find the passkey.
    aws.client(Operation::DeleteWebAuthnCredential)
        .delete_web_authn_credential()
        .access_token(request.access_token.expose())
        .credential_id(request.id)
        .send()
        .response()
        .await?;
    Ok(())
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
