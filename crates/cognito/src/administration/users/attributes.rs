//! Attributes of a user.

use cognito_core::administration::users::{
    DeleteUserAttributesRequest, UpdateUserAttributesRequest,
};
use cognito_core::ports::Administration;
use cognito_core::{Attributes, Done, Operation};

use crate::Call;
use crate::administration::users::AdminUser;
use crate::attributes::{at_least_one, attribute_names};

impl AdminUser {
    /// Sets attributes (`cognito-idp:AdminUpdateUserAttributes`). All attributes of the pool are
    /// allowed, including custom and `…_verified` attributes.
    pub fn update_attributes(&self) -> Call<UpdateUserAttributesRequest, Done> {
        self.call(
            Operation::AdminUpdateUserAttributes,
            |username| {
                Ok(UpdateUserAttributesRequest::new(
                    username,
                    Attributes::new(),
                ))
            },
            async |inner, request| inner.administration.update_user_attributes(request).await,
        )
        .done("User attributes updated successfully")
        .prepared_by(|request, _| at_least_one(&request.attributes))
    }

    /// Deletes attributes (`cognito-idp:AdminDeleteUserAttributes`). Name custom attributes with
    /// their prefix, such as `custom:department`.
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
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if there is no name, or if an
    /// attribute is required or unknown in the pool.
    pub fn delete_attributes(
        &self,
        names: impl IntoIterator<Item = impl Into<String>>,
    ) -> Call<DeleteUserAttributesRequest, Done> {
        let names = attribute_names(names);
        self.call(
            Operation::AdminDeleteUserAttributes,
            |username| Ok(DeleteUserAttributesRequest::new(username, names?)),
            async |inner, request| inner.administration.delete_user_attributes(request).await,
        )
        .done("User attributes deleted successfully")
    }
}
