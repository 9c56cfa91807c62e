//! Finds or installs Chromium.

use std::path::PathBuf;

use crate::emulators::Missing;
use crate::system;

/// The names of the executables of Chromium and Google Chrome.
const NAMES: &[&str] = &["chromium", "chromium-browser", "google-chrome"];

/// Returns the path of Chromium or Google Chrome. If both are missing in continuous integration,
/// installs Chromium. If both are missing on another host, fails with an error that contains the
/// command for the installation.
pub(crate) fn find() -> Result<PathBuf, Missing> {
    system::program(NAMES, "chromium")
}
