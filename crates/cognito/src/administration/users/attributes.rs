//! Attributes of a user.

use cognito_core::administration::users::{
    DeleteUserAttributesRequest, UpdateUserAttributesRequest,
};
use cognito_core::{
    Administration, AttributeName, Attributes, ClientMetadata, Done, InvalidInput, Operation,
    Result,
};

use crate::administration::users::AdminUser;
use crate::operation::{Call, awaitable, with_client_metadata};

impl<'a> AdminUser<'a> {
    /// Sets attributes (`cognito-idp:AdminUpdateUserAttributes`): any of the pool's, including
    /// custom and `…_verified` ones.
    pub fn update_attributes(&self) -> UpdateUserAttributes<'a> {
        UpdateUserAttributes {
            user: self.clone(),
            attributes: Ok(Attributes::new()),
            client_metadata: ClientMetadata::new(),
        }
    }

    /// Deletes attributes (`cognito-idp:AdminDeleteUserAttributes`); custom ones are named with
    /// their prefix, `custom:department`.
    ///
    /// ```no_run
    /// # async fn example(cognito: cognito::Cognito) -> cognito::Result<()> {
    /// let user = cognito.admin().user("ann@example.com");
    /// user.delete_attributes(["nickname", "custom:department"]).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if there is no name, or if the pool
    /// requires or does not have an attribute.
    pub async fn delete_attributes(
        &self,
        names: impl IntoIterator<Item = impl Into<String>>,
    ) -> Result<Done> {
        let call = Call::new(Operation::AdminDeleteUserAttributes).user(&self.username);
        let request = (|| {
            let names = names.into_iter().map(AttributeName::new);
            let names = names.collect::<Result<Vec<_>, _>>()?;
            if names.is_empty() {
                return Err(InvalidInput::new("attributes", "must be at least one").into());
            }
            let username = self.username.clone()?;
            Ok(DeleteUserAttributesRequest::new(username, names))
        })();
        self.cognito
            .perform(call, request, async |inner, request| {
                inner.administration.delete_user_attributes(request).await
            })
            .await?;
        Ok(Done::new("User attributes deleted successfully"))
    }
}

/// The builder of [`AdminUser::update_attributes`].
#[derive(Debug)]
#[must_use = "an operation does nothing until it is awaited"]
pub struct UpdateUserAttributes<'a> {
    user: AdminUser<'a>,
    attributes: Result<Attributes, InvalidInput>,
    client_metadata: ClientMetadata,
}

impl UpdateUserAttributes<'_> {
    /// Sets an attribute. An empty value clears it.
    pub fn attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        if let Ok(attributes) = &mut self.attributes
            && let Err(invalid) = attributes.set(name, value)
        {
            self.attributes = Err(invalid);
        }
        self
    }

    async fn send(self) -> Result<Done> {
        let cognito = self.user.cognito;
        let request = (|| {
            let attributes = self.attributes?;
            if attributes.is_empty() {
                return Err(InvalidInput::new("attributes", "must be at least one").into());
            }
            let username = self.user.username.clone()?;
            let mut request = UpdateUserAttributesRequest::new(username, attributes);
            request.client_metadata = self.client_metadata;
            Ok(request)
        })();
        let call = Call::new(Operation::AdminUpdateUserAttributes).user(&self.user.username);
        cognito
            .perform(call, request, async |inner, request| {
                inner.administration.update_user_attributes(request).await
            })
            .await?;
        Ok(Done::new("User attributes updated successfully"))
    }
}

awaitable!(UpdateUserAttributes => Done);
with_client_metadata!(UpdateUserAttributes);
