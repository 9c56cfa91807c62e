//! Installs CMake and Clang, which the build of BoringSSL needs, if the host does not have them.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::peers::quietly;

/// The Python packages that contain CMake and the library of Clang.
const WHEELS: [&str; 2] = ["cmake==4.4.4", "libclang==18.1.1"];

/// Returns the environment variables for a build that needs CMake and Clang. If the host has both,
/// the list is empty. If one of them is missing, installs both below `folder`. If the installation
/// fails, the list is empty too, and the build reports the missing tool.
pub(crate) fn find_or_install(folder: &Path) -> Vec<(&'static str, OsString)> {
    let is_there = |program| quietly(Command::new(program).arg("--version")).is_ok();
    if is_there("cmake") && is_there("clang") {
        return Vec::new();
    }
    install(folder).unwrap_or_else(|reason| {
        println!("cmake and clang are missing and cannot be installed: {reason}");
        Vec::new()
    })
}

fn install(folder: &Path) -> Result<Vec<(&'static str, OsString)>, String> {
    let scripts = folder.join("bin");
    if libclang(folder).is_none() {
        quietly(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
        let mut install = Command::new(scripts.join("python"));
        quietly(
            install
                .args(["-m", "pip", "install", "--quiet"])
                .args(WHEELS),
        )?;
    }
    let libclang = libclang(folder).ok_or("the wheel of libclang has no libclang")?;
    let old = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths([scripts].into_iter().chain(env::split_paths(&old)));
    let mut found = vec![
        ("LIBCLANG_PATH", libclang.into_os_string()),
        ("PATH", path.map_err(|error| error.to_string())?),
    ];
    // The package does not contain the compiler's own headers. Those of GCC are used.
    let headers = Command::new("cc").arg("-print-file-name=include").output();
    if let Ok(output) = headers.map_err(|error| error.to_string()) {
        let headers = String::from_utf8_lossy(&output.stdout);
        let argument = format!("-I{}", headers.trim());
        found.push(("BINDGEN_EXTRA_CLANG_ARGS", argument.into()));
    }
    Ok(found)
}

/// Returns the folder of the Clang library in the virtual environment `folder`:
/// `lib/python3.*/site-packages/clang/native`. Returns `None` if it does not exist.
fn libclang(folder: &Path) -> Option<PathBuf> {
    let versions = folder.join("lib").read_dir().ok()?;
    versions
        .flatten()
        .map(|version| version.path().join("site-packages/clang/native"))
        .find(|path| path.is_dir())
}
