//! Finds programs of the operating system, and installs them in continuous integration.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::emulators::Missing;
use crate::{output, process};

/// The names of the Redis server and of the Valkey server.
const REDIS: &[&str] = &["redis-server", "valkey-server"];

/// Returns the path of a Redis or Valkey server. If both are missing in continuous integration,
/// installs Redis. If both are missing on another host, fails with an error that contains the
/// command for the installation.
pub(crate) fn redis() -> Result<PathBuf, Missing> {
    program(REDIS, "redis-server")
}

/// Returns the first program of `names` that is in the search path. If all are missing in
/// continuous integration, installs `package`. If all are missing on another host, fails with an
/// error that contains the command for the installation.
pub(crate) fn program(names: &[&str], package: &str) -> Result<PathBuf, Missing> {
    let find = || names.iter().find_map(|name| find(name));
    let found = find().or_else(|| {
        // The user decides what is installed on a host.
        (crate::is_ci() && install(package)).then(find).flatten()
    });
    found.ok_or_else(|| {
        Missing(format!(
            "{package} is missing: install it with `apt-get install -y {package}`"
        ))
    })
}

/// Installs a package of the distribution. If that fails, updates the package lists and tries
/// again. Returns `true` if the package is installed.
fn install(package: &str) -> bool {
    output::line(format_args!("$ apt-get install -y {package}"));
    let apt = |arguments: &[&str]| {
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
        process::succeeds(&mut apt)
    };
    let package = ["install", "-y", "--no-install-recommends", package];
    apt(&package) || (apt(&["update"]) && apt(&package))
}

/// Returns the path of a program in the search path. Returns `None` if there is no such program, or
/// if it does not run with `--version`.
fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut places = std::env::split_paths(&path).map(|place| place.join(name));
    places.find(|place| runs(place))
}

fn runs(program: &Path) -> bool {
    program.is_file() && process::succeeds(Command::new(program).arg("--version"))
}
