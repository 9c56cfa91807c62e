//! The life of the keys: single flight, rotation, withdrawal, renewal, outages, background work and
//! its end. The tests move the clock.

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
