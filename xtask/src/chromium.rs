//! Finds or installs Chromium.

use std::path::PathBuf;

use crate::emulators::Missing;
use crate::system;

/// The names of the browser's executable: in Debian, in other distributions, and in Google's
/// package.
const NAMES: &[&str] = &["chromium", "chromium-browser", "google-chrome"];

/// Finds the browser. In continuous integration, installs it if it is missing.
pub(crate) fn find() -> Result<PathBuf, Missing> {
    system::program(NAMES, "chromium")
}
