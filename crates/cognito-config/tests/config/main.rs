//! The tests of the public API: sources, chains, the cache of settings.
#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too

mod config_cache;
mod env;
#[cfg(feature = "secretsmanager")]
mod secrets_manager;
mod shared;
mod sources;
#[cfg(feature = "ssm")]
mod ssm;
