//! Installs scripts for Node.js with fixed versions of their packages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::emulators::Missing;
use crate::{output, process};

/// Copies the files of a script to the folder `to`, and installs the script's packages there.
/// Returns `to`.
///
/// The paths in `files` are relative to the folder `from`. A path can refer to a file outside of
/// `from`. All copies are directly in `to`.
///
/// If the lock file has not changed, keeps the installed packages. Fails if Node.js or npm is
/// missing, or if npm cannot install the packages.
pub(crate) fn prepare(from: &Path, to: &Path, files: &[&str]) -> Result<PathBuf, Missing> {
    for tool in ["node", "npm"] {
        if !process::succeeds(Command::new(tool).arg("--version")) {
            let line = "apt-get install -y nodejs npm";
            return Err(Missing(format!(
                "{tool} is missing: install it with `{line}`"
            )));
        }
    }
    let is_there = to.join("node_modules/.package-lock.json").is_file()
        && same(
            &from.join("package-lock.json"),
            &to.join("package-lock.json"),
        );
    fs::create_dir_all(to)
        .map_err(|error| Missing(format!("cannot create {}: {error}", to.display())))?;
    for file in files {
        let name = Path::new(file).file_name().unwrap_or_default();
        copy(&from.join(file), &to.join(name))?;
    }
    if !is_there {
        install(from, to)?;
    }
    Ok(to.to_path_buf())
}

fn install(from: &Path, to: &Path) -> Result<(), Missing> {
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(to);
    output::line(format_args!(
        "installing the packages of {} ...",
        to.display()
    ));
    if process::succeeds(&mut npm) {
        return Ok(());
    }
    // The remains of a failed attempt must not count as complete the next time.
    drop(fs::remove_file(to.join("package-lock.json")));
    let line = process::line(&npm);
    Err(Missing(format!(
        "npm could not install the packages: run `cd {} && {line}` to see the reason",
        from.display()
    )))
}

/// Returns `true` if two files have the same content. Returns `false` if one of them cannot be
/// read.
pub(crate) fn same(one: &Path, other: &Path) -> bool {
    fs::read(one).is_ok_and(|text| fs::read(other).is_ok_and(|other| text == other))
}

pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), Missing> {
    fs::copy(from, to)
        .map(drop)
        .map_err(|error| Missing(format!("cannot write {}: {error}", to.display())))
}
