//! Checks the spelling of all files with the program typos.

use std::process::Command;

use crate::tools::Tool;
use crate::{Result, process};

const TYPOS: Tool = Tool {
    program: "typos",
    version: "1.52.0",
    wheel: Some("typos"),
    package: "typos-cli",
};

/// Checks the spelling of all files. `typos.toml` lists the exceptions.
///
/// # Errors
///
/// Fails if a word is misspelled, or if the program typos cannot be installed.
pub(crate) fn run() -> Result {
    let mut command = Command::new(TYPOS.find_or_install()?);
    command
        .args(["--hidden", "--format", "brief"])
        .current_dir(crate::root());
    process::run(&mut command)
}
