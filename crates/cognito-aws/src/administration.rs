//! The operations of an operator, which [`AwsCognito`](crate::AwsCognito) implements with the trait
//! [`Administration`](cognito_core::ports::Administration). All requests are signed.

pub(crate) mod auth_events;
pub(crate) mod devices;
pub(crate) mod document;
pub(crate) mod groups;
pub(crate) mod mfa;
pub(crate) mod providers;
pub(crate) mod sessions;
pub(crate) mod users;
