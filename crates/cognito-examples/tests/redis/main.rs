//! Several instances of the auth server with a shared store.
//!
//! Each test starts a separate `redis-server`; see the tests of `cognito-redis`.
#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too

#[path = "../auth_server/browser.rs"]
#[allow(dead_code, reason = "not everything is done here")]
mod browser;
mod fixture;
mod outages;
#[path = "../../../cognito-redis/tests/redis/server.rs"]
#[allow(dead_code, reason = "not every question is asked here")]
mod server;
mod sharing;
#[path = "../../examples/auth_server/site.rs"]
#[allow(dead_code, unused_imports, reason = "the tests have no real pool")]
mod site;
