//! The result type of tasks, and functions for the folders, files and published crates of the
//! repository.

use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{MetadataCommand, Package};

/// The result of a task. The error is one sentence for the terminal.
pub(crate) type Result<T = ()> = std::result::Result<T, String>;

/// Returns the root folder of the repository.
pub(crate) fn root() -> PathBuf {
    let crate_folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    crate_folder
        .parent()
        .map_or_else(|| crate_folder.clone(), PathBuf::from)
}

/// Returns Cargo's target folder: the folder in `CARGO_TARGET_DIR`, or `target` in the repository
/// if this variable is not set. Tasks also install their tools there.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// Returns `true` in continuous integration (`CI` is `true` or `1`). A skipped check is then an
/// error.
pub(crate) fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| matches!(value.as_str(), "true" | "1"))
}

/// Returns the crates that are published to crates.io.
///
/// # Errors
///
/// Fails if Cargo cannot read a manifest.
pub(crate) fn published() -> Result<Vec<Package>> {
    let metadata = MetadataCommand::new()
        .current_dir(root())
        .no_deps()
        .exec()
        .map_err(|error| format!("cargo metadata: {error}"))?;
    let mut packages = metadata.packages;
    packages.retain(|package| package.publish.as_ref().is_none_or(|to| !to.is_empty()));
    Ok(packages)
}

/// Returns the content of a text file.
///
/// # Errors
///
/// Fails if the file cannot be read. The error message names the file.
pub(crate) fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// Writes a file, and creates its folder if it is missing. A file that already has this content is
/// not written again.
///
/// # Errors
///
/// Fails if the file cannot be written. The error message names the file.
pub(crate) fn write(path: &Path, text: &str) -> Result {
    let cannot = |error: std::io::Error| format!("cannot write {}: {error}", path.display());
    if fs::read_to_string(path).is_ok_and(|before| before == text) {
        return Ok(());
    }
    fs::create_dir_all(path.parent().unwrap_or(path)).map_err(cannot)?;
    fs::write(path, text).map_err(cannot)
}
