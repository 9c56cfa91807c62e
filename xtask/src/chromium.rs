//! Finds or installs Chromium.

use std::path::PathBuf;

use crate::emulators::Missing;
use crate::system;

/// The names of the executables of Chromium (in Debian and in other distributions) and of Google
/// Chrome.
const NAMES: &[&str] = &["chromium", "chromium-browser", "google-chrome"];

/// Returns the path of Chromium. If it is missing, continuous integration installs it.
pub(crate) fn find() -> Result<PathBuf, Missing> {
    system::program(NAMES, "chromium")
}
