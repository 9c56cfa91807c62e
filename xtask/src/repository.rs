//! The result of a task, and the places that tasks work in.

use std::path::PathBuf;

/// The result of a task. An error is one sentence that says why the task failed.
pub(crate) type Result<T = ()> = std::result::Result<T, String>;

/// The root of the repository: the folder above this crate.
pub(crate) fn root() -> PathBuf {
    let crate_folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    crate_folder
        .parent()
        .map_or_else(|| crate_folder.clone(), PathBuf::from)
}

/// The folder that Cargo builds in, where tools and other emulators are installed as well.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root().join("target"), |folder| root().join(folder))
}

/// Returns `true` in continuous integration, where no check may be left out.
pub(crate) fn is_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| matches!(value.as_str(), "true" | "1"))
}
