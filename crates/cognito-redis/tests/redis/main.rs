//! The store and the revocations against real servers, with a proxy between them that breaks the
//! connection in every way.
//!
//! Each test starts a separate `redis-server` (or `valkey-server`) on a free port, with a separate
//! folder. Without one on the search path a test prints that it was skipped. With
//! `COGNITO_REQUIRE_REDIS` set, as `cargo xtask test` does in continuous integration, it fails.
#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too

mod cluster;
mod faults;
mod feeding;
mod filling;
mod fixture;
mod group;
mod guard;
mod losses;
mod passwords;
mod places;
mod proxy;
mod quiet;
mod replicas;
mod revoking;
mod rights;
mod server;
mod store;
mod storm;
mod tls;

/// Starts the server of a test, or ends the test if there is no such program.
macro_rules! start {
    () => {
        match $crate::server::Server::start(&[]).await {
            Some(server) => server,
            None => return,
        }
    };
    ($($option:expr),+) => {
        match $crate::server::Server::start(&[$($option),+]).await {
            Some(server) => server,
            None => return,
        }
    };
}
pub(crate) use start;
