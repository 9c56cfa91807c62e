//! The signed-in user's attributes.

use crate::id::AttributeName;
use crate::metadata::ClientMetadata;
use crate::secret::{AccessToken, ConfirmationCode};
use crate::user::Attributes;

/// A request to set attributes of the signed-in user (`UpdateUserAttributes`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UpdateAttributesRequest {
    /// The access token of the signed-in user.
    pub access_token: AccessToken,
    /// The attributes to set. An empty value clears the attribute.
    pub attributes: Attributes,
    /// Key-value pairs for the pool's Lambda triggers.
    pub client_metadata: ClientMetadata,
}

impl UpdateAttributesRequest {
    /// Creates a request to set these attributes.
    pub const fn new(access_token: AccessToken, attributes: Attributes) -> Self {
        Self {
            access_token,
            attributes,
            client_metadata: ClientMetadata::new(),
        }
    }
}

/// A request to delete attributes of the signed-in user (`DeleteUserAttributes`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeleteAttributesRequest {
    /// The access token of the signed-in user.
    pub access_token: AccessToken,
    /// The attributes to delete.
    pub names: Vec<AttributeName>,
}

impl DeleteAttributesRequest {
    /// Creates a request to delete these attributes.
    pub const fn new(access_token: AccessToken, names: Vec<AttributeName>) -> Self {
        Self {
            access_token,
            names,
        }
    }
}

/// A request for a code that verifies an attribute of the signed-in user
/// (`GetUserAttributeVerificationCode`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SendAttributeCodeRequest {
    /// The access token of the signed-in user.
    pub access_token: AccessToken,
    /// The attribute: `email` or `phone_number`.
    pub attribute: AttributeName,
    /// Key-value pairs for the pool's Lambda triggers.
    pub client_metadata: ClientMetadata,
}

impl SendAttributeCodeRequest {
    /// Creates a request for a code for this attribute.
    pub const fn new(access_token: AccessToken, attribute: AttributeName) -> Self {
        Self {
            access_token,
            attribute,
            client_metadata: ClientMetadata::new(),
        }
    }
}

/// A request to verify an attribute of the signed-in user with a code (`VerifyUserAttribute`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VerifyAttributeRequest {
    /// The access token of the signed-in user.
    pub access_token: AccessToken,
    /// The attribute: `email` or `phone_number`.
    pub attribute: AttributeName,
    /// The code.
    pub code: ConfirmationCode,
}

impl VerifyAttributeRequest {
    /// Creates a request to verify this attribute.
    pub const fn new(
        access_token: AccessToken,
        attribute: AttributeName,
        code: ConfirmationCode,
    ) -> Self {
        Self {
            access_token,
            attribute,
            code,
        }
    }
}
