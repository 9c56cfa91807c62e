//! Requests and responses of [`Administration`](crate::ports::Administration), the trait with the
//! operations of an operator.

pub mod auth_events;
pub mod devices;
pub mod document;
pub mod filter;
pub mod groups;
pub mod mfa;
pub mod page;
pub mod providers;
pub mod sessions;
pub mod users;
