//! The tests of the public API: caches, stores, seals and the attempt guard.
#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too

mod attempt_guard;
mod attempt_known;
mod attempt_store;
mod encrypted_store;
mod memory_revocation_list;
mod memory_store;
mod rate_limiter;
mod seal;
mod single_flight;
mod store_defaults;
mod ttl_cache;
