//! The tasks of this repository, run as `cargo xtask <command>`.
//!
//! Every check of continuous integration is a command here, so a contributor can run the same check
//! locally.
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
The tasks of this repository.

Usage: cargo xtask <command>

Commands:
  ci         fmt, deps, tidy, docs, typos, deny, clippy, doc, test and interop, with the seconds of each;
             with a word, only the steps whose name contains it: ci clippy
  test       every test group, with a summary of passed, failed and skipped;
             with a word, only the groups whose name contains it: test redis;
             with --quick, only the unit and integration tests of the crates that differ from
             HEAD, or from a revision, and of their dependents: test --quick main
  alone      each crate compiled alone, with each of its features alone, and the verifier with every
             set of features; takes ten minutes
  api        the public API of each crate, compared with docs/contributing/public-api, and the types
             of other crates in it; api --update writes the lists
  deps       the dependency rules between the crates, and between the files of each
  docs       the documentation site in target/docs, with mdbook, and the checks of its pages
  tidy       the rules of this repository that no other tool checks
  deny       licences, bans and sources, with cargo-deny (installed if it is missing)
  typos      misspelled words, with typos (installed if it is missing)
  interop    clients and a verifier of other projects, in Python and JavaScript, and a browser,
             with the emulator
  emulators  start two emulators of other projects, and print the variables with which tests find
             them
  attacks    run the attacks on the library at full size and print their measurements;
             with a word, only the attacks whose name contains it: attacks guessing
  bench      run the benchmarks and print their tables
  coverage   the branches of the verifier that no test takes
  mutants    changes to the verifier, the attempt guard, the revocation list and the error
             mapping that no test detects; takes a few hours
  fuzz       run the fuzz targets of the verifier with cargo-fuzz and a nightly compiler, ten
             minutes each; or one target, or for a shorter time: fuzz jws --seconds 60
  model      write the table with which the emulator validates requests, from AWS's service
             model: model path/to/service-2.json
  release    release --dry-run: build and test the packages of the crates, and all other checks
             before a release, without publishing; with a word, only the steps whose name contains
             it: release --dry-run consumer
  help       this text

Environment:
  CI=true           a skipped test group, a skipped step of release, or interop, counts as a failure
  COGNITO_VECTORS   the folder with test vectors of other projects that must not be copied here
                    (default: ../shared/vectors)
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
