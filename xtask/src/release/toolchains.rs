//! The release checks that need another compiler, or other versions of the dependencies.

use std::fs;

use super::packages::{self, Packages};
use crate::steps::Done;
use crate::{Result, api, process, repository};

/// Compiles each crate with the minimum versions of its direct dependencies. The check finds
/// manifests whose minimum version of a dependency is too old. If the nightly toolchain is missing,
/// the check is skipped.
///
/// # Errors
///
/// Fails if Cargo finds no such versions, or if a crate does not compile with them.
pub(super) fn minimal_versions(all: &Packages) -> Result<Done> {
    let Some(nightly) = api::nightly() else {
        return Ok(Done::Skipped(api::no_nightly()));
    };
    let folder = all.without_tests()?.folder;
    // Cargo keeps the versions of an existing lock file.
    drop(fs::remove_file(folder.join("Cargo.lock")));
    let mut resolve = process::cargo_of(nightly);
    resolve
        .args([
            "generate-lockfile",
            "--quiet",
            "-Z",
            "direct-minimal-versions",
        ])
        .current_dir(&folder);
    process::run(&mut resolve)?;
    let arguments = ["check", "--workspace", "--all-features", "--locked"];
    process::run(&mut packages::cargo(&folder, &arguments))?;
    Ok(().into())
}

/// Compiles the packages with the oldest compiler that a manifest accepts. If this compiler is
/// missing, the check is skipped.
///
/// # Errors
///
/// Fails if a crate does not compile.
pub(super) fn minimum_compiler(all: &Packages) -> Result<Done> {
    let packages = repository::published()?;
    let versions = packages
        .iter()
        .filter_map(|package| package.rust_version.as_ref());
    let version = versions
        .min()
        .ok_or("no manifest has a `rust-version`")?
        .to_string();
    if !process::succeeds(process::cargo_of(&version).arg("--version")) {
        return Ok(Done::Skipped(format!(
            "Rust {version} is missing; install it: \
             rustup toolchain install {version} --profile minimal"
        )));
    }
    let folder = all.with_tests()?.folder;
    packages::lock(&folder)?;
    let mut check = process::cargo_of(&version);
    check
        .args(["check", "--workspace", "--all-features", "--locked"])
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", packages::build());
    process::run(&mut check)?;
    Ok(().into())
}
