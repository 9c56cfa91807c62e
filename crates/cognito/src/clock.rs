//! The current time, and how it is written.

pub use cognito_core::clock::rfc3339;
pub use cognito_core::{Clock, SystemClock};
