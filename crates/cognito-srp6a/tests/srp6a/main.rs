//! The tests of the public API: both sides of the exchange, test vectors, the timestamp.
#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too

mod exchange;
mod timestamp;
mod vectors;
