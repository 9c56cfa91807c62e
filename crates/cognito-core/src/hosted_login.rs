//! Requests and responses of [`HostedLogin`](crate::ports::HostedLogin), the trait with the
//! operations of a pool's managed login (formerly the hosted UI).

pub mod authorize;
pub mod callback;
pub mod client_token;
pub mod names;
pub mod pending;
pub mod user_info;
