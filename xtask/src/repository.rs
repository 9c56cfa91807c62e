//! The result type of tasks, and the folders of the repository.

use std::path::PathBuf;

/// The result of a task. An error is one sentence with the reason.
pub(crate) type Result<T = ()> = std::result::Result<T, String>;

/// Returns the root of the repository, the parent folder of this crate.
pub(crate) fn root() -> PathBuf {
    let crate_folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    crate_folder
        .parent()
        .map_or_else(|| crate_folder.clone(), PathBuf::from)
}

/// Returns Cargo's target folder. Tools and emulators are installed there too.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// Returns `true` in continuous integration, where every check must run.
pub(crate) fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| matches!(value.as_str(), "true" | "1"))
}
