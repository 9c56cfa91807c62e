#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod claims;
mod error;
#[cfg(feature = "openapi")]
mod openapi;
mod required;
mod token_guard;

#[cfg(any(feature = "routes", feature = "server"))]
mod client_address;
#[cfg(feature = "routes")]
mod cookies;
#[cfg(any(feature = "routes", feature = "server"))]
mod resource_metadata;
#[cfg(feature = "routes")]
mod routes;
#[cfg(feature = "routes")]
mod same_origin;
#[cfg(feature = "routes")]
mod security_headers;
#[cfg(feature = "server")]
mod server;
#[cfg(feature = "routes")]
mod shown;

pub use claims::{AccessClaims, IdClaims};
pub use cognito_tower::ResourceMetadata;
pub use cognito_tower::public::{EnumerationPolicy, ErrorBody};
pub use error::ApiError;
pub use required::{
    RequireGroup, RequireScope, RequireSignIn, RequiredGroup, RequiredScope, RequiredSignIn,
};
pub use token_guard::{TokenGuard, TokenRejection};

#[cfg(any(feature = "routes", feature = "server"))]
pub use client_address::{ClientAddress, TrustedProxies};
#[cfg(feature = "routes")]
pub use cookies::{CookieChanges, SameSite, SessionCookies};
#[cfg(any(feature = "routes", feature = "server"))]
pub use resource_metadata::ResourceMetadataRoute;
#[cfg(feature = "routes")]
pub use routes::{
    AuthRoutes, CompletedSignIn, HostedLoginRoutes, Outcome, OutcomeResponse, SignInMethod,
    SignUpAttempt, SignUpRejection,
};
#[cfg(feature = "routes")]
pub use same_origin::{SameOrigin, SameOriginFuture, SameOriginService};
#[cfg(feature = "routes")]
pub use security_headers::{SecurityHeaders, SecurityHeadersFuture, SecurityHeadersService};
#[cfg(feature = "server")]
pub use server::Server;
