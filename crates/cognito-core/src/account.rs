//! Requests and responses of [`Account`](crate::ports::Account), the trait with the operations that
//! a signed-in user can call.

pub mod devices;
pub mod mfa;
pub mod passkeys;
pub mod password;
pub mod profile;
pub mod sessions;
