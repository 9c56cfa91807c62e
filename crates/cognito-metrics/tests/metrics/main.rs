//! The tests of the public API: the snapshot and the bridge.
#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too

#[cfg(feature = "metrics")]
mod bridge;
mod metrics;
