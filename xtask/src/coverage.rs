//! Branch coverage of the verifier: lists the branches that no test takes.
//!
//! The tools report a branch once for each type and each program for which its code is compiled.
//! This task counts these copies as one branch, which is covered if one of them is covered.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use crate::{Result, process};

const INSTALL: &str = "cargo-llvm-cov and a nightly toolchain with its LLVM tools are needed: \
    rustup toolchain install nightly -c llvm-tools && cargo install cargo-llvm-cov --locked";

/// Runs the tests with all features and without features, and prints each side of a branch that no
/// test takes. `docs/contributing/coverage.md` explains the known branches that no test takes.
///
/// # Errors
///
/// Fails if a tool is missing, or if a test fails.
pub(crate) fn run() -> Result {
    if !process::succeeds(llvm_cov().arg("--version")) {
        return Err(INSTALL.to_owned());
    }
    let package = ["-p", "cognito-jwt"];
    process::run(llvm_cov().args(["clean", "--workspace"]))?;
    for features in ["--all-features", "--no-default-features"] {
        let mut tests = llvm_cov();
        tests.args(["nextest", "--branch", "--no-report", features]);
        process::run(tests.args(package))?;
    }
    let path = crate::target().join("coverage.txt");
    let mut report = llvm_cov();
    report.args(["report", "--branch", "--text", "--output-path"]);
    process::run(report.arg(&path).args(package))?;
    let text = fs::read_to_string(&path)
        .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    print!("{}", summary(&text));
    Ok(())
}

fn llvm_cov() -> Command {
    let mut command = Command::new("rustup");
    command
        .args(["run", "nightly", "cargo", "llvm-cov"])
        .current_dir(crate::root());
    command
}

/// The two sides of a branch: the condition is `true`, and the condition is `false`. A field is
/// `true` if a test takes this side.
#[derive(Default)]
struct Branch {
    is_true: bool,
    is_false: bool,
}

fn summary(report: &str) -> String {
    let mut file = "";
    let mut branches: BTreeMap<(&str, &str), Branch> = BTreeMap::new();
    for line in report.lines() {
        if line.starts_with('/') {
            file = line.trim_end_matches(':');
        } else if let Some((place, is_true, is_false)) = branch(line) {
            let branch = branches.entry((file, place)).or_default();
            branch.is_true |= is_true;
            branch.is_false |= is_false;
        }
    }
    let mut text = String::new();
    let mut missed = 0;
    for ((file, place), branch) in &branches {
        for (side, is_taken) in [("true", branch.is_true), ("false", branch.is_false)] {
            if !is_taken {
                missed += 1;
                text.push_str(&format!("{file}:{place}: never {side}\n"));
            }
        }
    }
    let all = branches.len() * 2;
    text + &format!("{} of {all} sides of branches were taken\n", all - missed)
}

/// Parses a line such as `|  Branch (41:13): [True: 58, False: 0]`. Returns the position, and for
/// each side whether a test takes it. Returns `None` for other lines, and for branches with a
/// constant condition.
fn branch(line: &str) -> Option<(&str, bool, bool)> {
    let (_, branch) = line.split_once("Branch (")?;
    let (place, counts) = branch.split_once("): [True: ")?;
    let (is_true, is_false) = counts.trim_end_matches(']').split_once(", False: ")?;
    Some((place, is_true != "0", is_false != "0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branch_is_covered_if_any_type_covers_it() {
        let report = "/src/a.rs:
    1|      3|    if a && b {
  |  Branch (1:8): [True: 2.76k, False: 0]
  |  Branch (1:8): [True: 0, False: 1]
  |  Branch (1:13): [True: 1, False: 0]
  |  Branch (2:1): [Folded - Ignored]
";
        let expected = "/src/a.rs:1:13: never false\n3 of 4 sides of branches were taken\n";
        assert_eq!(summary(report), expected);
    }
}
