//! The operations of a signed-in user, which [`AwsCognito`](crate::AwsCognito) implements with the
//! trait [`Account`](cognito_core::ports::Account).

pub(crate) mod devices;
pub(crate) mod mfa;
pub(crate) mod passkeys;
pub(crate) mod password;
pub(crate) mod profile;
pub(crate) mod session;
pub(crate) mod sessions;
