//! Operations of an operator on the attributes of a user.

use cognito_core::administration::users::{
    DeleteUserAttributesRequest, UpdateUserAttributesRequest,
};
use cognito_core::{Attributes, Done};

use crate::Call;
use crate::administration::users::AdminUser;
use crate::attributes::{at_least_one, attribute_names};
use crate::call::port_call;

impl AdminUser {
    /// Changes attributes of the user (`cognito-idp:AdminUpdateUserAttributes`). Set each attribute
    /// with [`Call::attribute`]. All attributes of the user pool are allowed, including custom
    /// attributes, `email_verified` and `phone_number_verified`.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if no attribute was set, or if an
    /// attribute is unknown or invalid.
    pub fn update_attributes(&self) -> Call<UpdateUserAttributesRequest, Done> {
        port_call!(
            self, AdminUpdateUserAttributes => administration.update_user_attributes(_),
            |username| Ok(UpdateUserAttributesRequest::new(username, Attributes::new()))
        )
        .done("User attributes updated successfully")
        .prepared_by(|request, _| at_least_one(&request.attributes))
    }

    /// Deletes attributes of the user (`cognito-idp:AdminDeleteUserAttributes`). The name of a
    /// custom attribute includes its prefix, such as `custom:department`.
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
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if `names` is empty, or if one of
    /// the attributes is required or does not exist in the user pool.
    pub fn delete_attributes(
        &self,
        names: impl IntoIterator<Item = impl Into<String>>,
    ) -> Call<DeleteUserAttributesRequest, Done> {
        let names = attribute_names(names);
        port_call!(
            self, AdminDeleteUserAttributes => administration.delete_user_attributes(_),
            |username| Ok(DeleteUserAttributesRequest::new(username, names?))
        )
        .done("User attributes deleted successfully")
    }
}
