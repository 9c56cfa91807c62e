//! Measures the cost of the guard, compared with the verifier alone and with other libraries'
//! guards.
//!
//! Each server is a separate process with one thread, or with one for each core under `--load`.
//! This process sends requests from the same host over keep-alive connections without pauses. All
//! routes alternate in rounds, so a change in the speed of the host affects all of them.
//!
//! Prints a table and writes `target/bench/guard.json`. `jwt-authorizer` is built below
//! `target/bench-peers`, which takes minutes the first time. If that fails, the reason is printed
//! and the other guards are measured. Without `--bench`, as test runners call it, the benchmark
//! makes only a short measurement and writes nothing. It reads `/proc`, so it needs Linux.
//!
//! - `-- --no-peers` omits `jwt-authorizer`.
//! - `-- --load` puts a server under load for a minute instead, with one invalid token in four, and
//!   writes `target/bench/guard-load.json`. `COGNITO_BENCH_SECONDS` sets the duration.
//! - `-- --serve-all-cores` serves until its input ends, and `-- --token` prints a valid token, for
//!   other clients, such as wrk.
#![allow(
    clippy::disallowed_methods,
    reason = "it measures real time; nothing expires here"
)]
#![allow(clippy::print_stdout, reason = "a benchmark prints its result")]

mod alone;
mod client;
mod endurance;
mod peer;
mod rates;
mod report;
mod server;
mod services;
mod tokens;

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;

use report::Report;
use server::Server;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// The size of the measurement: the number of rounds, and the requests and calls in each round.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    rounds: usize,
    /// The time for which requests are sent to each route in each round.
    turn: Duration,
    /// The number of direct calls of the guard (a tower layer) in each round. They measure the
    /// guard without HTTP.
    calls: u32,
}

impl Effort {
    const FULL: Self = Self {
        rounds: 21,
        turn: Duration::from_millis(500),
        calls: 1_000,
    };
    const LITTLE: Self = Self {
        rounds: 2,
        turn: Duration::from_millis(20),
        calls: 5,
    };
}

fn main() -> Result<()> {
    let given = |option: &str| env::args().any(|argument| argument == option);
    if given("--list") {
        // A test runner lists the tests.
        return Ok(());
    }
    if given("--serve") || given("--serve-all-cores") {
        return services::serve(given("--serve"));
    }
    if given("--token") {
        println!("{}", tokens::token(0));
        return Ok(());
    }
    let full = given("--bench");
    // One thread, so that the client uses as little of the host as possible.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut report = Report::default();
    let name = if given("--load") || !full {
        let time = if full {
            seconds()?
        } else {
            Duration::from_millis(60)
        };
        runtime.block_on(endurance::measure(time, &mut report))?;
        "guard-load"
    } else {
        "guard"
    };
    if !given("--load") {
        // Built first, so that nothing is compiled during a measurement.
        let peer = (full && !given("--no-peers"))
            .then(jwt_authorizer)
            .flatten();
        let effort = if full { Effort::FULL } else { Effort::LITTLE };
        runtime.block_on(alone::measure(effort, &mut report))?;
        let ours = Server::ours("--serve")?;
        let rates = rates::measure(effort, &ours, peer.as_ref(), &mut report);
        runtime.block_on(rates)?;
    }
    report.print();
    if full {
        report.write(&target().join("bench"), name)?;
    }
    Ok(())
}

/// Starts the server whose guard is from the library `jwt-authorizer`. If that fails, prints the
/// reason and returns `None`.
fn jwt_authorizer() -> Option<Server> {
    let program = peer::build(&target().join("bench-peers"));
    match program.and_then(|program| peer::start(&program)) {
        Ok(server) => Some(server),
        Err(reason) => {
            println!("jwt-authorizer is not measured: {reason}");
            None
        }
    }
}

fn seconds() -> Result<Duration> {
    let seconds = match env::var("COGNITO_BENCH_SECONDS") {
        Ok(text) => text.parse()?,
        Err(_) => 60.0,
    };
    Ok(Duration::try_from_secs_f64(seconds)?)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns the folder of Cargo's output.
fn target() -> PathBuf {
    root().join(env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from))
}
