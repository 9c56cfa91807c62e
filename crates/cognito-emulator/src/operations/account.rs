//! Operations on the account of a signed-in user, whom an access token identifies, and the
//! equivalent operations for operators (`Admin…`).

pub(crate) mod attributes;
pub(crate) mod devices;
pub(crate) mod mfa;
pub(crate) mod passkeys;
pub(crate) mod password;
pub(crate) mod profile;
pub(crate) mod sessions;
