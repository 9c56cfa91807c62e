//! Attributes of the signed-in user.

use cognito_cache::{Budget, Purpose};
use cognito_core::account::profile::{
    DeleteAttributesRequest, SendAttributeCodeRequest, UpdateAttributesRequest,
    VerifyAttributeRequest,
};
use cognito_core::{
    Account, AttributeName, Attributes, ClientMetadata, CodeDelivery, ConfirmationCode,
    CurrentUser, Done, InvalidInput, Operation, Result,
};

use crate::account::OwnAccount;
use crate::operation::{Call, awaitable, with_client_metadata};

impl<'a> OwnAccount<'a> {
    /// Returns the name, attributes and second factors, read from Cognito.
    pub async fn details(&self) -> Result<CurrentUser> {
        let call = Call::new(Operation::GetUser);
        let account = &self.cognito.inner.account;
        self.cognito
            .read(call, self.token(), |token| account.current_user(token))
            .await
    }

    /// Sets attributes, standard or custom, that the app client may write.
    ///
    /// A changed e-mail address or phone number takes effect at once and counts as unverified until
    /// its code is entered, unless the pool keeps the old one until then
    /// (`AttributesRequireVerificationBeforeUpdate`). The result contains the destinations of
    /// codes.
    pub fn update_attributes(&self) -> UpdateAttributes<'a> {
        UpdateAttributes {
            account: self.clone(),
            attributes: Ok(Attributes::new()),
            client_metadata: ClientMetadata::new(),
        }
    }

    /// Deletes attributes. Attributes that the pool requires cannot be deleted.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter),
    /// [`NotAuthorized`](crate::ErrorKind::NotAuthorized) if the app client may not write one.
    pub async fn delete_attributes<N: Into<String>>(
        &self,
        names: impl IntoIterator<Item = N>,
    ) -> Result<Done> {
        let request = (|| {
            let names = names.into_iter().map(AttributeName::new);
            let names: Vec<_> = names.collect::<Result<_, _>>()?;
            if names.is_empty() {
                return Err(InvalidInput::new("attributes", "must be at least one").into());
            }
            Ok(DeleteAttributesRequest::new(self.token()?.clone(), names))
        })();
        let call = self.call(Operation::DeleteUserAttributes);
        self.cognito
            .perform(call, request, async |inner, request| {
                inner.account.delete_attributes(request).await
            })
            .await?;
        Ok(Done::new("User attributes deleted successfully"))
    }

    /// Sends a code to the user's `email` or `phone_number`, to verify the address.
    ///
    /// A changed address receives a code automatically; this sends another one.
    ///
    /// # Errors
    ///
    /// [`AttemptLimit`](crate::ErrorKind::AttemptLimit) after five codes in an hour,
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if there is no such address.
    pub fn send_attribute_code(&self, attribute: impl Into<String>) -> SendAttributeCode<'a> {
        SendAttributeCode {
            account: self.clone(),
            attribute: AttributeName::new(attribute),
            client_metadata: ClientMetadata::new(),
        }
    }

    /// Verifies the user's `email` or `phone_number` with the code that was sent there. If the pool
    /// keeps the old address until then, the new one takes effect now.
    ///
    /// # Errors
    ///
    /// [`CodeMismatch`](crate::ErrorKind::CodeMismatch),
    /// [`CodeExpired`](crate::ErrorKind::CodeExpired) after a day,
    /// [`AliasExists`](crate::ErrorKind::AliasExists),
    /// [`AttemptLimit`](crate::ErrorKind::AttemptLimit).
    pub async fn verify_attribute(
        &self,
        attribute: impl Into<String>,
        code: impl TryInto<ConfirmationCode, Error: Into<InvalidInput>>,
    ) -> Result<Done> {
        let request = (|| {
            let attribute = AttributeName::new(attribute)?;
            let code = code.try_into().map_err(Into::into)?;
            let token = self.token()?.clone();
            Ok(VerifyAttributeRequest::new(token, attribute, code))
        })();
        let call = self
            .call(Operation::VerifyUserAttribute)
            .user(&self.bearer())
            .guarded(Purpose::VerifyAttribute);
        self.cognito
            .perform(call, request, async |inner, request| {
                inner.account.verify_attribute(request).await
            })
            .await?;
        Ok(Done::new("Attribute verified successfully"))
    }
}

/// The builder of [`OwnAccount::update_attributes`].
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct UpdateAttributes<'a> {
    account: OwnAccount<'a>,
    attributes: Result<Attributes, InvalidInput>,
    client_metadata: ClientMetadata,
}

impl UpdateAttributes<'_> {
    /// Sets an attribute. An empty value clears it.
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        if let Ok(attributes) = &mut self.attributes
            && let Err(invalid) = attributes.set(name, value)
        {
            self.attributes = Err(invalid);
        }
        self
    }

    async fn send(self) -> Result<Vec<CodeDelivery>> {
        let mut sends_codes = false;
        let request = (|| {
            let attributes = self.attributes?;
            sends_codes = CONTACTS.iter().any(|name| attributes.value(name).is_some());
            if attributes.is_empty() {
                return Err(InvalidInput::new("attributes", "must be at least one").into());
            }
            let mut request =
                UpdateAttributesRequest::new(self.account.token()?.clone(), attributes);
            request.client_metadata = self.client_metadata;
            Ok(request)
        })();
        let cognito = self.account.cognito;
        let mut call = self.account.call(Operation::UpdateUserAttributes);
        if sends_codes {
            call = call.limited(Budget::Messages);
        }
        cognito
            .perform(call, request, async |inner, request| {
                inner.account.update_attributes(request).await
            })
            .await
    }
}

/// The attributes that Cognito sends a code to when they change.
const CONTACTS: [&str; 2] = ["email", "phone_number"];

/// The builder of [`OwnAccount::send_attribute_code`].
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct SendAttributeCode<'a> {
    account: OwnAccount<'a>,
    attribute: Result<AttributeName, InvalidInput>,
    client_metadata: ClientMetadata,
}

impl SendAttributeCode<'_> {
    async fn send(self) -> Result<CodeDelivery> {
        let request = (|| {
            let token = self.account.token()?.clone();
            let mut request = SendAttributeCodeRequest::new(token, self.attribute?);
            request.client_metadata = self.client_metadata;
            Ok(request)
        })();
        let cognito = self.account.cognito;
        let call = self
            .account
            .call(Operation::GetUserAttributeVerificationCode);
        let call = call.limited(Budget::Messages);
        cognito
            .perform(call, request, async |inner, request| {
                inner.account.send_attribute_code(request).await
            })
            .await
    }
}

awaitable!(SendAttributeCode => CodeDelivery);
with_client_metadata!(SendAttributeCode);
awaitable!(UpdateAttributes => Vec<CodeDelivery>);
with_client_metadata!(UpdateAttributes);
