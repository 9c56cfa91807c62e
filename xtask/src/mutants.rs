//! Runs cargo-mutants, which makes small changes to the code and runs the tests. For each change,
//! at least one test should fail.

use crate::{Result, process};

/// The packages whose code cargo-mutants changes, each with a list of files. If the list is not
/// empty, only the files in it are changed.
const TARGETS: [(&str, &[&str]); 3] = [
    ("cognito-jwt", &[]),
    (
        "cognito-cache",
        &[
            "crates/cognito-cache/src/attempt.rs",
            "crates/cognito-cache/src/attempt/**",
            "crates/cognito-cache/src/memory_revocation_list.rs",
            "crates/cognito-cache/src/memory_revocation_list/**",
        ],
    ),
    (
        "cognito-core",
        &[
            "crates/cognito-core/src/mask.rs",
            "crates/cognito-core/src/error/substitute.rs",
            "crates/cognito-core/src/error/report.rs",
        ],
    ),
];

/// Makes small changes (mutants) to the code of the [`TARGETS`], one at a time, and runs the tests
/// of the changed package. This takes a few hours. The reports are in `target/mutants/PACKAGE`.
///
/// # Errors
///
/// Fails if cargo-mutants is missing, or if there is a change that no test detects. Also fails for
/// the undetected changes that `docs/contributing/coverage.md` lists as known and acceptable.
/// Therefore compare the reports with this list.
pub(crate) fn run() -> Result {
    if !process::succeeds(&mut process::cargo(&["mutants", "--version"])) {
        return Err(
            "cargo-mutants is missing: install it with `cargo install cargo-mutants --locked`"
                .to_owned(),
        );
    }
    let mut failures = Vec::new();
    for (package, files) in TARGETS {
        let output = crate::target().join("mutants").join(package);
        std::fs::create_dir_all(&output).map_err(|error| error.to_string())?;
        let mut command = process::cargo(&["mutants", "-p", package, "--output"]);
        command.arg(output);
        for file in files {
            command.args(["--file", file]);
        }
        if let Err(error) = process::run(&mut command) {
            failures.push(error);
        }
    }
    if failures.is_empty() {
        Ok(())
    } else {
        Err(failures.join("\n"))
    }
}
