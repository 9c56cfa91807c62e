//! The commands for developers of this repository: `cargo xtask <command>`.
//!
//! Every check of continuous integration is a command here, so a contributor can run it too.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool talks to its user on the terminal"
)]
#![allow(
    clippy::disallowed_methods,
    reason = "steps are timed for the reader; nothing here decides by the clock of the library"
)]

mod alone;
mod api;
mod attacks;
mod bench;
mod chromium;
mod ci;
mod coverage;
mod deny;
mod deps;
mod docs;
mod emulators;
mod fuzz;
mod interop;
mod model;
mod mutants;
mod node;
mod output;
mod process;
mod redis;
mod release;
mod repository;
mod source;
mod steps;
mod system;
mod table;
mod test;
mod tidy;
mod tools;
mod typos;
mod walk;

use std::process::ExitCode;

pub(crate) use repository::{Result, is_ci, root, target};
use steps::Done;

const HELP: &str = "\
The commands for developers of this repository.

Usage: cargo xtask <command>

Checks:
  ci         run fmt, deps, tidy, docs, typos, deny, clippy, doc, test and interop, and print the
             duration of each; `ci clippy` runs only the steps whose name contains the word
  test       run every test group, and print how many tests passed, failed and were skipped;
             `test redis` runs only the groups whose name contains the word;
             `test --quick` runs only the unit and integration tests of the crates that differ from
             HEAD, and of their dependents; `test --quick main` compares with another revision
  alone      compile each crate alone, with each of its features alone, and the verifier with every
             set of features; takes ten minutes
  api        compare the public API of each crate with docs/contributing/public-api, and list the
             types of other crates in it; `api --update` writes the lists
  deps       check the dependency rules between the crates, and between the files of each crate
  docs       check the pages of the documentation, and build its site in target/docs with mdbook
  tidy       check the rules of this repository that no other tool checks
  deny       check licences, bans and sources of the dependencies with cargo-deny
  typos      check the spelling with typos

Tests that take longer or need other programs:
  interop    run clients of other projects, in Python and JavaScript, and a browser against the
             emulator
  emulators  start two emulators of other projects, and print the variables with which tests find
             them
  attacks    run the attacks on the library at full size, and print their measurements;
             `attacks guessing` runs only the attacks whose name contains the word
  coverage   print the branches of the verifier that no test takes
  mutants    change the verifier, the attempt guard, the revocation list and the error mapping, and
             print the changes that no test detects; takes a few hours
  fuzz       run the fuzz targets of the verifier for ten minutes each, with cargo-fuzz and a
             nightly compiler; `fuzz jws --seconds 60` runs one target for a minute
  bench      run the benchmarks, and print their tables

Maintenance:
  model      `model path/to/service-2.json` generates the table by which the emulator validates
             requests from AWS's service model
  release    `release --dry-run` builds and tests the packages of the crates, and runs all other
             checks before a release, without publishing; `release --dry-run consumer` runs only
             the steps whose name contains the word
  help       print this text

Environment:
  CI=true          a skipped test group, a skipped step of release, and a skipped interop fail;
                   missing programs are installed
  COGNITO_VECTORS  the folder with test vectors of other projects, which must not be copied here.
                   Default: ../shared/vectors
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["ci"] => ci::run(""),
        ["ci", word] => ci::run(word),
        ["test"] => test::run(None),
        ["test", "--quick"] => test::run_quick("HEAD"),
        ["test", "--quick", since] => test::run_quick(since),
        ["test", group] => test::run(Some(group)),
        ["deps"] => deps::run(),
        ["docs"] => docs::run(),
        ["tidy"] => tidy::run(),
        ["alone"] => alone::run(),
        ["api"] => api::run(false).and_then(Done::report),
        ["api", "--update"] => api::run(true).and_then(Done::report),
        ["release", arguments @ ..] => release::run(arguments),
        ["deny"] => deny::run(),
        ["typos"] => typos::run(),
        ["interop"] => interop::run(),
        ["emulators"] => emulators::run(),
        ["attacks"] => attacks::run(""),
        ["attacks", word] => attacks::run(word),
        ["bench"] => bench::run(),
        ["coverage"] => coverage::run(),
        ["mutants"] => mutants::run(),
        ["model", file] => model::run(file),
        ["fuzz", arguments @ ..] => fuzz::run(arguments),
        [] | ["help" | "-h" | "--help"] => {
            print!("{HELP}");
            Ok(())
        }
        other => Err(format!("unknown command: {}\n\n{HELP}", other.join(" "))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("error: {reason}");
            ExitCode::FAILURE
        }
    }
}
