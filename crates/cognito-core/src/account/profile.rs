//! The user's own attributes.

use crate::metadata::ClientMetadata;
use crate::secret::AccessToken;
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
