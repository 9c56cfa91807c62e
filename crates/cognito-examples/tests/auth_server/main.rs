//! The auth server without a browser: what each page answers, and what it never does.
//!
//! What people see and do there is walked by Chromium (`cargo xtask test Chromium`); several instances
//! of it are in the test program `redis`.

#![allow(clippy::expect_used, reason = "tests may, in their helpers, too")]

#[path = "../../examples/auth_server/arguments.rs"]
mod arguments;
mod browser;
mod operating;
mod pages;
mod sessions;
mod signing_in;
#[path = "../../examples/auth_server/site.rs"]
#[allow(dead_code, unused_imports, reason = "the tests have no real pool")]
mod site;
mod starting;
mod steps;
mod strangers;
