//! Simulates a million attempts to guess the passwords of a hundred users. The attackers use a
//! thousand addresses and four instances of a service. In the meantime, each user signs in from
//! their usual address.
//!
//! ```text
//! cargo run --release -p cognito-redis --example million_attempts
//! cargo run --release -p cognito-redis --example million_attempts -- 20000 50 10
//! ```
//!
//! The three arguments are the number of attempts, of addresses and of attacked users. Default:
//! 1,000,000, 1,000 and 100. The program starts a `redis-server`. The exit code is 1 if a user was
//! rejected at their usual address, or if more attempts of the attackers were admitted than the
//! limits allow. If `redis-server` is not installed, the exit code is 0.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for the terminal, which ends when it cannot go on"
)]

#[path = "../tests/redis/server.rs"]
#[allow(dead_code, reason = "the tests ask more")]
mod server;
#[path = "../tests/redis/storm.rs"]
mod storm;

use std::process::ExitCode;

use cognito_cache::AttemptPolicy;

use server::Server;
use storm::Storm;

#[tokio::main]
async fn main() -> ExitCode {
    let numbers: Vec<usize> = std::env::args()
        .skip(1)
        .filter_map(|number| number.parse().ok())
        .collect();
    let (attempts, addresses, victims) = match numbers.as_slice() {
        [attempts, addresses, victims] => (*attempts, *addresses, *victims),
        _ => (1_000_000, 1_000, 100),
    };
    let storm = Storm {
        attempts,
        addresses,
        victims,
        machines: 4,
        strangers: 64,
    };
    let Some(server) = Server::start(&[]).await else {
        return ExitCode::SUCCESS;
    };
    let before = memory(&server).await;
    let outcome = storm.run(&server.url()).await;
    let after = memory(&server).await;
    let keys: u64 = redis::from_redis_value(server.ask(&["DBSIZE"]).await).unwrap();
    // A run that is longer than a window also uses the limits of the next window.
    let window = AttemptPolicy::passwords().window;
    let windows = 1 + outcome.elapsed.as_secs() / window.as_secs() + 1;
    let windows = if outcome.elapsed < window { 1 } else { windows };
    let budget = storm.budget() * usize::try_from(windows).unwrap();
    let at = |share: f64| outcome.waits[((outcome.waits.len() - 1) as f64 * share) as usize];
    println!(
        "{attempts} attempts from {addresses} addresses against {victims} people in {:.1} s: {:.0} a \
         second; p50 {:?}, p99 {:?}",
        outcome.elapsed.as_secs_f64(),
        attempts as f64 / outcome.elapsed.as_secs_f64(),
        at(0.5),
        at(0.99),
    );
    println!(
        "admitted {} of the {budget} that are allowed; the victims signed in {} times, refused {}",
        outcome.admitted, outcome.signed_in, outcome.kept_out
    );
    println!(
        "the server: {keys} keys, {} KiB more than before",
        after.saturating_sub(before) / 1024
    );
    ExitCode::from(u8::from(outcome.kept_out > 0 || outcome.admitted > budget))
}

async fn memory(server: &Server) -> u64 {
    let info = server.text(&["INFO", "memory"]).await;
    let used = info
        .lines()
        .find_map(|line| line.strip_prefix("used_memory:"));
    used.unwrap().trim().parse().unwrap()
}
