//! HTTP responses to the public for errors.
//!
//! [`Error`](cognito_core::Error) says which errors reveal an account and what replaces them
//! ([`Error::substitute`](cognito_core::Error::substitute)). This module makes HTTP responses from
//! it: status, message, wait and body. `cognito-axum` uses this module. Any other HTTP framework
//! can use it too.
//!
//! ```
//! use std::time::SystemTime;
//!
//! use cognito_core::{Error, ErrorKind};
//! use cognito_tower::public::{EnumerationPolicy, ErrorBody};
//!
//! let error = Error::new(ErrorKind::UserNotFound);
//! let body = ErrorBody::new(&error, EnumerationPolicy::Hide, SystemTime::now());
//! assert_eq!(body.status_code, 401); // As for a wrong password.
//! ```

mod body;
mod messages;
mod policy;

pub use body::ErrorBody;
pub use messages::message;
pub use policy::EnumerationPolicy;
