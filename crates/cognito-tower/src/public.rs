//! HTTP responses for errors. They do not reveal whether an account exists.
//!
//! [`Error::substitute`](cognito_core::Error::substitute) decides which errors reveal whether an
//! account exists, and returns the error that a response shows in their place. This module creates
//! the parts of the HTTP response: status, message, `Retry-After` and body. `cognito-axum` uses it,
//! and code for other HTTP frameworks can use it too.
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
