//! The files that a release offers: packages, programs, bills of materials, and checksums.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::packages::{self, Packages};
use crate::steps::Done;
use crate::tools::Tool;
use crate::{Result, process, repository};

const CARGO_CYCLONEDX: Tool = Tool {
    program: "cargo-cyclonedx",
    version: "0.5.9",
    wheel: None,
    package: "cargo-cyclonedx",
};

const CARGO_SEMVER_CHECKS: Tool = Tool {
    program: "cargo-semver-checks",
    version: "0.51.0",
    wheel: None,
    package: "cargo-semver-checks",
};

/// The name of the file with the checksums.
const CHECKSUMS: &str = "SHA256SUMS";

/// Returns the folder of the files that a release offers.
pub(super) fn folder() -> PathBuf {
    packages::folder().join("artifacts")
}

/// Removes a folder of an earlier run, if it exists.
///
/// # Errors
///
/// Fails if the folder cannot be removed.
pub(super) fn clear(folder: &Path) -> Result {
    if !folder.exists() {
        return Ok(());
    }
    fs::remove_dir_all(folder)
        .map_err(|error| format!("cannot remove {}: {error}", folder.display()))
}

/// Compares the public API with the public API of the last release. If there is no release yet, the
/// check is not applicable.
///
/// # Errors
///
/// Fails if the public API has changed more than the new version number permits (semantic
/// versioning), or if cargo-semver-checks cannot be installed.
pub(super) fn semantic_versioning() -> Result<Done> {
    let mut git = Command::new("git");
    git.current_dir(crate::root());
    git.args(["tag", "--list", "v*", "--sort=-version:refname"]);
    let tags = process::output(&mut git).ok_or("git lists no tags")?;
    let Some(last) = tags.lines().next() else {
        return Ok(Done::NotApplicable(
            "there is no release to compare with".to_owned(),
        ));
    };
    let mut command = Command::new(CARGO_SEMVER_CHECKS.find_or_install()?);
    command.args(["semver-checks", "--workspace", "--baseline-rev", last]);
    process::run(command.current_dir(crate::root()))?;
    Ok(Done::Passed(format!("compared with {last}")))
}

/// Writes a bill of materials (CycloneDX) for each package.
///
/// # Errors
///
/// Fails if cargo-cyclonedx cannot be installed or fails, or if a package has no bill of materials.
pub(super) fn bill_of_materials(all: &Packages) -> Result<Done> {
    let workspace = all.without_tests()?.folder;
    packages::lock(&workspace)?;
    let mut command = Command::new(CARGO_CYCLONEDX.find_or_install()?);
    command.args(["cyclonedx", "--format", "json", "--all-features", "--quiet"]);
    process::run(command.current_dir(&workspace))?;
    let mut written = 0;
    for package in entries(&workspace.join("packages"))? {
        for file in entries(&package)? {
            if file.to_string_lossy().ends_with(".cdx.json") {
                collect(&file)?;
                written += 1;
            }
        }
    }
    if written == all.len() {
        Ok(Done::Passed(format!(
            "{written} files in {}",
            folder().display()
        )))
    } else {
        Err(format!(
            "{written} bills of materials for {} packages",
            all.len()
        ))
    }
}

/// Adds the packages to the files of the release, and writes the SHA-256 of each file to
/// `SHA256SUMS`.
///
/// # Errors
///
/// Fails if a file cannot be copied or read.
pub(super) fn checksums(all: &Packages) -> Result<Done> {
    for archive in all.archives() {
        collect(&archive)?;
    }
    let mut files = entries(&folder())?;
    files.retain(|file| !file.ends_with(CHECKSUMS));
    files.sort_unstable();
    let names = files.iter().filter_map(|file| file.file_name());
    let mut sums = Command::new("sha256sum");
    sums.arg("--").args(names).current_dir(folder());
    let text = process::output(&mut sums).ok_or("sha256sum failed")?;
    repository::write(&folder().join(CHECKSUMS), &text)?;
    print!("{text}");
    Ok(Done::Passed(format!(
        "{} files in {}",
        files.len(),
        folder().display()
    )))
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let cannot = |error: std::io::Error| format!("cannot read {}: {error}", folder.display());
    let entries = fs::read_dir(folder).map_err(cannot)?.flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.retain(|path| path.is_dir() || path.is_file());
    Ok(paths)
}

/// Copies a file to the folder with the files of the release.
pub(super) fn collect(file: &Path) -> Result {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    collect_as(file, &name)
}

/// Copies a file to the folder with the files of the release, under the name `name`.
pub(super) fn collect_as(file: &Path, name: &str) -> Result {
    let cannot = |error: std::io::Error| format!("cannot copy {}: {error}", file.display());
    fs::create_dir_all(folder()).map_err(cannot)?;
    fs::copy(file, folder().join(name)).map_err(cannot)?;
    Ok(())
}
