//! A real browser, Chromium, driven through its developer tools.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::emulators::Missing;
use crate::interop::table::Cell;
use crate::interop::{prepare_node, said};
use crate::{Result, process};

/// What the script of the browser is made of, with fixed versions of what it needs.
const FILES: &[&str] = &[
    ".npmrc",
    "package-lock.json",
    "package.json",
    "page.html",
    "page.js",
    "passkeys.mjs",
];

/// The names of the program: Debian's, that of other distributions, Google's.
const NAMES: &[&str] = &["chromium", "chromium-browser", "google-chrome"];

/// The browser, and the script that drives it.
#[derive(Debug)]
pub(super) struct Browser {
    program: PathBuf,
    script: PathBuf,
}

impl Browser {
    /// Finds the browser, and installs what drives it.
    pub(super) fn prepare() -> std::result::Result<Self, Missing> {
        let program = installed().or_else(|| {
            // A person decides what is installed on their machine.
            (crate::is_ci() && install()).then(installed).flatten()
        });
        let program = program.ok_or_else(|| {
            let line = "apt-get install -y chromium";
            Missing(format!("no Chromium for passkeys; install it: {line}"))
        })?;
        let script = prepare_node("browser", FILES)?.join("passkeys.mjs");
        Ok(Self { program, script })
    }

    /// What came of passkeys.
    pub(super) fn ask(&self, endpoint: &str) -> Result<Vec<Cell>> {
        let mut script = Command::new("node");
        said(script.arg(&self.script).arg(endpoint).arg(&self.program))
    }
}

fn installed() -> Option<PathBuf> {
    NAMES.iter().find_map(|name| find(name))
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
fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut places = std::env::split_paths(&path).map(|place| place.join(name));
    places.find(|place| runs(place))
}

fn runs(program: &Path) -> bool {
    program.is_file() && process::succeeds(Command::new(program).arg("--version"))
}
