//! Runs all test groups and prints a summary.
//!
//! Groups that compute run at the same time as groups that wait for servers or for a browser. After
//! a failed group, the other groups still run. A group that cannot run is skipped, and the summary
//! shows the reason and a remedy. In continuous integration, a skipped group is a failure.

mod lanes;
mod quick;
mod summary;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::emulators::{Emulators, Missing, Python};
use crate::process::Finished;
use crate::walk::{Walk, Walked};
use crate::{Result, output, process, redis, system};
use lanes::{Group, Lane};
pub(crate) use quick::run as run_quick;
pub(crate) use summary::Summary;
use summary::{Counts, Outcome};

/// The crates that are also tested without their default features, because some users build them in
/// this way. These builds are fast, because none of them compiles the AWS SDK.
const LEAN: &[&str] = &[
    "cognito-jwt",
    "cognito-config",
    "cognito-emulator",
    "cognito-axum",
];
/// The examples that exit by themselves.
const EXAMPLES: &[&str] = &[
    "quickstart",
    "axum_jwt",
    "custom_cache",
    "custom_config_source",
    "lambda_authorizer",
    "tonic_service",
];
/// The name of the test binary for the emulators of other projects.
const FOREIGN: &str = "foreign";
/// The name of the test binaries that start Redis servers.
const REDIS: &str = "redis";

/// Runs the test groups and prints the summary. If `only` is set, runs only the groups whose name
/// contains it.
///
/// # Errors
///
/// Fails if a group failed, or if no group has such a name. In continuous integration, also fails
/// if a group was skipped.
pub(crate) fn run(only: Option<&str>) -> Result {
    let summary = groups(only);
    println!("\n{}", summary.text());
    summary.result()
}

/// Runs the test groups whose name contains `only`; if it is `None`, runs all groups. If there are
/// several groups, builds all tests first. Each group belongs to a lane. The lanes run at the same
/// time. The groups within one lane run one after the other.
pub(crate) fn groups(only: Option<&str>) -> Summary {
    let runner = Runner::find();
    let vectors = vectors();
    let mut groups = list(runner, vectors.as_deref());
    groups.retain(|group| only.is_none_or(|word| group.name().contains(word)));
    let mut rows = Vec::new();
    if groups.len() > 1 {
        // A group must not wait for the build of another one.
        rows.push(Group::new("build", Lane::Processor, || build(runner)).timed());
    }
    rows.extend(lanes::run(&groups));
    Summary::new(rows)
}

/// Returns all test groups.
fn list(runner: Runner, vectors: Option<&Path>) -> Vec<Group<'_>> {
    let mut groups = vec![
        Group::new("unit and integration", Lane::Processor, move || {
            everything(runner, vectors)
        }),
        Group::new("vectors of other projects", Lane::Processor, move || {
            vectors_row(vectors)
        }),
        Group::new("doctests", Lane::Processor, doctests),
    ];
    for name in LEAN {
        if crate::root().join("crates").join(name).exists() {
            let group = format!("{name}, no default features");
            groups.push(Group::new(group, Lane::Processor, move || {
                lean(runner, name)
            }));
        }
    }
    groups.extend([
        Group::new("other emulators", Lane::Servers, move || foreign(runner)),
        Group::new("redis", Lane::Servers, move || redis(runner)),
        Group::new("redis, version 6.2", Lane::Servers, move || {
            other_redis(runner, redis::oldest())
        }),
        Group::new("redis, Valkey", Lane::Servers, move || {
            other_redis(runner, redis::valkey())
        }),
        Group::new("examples", Lane::Browser, examples),
        Group::new("auth server in Chromium", Lane::Browser, || walk(Walk::go)),
        Group::new("hosted pages in Chromium", Lane::Browser, || {
            walk(Walk::hosted)
        }),
        Group::new("emulator window in Chromium", Lane::Browser, || {
            walk(Walk::window)
        }),
    ]);
    groups
}

/// The program that runs the tests. nextest is used if it is installed, because it is faster and
/// has time limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Runner {
    Libtest,
    Nextest,
}

impl Runner {
    fn find() -> Self {
        if process::succeeds(&mut process::cargo(&["nextest", "--version"])) {
            return Self::Nextest;
        }
        println!(
            "cargo-nextest is not installed, so `cargo test` runs the tests; \
             install it: cargo install cargo-nextest --locked"
        );
        Self::Libtest
    }

    /// Returns a command that runs tests. `selection` contains the arguments of Cargo that select
    /// them.
    fn command(self, selection: &[&str]) -> Command {
        let mut command = match self {
            Self::Nextest => {
                let profile = if crate::is_ci() { "ci" } else { "default" };
                process::cargo(&["nextest", "run", "--no-fail-fast", "--profile", profile])
            }
            Self::Libtest => process::cargo(&["test", "--no-fail-fast"]),
        };
        command.args(selection);
        command
    }
}

/// Builds all tests and examples with all features, so that the test groups need not compile them.
/// The groups of the [`LEAN`] crates still compile their tests, because they use other features.
fn build(runner: Runner) -> Outcome {
    let words: &[&str] = match runner {
        Runner::Nextest => &["nextest", "run"],
        Runner::Libtest => &["test"],
    };
    let mut command = process::cargo(words);
    command.args(["--workspace", "--all-features", "--no-run"]);
    match process::run(&mut command) {
        Ok(()) => Outcome::of(true, Counts::default()),
        Err(_) => Outcome::of(false, Counts::default()),
    }
}

/// Runs the unit and integration tests of the workspace with all features, except the tests that
/// have a separate group.
fn everything(runner: Runner, vectors: Option<&Path>) -> Outcome {
    let mut command = runner.command(&["--workspace", "--all-features"]);
    if runner == Runner::Nextest {
        command.args(["-E", &others()]);
    }
    // Doctests, tests with other emulators and tests with servers have separate groups.
    if runner == Runner::Libtest {
        command.args(["--lib", "--bins", "--examples"]);
        let programs = match test_programs(&crate::root()) {
            Ok(programs) => programs,
            Err(reason) => return Outcome::broken(reason),
        };
        for name in programs {
            command.args(["--test", &name]);
        }
    }
    if let Some(folder) = vectors {
        command
            .env("COGNITO_VECTORS", folder)
            .env("COGNITO_REQUIRE_VECTORS", "1");
    }
    tests(&mut command)
}

/// Returns the names of all test programs of the workspace, except the programs that have a
/// separate group. Fails if there are no such programs, because a run without tests would pass.
fn test_programs(workspace: &Path) -> Result<Vec<String>> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .current_dir(workspace)
        .no_deps()
        .exec()
        .map_err(|error| format!("the test programs are not known: {error}"))?;
    let targets = metadata
        .packages
        .iter()
        .flat_map(|package| &package.targets);
    let names: Vec<String> = targets
        .filter(|target| target.is_test() && ![FOREIGN, REDIS].contains(&target.name.as_str()))
        .map(|target| target.name.clone())
        .collect();
    if names.is_empty() {
        return Err("the workspace has no test program".to_owned());
    }
    Ok(names)
}

/// Returns the outcome that shows whether the test vectors of other projects are available. The
/// unit and integration tests use these vectors, and check less if they are missing.
fn vectors_row(vectors: Option<&Path>) -> Outcome {
    if vectors.is_some() {
        return Outcome::Passed {
            counts: Counts::default(),
            note: "required above, in unit and integration".to_owned(),
        };
    }
    Outcome::Skipped {
        reason: "not in ../shared/vectors; name their folder: export COGNITO_VECTORS=..."
            .to_owned(),
    }
}

/// Returns the folder with the test vectors that must not be copied into the repository. The
/// environment variable `COGNITO_VECTORS` contains its path. Default: `../shared/vectors`. Returns
/// `None` if the folder does not exist.
fn vectors() -> Option<PathBuf> {
    std::env::var_os("COGNITO_VECTORS")
        .map_or_else(
            || crate::root().join("..").join("shared").join("vectors"),
            PathBuf::from,
        )
        .canonicalize()
        .ok()
        .filter(|folder| folder.is_dir())
}

/// Runs the examples in the documentation.
fn doctests() -> Outcome {
    tests(&mut process::cargo(&[
        "test",
        "--doc",
        "--workspace",
        "--all-features",
    ]))
}

fn lean(runner: Runner, name: &str) -> Outcome {
    tests(&mut runner.command(&["-p", name, "--no-default-features"]))
}

fn has_foreign_tests() -> bool {
    let tests = crate::root().join("crates").join("cognito").join("tests");
    tests.join(format!("{FOREIGN}.rs")).exists() || tests.join(FOREIGN).is_dir()
}

/// Tests the crate `cognito` against the two emulators of other projects.
fn foreign(runner: Runner) -> Outcome {
    if !has_foreign_tests() {
        return Outcome::Skipped {
            reason: format!("the facade has no test `{FOREIGN}`"),
        };
    }
    let python = match Python::prepare() {
        Ok(python) => python,
        Err(missing) => return Outcome::Skipped { reason: missing.0 },
    };
    let emulators = match Emulators::start(&python) {
        Ok(emulators) => emulators,
        Err(reason) => return Outcome::broken(reason),
    };
    // Uses the features of the first group, so that nothing is compiled again.
    let mut command = runner.command(&["--workspace", "--all-features", "--test", FOREIGN]);
    tests(command.envs(emulators.environment()))
}

/// Tests the store and the revocation list that instances share, against Redis servers that the
/// tests start.
fn redis(runner: Runner) -> Outcome {
    if let Err(missing) = system::redis() {
        return Outcome::Skipped { reason: missing.0 };
    }
    // Uses the features of the first group, so that nothing is compiled again.
    let mut command = runner.command(&["--workspace", "--all-features", "--test", REDIS]);
    tests(command.env("COGNITO_REQUIRE_REDIS", "1"))
}

/// Runs the tests of [`redis()`] with the Redis or Valkey server in this folder. The tests of TLS
/// are excluded, because the server is built without TLS.
fn other_redis(runner: Runner, folder: std::result::Result<PathBuf, Missing>) -> Outcome {
    let folder = match folder {
        Ok(folder) => folder,
        Err(missing) => return Outcome::Skipped { reason: missing.0 },
    };
    let rest = std::env::var_os("PATH").unwrap_or_default();
    let rest = std::env::split_paths(&rest);
    let path = match std::env::join_paths(std::iter::once(folder).chain(rest)) {
        Ok(path) => path,
        Err(error) => return Outcome::broken(format!("the search path: {error}")),
    };
    let mut command = runner.command(&["--workspace", "--all-features", "--test", REDIS]);
    command.args(match runner {
        Runner::Nextest => ["-E", "not test(/^tls::/)"],
        Runner::Libtest => ["--", "--skip=tls::"],
    });
    tests(command.env("PATH", path).env("COGNITO_REQUIRE_REDIS", "1"))
}

/// Runs all [`EXAMPLES`], and fails if one of them fails. All features are enabled, because the
/// examples are already compiled with them.
fn examples() -> Outcome {
    let mut counts = Counts::default();
    for name in EXAMPLES {
        let mut command = process::cargo(&["run", "--all-features", "--example", name]);
        match process::run(&mut command) {
            Ok(()) => counts.passed += 1,
            Err(reason) => {
                output::line(format_args!("example {name}: {reason}"));
                counts.failed += 1;
            }
        }
    }
    Outcome::of(counts.failed == 0, counts)
}

/// Runs `go`, a test of web pages in a browser.
fn walk(go: fn(&Walk) -> Result<Walked>) -> Outcome {
    let walk = match Walk::prepare() {
        Ok(walk) => walk,
        Err(missing) => return Outcome::Skipped { reason: missing.0 },
    };
    match go(&walk) {
        Ok(walked) => {
            let (passed, failed) = (walked.passed, walked.failed);
            let outcome = Outcome::of(failed == 0, Counts { passed, failed });
            match walked.left_out {
                Some(left_out) => outcome.noting(left_out),
                None => outcome,
            }
        }
        Err(reason) => Outcome::broken(reason),
    }
}

/// Runs the tests of a workspace in another folder, except the tests that need Redis servers or
/// emulators of other projects. Returns the number of tests that passed. `target` is the target
/// folder.
///
/// # Errors
///
/// Fails if the workspace does not build, if a test fails, or if no test was run.
pub(crate) fn run_in(folder: &Path, target: &Path) -> Result<usize> {
    let runner = Runner::find();
    let mut command = runner.command(&["--workspace", "--all-features", "--locked"]);
    match runner {
        Runner::Nextest => command.args(["-E", &others()]),
        // The tests of servers and other emulators do nothing if there are none.
        Runner::Libtest => command.args(["--lib", "--bins", "--tests"]),
    };
    if let Some(folder) = vectors() {
        command.env("COGNITO_VECTORS", folder);
    }
    command.current_dir(folder).env("CARGO_TARGET_DIR", target);
    match tests(&mut command) {
        Outcome::Passed { counts, .. } if counts.passed > 0 => Ok(counts.passed),
        Outcome::Failed { counts, reason } => Err(format!("{} failed: {reason}", counts.failed)),
        Outcome::Passed { .. } | Outcome::Skipped { .. } => Err("no test was run".to_owned()),
    }
}

/// Returns nextest's filter for the group of the unit and integration tests. It excludes the tests
/// that have a separate group.
fn others() -> String {
    format!("not (binary(={FOREIGN}) or binary(={REDIS}))")
}

/// Runs a command that prints test results, and counts them.
fn tests(command: &mut Command) -> Outcome {
    match process::run_and_keep(command) {
        Ok(Finished { status, out, err }) => {
            Outcome::of(status.success(), Counts::read(&format!("{out}{err}")))
        }
        Err(reason) => Outcome::broken(reason),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_test_programs_are_an_error() {
        let programs = test_programs(&crate::root()).unwrap();
        assert!(programs.iter().any(|name| name == "auth_server"));
        assert!(!programs.iter().any(|name| name == REDIS));
        assert!(test_programs(Path::new("/")).is_err());
    }
}
