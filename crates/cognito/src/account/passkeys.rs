//! Operations on the passkeys of a signed-in user.

use cognito_cache::Purpose;
use cognito_core::account::passkeys::{
    CompletePasskeyRegistrationRequest, DeletePasskeyRequest, ListPasskeysRequest,
    PasskeyCreationOptions, PasskeyPage, PasskeyRegistration,
};
use cognito_core::id::PasskeyId;
use cognito_core::{AccessToken, Done, InvalidInput};

use crate::Call;
use crate::account::OwnAccount;
use crate::call::{port_call, valid};

impl OwnAccount {
    /// Starts the registration of a passkey. The result contains the options for the browser.
    ///
    /// The browser creates the passkey with the options, and returns a credential. Pass the
    /// credential to [`complete_passkey_registration`](Self::complete_passkey_registration) within
    /// a few minutes:
    ///
    /// ```js
    /// const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
    /// const credential = await navigator.credentials.create({ publicKey });
    /// send(credential.toJSON());
    /// ```
    ///
    /// # Errors
    ///
    /// - [`NotEnabled`](crate::ErrorKind::NotEnabled) if the user pool does not allow passkeys, or
    ///   has no relying party id.
    /// - [`Quota`](crate::ErrorKind::Quota) if the user already has 20 passkeys, the maximum.
    /// - [`AttemptLimit`](crate::ErrorKind::AttemptLimit) if the user has started too many set-ups
    ///   ([`Purpose::FactorSetup`]).
    pub fn register_passkey(&self) -> Call<AccessToken, PasskeyCreationOptions> {
        port_call!(self, StartWebAuthnRegistration => account.start_passkey_registration(&_), Ok)
            .user(self.user())
            .guarded(Purpose::FactorSetup)
    }

    /// Completes the registration of a passkey. `credential` is the JSON of the browser's
    /// `credential.toJSON()`, as a string or as a value.
    ///
    /// # Errors
    ///
    /// - [`ChallengeExpired`](crate::ErrorKind::ChallengeExpired) if the registration was not
    ///   started, took too long or is already completed. Start again with
    ///   [`register_passkey`](Self::register_passkey).
    /// - [`PasskeyOrigin`](crate::ErrorKind::PasskeyOrigin) or
    ///   [`PasskeyRelyingParty`](crate::ErrorKind::PasskeyRelyingParty) if the passkey was created
    ///   on a web site that does not match the relying party id of the user pool.
    /// - [`PasskeyMismatch`](crate::ErrorKind::PasskeyMismatch) if another app client started the
    ///   registration.
    /// - [`PasskeyUnsupported`](crate::ErrorKind::PasskeyUnsupported) if Cognito does not support
    ///   the authenticator.
    /// - [`Quota`](crate::ErrorKind::Quota) if the user already has 20 passkeys.
    pub fn complete_passkey_registration(
        &self,
        credential: impl TryInto<PasskeyRegistration, Error: Into<InvalidInput>>,
    ) -> Call<CompletePasskeyRegistrationRequest, Done> {
        port_call!(
            self, CompleteWebAuthnRegistration => account.complete_passkey_registration(_),
            |token| Ok(CompletePasskeyRegistrationRequest::new(token, valid(credential)?))
        )
        .done("Passkey registered successfully")
    }

    /// Lists the user's passkeys. `.await` returns one page, and [`stream`](crate::Call::stream)
    /// returns all passkeys.
    pub fn passkeys(&self) -> Call<ListPasskeysRequest, PasskeyPage> {
        port_call!(
            self, ListWebAuthnCredentials => account.list_passkeys(_),
            new ListPasskeysRequest
        )
        .reads()
    }

    /// Deletes a passkey in Cognito. The user's device still offers the passkey until the user
    /// deletes it there as well.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) if the user has no such passkey.
    pub fn delete_passkey(
        &self,
        id: impl TryInto<PasskeyId, Error: Into<InvalidInput>>,
    ) -> Call<DeletePasskeyRequest, Done> {
        port_call!(self, DeleteWebAuthnCredential => account.delete_passkey(_), |token| {
            Ok(DeletePasskeyRequest::new(token, valid(id)?))
        })
        .done("Passkey deleted successfully")
    }
}
