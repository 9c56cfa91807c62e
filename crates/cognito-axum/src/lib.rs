//! Amazon Cognito for axum: extractors, guards, error answers, and ready routes.

mod error;

#[cfg(feature = "routes")]
mod client_address;
#[cfg(feature = "routes")]
mod cookies;
#[cfg(feature = "routes")]
mod same_origin;
#[cfg(feature = "routes")]
mod security_headers;

pub use error::ApiError;

#[cfg(feature = "routes")]
pub use client_address::{ClientAddress, TrustedProxies};
#[cfg(feature = "routes")]
pub use cookies::{CookieChanges, SameSite, SessionCookies};
#[cfg(feature = "routes")]
pub use same_origin::{SameOrigin, SameOriginFuture, SameOriginService};
#[cfg(feature = "routes")]
pub use security_headers::{SecurityHeaders, SecurityHeadersFuture, SecurityHeadersService};
