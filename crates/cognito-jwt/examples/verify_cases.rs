//! Checks the verifier against a file of known results, and prints the differences.
//!
//! ```text
//! cargo run -q --release -p cognito-jwt --example verify_cases -- FILE
//! ```
//!
//! The format of the file is detected automatically. It is one of these: a list of tokens (`cases`)
//! with the pool's keys, its client and the time; a list of JWKS documents (`body`) with their
//! usable keys; a Wycheproof file of the type `RsassaPkcs1Verify`, `JsonWebSignature` or
//! `JsonWebKey`.
//!
//! For each case, prints one line of JSON: its `id`; the `verdict` (`accept`, `reject`, `undecided`
//! if there was no key, or `other keys` if other keys of a document are usable); the name of the
//! `error`; and the result that the file `expected`. The last line is a summary. The exit code is 0
//! if all results match the file, 1 if one differs, and 2 if the file is invalid.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program whose result is what it prints"
)]

use std::process::ExitCode;

use serde_json::json;

#[path = "verify_cases/cases.rs"]
mod cases;

use cases::Outcome;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(path), None) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: verify_cases FILE");
        return ExitCode::from(2);
    };
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => {
            eprintln!("the file cannot be read: {}", error.kind());
            return ExitCode::from(2);
        }
    };
    match cases::run(&text).await {
        Ok(outcomes) => report(&outcomes),
        Err(reason) => {
            eprintln!("the file cannot be used: {reason}");
            ExitCode::from(2)
        }
    }
}

fn report(outcomes: &[Outcome]) -> ExitCode {
    for outcome in outcomes {
        println!("{}", outcome.to_json());
    }
    let count = |wanted: fn(&Outcome) -> bool| outcomes.iter().filter(|o| wanted(o)).count();
    let differ = count(Outcome::verdict_differs);
    let summary = json!({ "summary": {
        "cases": outcomes.len(),
        "accepted": count(Outcome::is_accepted),
        "verdicts_that_differ": differ,
        "errors_that_differ": count(Outcome::error_differs),
        "rejected_because_cognito_never_signs_so": count(|outcome| outcome.is_foreign),
    }});
    println!("{summary}");
    ExitCode::from(u8::from(differ > 0))
}
