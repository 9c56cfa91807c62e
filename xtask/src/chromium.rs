//! Finds or installs Chromium.

use std::path::PathBuf;

use crate::emulators::Missing;
use crate::system;

/// The names of Chromium's executable in Debian and in other distributions, and the name of Google
/// Chrome's.
const NAMES: &[&str] = &["chromium", "chromium-browser", "google-chrome"];

/// Returns the path of Chromium. If it is missing, continuous integration installs it.
pub(crate) fn find() -> Result<PathBuf, Missing> {
    system::program(NAMES, "chromium")
}
