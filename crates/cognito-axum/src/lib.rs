//! Amazon Cognito for axum: extractors, guards, error answers, and ready routes.

mod claims;
mod error;
#[cfg(feature = "openapi")]
mod openapi;
mod required;
mod token_guard;

#[cfg(feature = "routes")]
mod client_address;
#[cfg(feature = "routes")]
mod cookies;
#[cfg(feature = "routes")]
mod routes;
#[cfg(feature = "routes")]
mod same_origin;
#[cfg(feature = "routes")]
mod security_headers;

pub use claims::{AccessClaims, IdClaims};
pub use error::ApiError;
pub use required::{RequireGroup, RequireScope, RequiredGroup, RequiredScope};
pub use token_guard::{TokenGuard, TokenRejection};

#[cfg(feature = "routes")]
pub use client_address::{ClientAddress, TrustedProxies};
#[cfg(feature = "routes")]
pub use cookies::{CookieChanges, SameSite, SessionCookies};
#[cfg(feature = "routes")]
pub use routes::AuthRoutes;
#[cfg(feature = "routes")]
pub use same_origin::{SameOrigin, SameOriginFuture, SameOriginService};
#[cfg(feature = "routes")]
pub use security_headers::{SecurityHeaders, SecurityHeadersFuture, SecurityHeadersService};
