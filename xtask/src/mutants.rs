//! Small changes to the verifier, each of which a test should notice, with cargo-mutants.

use crate::{Result, process};

/// Tries all of them, which takes an hour or two. What is tried is in `.cargo/mutants.toml`, and
/// why some changes are noticed by no test, in `docs/coverage.md`.
///
/// # Errors
///
/// When cargo-mutants is missing, or a change went unnoticed.
pub(crate) fn run() -> Result {
    if !process::succeeds(&mut process::cargo(&["mutants", "--version"])) {
        return Err("cargo-mutants is needed: cargo install cargo-mutants --locked".to_owned());
    }
    let mut command = process::cargo(&["mutants", "-p", "cognito-jwt", "--output"]);
    process::run(command.arg(crate::target()))
}
