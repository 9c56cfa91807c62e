//! Compares the public API of each crate with a list in the repository, and checks which types of
//! other crates this API contains.

mod types;

use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::Package;

use crate::steps::Done;
use crate::tools::Tool;
use crate::{Result, process, repository};

const CARGO_PUBLIC_API: Tool = Tool {
    program: "cargo-public-api",
    version: "0.52.0",
    wheel: None,
    package: "cargo-public-api",
};

/// The toolchain that writes the rustdoc JSON. The installed version of cargo-public-api reads only
/// the JSON of this toolchain. The lists of the public API also depend on the toolchain.
const NIGHTLY: &str = "nightly-2026-05-20";
/// The date that `rustc --version` of the toolchain [`NIGHTLY`] prints. It is the day before the
/// date in the name of the toolchain.
const COMMIT_DAY: &str = "2026-05-19";

/// The folder with the lists of the public API.
const LISTS: &str = "docs/contributing/public-api";

/// Returns the name under which the toolchain [`NIGHTLY`] is installed: its own name, or `nightly`.
/// Returns `None` if it is not installed.
pub(crate) fn nightly() -> Option<&'static str> {
    [NIGHTLY, "nightly"].into_iter().find(|toolchain| {
        let mut rustc = Command::new("rustup");
        rustc.args(["run", toolchain, "rustc", "--version"]);
        process::output(&mut rustc).is_some_and(|version| version.contains(COMMIT_DAY))
    })
}

/// Returns the reason why a step that needs [`NIGHTLY`] is skipped.
pub(crate) fn no_nightly() -> String {
    format!(
        "{NIGHTLY} is missing; install it: rustup toolchain install {NIGHTLY} --profile minimal"
    )
}

/// Compares the public API of each published crate with its list in `docs/contributing/public-api`.
/// If `update` is `true`, writes the lists and does not compare. Also checks the types of other
/// crates in the public API. Without the nightly toolchain, the check is skipped.
///
/// # Errors
///
/// Fails if a public API differs from its list, or if the types of other crates in a public API
/// differ from the table `external-types` in the manifest, which gives a reason for each such type.
/// The error message names the crates and types.
pub(crate) fn run(update: bool) -> Result<Done> {
    let Some(nightly) = nightly() else {
        return Ok(Done::Skipped(no_nightly()));
    };
    let program = CARGO_PUBLIC_API.find_or_install()?;
    let packages = repository::published()?;
    let ours: Vec<String> = packages
        .iter()
        .map(|package| package.name.replace('-', "_"))
        .collect();
    document(nightly, &packages)?;
    let mut faults = Vec::new();
    let mut lines = 0;
    for (package, name) in packages.iter().zip(&ours) {
        let api = public_api(&program, nightly, name)?;
        faults.extend(types::check(package, &api, &ours));
        let api = without_generated(&api);
        lines += api.lines().count();
        let list = crate::root()
            .join(LISTS)
            .join(format!("{}.txt", package.name));
        if update {
            repository::write(&list, &api)?;
        } else if let Err(reason) = compare(&list, &api) {
            faults.push(reason);
        }
    }
    if faults.is_empty() {
        Ok(Done::Passed(format!("{lines} lines in {LISTS}")))
    } else {
        Err(faults.join("\n"))
    }
}

/// Writes the rustdoc JSON of all published crates with all features. There is one build for all
/// crates, because a build for each crate would compile the dependencies again with other features.
fn document(nightly: &str, packages: &[Package]) -> Result {
    let mut command = process::cargo_of(nightly);
    command
        .args(["doc", "--lib", "--no-deps", "--all-features", "--locked"])
        .args(["--quiet", "--target-dir"])
        .arg(folder())
        .env(
            "RUSTDOCFLAGS",
            "-Z unstable-options --output-format json --cap-lints allow",
        );
    for package in packages {
        command.args(["--package", package.name.as_str()]);
    }
    process::run(&mut command)
}

/// Returns the public API of a crate, one item in each line. Implementations of auto traits and
/// blanket implementations are omitted.
fn public_api(program: &Path, nightly: &str, name: &str) -> Result<String> {
    let json = folder().join("doc").join(format!("{name}.json"));
    let mut command = Command::new(program);
    command
        .args(["-ss", "--rustdoc-json"])
        .arg(&json)
        .env("RUSTUP_TOOLCHAIN", nightly)
        .current_dir(crate::root());
    process::output(&mut command)
        .ok_or_else(|| format!("cargo-public-api cannot read {}", json.display()))
}

/// Returns the lines of a public API without the items that a macro generates for itself. The names
/// of such items start with two underscores.
fn without_generated(api: &str) -> String {
    let is_generated = |line: &&str| {
        let path = match line.split_once(" for ") {
            Some((start, path)) if start.starts_with("impl") => path,
            _ => line.split(['(', '<']).next().unwrap_or_default(),
        };
        path.contains("::__")
    };
    let lines = api.lines().filter(|line| !is_generated(line));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// Returns the folder for the rustdoc JSON and for the current public API of each crate.
fn folder() -> PathBuf {
    crate::target().join("public-api")
}

/// Compares the stored list of a crate's public items with the current public API, `api`. Prints
/// the differences, and fails if there are any.
fn compare(list: &Path, api: &str) -> Result {
    let name = list.file_name().unwrap_or_default();
    let current = folder().join(name);
    repository::write(&current, api)?;
    let mut diff = Command::new("git");
    diff.args(["diff", "--no-index", "--unified=0", "--"]);
    process::run(diff.arg(list).arg(current)).map_err(|_| {
        let name = name.to_string_lossy();
        format!("{LISTS}/{name} is not up to date; if the change is intended, run: cargo xtask api --update")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_items_are_not_listed() {
        let kept = "\
pub mod a::mocks
pub fn a::mocks::MockAccount::expect_device(&mut self) -> &mut a::mocks::__mock::Expectation
impl core::fmt::Debug for a::mocks::MockAccount
";
        let generated = "\
pub mod a::mocks::__mock
pub fn a::mocks::__mock::Expectation::times(&mut self)
impl<T> core::marker::Unpin for a::Future<T> where x::__private::Fields: core::marker::Unpin
impl core::default::Default for a::mocks::__mock::Expectation
";
        assert_eq!(without_generated(&format!("{kept}{generated}")), kept);
    }
}
