//! Runs the fuzz targets of the verifier, with cargo-fuzz and a nightly compiler.
//!
//! The inputs that libFuzzer finds are stored in `target/fuzz`, and the next run begins with them.
//! The initial inputs are in the repository, in `tests/corpus` of the crate.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Result, process};

/// The default duration of each fuzz target, in seconds.
const SECONDS: u64 = 600;

/// The crate that has the fuzz targets.
const FUZZED: &str = "crates/cognito-jwt";

/// Runs one fuzz target, or all targets one after the other. Stops when a target finds a failing
/// input.
///
/// # Errors
///
/// Fails if a tool is missing, if the arguments are invalid, or if a target finds a failing input.
pub(crate) fn run(arguments: &[&str]) -> Result {
    let plan = Plan::parse(arguments, &targets()?)?;
    tools()?;
    for target in &plan.targets {
        fuzz(target, plan.seconds)?;
    }
    Ok(())
}

/// The fuzz targets to run, and the duration of each in seconds.
#[derive(Debug, PartialEq, Eq)]
struct Plan {
    targets: Vec<String>,
    seconds: u64,
}

impl Plan {
    fn parse(arguments: &[&str], targets: &[String]) -> Result<Self> {
        let (arguments, seconds) = match arguments {
            [rest @ .., "--seconds", number] => {
                let seconds = number.parse().ok().filter(|seconds| *seconds > 0);
                let seconds =
                    seconds.ok_or_else(|| format!("--seconds must be an integer, not {number}"))?;
                (rest, seconds)
            }
            all => (all, SECONDS),
        };
        let targets = match arguments {
            [] => targets.to_vec(),
            [name] if targets.iter().any(|target| target == name) => vec![(*name).to_owned()],
            _ => {
                let targets = targets.join("|");
                return Err(format!("usage: cargo xtask fuzz [{targets}] [--seconds N]"));
            }
        };
        Ok(Self { targets, seconds })
    }
}

/// Returns the names of all fuzz targets.
fn targets() -> Result<Vec<String>> {
    let folder = crate::root().join(FUZZED).join("fuzz/fuzz_targets");
    let files = fs::read_dir(&folder);
    let files = files.map_err(|error| format!("cannot read {}: {error}", folder.display()))?;
    let mut names: Vec<String> = files
        .flatten()
        .filter_map(|file| Some(file.path().file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort_unstable();
    Ok(names)
}

/// Checks that the tools for fuzzing are installed: the nightly compiler and cargo-fuzz.
///
/// # Errors
///
/// Fails if a tool is missing. The error message names the tool and the command that installs it.
fn tools() -> Result {
    let missing =
        |what: &str, line: &str| Err(format!("{what} is missing: install it with `{line}`"));
    if !process::succeeds(process::cargo_of("nightly").arg("--version")) {
        let line = "rustup toolchain install nightly --profile minimal";
        return missing("the nightly compiler", line);
    }
    if !process::succeeds(process::cargo_of("nightly").args(["fuzz", "--version"])) {
        return missing("cargo-fuzz", "cargo install cargo-fuzz --locked");
    }
    Ok(())
}

fn fuzz(target: &str, seconds: u64) -> Result {
    let learned = crate::target().join("fuzz").join(target);
    let failed = crate::target().join("fuzz-failed").join(target);
    for folder in [&learned, &failed] {
        fs::create_dir_all(folder)
            .map_err(|error| format!("cannot create {}: {error}", folder.display()))?;
    }
    let outcome = process::run(&mut command(target, seconds, &learned, &failed));
    outcome.map_err(|reason| {
        format!(
            "{reason}\nthe input that failed is in {}: after you have fixed the fault, move it to \
             {FUZZED}/tests/corpus/{target}",
            failed.display()
        )
    })
}

fn command(target: &str, seconds: u64, learned: &Path, failed: &Path) -> Command {
    let fuzzed: PathBuf = crate::root().join(FUZZED);
    let mut command = process::cargo_of("nightly");
    command
        .current_dir(crate::root())
        .env("CARGO_TARGET_DIR", crate::target())
        .args(["fuzz", "run", "--fuzz-dir"])
        .arg(fuzzed.join("fuzz"))
        .arg(target)
        .arg(learned)
        .arg(fuzzed.join("tests/corpus").join(target))
        .arg("--")
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-dict={}", fuzzed.join("fuzz/json.dict").display()))
        .arg(format!("-artifact_prefix={}/", failed.display()))
        .arg("-print_final_stats=1");
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Plan> {
        Plan::parse(arguments, &["a".to_owned(), "b".to_owned()])
    }

    #[test]
    fn fuzz_targets_default_to_ten_minutes() {
        let plan = parse(&[]).unwrap();
        assert_eq!(
            (plan.targets.join(" ").as_str(), plan.seconds),
            ("a b", 600)
        );
        let plan = parse(&["b", "--seconds", "5"]).unwrap();
        assert_eq!((plan.targets.join(" ").as_str(), plan.seconds), ("b", 5));
        let plan = parse(&["--seconds", "5"]).unwrap();
        assert_eq!((plan.targets.len(), plan.seconds), (2, 5));
    }

    #[test]
    fn rejects_unknown_arguments() {
        for arguments in [
            &["c"][..],
            &["a", "b"],
            &["--seconds"],
            &["--seconds", "0"],
            &["--seconds", "soon"],
            &["--seconds", "5", "a"],
        ] {
            assert!(parse(arguments).is_err(), "{arguments:?}");
        }
    }

    #[test]
    fn each_target_has_inputs_to_start_from() {
        let targets = targets().unwrap();
        assert!(!targets.is_empty());
        for target in targets {
            let inputs = crate::root()
                .join(FUZZED)
                .join("tests/corpus")
                .join(&target);
            assert!(fs::read_dir(inputs).unwrap().count() > 0, "{target}");
        }
    }
}
