//! The operations of an operator, which [`AwsCognito`](crate::AwsCognito) implements with the trait
//! [`Administration`](cognito_core::ports::Administration). All requests are signed.

mod auth_events;
mod devices;
mod document;
mod groups;
mod mfa;
mod providers;
mod sessions;
mod users;

pub(crate) use auth_events::*;
pub(crate) use devices::*;
pub(crate) use document::*;
pub(crate) use groups::*;
pub(crate) use mfa::*;
pub(crate) use providers::*;
pub(crate) use sessions::*;
pub(crate) use users::*;
