//! The life of the keys: single flight, rotation, withdrawal, renewal, outages, background work and
//! its end. The tests move the clock.

#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too

#[cfg(feature = "http")]
mod background;
mod fixture;
mod floods;
mod outages;
mod rotation;
mod runtimes;
mod shared;
mod status;
