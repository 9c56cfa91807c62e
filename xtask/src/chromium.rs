//! Chromium, as distributions have it.

use std::path::PathBuf;

use crate::emulators::Missing;
use crate::system;

/// The names of the program: Debian's, that of other distributions, Google's.
const NAMES: &[&str] = &["chromium", "chromium-browser", "google-chrome"];

/// Finds the browser; in continuous integration installs it where it is missing.
pub(crate) fn find() -> Result<PathBuf, Missing> {
    system::program(NAMES, "chromium")
}
