//! The attacks of `crates/cognito-examples/examples/attacks`, in full size.

use crate::{Result, process};

/// Builds the attacks with optimizations and runs those whose name contains `word`.
///
/// # Errors
///
/// When a figure is out of bounds, or an attack cannot run.
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
