//! The user's own attributes.

use crate::id::AttributeName;
use crate::metadata::ClientMetadata;
use crate::secret::{AccessToken, ConfirmationCode};
use crate::user::Attributes;

/// Sets attributes of one's own (`UpdateUserAttributes`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UpdateAttributesRequest {
    /// Who.
    pub access_token: AccessToken,
    /// What to set; an empty value clears.
    pub attributes: Attributes,
    /// For the pool's Lambda triggers.
    pub client_metadata: ClientMetadata,
}

impl UpdateAttributesRequest {
    /// Sets these attributes.
    #[must_use]
    pub const fn new(access_token: AccessToken, attributes: Attributes) -> Self {
        Self {
            access_token,
            attributes,
            client_metadata: ClientMetadata::new(),
        }
    }
}

/// Deletes attributes of one's own (`DeleteUserAttributes`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeleteAttributesRequest {
    /// Who.
    pub access_token: AccessToken,
    /// What to delete.
    pub names: Vec<AttributeName>,
}

impl DeleteAttributesRequest {
    /// Deletes these attributes.
    #[must_use]
    pub const fn new(access_token: AccessToken, names: Vec<AttributeName>) -> Self {
        Self {
            access_token,
            names,
        }
    }
}

/// Asks for a code that proves an address of one's own (`GetUserAttributeVerificationCode`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SendAttributeCodeRequest {
    /// Who.
    pub access_token: AccessToken,
    /// Which attribute: `email` or `phone_number`.
    pub attribute: AttributeName,
    /// For the pool's Lambda triggers.
    pub client_metadata: ClientMetadata,
}

impl SendAttributeCodeRequest {
    /// Asks for a code for this attribute.
    #[must_use]
    pub const fn new(access_token: AccessToken, attribute: AttributeName) -> Self {
        Self {
            access_token,
            attribute,
            client_metadata: ClientMetadata::new(),
        }
    }
}

/// Proves an address of one's own with the code that was sent (`VerifyUserAttribute`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct VerifyAttributeRequest {
    /// Who.
    pub access_token: AccessToken,
    /// Which attribute: `email` or `phone_number`.
    pub attribute: AttributeName,
    /// The code.
    pub code: ConfirmationCode,
}

impl VerifyAttributeRequest {
    /// Proves this attribute.
    #[must_use]
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
