//! The clock, and the RFC 3339 format for times.

pub use cognito_core::clock::rfc3339;
pub use cognito_core::{Clock, SystemClock};
