//! Runs the attacks of `crates/cognito-examples/examples/attacks` at full size.

use crate::{Result, process};

/// Builds the attacks with optimizations, and runs the attacks whose name contains `word`. An empty
/// word selects all attacks.
///
/// # Errors
///
/// Fails if a measurement is out of bounds, or an attack cannot run.
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
