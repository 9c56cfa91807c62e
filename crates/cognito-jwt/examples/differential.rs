//! Checks many changed tokens with the verifier and with `jsonwebtoken` in its strictest
//! configuration. A token that the verifier accepts must be accepted by `jsonwebtoken` too.
//!
//! ```text
//! cargo run --release -p cognito-jwt --example differential -- COUNT [SEED]
//! ```
//!
//! The same seed results in the same tokens. The exit code is 0 on success. It is 1 if only the
//! verifier accepted a token, or if the claims differ. It is 2 if the arguments are invalid.

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
