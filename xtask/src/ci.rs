//! Runs all checks for a change, the fastest first.

use std::time::Instant;

use crate::{Result, deny, deps, docs, interop, process, table, test, tidy, typos};

/// Crates that are also checked without their default features. They are those that do not compile
/// the AWS SDK, because a second build of the SDK takes minutes.
const LEAN: &[&str] = &[
    "cognito-jwt",
    "cognito-config",
    "cognito-emulator",
    "cognito-axum",
];

/// Runs the steps whose name contains `word`, and prints the duration of each in seconds. An empty
/// word selects all steps. A failed step does not stop the later ones.
///
/// # Errors
///
/// Names the failed steps. Also fails if no step has such a name.
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
        let verdict = groups.verdict();
        summary = Some(groups);
        verdict
    });
    steps.run("interop", interop::run);
    println!("\n{}", steps.text());
    if let Some(summary) = summary {
        println!("{}", summary.text());
    }
    steps.verdict()
}

fn clippy(selection: &[&str]) -> Result {
    let mut command = process::cargo(&["clippy", "--all-targets"]);
    process::run(command.args(selection).args(["--", "-D", "warnings"]))
}

/// Runs clippy with the default features of each crate, as for users. Examples and tests are
/// excluded, because they enable features of the libraries and so hide code that does not compile
/// without them.
fn default_features() -> Result {
    let others = ["--exclude", "cognito-examples", "--exclude", "xtask"];
    let mut command = process::cargo(&["clippy", "--workspace"]);
    process::run(command.args(others).args(["--", "-D", "warnings"]))
}

fn rustdoc() -> Result {
    let mut command = process::cargo(&["doc", "--workspace", "--no-deps", "--all-features"]);
    process::run(command.env("RUSTDOCFLAGS", "-D warnings"))
}

/// The completed steps, with their outcome and duration in seconds.
#[derive(Debug)]
struct Steps {
    /// Only steps whose name contains this word are run.
    word: String,
    done: Vec<(String, Result, f64)>,
}

impl Steps {
    fn of(word: &str) -> Self {
        Self {
            word: word.to_owned(),
            done: Vec::new(),
        }
    }

    fn run(&mut self, name: &str, step: impl FnOnce() -> Result) {
        if !name.contains(&self.word) {
            return;
        }
        println!("\n==== {name}");
        let start = Instant::now();
        let outcome = step();
        if let Err(reason) = &outcome {
            println!("{name}: {reason}");
        }
        let seconds = start.elapsed().as_secs_f64();
        self.done.push((name.to_owned(), outcome, seconds));
    }

    fn text(&self) -> String {
        let rows: Vec<Vec<String>> = self
            .done
            .iter()
            .map(|(name, outcome, seconds)| {
                let word = if outcome.is_ok() { "passed" } else { "failed" };
                vec![name.clone(), word.to_owned(), format!("{seconds:.1}")]
            })
            .collect();
        let sum: f64 = self.done.iter().map(|(.., seconds)| seconds).sum();
        let table = table::layout(&["step", "result", "seconds"], &rows);
        format!("{table}\n{:.1} minutes in all\n", sum / 60.0)
    }

    fn verdict(&self) -> Result {
        if self.done.is_empty() {
            return Err(format!("no step has a name with `{}`", self.word));
        }
        let failed: Vec<&str> = self
            .done
            .iter()
            .filter(|(_, outcome, _)| outcome.is_err())
            .map(|(name, ..)| name.as_str())
            .collect();
        if failed.is_empty() {
            Ok(())
        } else {
            Err(format!("these steps failed: {}", failed.join("; ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failing_step_is_named_and_others_run() {
        let mut steps = Steps::of("");
        steps.run("first", || Err("broken".to_owned()));
        steps.run("second", || Ok(()));
        assert_eq!(steps.done.len(), 2);
        assert_eq!(steps.verdict().unwrap_err(), "these steps failed: first");
        assert!(steps.text().contains("second  passed"));
    }

    #[test]
    fn a_word_selects_steps_by_name() {
        let mut steps = Steps::of("clippy");
        steps.run("doc", || Err("must not run".to_owned()));
        steps.run("clippy, all features", || Ok(()));
        assert_eq!(steps.verdict(), Ok(()));
        assert_eq!(steps.done.len(), 1);
    }

    #[test]
    fn a_word_without_a_step_fails() {
        let mut steps = Steps::of("clipy");
        steps.run("clippy, all features", || Ok(()));
        assert!(steps.verdict().unwrap_err().contains("`clipy`"));
    }
}
