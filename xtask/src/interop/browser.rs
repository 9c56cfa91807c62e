//! Runs applications and the passkey checks in Chromium. Scripts control the browser through its
//! developer tools.

use std::path::PathBuf;
use std::process::Command;

use crate::emulators::Missing;
use crate::interop::table::Cell;
use crate::interop::{applications, folder, said, sources};
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

/// The Chromium program, and the Node.js scripts that control it.
#[derive(Debug)]
pub(super) struct Browser {
    program: PathBuf,
    scripts: [PathBuf; 2],
}

impl Browser {
    /// Finds Chromium and installs the scripts. Fails if Chromium, Node.js or npm is missing,
    /// or if npm cannot install the packages of the scripts.
    pub(super) fn prepare() -> std::result::Result<Self, Missing> {
        let program = chromium::find()?;
        let passkeys = node::prepare(&sources().join("browser"), &folder().join("browser"), FILES)?;
        let applications = applications::prepare()?;
        Ok(Self {
            program,
            scripts: [
                applications.join("browser.mjs"),
                passkeys.join("passkeys.mjs"),
            ],
        })
    }

    /// Runs the applications and the passkey checks against the emulator at `endpoint`, and returns
    /// their results.
    pub(super) fn ask(&self, endpoint: &str) -> Result<Vec<Cell>> {
        let mut cells = Vec::new();
        for script in &self.scripts {
            let mut node = Command::new("node");
            cells.extend(said(node.arg(script).arg(endpoint).arg(&self.program))?);
        }
        Ok(cells)
    }
}
