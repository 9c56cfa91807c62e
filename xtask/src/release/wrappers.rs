//! The npm and Python packages that contain the static program of the emulator.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::artifacts;
use super::binary::{self, NAME, Program};
use super::packages;
use super::running;
use crate::emulators::{self, Missing};
use crate::steps::Done;
use crate::{Result, process, repository};

/// The name of the npm package that contains the emulator's program. The name ends with Node.js's
/// names of the operating system and the processor.
const NPM_PLATFORM: &str = "cognito-emulator-linux-x64";
/// The platforms of the Python wheel that contains the emulator's program. A static program needs
/// no C library, so the wheel supports glibc and musl in any version that pip accepts.
const WHEEL_PLATFORM: &str = "manylinux_2_17_x86_64.musllinux_1_1_x86_64";
/// The file with the description of the npm and Python packages.
const README: &str = "README.md";
const SCRIPT: &str = "cognito-emulator.js";
const LICENCES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];

/// Creates the two npm packages of the emulator: one with a start script, and one with the program
/// for Linux on x86-64. npm installs the package with the program only on this platform. Then
/// installs both packages into a folder, checks that `npx` finds the command, and runs the
/// emulator. If npm is missing, the step is skipped.
///
/// # Errors
///
/// Fails if a package cannot be created or installed, or if the emulator does not run.
pub(super) fn npm(program: &Program) -> Result<Done> {
    if !process::succeeds(Command::new("npm").arg("--version")) {
        let line = "npm is missing; install it: apt-get install -y nodejs npm";
        return Ok(Done::Skipped(line.to_owned()));
    }
    let folder = packages::folder().join("npm");
    artifacts::clear(&folder)?;
    let (main, platform) = (folder.join(NAME), folder.join(NPM_PLATFORM));
    binary::copy(&templates().join("npm").join(SCRIPT), &main)?;
    binary::copy(&program.path, &platform)?;
    for package in [&main, &platform] {
        binary::copy(&templates().join(README), package)?;
        for licence in licences() {
            binary::copy(&licence, package)?;
        }
    }
    let manifest = repository::read(&templates().join("npm/package.json"))?;
    let (of_main, of_platform) = manifests(&manifest)?;
    repository::write(&main.join("package.json"), &of_main)?;
    repository::write(&platform.join("package.json"), &of_platform)?;
    let archives = [pack(&main)?, pack(&platform)?];
    let project = folder.join("project");
    repository::write(&project.join("package.json"), "{ \"private\": true }\n")?;
    let mut install = npm_in(&project, &["install", "--offline", "--ignore-scripts"]);
    process::run(install.args(["--no-audit", "--no-fund"]).args(&archives))?;
    // `npx` finds the command. The emulator is run without `npx`, which would get its signals.
    let mut npx = Command::new("npx");
    npx.args(["--offline", NAME, "--version"]);
    process::run(npx.current_dir(&project))?;
    let script = project.join("node_modules/.bin").join(NAME);
    running::check(&[], || Command::new(&script))?;
    for archive in &archives {
        artifacts::collect(archive)?;
    }
    Ok(Done::Passed(names(&archives)))
}

/// Creates the Python wheel with the emulator, installs it into a virtual environment, and runs the
/// emulator. If Python is missing, the step is skipped.
///
/// # Errors
///
/// Fails if the wheel cannot be created or installed, or if the emulator does not run.
pub(super) fn wheel(program: &Program) -> Result<Done> {
    if !process::succeeds(Command::new("python3").args(["-c", "import venv, ensurepip"])) {
        let line = "apt-get install -y python3 python3-venv";
        let reason = format!("no python3 with venv; install it: {line}");
        return Ok(Done::Skipped(reason));
    }
    let folder = packages::folder().join("python");
    artifacts::clear(&folder)?;
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let mut script = Command::new("python3");
    script
        .arg(templates().join("python/wheel.py"))
        .args([&program.path, &templates().join(README)])
        .args([env!("CARGO_PKG_VERSION"), WHEEL_PLATFORM])
        .arg(&folder)
        .args(licences());
    println!("$ {}", process::line(&script));
    let wheel = process::output(&mut script).ok_or("wheel.py failed")?;
    let wheel = PathBuf::from(wheel.trim());
    let environment = folder.join("venv");
    let path = wheel.display().to_string();
    emulators::install(&environment, &["--no-index", &path]).map_err(|Missing(reason)| reason)?;
    let installed = environment.join("bin").join(NAME);
    running::check(&[], || Command::new(&installed))?;
    artifacts::collect(&wheel)?;
    Ok(Done::Passed(names(&[wheel])))
}

/// Returns the folder of the templates for the npm and Python packages.
fn templates() -> PathBuf {
    crate::root().join("crates").join(NAME).join("packaging")
}

/// Returns the paths of the licence files.
fn licences() -> [PathBuf; 2] {
    LICENCES.map(|file| crate::root().join(file))
}

/// Returns two `package.json` files: for the npm package with the start script, and for the npm
/// package with the program. Fails if `template` is not JSON.
fn manifests(template: &str) -> Result<(String, String)> {
    let version = env!("CARGO_PKG_VERSION");
    let main: Value = serde_json::from_str(template)
        .map_err(|error| format!("the template of package.json: {error}"))?;
    let (mut main, mut platform) = (main.clone(), main);
    main["version"] = json!(version);
    main["optionalDependencies"] = json!({ NPM_PLATFORM: version });
    platform["version"] = json!(version);
    platform["name"] = json!(NPM_PLATFORM);
    platform["files"] = json!([NAME, LICENCES[0], LICENCES[1]]);
    platform["os"] = json!(["linux"]);
    platform["cpu"] = json!(["x64"]);
    if let Some(members) = platform.as_object_mut() {
        members.remove("bin");
    }
    Ok((format!("{main:#}\n"), format!("{platform:#}\n")))
}

/// Creates the archive of an npm package and returns its path.
fn pack(package: &Path) -> Result<PathBuf> {
    let mut pack = npm_in(package, &["pack", "--silent"]);
    println!("$ {}", process::line(&pack));
    let name = process::output(&mut pack).ok_or("npm pack failed")?;
    Ok(package.join(name.trim()))
}

fn npm_in(folder: &Path, arguments: &[&str]) -> Command {
    let mut npm = Command::new("npm");
    npm.args(arguments).current_dir(folder);
    npm
}

/// Returns the names of files, separated by commas.
fn names(files: &[PathBuf]) -> String {
    let names = files.iter().filter_map(|file| file.file_name());
    let names: Vec<_> = names.map(|name| name.to_string_lossy()).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_package_of_the_platform_is_restricted() {
        let path = templates().join("npm/package.json");
        let (main, platform) = manifests(&repository::read(&path).unwrap()).unwrap();
        let main: Value = serde_json::from_str(&main).unwrap();
        let platform: Value = serde_json::from_str(&platform).unwrap();
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(main["optionalDependencies"][NPM_PLATFORM], version);
        assert_eq!(main["os"], Value::Null);
        assert_eq!(platform["version"], version);
        assert_eq!(platform["os"], json!(["linux"]));
        assert_eq!(platform["bin"], Value::Null);
    }
}
