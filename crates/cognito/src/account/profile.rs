//! The person's own attributes.

use cognito_core::account::profile::UpdateAttributesRequest;
use cognito_core::{
    Account, Attributes, ClientMetadata, CodeDelivery, CurrentUser, InvalidInput, Operation, Result,
};

use crate::account::OwnAccount;
use crate::operation::{Call, awaitable, with_client_metadata};

impl<'a> OwnAccount<'a> {
    /// Name, attributes and second factors, fresh from Cognito.
    pub async fn details(&self) -> Result<CurrentUser> {
        let call = Call::new(Operation::GetUser);
        let account = &self.cognito.inner.account;
        self.cognito
            .read(call, self.token(), |token| account.current_user(token))
            .await
    }

    /// Sets attributes: any that the app client may write, custom ones too.
    ///
    /// A changed e-mail address or phone number takes effect at once and counts as unverified
    /// until its code is entered, unless the pool keeps the old one until then
    /// (`AttributesRequireVerificationBeforeUpdate`). The result says where codes were sent.
    pub fn update_attributes(&self) -> UpdateAttributes<'a> {
        UpdateAttributes {
            account: self.clone(),
            attributes: Ok(Attributes::new()),
            client_metadata: ClientMetadata::new(),
        }
    }
}

/// [`OwnAccount::update_attributes`] with what to set.
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct UpdateAttributes<'a> {
    account: OwnAccount<'a>,
    attributes: Result<Attributes, InvalidInput>,
    client_metadata: ClientMetadata,
}

impl UpdateAttributes<'_> {
    /// Sets an attribute; an empty value clears it.
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        if let Ok(attributes) = &mut self.attributes
            && let Err(invalid) = attributes.set(name, value)
        {
            self.attributes = Err(invalid);
        }
        self
    }

    async fn send(self) -> Result<Vec<CodeDelivery>> {
        let request = (|| {
            let attributes = self.attributes?;
            if attributes.is_empty() {
                return Err(InvalidInput::new("attributes", "must be at least one").into());
            }
            let mut request =
                UpdateAttributesRequest::new(self.account.token()?.clone(), attributes);
            request.client_metadata = self.client_metadata;
            Ok(request)
        })();
        let cognito = self.account.cognito;
        let call = Call::new(Operation::UpdateUserAttributes);
        cognito
            .perform(call, request, async |inner, request| {
                inner.account.update_attributes(request).await
            })
            .await
    }
}

awaitable!(UpdateAttributes => Vec<CodeDelivery>);
with_client_metadata!(UpdateAttributes);
