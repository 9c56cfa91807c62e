//! Programs of this machine that the distribution has a package for.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::emulators::Missing;
use crate::process;

/// The names of the server that holds what machines share.
const REDIS: &[&str] = &["redis-server", "valkey-server"];

/// A Redis or Valkey server, installed where that may be done.
pub(crate) fn redis() -> Result<PathBuf, Missing> {
    program(REDIS, "redis-server")
}

/// The first of these programs that the search path has, installed from the distribution's package
/// where that may be done.
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

/// Installs the distribution's package, where that can be done without asking. Lists of packages that
/// are there may be old, and some machines come without any.
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

/// A program of the search path, if it runs.
fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut places = std::env::split_paths(&path).map(|place| place.join(name));
    places.find(|place| runs(place))
}

fn runs(program: &Path) -> bool {
    program.is_file() && process::succeeds(Command::new(program).arg("--version"))
}
