//! HTTP responses of routers and extractors.
#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too

mod errors;
mod extractors;
mod fixture;
mod two_guards;

#[cfg(feature = "routes")]
mod client_address;
#[cfg(feature = "routes")]
mod cookies;
#[cfg(feature = "routes")]
mod odd_bytes;
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
