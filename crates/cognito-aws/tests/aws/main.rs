//! The tests of the public API, over HTTP: with the emulator and with a fake Cognito.
#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too

mod adapter;
mod administration;
mod choice;
mod context;
mod devices;
mod fake;
mod lost_replies;
mod preparation;
mod sessions;
