//! Judges many changed tokens twice: by the verifier, and by `jsonwebtoken` as strictly as it can
//! be set up. What the verifier accepts, `jsonwebtoken` must accept too.
//!
//! ```text
//! cargo run --release -p cognito-jwt --example differential -- COUNT [SEED]
//! ```
//!
//! The same seed makes the same tokens. The exit code is 0 if all is well, 1 if a token was accepted
//! by the verifier alone or said something else to it, 2 if the arguments cannot be used.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program whose result is what it prints"
)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a tool of tests fails by panicking"
)]

use std::process::ExitCode;

#[path = "differential/campaign.rs"]
mod campaign;
#[path = "differential/judges.rs"]
mod judges;
#[path = "differential/mutants.rs"]
mod mutants;
#[path = "differential/random.rs"]
mod random;
#[path = "../tests/properties/spelling.rs"]
mod spelling;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let numbers: Option<Vec<u64>> = arguments.iter().map(|word| word.parse().ok()).collect();
    let (count, seed) = match numbers.as_deref() {
        Some([count]) => (*count, 1),
        Some([count, seed]) => (*count, *seed),
        _ => {
            eprintln!("usage: differential COUNT [SEED]");
            return ExitCode::from(2);
        }
    };
    let report = campaign::run(count, seed);
    print!("{}", report.text());
    ExitCode::from(u8::from(!report.is_clean()))
}
