//! Runs applications and the passkey checks in Chromium. Scripts control the browser through its
//! developer tools.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::emulators::Missing;
use crate::interop::table::Cell;
use crate::interop::{applications, folder, prepare_python, recipes, said, sources};
use crate::{Result, chromium, node};

/// The files of the script that checks passkeys. The npm packages that it uses have fixed
/// versions.
const FILES: &[&str] = &[
    "../../scripts/authenticator.mjs",
    ".npmrc",
    "package-lock.json",
    "package.json",
    "page.html",
    "page.js",
    "passkeys.mjs",
];

/// The Chromium program, the scripts that control it, and Python, which runs the recipes (the
/// example set-ups in `docs/recipes`).
#[derive(Debug)]
pub(super) struct Browser {
    program: PathBuf,
    python: PathBuf,
    applications: PathBuf,
    passkeys: PathBuf,
}

impl Browser {
    /// Finds Chromium and installs the scripts. Fails if Chromium, Node.js, npm or Python is
    /// missing, or if packages of the scripts cannot be installed.
    pub(super) fn prepare() -> std::result::Result<Self, Missing> {
        let program = chromium::find()?;
        let passkeys = node::prepare(&sources().join("browser"), &folder().join("browser"), FILES)?;
        Ok(Self {
            program,
            python: prepare_python()?,
            applications: applications::prepare()?,
            passkeys: passkeys.join("passkeys.mjs"),
        })
    }

    /// Runs the applications and the passkey checks against the emulator at `endpoint`, and returns
    /// their results.
    pub(super) fn ask(&self, endpoint: &str) -> Result<Vec<Cell>> {
        let mut cells = Vec::new();
        for script in [&self.applications.join("browser.mjs"), &self.passkeys] {
            let mut node = Command::new("node");
            cells.extend(said(node.arg(script).arg(endpoint).arg(&self.program))?);
        }
        Ok(cells)
    }

    /// Runs the recipes of `docs/recipes` that have a web page, and returns the results. `emulator`
    /// is the path of the emulator's program.
    pub(super) fn ask_recipes(&self, emulator: &Path) -> Result<Vec<Cell>> {
        let mut recipes = recipes(&self.python, emulator);
        said(recipes.arg(&self.applications).arg(&self.program))
    }
}
