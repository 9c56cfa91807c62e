//! The attributes of a signed-in user.

use cognito_cache::{Budget, Purpose};
use cognito_core::account::profile::{
    DeleteAttributesRequest, SendAttributeCodeRequest, UpdateAttributesRequest,
    VerifyAttributeRequest,
};
use cognito_core::ports::Account;
use cognito_core::user::CurrentUser;
use cognito_core::{
    AccessToken, AttributeName, Attributes, CodeDelivery, ConfirmationCode, Done, InvalidInput,
    Operation,
};

use crate::Call;
use crate::account::OwnAccount;
use crate::attributes::{at_least_one, attribute_names};
use crate::call::valid;

impl OwnAccount {
    /// Returns the name, attributes and second factors from Cognito.
    pub fn details(&self) -> Call<AccessToken, CurrentUser> {
        self.call(Operation::GetUser, Ok, async |inner, token| {
            inner.account.current_user(&token).await
        })
        .reads()
    }

    /// Sets standard or custom attributes. The app client must be allowed to write them.
    ///
    /// A changed e-mail address or phone number takes effect at once and is unverified until its
    /// code is entered. If the pool has `AttributesRequireVerificationBeforeUpdate`, the old one is
    /// kept until then. The result contains the destinations of the codes.
    pub fn update_attributes(&self) -> Call<UpdateAttributesRequest, Vec<CodeDelivery>> {
        self.call(
            Operation::UpdateUserAttributes,
            |token| Ok(UpdateAttributesRequest::new(token, Attributes::new())),
            async |inner, request| inner.account.update_attributes(request).await,
        )
        .prepared_by(|request, facts| {
            let is_set = |name: &&str| request.attributes.value(name).is_some();
            if CONTACTS.iter().any(is_set) {
                facts.budget = Some(Budget::Messages);
            }
            at_least_one(&request.attributes)
        })
    }

    /// Deletes attributes. Attributes that the pool requires cannot be deleted.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if an attribute is required or
    /// unknown; [`NotAuthorized`](crate::ErrorKind::NotAuthorized) if the app client is not allowed
    /// to write one.
    pub fn delete_attributes<N: Into<String>>(
        &self,
        names: impl IntoIterator<Item = N>,
    ) -> Call<DeleteAttributesRequest, Done> {
        let names = attribute_names(names);
        self.call(
            Operation::DeleteUserAttributes,
            |token| Ok(DeleteAttributesRequest::new(token, names?)),
            async |inner, request| inner.account.delete_attributes(request).await,
        )
        .done("User attributes deleted successfully")
    }

    /// Sends a code to the user's `email` or `phone_number`, to verify the address.
    ///
    /// A changed address receives a code automatically. This method sends another code.
    ///
    /// # Errors
    ///
    /// [`AttemptLimit`](crate::ErrorKind::AttemptLimit) after five codes in an hour;
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if the user has no such address.
    pub fn send_attribute_code(
        &self,
        attribute: impl Into<String>,
    ) -> Call<SendAttributeCodeRequest, CodeDelivery> {
        let attribute = AttributeName::new(attribute);
        self.call(
            Operation::GetUserAttributeVerificationCode,
            |token| Ok(SendAttributeCodeRequest::new(token, attribute?)),
            async |inner, request| inner.account.send_attribute_code(request).await,
        )
        .limited(Budget::Messages)
    }

    /// Verifies the user's `email` or `phone_number` with the code from the message. If the pool
    /// has kept the old address until now, the new one takes effect.
    ///
    /// # Errors
    ///
    /// [`CodeMismatch`](crate::ErrorKind::CodeMismatch) if the code is wrong;
    /// [`CodeExpired`](crate::ErrorKind::CodeExpired) after a day;
    /// [`AliasExists`](crate::ErrorKind::AliasExists) if another account has the address;
    /// [`AttemptLimit`](crate::ErrorKind::AttemptLimit).
    pub fn verify_attribute(
        &self,
        attribute: impl Into<String>,
        code: impl TryInto<ConfirmationCode, Error: Into<InvalidInput>>,
    ) -> Call<VerifyAttributeRequest, Done> {
        self.call(
            Operation::VerifyUserAttribute,
            |token| {
                Ok(VerifyAttributeRequest::new(
                    token,
                    AttributeName::new(attribute)?,
                    valid(code)?,
                ))
            },
            async |inner, request| inner.account.verify_attribute(request).await,
        )
        .user(self.user())
        .guarded(Purpose::VerifyAttribute)
        .done("Attribute verified successfully")
    }
}

/// The attributes to which Cognito sends a code when they change.
const CONTACTS: [&str; 2] = ["email", "phone_number"];
