//! A real browser, Chromium, driven through its developer tools.

use std::path::PathBuf;
use std::process::Command;

use crate::emulators::Missing;
use crate::interop::table::Cell;
use crate::interop::{folder, said, sources};
use crate::{Result, chromium, node};

/// What the script of the browser is made of, with fixed versions of what it needs.
const FILES: &[&str] = &[
    ".npmrc",
    "package-lock.json",
    "package.json",
    "page.html",
    "page.js",
    "passkeys.mjs",
];

/// The browser, and the script that drives it.
#[derive(Debug)]
pub(super) struct Browser {
    program: PathBuf,
    script: PathBuf,
}

impl Browser {
    /// Finds the browser, and installs what drives it.
    pub(super) fn prepare() -> std::result::Result<Self, Missing> {
        let program = chromium::find()?;
        let scripts = node::prepare(&sources().join("browser"), &folder().join("browser"), FILES)?;
        Ok(Self {
            program,
            script: scripts.join("passkeys.mjs"),
        })
    }

    /// What came of passkeys.
    pub(super) fn ask(&self, endpoint: &str) -> Result<Vec<Cell>> {
        let mut script = Command::new("node");
        said(script.arg(&self.script).arg(endpoint).arg(&self.program))
    }
}
