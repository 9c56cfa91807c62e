//! The guard and its layer, alone and over HTTP.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod challenges;
mod http;
mod layer;
mod responses;
mod rules;
mod secrets;
mod sources;
mod verdicts;
mod world;
