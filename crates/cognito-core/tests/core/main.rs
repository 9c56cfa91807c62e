//! The tests of the public API.
#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too

mod administration;
mod challenge;
mod claims;
mod clock;
mod config;
mod context;
mod device;
mod error;
mod error_report;
mod event;
mod hosted_login;
mod id;
mod login_names;
mod oauth;
mod operations;
mod passkeys;
mod pending_login;
mod plain_http;
mod requirement;
mod revocation;
mod secret;
mod serialized_challenge;
mod session;
mod substitute;
mod user;
