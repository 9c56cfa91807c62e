//! The static program `cognito-emulator`: its build, and checks that it needs no shared library.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::artifacts;
use super::packages::{self, Packages};
use super::running::{self, Root};
use crate::steps::Done;
use crate::{Result, process};

/// The name of the program that is built for a release.
pub(super) const NAME: &str = "cognito-emulator";
const MUSL: &str = "x86_64-unknown-linux-musl";
const GNU: &str = "x86_64-unknown-linux-gnu";
const ARM: &str = "aarch64-unknown-linux-gnu";
/// The compiler and linker for [`ARM`], and the Linux package that contains this program.
const ARM_COMPILER: (&str, &str) = ("aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu");

/// A statically linked program `cognito-emulator`.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) path: PathBuf,
    /// The reason why `cognito-emulator` is built with glibc instead of musl. The results table
    /// shows the reason next to the build step. Empty for a build with musl.
    note: String,
}

/// Builds `cognito-emulator` for x86-64 with musl, from the package of the emulator. If the target
/// or the compiler for musl is missing, builds the program with a static glibc.
///
/// # Errors
///
/// Fails if the program does not compile.
pub(super) fn x86_64(all: &Packages) -> Result<Program> {
    let has_compiler = process::succeeds(Command::new("musl-gcc").arg("--version"));
    if has_std(MUSL) && has_compiler {
        let path = build(all, MUSL, &[("CC_x86_64_unknown_linux_musl", "musl-gcc")])?;
        let note = String::new();
        return Ok(Program { path, note });
    }
    let path = build(all, GNU, &[])?;
    let note = format!(
        "; with glibc, because {MUSL} is missing; install it: rustup target add {MUSL} && apt-get \
         install -y musl-tools"
    );
    Ok(Program { path, note })
}

/// Checks that the built emulator is static, and that it runs in a folder that contains no other
/// file. Adds it to the files of the release.
///
/// # Errors
///
/// Fails if the program is not static, or does not run.
pub(super) fn check(program: &Program) -> Result<Done> {
    let mut note = checked(&program.path)?;
    let root = packages::folder().join("empty");
    artifacts::clear(&root)?;
    copy(&program.path, &root)?;
    let inside = format!("/{NAME}");
    if let Some(root) = Root::of(&root, None) {
        running::check(&[], || root.command(&inside))?;
        note.push_str("; runs in an empty root");
    } else {
        running::check(&[], || Command::new(&program.path))?;
        note.push_str("; not run in an empty root, because that needs root or user namespaces");
    }
    artifacts::collect_as(&program.path, &format!("{NAME}-x86_64-linux"))?;
    Ok(Done::Passed(note + &program.note))
}

/// Builds `cognito-emulator` for aarch64 and adds it to the files of the release. The program is
/// not run. If the compilation target or a linker is missing, the step is skipped.
///
/// # Errors
///
/// Fails if the program does not compile, or is not static.
pub(super) fn aarch64(all: &Packages) -> Result<Done> {
    let (compiler, package) = ARM_COMPILER;
    if !has_std(ARM) {
        return Ok(Done::Skipped(format!(
            "the standard library for {ARM} is missing; install it: rustup target add {ARM}"
        )));
    }
    if !process::succeeds(Command::new(compiler).arg("--version")) {
        return Ok(Done::Skipped(format!(
            "{compiler} is missing; install it: apt-get install -y {package}"
        )));
    }
    let variables = [
        ("CC_aarch64_unknown_linux_gnu", compiler),
        ("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", compiler),
    ];
    let path = build(all, ARM, &variables)?;
    let note = checked(&path)?;
    artifacts::collect_as(&path, &format!("{NAME}-aarch64-linux"))?;
    Ok(Done::Passed(note + "; not run"))
}

fn has_std(target: &str) -> bool {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "target-libdir", "--target", target]);
    let folder = process::output(rustc.current_dir(crate::root()));
    folder.is_some_and(|folder| Path::new(folder.trim()).is_dir())
}

fn build(all: &Packages, target: &str, variables: &[(&str, &str)]) -> Result<PathBuf> {
    let workspace = all.with_tests()?.folder;
    packages::lock(&workspace)?;
    let arguments = [
        "build",
        "--release",
        "--locked",
        "-p",
        NAME,
        "--target",
        target,
    ];
    let mut command = packages::cargo(&workspace, &arguments);
    command.env("RUSTFLAGS", "-C target-feature=+crt-static");
    // As in the profile `dist` of this workspace.
    command.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1");
    command.env("CARGO_PROFILE_RELEASE_LTO", "fat");
    process::run(command.envs(variables.iter().copied()))?;
    Ok(packages::build().join(target).join("release").join(NAME))
}

/// Checks that a program needs no shared library. Returns its size, such as `12.3 MB`.
fn checked(program: &Path) -> Result<String> {
    let told = |tool: &str, option: Option<&str>| {
        let mut command = Command::new(tool);
        process::output(command.args(option).arg(program))
    };
    let described = told("file", Some("-b"));
    let is_static = described.is_none_or(|text| text.contains("static"));
    // Fails if it is not a dynamic program.
    let linked = told("ldd", None).unwrap_or_default();
    if !is_static || linked.contains("=>") {
        let path = program.display();
        return Err(format!("{path} is not static:\n{linked}"));
    }
    Ok(format!("{:.1} MB", megabytes(program)?))
}

/// Returns the size of a file in megabytes.
pub(super) fn megabytes(file: &Path) -> Result<f64> {
    let cannot = |error: std::io::Error| format!("cannot read {}: {error}", file.display());
    let bytes = fs::metadata(file).map_err(cannot)?.len();
    Ok(bytes as f64 / 1e6)
}

/// Copies a file with its permissions into a folder. Creates the folder if it is missing.
pub(super) fn copy(file: &Path, folder: &Path) -> Result {
    let cannot = |error: std::io::Error| format!("cannot copy {}: {error}", file.display());
    fs::create_dir_all(folder).map_err(cannot)?;
    let name = file.file_name().unwrap_or_default();
    fs::copy(file, folder.join(name)).map(drop).map_err(cannot)
}
