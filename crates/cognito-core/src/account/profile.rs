//! Requests for the attributes of the signed-in user.

use derive_new::new;

use crate::id::AttributeName;
use crate::metadata::ClientMetadata;
use crate::secret::{AccessToken, ConfirmationCode};
use crate::user::Attributes;

record! {
    /// A request to set attributes of the signed-in user (`UpdateUserAttributes`).
    #[derive(Clone, Debug)]
    pub struct UpdateAttributesRequest {
        /// The access token of the signed-in user.
        pub access_token: AccessToken,
        /// The attributes to set. An empty value clears the attribute.
        pub attributes: Attributes,
        ..
        /// Key-value pairs for the pool's Lambda triggers. Default: none.
        pub client_metadata: ClientMetadata,
    }
}

/// A request to delete attributes of the signed-in user (`DeleteUserAttributes`).
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct DeleteAttributesRequest {
    /// The access token of the signed-in user.
    pub access_token: AccessToken,
    /// The names of the attributes to delete.
    pub names: Vec<AttributeName>,
}

record! {
    /// A request for a code that verifies an attribute of the signed-in user
    /// (`GetUserAttributeVerificationCode`).
    #[derive(Clone, Debug)]
    pub struct SendAttributeCodeRequest {
        /// The access token of the signed-in user.
        pub access_token: AccessToken,
        /// The attribute: `email` or `phone_number`.
        pub attribute: AttributeName,
        ..
        /// Key-value pairs for the pool's Lambda triggers. Default: none.
        pub client_metadata: ClientMetadata,
    }
}

/// A request to verify an attribute of the signed-in user with a code (`VerifyUserAttribute`).
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct VerifyAttributeRequest {
    /// The access token of the signed-in user.
    pub access_token: AccessToken,
    /// The attribute: `email` or `phone_number`.
    pub attribute: AttributeName,
    /// The code that Cognito sent.
    pub code: ConfirmationCode,
}
