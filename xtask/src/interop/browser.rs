//! Runs the passkey checks in Chromium, which a script controls through the developer tools of the
//! browser.

use std::path::PathBuf;
use std::process::Command;

use crate::emulators::Missing;
use crate::interop::table::Cell;
use crate::interop::{folder, said, sources};
use crate::{Result, chromium, node};

/// The files of the script that controls the browser. The npm packages that it uses have fixed
/// versions.
const FILES: &[&str] = &[
    ".npmrc",
    "package-lock.json",
    "package.json",
    "page.html",
    "page.js",
    "passkeys.mjs",
];

/// The Chromium program, and the Node.js script that runs the passkey checks in it.
#[derive(Debug)]
pub(super) struct Browser {
    program: PathBuf,
    script: PathBuf,
}

impl Browser {
    /// Finds Chromium and installs the script. Fails if Chromium, Node.js or npm is missing,
    /// or if npm cannot install the packages of the script.
    pub(super) fn prepare() -> std::result::Result<Self, Missing> {
        let program = chromium::find()?;
        let scripts = node::prepare(&sources().join("browser"), &folder().join("browser"), FILES)?;
        Ok(Self {
            program,
            script: scripts.join("passkeys.mjs"),
        })
    }

    /// Runs the passkey checks against the emulator at `endpoint` and returns their results.
    pub(super) fn ask(&self, endpoint: &str) -> Result<Vec<Cell>> {
        let mut script = Command::new("node");
        said(script.arg(&self.script).arg(endpoint).arg(&self.program))
    }
}
