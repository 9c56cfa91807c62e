//! Shows that a release would work, without publishing anything.

mod artifacts;
mod consumer;
mod packages;
mod toolchains;
mod versions;

use std::cell::OnceCell;

use crate::steps::{Done, Steps};
use crate::{Result, alone, api, deny, repository, test};
use packages::Packages;

/// Runs the steps whose name contains the word, and prints the duration of each in seconds. Without
/// a word, runs all steps. A failed step does not stop the later ones.
///
/// # Errors
///
/// Names the failed steps. In continuous integration, also names the skipped steps. Fails without
/// `--dry-run`, because this command does not publish.
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
    let packages = || -> Result<&Packages> {
        let created: &Result<Packages> = cell.get_or_init(Packages::create);
        created.as_ref().map_err(Clone::clone)
    };
    let mut steps = Steps::of(word);
    steps.run("versions", versions::check);
    steps.run("cargo package", || contents(packages()?));
    steps.run("package tests", || tests(packages()?));
    steps.run("consumer", || consumer::check(packages()?));
    steps.run("public API", || api::run(false));
    steps.run("semantic versioning", artifacts::semantic_versioning);
    steps.run("features", alone::run);
    steps.run("oldest dependencies", || {
        toolchains::minimal_versions(packages()?)
    });
    steps.run("oldest compiler", || {
        toolchains::minimum_compiler(packages()?)
    });
    steps.run("licences, bans and sources", deny::run);
    steps.run("advisories", deny::advisories);
    steps.run("bill of materials", || {
        artifacts::bill_of_materials(packages()?)
    });
    steps.run("static binary", || artifacts::static_binary(packages()?));
    steps.run("checksums", || artifacts::checksums(packages()?));
    println!("\n{}", steps.text());
    steps.verdict()
}

/// Checks that each package has the required files. Removes the artifacts of an earlier run.
fn contents(packages: &Packages) -> Result<Done> {
    artifacts::clear()?;
    packages.with_tests()?;
    Ok(Done::Passed(format!("{} packages", packages.len())))
}

/// Builds each package with its tests, and runs them.
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
