//! Requests and responses of [`Account`](crate::ports::Account), the port for a signed-in user.

pub mod devices;
pub mod mfa;
pub mod passkeys;
pub mod password;
pub mod profile;
