//! Chromium, as distributions have it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::emulators::Missing;
use crate::process;

/// The names of the program: Debian's, that of other distributions, Google's.
const NAMES: &[&str] = &["chromium", "chromium-browser", "google-chrome"];

/// Finds the browser; in continuous integration installs it where it is missing. A person decides
/// what is installed on their machine. `purpose` says what it is wanted for.
pub(crate) fn find(purpose: &str) -> Result<PathBuf, Missing> {
    let program = installed().or_else(|| (crate::is_ci() && install()).then(installed).flatten());
    program.ok_or_else(|| {
        let line = "apt-get install -y chromium";
        Missing(format!("no Chromium for {purpose}; install it: {line}"))
    })
}

fn installed() -> Option<PathBuf> {
    NAMES.iter().find_map(|name| program(name))
}

/// Installs the distribution's package, where that can be done without asking. Lists of packages that
/// are there may be old, and some machines come without any.
fn install() -> bool {
    println!("$ apt-get install -y chromium");
    let apt = |arguments: &[&str]| {
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
        process::succeeds(&mut apt)
    };
    let package = ["install", "-y", "--no-install-recommends", "chromium"];
    apt(&package) || (apt(&["update"]) && apt(&package))
}

/// A program of the search path, if it runs.
fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut places = std::env::split_paths(&path).map(|place| place.join(name));
    places.find(|place| runs(place))
}

fn runs(program: &Path) -> bool {
    program.is_file() && process::succeeds(Command::new(program).arg("--version"))
}
