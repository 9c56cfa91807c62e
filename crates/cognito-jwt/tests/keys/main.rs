//! The life of the keys: one fetch for all, rotation, withdrawal, renewal, outages, the work in the
//! background and its end. All by a clock that the tests move.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[cfg(feature = "http")]
mod background;
mod floods;
mod outages;
mod rotation;
mod runtimes;
mod shared;
mod status;
mod world;
