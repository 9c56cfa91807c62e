//! The tests of the public API: tokens, documents and their sources, policies, known results.
#![cfg(test)] // so that clippy.toml's exceptions for tests hold in helpers, too

mod case_files;
#[path = "../../examples/verify_cases/cases.rs"]
#[allow(dead_code, reason = "the tests do not use all of it")]
mod cases;
mod checks;
mod claims;
mod documents;
mod endpoints;
mod file;
mod format;
#[cfg(feature = "http")]
mod http;
mod id_checks;
mod json;
mod policies;
mod pools;
#[cfg(feature = "http")]
mod tls;
mod token_cache;
mod vectors;
mod verifier;
