//! The operations of a signed-in user, which [`AwsCognito`](crate::AwsCognito) implements with the
//! trait [`Account`](cognito_core::ports::Account).

mod devices;
mod mfa;
mod passkeys;
mod password;
mod profile;
mod session;
mod sessions;

pub(crate) use devices::*;
pub(crate) use mfa::*;
pub(crate) use passkeys::*;
pub(crate) use password::*;
pub(crate) use profile::*;
pub(crate) use session::*;
pub(crate) use sessions::*;
