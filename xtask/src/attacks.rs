//! Runs the attacks of `crates/cognito-examples/examples/attacks` at full size.

use crate::{Result, process};

/// Builds the attacks with optimizations, and runs the attacks whose name contains `word`. If
/// `word` is empty, runs all attacks.
///
/// # Errors
///
/// Fails if a measurement is out of its bounds, or if an attack cannot run.
pub(crate) fn run(word: &str) -> Result {
    process::run(&mut process::cargo(&[
        "run",
        "--release",
        "--package",
        "cognito-examples",
        "--example",
        "attacks",
        "--",
        word,
    ]))
}
