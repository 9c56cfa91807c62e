//! The guard and its layer, alone and over HTTP.

#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too

mod challenges;
mod fixture;
mod http;
mod layer;
mod public;
mod resource_metadata;
mod responses;
mod rules;
mod secrets;
mod sources;
mod step_up;
mod verdicts;
