//! Runs the verifier on a file of test cases with known results, and prints the result of each
//! case.
//!
//! ```text
//! cargo run -q --release -p cognito-jwt --example verify_cases -- FILE
//! ```
//!
//! The format of the file is detected automatically. The formats are:
//!
//! - an object with a list of tokens (`cases`), the keys of the pool, the client id and the current
//!   time;
//! - an array of JWKS documents (`body`) with the ids of their usable keys;
//! - a Wycheproof file of the type `RsassaPkcs1Verify`, `JsonWebSignature` or `JsonWebKey`.
//!
//! For each case, prints one line of JSON with its `id`, the `verdict` and the name of the `error`.
//! The `verdict` is `accept`, `reject`, `undecided` (there was no key) or `other keys` (the usable
//! keys of the document differ from the expected keys in the file). If the result differs from the
//! file, the line also has the `name` of the case and the `expected` result. The last line is a
//! summary.
//!
//! The exit code is 0 if each `verdict` agrees with the file, 1 if one differs, and 2 if the
//! arguments or the file are invalid. A different `error` does not change the exit code.

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
