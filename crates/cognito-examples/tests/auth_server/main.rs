//! The auth server without a real browser: the response of each page, and what must never happen.
//!
//! Tests with Chromium are in `cargo xtask test Chromium`; tests of several instances are in the
//! test program `redis`.

#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too

#[path = "../../examples/auth_server/arguments.rs"]
mod arguments;
mod browser;
mod operating;
mod orders;
mod pages;
mod passkey_routes;
mod session_list;
mod sessions;
mod signing_in;
#[path = "../../examples/auth_server/site.rs"]
#[allow(dead_code, unused_imports, reason = "the tests have no real pool")]
mod site;
mod starting;
mod step_up;
mod steps;
mod strangers;
