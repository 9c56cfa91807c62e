//! The passkeys of a signed-in user.

use cognito_core::account::passkeys::{
    CompletePasskeyRegistrationRequest, DeletePasskeyRequest, ListPasskeysRequest,
    PasskeyCreationOptions, PasskeyPage, PasskeyRegistration,
};
use cognito_core::id::PasskeyId;
use cognito_core::ports::Account;
use cognito_core::{AccessToken, Done, InvalidInput, Operation};

use crate::Call;
use crate::account::OwnAccount;
use crate::call::valid;

impl OwnAccount {
    /// Starts the registration of a passkey, and returns the options for the browser.
    ///
    /// With the options, the browser creates the passkey and returns a credential. Pass it to
    /// [`complete_passkey_registration`](Self::complete_passkey_registration) within minutes:
    ///
    /// ```js
    /// const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    /// const credential = await navigator.credentials.create({ publicKey });
    /// send(credential.toJSON());
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotEnabled`](crate::ErrorKind::NotEnabled) if passkeys are not enabled in the pool, or
    /// have no domain; [`Quota`](crate::ErrorKind::Quota) if the user already has 20, the maximum.
    pub fn register_passkey(&self) -> Call<AccessToken, PasskeyCreationOptions> {
        self.call(
            Operation::StartWebAuthnRegistration,
            Ok,
            async |inner, token| inner.account.start_passkey_registration(&token).await,
        )
    }

    /// Completes the registration of a passkey with the browser's credential: the JSON of its
    /// `toJSON()`, as a string or as a value.
    ///
    /// # Errors
    ///
    /// - [`ChallengeExpired`](crate::ErrorKind::ChallengeExpired) if the registration was not
    ///   started, took too long or is already completed. Start it again.
    /// - [`PasskeyOrigin`](crate::ErrorKind::PasskeyOrigin) or
    ///   [`PasskeyRelyingParty`](crate::ErrorKind::PasskeyRelyingParty) if the passkey is for
    ///   another web site than the pool's.
    /// - [`PasskeyMismatch`](crate::ErrorKind::PasskeyMismatch) if another app client started the
    ///   registration.
    /// - [`PasskeyUnsupported`](crate::ErrorKind::PasskeyUnsupported) or
    ///   [`Quota`](crate::ErrorKind::Quota).
    pub fn complete_passkey_registration(
        &self,
        credential: impl TryInto<PasskeyRegistration, Error: Into<InvalidInput>>,
    ) -> Call<CompletePasskeyRegistrationRequest, Done> {
        self.call(
            Operation::CompleteWebAuthnRegistration,
            |token| {
                Ok(CompletePasskeyRegistrationRequest::new(
                    token,
                    valid(credential)?,
                ))
            },
            async |inner, request| inner.account.complete_passkey_registration(request).await,
        )
        .done("Passkey registered successfully")
    }

    /// Lists the user's passkeys: `.await` returns one page, [`stream`](crate::Call::stream) all
    /// pages.
    pub fn passkeys(&self) -> Call<ListPasskeysRequest, PasskeyPage> {
        self.call(
            Operation::ListWebAuthnCredentials,
            |token| Ok(ListPasskeysRequest::new(token)),
            async |inner, request| inner.account.list_passkeys(request).await,
        )
        .reads()
    }

    /// Deletes a passkey. The user's device continues to offer it until the user deletes it there
    /// too.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) if the user has no such passkey.
    pub fn delete_passkey(
        &self,
        id: impl TryInto<PasskeyId, Error: Into<InvalidInput>>,
    ) -> Call<DeletePasskeyRequest, Done> {
        self.call(
            Operation::DeleteWebAuthnCredential,
            |token| Ok(DeletePasskeyRequest::new(token, valid(id)?)),
            async |inner, request| inner.account.delete_passkey(request).await,
        )
        .done("Passkey deleted successfully")
    }
}
