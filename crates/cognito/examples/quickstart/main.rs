//! The quickstart example: sign-up, sign-in, an authenticator app, refresh, password reset and
//! sign-out with the crate `cognito`. With the emulator, it also shows passkeys, administration and
//! client credentials.
//!
//! Run it with an emulated user pool, or with the user pool in the environment variables:
//!
//! ```sh
//! cargo run --example quickstart                                # an emulated user pool
//! cargo run --example quickstart -- --pool env you@example.com  # the pool in the environment
//! ```
//!
//! The exit code is 1 if a result is not the expected one.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "the tour talks to a terminal, and shows the codes of an authenticator app now"
)]

mod guide;
mod stage;
mod tour;

use std::process::ExitCode;

use guide::Guide;
use stage::{Stage, Surprise};

const USAGE: &str = "usage: quickstart [--pool env EMAIL]";

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let stage = match words[..] {
        [] => Stage::emulator().await,
        ["--pool", "env", email] => Stage::environment(email).await,
        _ => Err(Surprise::new(USAGE)),
    };
    let guide = Guide::terminal();
    let outcome = match stage {
        Ok(stage) => tour::run(&stage, &guide).await,
        Err(surprise) => Err(surprise),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(surprise) => {
            eprintln!("{}", guide.alarm(&surprise.to_string()));
            ExitCode::FAILURE
        }
    }
}
