//! The current time, and how it is written.

pub use cognito_core::{Clock, SystemClock, rfc3339};
