//! Checks that a release would succeed, without publishing anything.

mod artifacts;
mod binary;
mod consumer;
mod image;
mod packages;
mod running;
mod toolchains;
mod versions;
mod wrappers;

use std::cell::OnceCell;

use crate::steps::{Done, Steps};
use crate::{Result, alone, api, deny, repository, test};
use binary::Program;
use packages::Packages;

/// Runs the steps whose name contains the word after `--dry-run`, and prints the duration of each
/// in seconds. Without a word, runs all steps. After a failed step, the other steps still run.
///
/// # Errors
///
/// Fails if a step failed, or if no step name contains the word. In continuous integration, also
/// fails if a step was skipped. Fails without `--dry-run`, because this command does not publish.
pub(crate) fn run(arguments: &[&str]) -> Result {
    let word = match arguments {
        ["--dry-run"] => "",
        ["--dry-run", word] => word,
        _ => {
            let line = "usage: cargo xtask release --dry-run [STEP]";
            let page = "docs/contributing/releasing.md";
            return Err(format!("{line}; {page} says how to publish"));
        }
    };
    let cell = OnceCell::new();
    let packages = || once(&cell, Packages::create);
    let cell = OnceCell::new();
    let program = || once(&cell, || binary::x86_64(packages()?));
    let mut steps = Steps::of(word);
    let on_linux = |step: fn(&Program) -> Result<Done>| {
        if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
            step(program()?)
        } else {
            Ok(Done::Skipped("needs Linux on x86-64".to_owned()))
        }
    };
    steps.run("versions", versions::check);
    steps.run("cargo package", || contents(packages()?));
    steps.run("licences, bans and sources", deny::run);
    steps.run("advisories", deny::advisories);
    steps.run("public API", || api::run(false));
    steps.run("semantic versioning", artifacts::semantic_versioning);
    steps.run("static binary, x86-64", || on_linux(binary::check));
    steps.run("static binary, aarch64", || binary::aarch64(packages()?));
    steps.run("container image", || on_linux(image::check));
    steps.run("npm package", || on_linux(wrappers::npm));
    steps.run("Python package", || on_linux(wrappers::wheel));
    steps.run("bill of materials", || {
        artifacts::bill_of_materials(packages()?)
    });
    steps.run("checksums", || artifacts::checksums(packages()?));
    // The slow steps are last.
    steps.run("consumer", || consumer::check(packages()?));
    steps.run("oldest dependencies", || {
        toolchains::minimal_versions(packages()?)
    });
    steps.run("oldest compiler", || {
        toolchains::minimum_compiler(packages()?)
    });
    steps.run("package tests", || tests(packages()?));
    steps.run("features", alone::run);
    println!("\n{}", steps.text());
    steps.result()
}

/// Returns the value of a cell. If the cell is empty, computes the value and stores it.
fn once<T>(cell: &OnceCell<Result<T>>, compute: impl FnOnce() -> Result<T>) -> Result<&T> {
    cell.get_or_init(compute).as_ref().map_err(Clone::clone)
}

/// Removes the artifacts of an earlier run, and checks that each package contains the required
/// files.
fn contents(packages: &Packages) -> Result<Done> {
    artifacts::clear(&artifacts::folder())?;
    packages.with_tests()?;
    Ok(Done::Passed(format!("{} packages", packages.len())))
}

/// Builds the tests of all packages and runs them.
fn tests(packages: &Packages) -> Result<Done> {
    let workspace = packages.with_tests()?.folder;
    packages::lock(&workspace)?;
    let nextest = crate::root().join(".config/nextest.toml");
    let nextest = repository::read(&nextest)?;
    repository::write(&workspace.join(".config/nextest.toml"), &nextest)?;
    let passed = test::run_in(&workspace, &packages::build())?;
    Ok(Done::Passed(format!(
        "{passed} tests; dev-dependencies on the other packages were added again"
    )))
}
