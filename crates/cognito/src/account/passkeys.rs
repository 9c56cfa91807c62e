//! Passkeys of the signed-in user.

use cognito_core::account::passkeys::{
    CompletePasskeyRegistrationRequest, DeletePasskeyRequest, ListPasskeysRequest, Passkey,
    PasskeyCreationOptions, PasskeyPage, PasskeyPageSize, PasskeyRegistration,
};
use cognito_core::administration::page::PageToken;
use cognito_core::{Account, Done, InvalidInput, Operation, PasskeyId, Result};

use crate::account::OwnAccount;
use crate::administration::pages::in_pages;
use crate::operation::{Call, awaitable};

impl<'a> OwnAccount<'a> {
    /// Starts the registration of a passkey and returns the options for the browser.
    ///
    /// The browser creates the passkey and returns a credential, which must be sent to
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
    /// [`NotEnabled`](crate::ErrorKind::NotEnabled) if the pool has no passkeys, or no domain for
    /// them; [`Quota`](crate::ErrorKind::Quota) if the user already has 20, the maximum.
    pub async fn register_passkey(&self) -> Result<PasskeyCreationOptions> {
        let call = self.call(Operation::StartWebAuthnRegistration);
        self.cognito
            .perform(call, self.token().cloned(), async |inner, token| {
                inner.account.start_passkey_registration(&token).await
            })
            .await
    }

    /// Finishes the registration of a passkey with the browser's credential: the JSON of its
    /// `toJSON()`, as a string or as a value.
    ///
    /// # Errors
    ///
    /// [`ChallengeExpired`](crate::ErrorKind::ChallengeExpired) if the registration was not
    /// started, took too long or is already finished: start it again.
    /// [`PasskeyOrigin`](crate::ErrorKind::PasskeyOrigin) and
    /// [`PasskeyRelyingParty`](crate::ErrorKind::PasskeyRelyingParty) if the passkey is for another
    /// web site than the pool's; [`PasskeyMismatch`](crate::ErrorKind::PasskeyMismatch) if another
    /// app client started the registration;
    /// [`PasskeyUnsupported`](crate::ErrorKind::PasskeyUnsupported);
    /// [`Quota`](crate::ErrorKind::Quota).
    pub async fn complete_passkey_registration(
        &self,
        credential: impl TryInto<PasskeyRegistration, Error: Into<InvalidInput>>,
    ) -> Result<Done> {
        let call = self.call(Operation::CompleteWebAuthnRegistration);
        let credential = credential.try_into().map_err(Into::into);
        let request = (|| {
            let token = self.token()?.clone();
            Ok(CompletePasskeyRegistrationRequest::new(token, credential?))
        })();
        self.cognito
            .perform(call, request, async |inner, request| {
                inner.account.complete_passkey_registration(request).await
            })
            .await?;
        Ok(Done::new("Passkey registered successfully"))
    }

    /// Lists the user's passkeys: `.await` returns one page, [`stream`](ListPasskeys::stream) all
    /// pages.
    pub fn passkeys(&self) -> ListPasskeys<'a> {
        ListPasskeys {
            account: self.clone(),
            limit: Ok(PasskeyPageSize::MAX),
            page_token: Ok(None),
        }
    }

    /// Deletes a passkey. The user's device continues to offer it until the user deletes it there
    /// too.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) if the user has no such passkey.
    pub async fn delete_passkey(
        &self,
        id: impl TryInto<PasskeyId, Error: Into<InvalidInput>>,
    ) -> Result<Done> {
        let call = self.call(Operation::DeleteWebAuthnCredential);
        let id = id.try_into().map_err(Into::into);
        let request = (|| Ok(DeletePasskeyRequest::new(self.token()?.clone(), id?)))();
        self.cognito
            .perform(call, request, async |inner, request| {
                inner.account.delete_passkey(request).await
            })
            .await?;
        Ok(Done::new("Passkey deleted successfully"))
    }
}

/// The builder of [`OwnAccount::passkeys`].
#[derive(Clone, Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct ListPasskeys<'a> {
    account: OwnAccount<'a>,
    limit: Result<PasskeyPageSize, InvalidInput>,
    page_token: Result<Option<PageToken>, InvalidInput>,
}

impl ListPasskeys<'_> {
    async fn send(self) -> Result<PasskeyPage> {
        let cognito = self.account.cognito;
        let call = Call::new(Operation::ListWebAuthnCredentials);
        let request = (|| {
            let mut request = ListPasskeysRequest::new(self.account.token()?.clone());
            request.page_size = self.limit?;
            request.page_token = self.page_token?;
            Ok(request)
        })();
        let port = &cognito.inner.account;
        cognito
            .read(call, request, |request| port.list_passkeys(request))
            .await
    }
}

awaitable!(ListPasskeys => PasskeyPage);
in_pages!(ListPasskeys: PasskeyPage.passkeys of Passkey, 20 by PasskeyPageSize);
