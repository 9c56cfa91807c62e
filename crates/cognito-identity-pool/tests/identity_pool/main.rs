//! Credentials of the emulator's identity pools, in memory.
#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too

mod endpoints;
mod fixture;
mod guests;
mod renewal;
mod roles;
mod users;
