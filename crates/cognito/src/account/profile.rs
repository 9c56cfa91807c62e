//! Operations on the attributes of a signed-in user, and the verification of an e-mail address or
//! phone number.

use cognito_cache::{Budget, Purpose};
use cognito_core::account::profile::{
    DeleteAttributesRequest, SendAttributeCodeRequest, UpdateAttributesRequest,
    VerifyAttributeRequest,
};
use cognito_core::user::CurrentUser;
use cognito_core::{
    AccessToken, AttributeName, Attributes, CodeDelivery, ConfirmationCode, Done, InvalidInput,
};

use crate::Call;
use crate::account::OwnAccount;
use crate::attributes::{at_least_one, attribute_names};
use crate::call::{port_call, valid};

impl OwnAccount {
    /// Returns the user name, attributes and second factors of the user (`GetUser`).
    pub fn details(&self) -> Call<AccessToken, CurrentUser> {
        port_call!(self, GetUser => account.current_user(&_), Ok).reads()
    }

    /// Changes attributes of the user. Set each attribute with [`Call::attribute`]. The app client
    /// must have permission to write them. The result contains the destinations of the codes that
    /// Cognito sent.
    ///
    /// A changed e-mail address or phone number takes effect immediately, and is unverified until
    /// the user enters the code that Cognito sent to it. If the user pool has
    /// `AttributesRequireVerificationBeforeUpdate`, the old value is valid until then.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if no attribute was set, or if an
    /// attribute is unknown or invalid. [`Configuration`](crate::ErrorKind::Configuration) if the
    /// app client does not have permission to write an attribute.
    pub fn update_attributes(&self) -> Call<UpdateAttributesRequest, Vec<CodeDelivery>> {
        port_call!(self, UpdateUserAttributes => account.update_attributes(_), |token| {
            Ok(UpdateAttributesRequest::new(token, Attributes::new()))
        })
        .prepared_by(|request, facts| {
            let is_set = |name: &&str| request.attributes.value(name).is_some();
            if CONTACTS.iter().any(is_set) {
                facts.budget = Some(Budget::Messages);
            }
            at_least_one(&request.attributes)
        })
    }

    /// Deletes attributes of the user. Attributes that the user pool requires cannot be deleted.
    ///
    /// # Errors
    ///
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if `names` is empty, or if an
    /// attribute is required or unknown. [`Configuration`](crate::ErrorKind::Configuration) if the
    /// app client does not have permission to write an attribute.
    pub fn delete_attributes<N: Into<String>>(
        &self,
        names: impl IntoIterator<Item = N>,
    ) -> Call<DeleteAttributesRequest, Done> {
        let names = attribute_names(names);
        port_call!(self, DeleteUserAttributes => account.delete_attributes(_), |token| {
            Ok(DeleteAttributesRequest::new(token, names?))
        })
        .done("User attributes deleted successfully")
    }

    /// Sends a code to the user's e-mail address or phone number, to verify it. `attribute` is
    /// `email` or `phone_number`.
    ///
    /// Cognito sends the first code when the attribute changes. This method sends another code.
    ///
    /// # Errors
    ///
    /// [`AttemptLimit`](crate::ErrorKind::AttemptLimit) after five codes in an hour, or if the
    /// [client address](OwnAccount::client_address) has caused too many messages.
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if the user does not have the
    /// attribute.
    pub fn send_attribute_code(
        &self,
        attribute: impl Into<String>,
    ) -> Call<SendAttributeCodeRequest, CodeDelivery> {
        let attribute = AttributeName::new(attribute);
        port_call!(
            self, GetUserAttributeVerificationCode => account.send_attribute_code(_),
            |token| Ok(SendAttributeCodeRequest::new(token, attribute?))
        )
        .limited(Budget::Messages)
    }

    /// Verifies the user's e-mail address or phone number with the code that Cognito sent to it.
    /// `attribute` is `email` or `phone_number`. If the user pool has
    /// `AttributesRequireVerificationBeforeUpdate`, the new value replaces the old value.
    ///
    /// # Errors
    ///
    /// - [`CodeMismatch`](crate::ErrorKind::CodeMismatch) if the code is wrong.
    /// - [`CodeExpired`](crate::ErrorKind::CodeExpired) if the code is older than a day.
    /// - [`AliasExists`](crate::ErrorKind::AliasExists) if another account has verified the same
    ///   value.
    /// - [`AttemptLimit`](crate::ErrorKind::AttemptLimit) after too many wrong codes.
    pub fn verify_attribute(
        &self,
        attribute: impl Into<String>,
        code: impl TryInto<ConfirmationCode, Error: Into<InvalidInput>>,
    ) -> Call<VerifyAttributeRequest, Done> {
        port_call!(self, VerifyUserAttribute => account.verify_attribute(_), |token| {
            Ok(VerifyAttributeRequest::new(token, AttributeName::new(attribute)?, valid(code)?))
        })
        .user(self.user())
        .guarded(Purpose::VerifyAttribute)
        .done("Attribute verified successfully")
    }
}

/// The attributes for which Cognito sends a code when they change.
const CONTACTS: [&str; 2] = ["email", "phone_number"];
