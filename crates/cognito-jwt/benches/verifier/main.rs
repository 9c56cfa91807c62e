//! Measures how long this library takes to verify an access token, and how long other libraries
//! take. Prints a table with one row for each measurement.
//!
//! The first rows show a lower bound: the time in which AWS-LC verifies only the signature, with a
//! key that is already parsed. The rows are measured one after another in each round, so a change
//! in the speed of the host affects all of them. The result of a row is the median over the rounds:
//!
//! - For most rows, it is the CPU time of the calling thread.
//! - For Node.js, whose engine has several threads, it is the CPU time of the whole process.
//! - For rows with two threads, it is the elapsed time divided by the number of calls of both
//!   threads.
//!
//! The results are also written to `target/bench/verifier.json`. Other libraries are measured by
//! separate programs, the peers. They are built or installed below `target/bench-peers`, which
//! takes minutes the first time. A peer that cannot be built is listed with the reason. Without the
//! argument `--bench`, which `cargo bench` adds, only a short measurement without peers is made,
//! and no file is written.
//!
//! Options:
//!
//! - `-- --no-peers` omits the peers. jsonwebtoken is not omitted because it runs in this process.
//! - `-- --forged` instead measures valid tokens among tokens with forged key ids.
//! - `-- --build-times [WORD...]` instead measures clean builds of programs that use a library.
//!   With words, only programs whose names contain one of them are built.
#![allow(
    clippy::disallowed_methods,
    reason = "it measures real time; nothing expires here"
)]
#![allow(clippy::print_stdout, reason = "a benchmark prints its result")]

mod build_times;
mod cases;
mod fixture;
mod forged;
mod ours;
mod peers;
mod process;
mod report;
mod rounds;
mod tools;

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};

use fixture::Fixture;
use rounds::Effort;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let given = |option: &str| arguments.iter().any(|argument| argument == option);
    if given("--list") {
        // A test runner lists the tests.
        return Ok(());
    }
    if given("--build-times") {
        let words = arguments.iter().filter(|word| !word.starts_with('-'));
        return build_times::run(&words.collect::<Vec<_>>());
    }
    let full = given("--bench");
    // Built first, so that nothing is compiled during a measurement.
    let peers = if full && !given("--no-peers") && !given("--forged") {
        peers::prepare(&target().join("bench-peers"))?
    } else {
        Vec::new()
    };
    let effort = if full { Effort::FULL } else { Effort::LITTLE };
    // The verifier fetches keys in the background if there is a runtime.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_time()
        .build()?;
    let _inside = runtime.enter();
    let fixture = Fixture::new()?;
    if given("--forged") {
        return forged::run(&fixture, &runtime);
    }
    let mut rows = cases::floor(&fixture)?;
    rows.extend(ours::rows(&fixture, &runtime, full)?);
    rows.extend(cases::jsonwebtoken(&fixture)?);
    rows.extend(peers.into_iter().map(|peer| peer.row(&fixture)));
    let measured = rounds::measure(rows, effort);
    report::print(&measured, &fixture);
    if full {
        report::write(&measured, &fixture, &target().join("bench"))?;
    }
    Ok(())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns Cargo's target folder: `CARGO_TARGET_DIR`, or `target` in the workspace.
fn target() -> PathBuf {
    root().join(env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from))
}
