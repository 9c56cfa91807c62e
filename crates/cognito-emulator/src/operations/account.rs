//! Operations of a signed-in user, by access token, and the same operations for operators.

pub(crate) mod attributes;
pub(crate) mod devices;
pub(crate) mod mfa;
pub(crate) mod passkeys;
pub(crate) mod password;
pub(crate) mod profile;
pub(crate) mod sessions;
