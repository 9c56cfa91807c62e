//! Runs the attacks of `crates/cognito-examples/examples/attacks` at full size.

use crate::{Result, process};

/// Builds the attacks with optimizations, and runs those whose name contains `word`.
///
/// # Errors
///
/// Fails if a figure is out of bounds, or an attack cannot run.
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
