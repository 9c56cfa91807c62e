//! Tests of the command `cognito`: the compiled command against an emulator in the test's process.

#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too

mod export;
mod find;
mod support;
mod user;
