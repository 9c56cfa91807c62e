//! Programs from packages of the operating system.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::emulators::Missing;
use crate::process;

/// The names of the Redis or Valkey server.
const REDIS: &[&str] = &["redis-server", "valkey-server"];

/// Returns a Redis or Valkey server. Installs it if that is permitted.
pub(crate) fn redis() -> Result<PathBuf, Missing> {
    program(REDIS, "redis-server")
}

/// Returns the first of these programs in the search path. If there is none, installs the
/// distribution's package if that is permitted.
pub(crate) fn program(names: &[&str], package: &str) -> Result<PathBuf, Missing> {
    let find = || names.iter().find_map(|name| find(name));
    let found = find().or_else(|| {
        // The user decides what is installed on a host.
        (crate::is_ci() && install(package)).then(find).flatten()
    });
    found.ok_or_else(|| {
        Missing(format!(
            "no {package}; install it: apt-get install -y {package}"
        ))
    })
}

/// Installs a package of the distribution, if that needs no interaction. Updates the package lists
/// first if necessary, because they may be missing or outdated.
fn install(package: &str) -> bool {
    println!("$ apt-get install -y {package}");
    let apt = |arguments: &[&str]| {
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
        process::succeeds(&mut apt)
    };
    let package = ["install", "-y", "--no-install-recommends", package];
    apt(&package) || (apt(&["update"]) && apt(&package))
}

/// Returns a program in the search path, if it runs.
fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut places = std::env::split_paths(&path).map(|place| place.join(name));
    places.find(|place| runs(place))
}

fn runs(program: &Path) -> bool {
    program.is_file() && process::succeeds(Command::new(program).arg("--version"))
}
