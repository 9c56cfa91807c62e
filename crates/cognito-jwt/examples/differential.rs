//! Creates many changed tokens and verifies each with the verifier of this crate and with
//! `jsonwebtoken`. The checks that Cognito tokens need are added to `jsonwebtoken`. Reports an
//! error if only the verifier of this crate accepts a token, or if both accept it with different
//! claims.
//!
//! ```text
//! cargo run --release -p cognito-jwt --example differential -- COUNT [SEED]
//! ```
//!
//! The same seed (default: 1) results in the same tokens. The exit code is 0 on success, 1 if an
//! error was found, and 2 if the arguments are invalid. The program panics if the token cache
//! changes a result.

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
#[path = "differential/mutants.rs"]
mod mutants;
#[path = "differential/random.rs"]
mod random;
#[path = "../tests/properties/spelling.rs"]
mod spelling;
#[path = "differential/verifiers.rs"]
mod verifiers;

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
