//! Runs the checks that every change must pass, the fastest first.

use crate::steps::Steps;
use crate::{Result, deny, deps, docs, interop, process, test, tidy, typos};

/// The crates that are also checked without their default features. These checks are fast, because
/// none of them compiles the AWS SDK.
const LEAN: &[&str] = &[
    "cognito-jwt",
    "cognito-config",
    "cognito-emulator",
    "cognito-axum",
];

/// Runs the steps whose name contains `word`, and prints the duration of each in seconds. If `word`
/// is empty, runs all steps. After a failed step, the other steps still run.
///
/// # Errors
///
/// Fails if a step failed, or if no step has a name with `word`. The error message names the failed
/// steps.
pub(crate) fn run(word: &str) -> Result {
    let mut steps = Steps::of(word);
    steps.run("fmt", || {
        process::run(&mut process::cargo(&["fmt", "--all", "--check"]))
    });
    steps.run("deps", deps::run);
    steps.run("tidy", tidy::run);
    steps.run("docs", docs::run);
    steps.run("typos", typos::run);
    steps.run("deny", deny::run);
    steps.run("clippy, all features", || {
        clippy(&["--workspace", "--all-features"])
    });
    steps.run("clippy, default features", default_features);
    for name in LEAN {
        if crate::root().join("crates").join(name).exists() {
            steps.run(&format!("clippy, {name} alone"), || {
                clippy(&["-p", name, "--no-default-features"])
            });
        }
    }
    steps.run("rustdoc", rustdoc);
    let mut summary = None;
    steps.run("test", || {
        let groups = test::groups(None);
        let result = groups.result();
        summary = Some(groups);
        result
    });
    steps.run("interop", interop::run);
    println!("\n{}", steps.text());
    if let Some(summary) = summary {
        println!("{}", summary.text());
    }
    steps.result()
}

fn clippy(selection: &[&str]) -> Result {
    let mut command = process::cargo(&["clippy", "--all-targets"]);
    process::run(command.args(selection).args(["--", "-D", "warnings"]))
}

/// Runs clippy with the default features of each crate, as users compile it. Examples and tests are
/// excluded: they enable more features, which would hide code that does not compile without them.
fn default_features() -> Result {
    let others = ["--exclude", "cognito-examples", "--exclude", "xtask"];
    let mut command = process::cargo(&["clippy", "--workspace"]);
    process::run(command.args(others).args(["--", "-D", "warnings"]))
}

fn rustdoc() -> Result {
    let mut command = process::cargo(&["doc", "--workspace", "--no-deps", "--all-features"]);
    process::run(command.env("RUSTDOCFLAGS", "-D warnings"))
}
