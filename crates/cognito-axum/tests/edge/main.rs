//! HTTP responses of routers and extractors.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod errors;
mod extractors;
mod two_guards;
mod world;

#[cfg(feature = "routes")]
mod client_address;
#[cfg(feature = "routes")]
mod cookies;
#[cfg(feature = "routes")]
mod odd_bytes;
#[cfg(feature = "routes")]
mod routes;
#[cfg(feature = "routes")]
mod same_origin;
#[cfg(feature = "routes")]
mod security_headers;
#[cfg(feature = "server")]
mod server;
