//! Measures the SRP computations of the client and of the server. For comparison, it also measures
//! the client's modular exponentiations in num-bigint.
//!
//! Prints milliseconds and writes `target/bench/srp.json`. Without the option `--bench`, for
//! example in a test runner, it measures each computation once and writes nothing.
#![allow(clippy::disallowed_methods, reason = "it measures real time")]
#![allow(clippy::print_stdout, reason = "a benchmark prints its result")]

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant, UNIX_EPOCH};

use cognito_srp6a::{
    Answer, Challenge, DeviceRegistration, Exchange, ServerExchange, SrpError, Subject, Verifier,
    test_util,
};
use num_bigint::BigUint;
use serde_json::{Value, json};

const RUNS: usize = 51;
const PASSWORD: &str = "SecurePass123!";

/// A measured computation, with the duration of each run in milliseconds.
struct Case {
    name: &'static str,
    runs: Vec<f64>,
}

impl Case {
    fn median(&self) -> f64 {
        self.runs.get(self.runs.len() / 2).copied().unwrap_or(0.0)
    }

    fn json(&self) -> Value {
        json!({
            "name": self.name,
            "unit": "ms",
            "median": self.median(),
            "min": self.runs.first(),
            "max": self.runs.last(),
        })
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let given = |option: &str| std::env::args().any(|argument| argument == option);
    if given("--list") {
        // A test runner lists the tests.
        return Ok(());
    }
    let test = !given("--bench");
    let cases = measure(if test { 1 } else { RUNS })?;
    for case in &cases {
        println!("{:48} {:8.3} ms", case.name, case.median());
    }
    if test {
        return Ok(());
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/bench");
    std::fs::create_dir_all(&folder)?;
    let cases: Vec<_> = cases.iter().map(Case::json).collect();
    let text = serde_json::to_string_pretty(&json!({ "cases": cases }))?;
    std::fs::write(folder.join("srp.json"), text)?;
    Ok(())
}

/// Measures every computation `runs` times. Each round runs all computations once, so that a
/// slowdown of the host affects all of them equally.
fn measure(runs: usize) -> Result<Vec<Case>, SrpError> {
    let mut cases: Vec<Case> = Vec::new();
    for _ in 0..runs {
        for (at, (name, time)) in sign_in()?.into_iter().chain(reference()).enumerate() {
            if cases.len() == at {
                cases.push(Case {
                    name,
                    runs: Vec::new(),
                });
            }
            if let Some(case) = cases.get_mut(at) {
                case.runs.push(time.as_secs_f64() * 1e3);
            }
        }
    }
    for case in &mut cases {
        case.runs.sort_by(f64::total_cmp);
    }
    Ok(cases)
}

type Steps<const N: usize> = [(&'static str, Duration); N];

fn sign_in() -> Result<Steps<6>, SrpError> {
    let user = Subject::user("eu-central-1_aBcDeFgHi", "9c1f")?;
    let now = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let (verifier, new) = timed(|| Verifier::new(user.clone(), PASSWORD));
    let (client, client_start) = timed(Exchange::start);
    let (verifier, client) = (verifier?, client?);
    let (server, server_start) = timed(|| ServerExchange::start(&verifier, &client.srp_a()));
    let server = server?;
    let challenge = Challenge::from_parameters(|name| match name {
        "SRP_B" => Some(server.srp_b()),
        "SALT" => Some(server.salt()),
        _ => Some(server.secret_block()),
    })?;
    let (proof, prove) = timed(|| client.prove(&user, PASSWORD, &challenge, now));
    let parameters = proof?.into_parameters();
    let answer = Answer::from_parameters(|name| {
        let found = parameters.iter().find(|(other, _)| *other == name);
        found.map(|(_, value)| value.as_str())
    })?;
    let (verdict, verify) = timed(|| server.verify(&answer));
    verdict?;
    let (device, register) = timed(|| DeviceRegistration::new("-FDRunwQv", "device"));
    device?;
    Ok([
        ("client: start", client_start),
        ("client: prove", prove),
        ("server: start", server_start),
        ("server: verify", verify),
        ("server: verifier of a password", new),
        ("device: registration", register),
    ])
}

/// Measures the client's modular exponentiations in num-bigint, which is not constant-time. The
/// exponents are as long as in a sign-in: 512 bits for a, 256 bits for x, and 513 bits for
/// a + u * x.
fn reference() -> Steps<2> {
    let (n, g, _) = test_util::group();
    let (n, g) = (BigUint::from_bytes_be(&n), BigUint::from(g));
    let number = |bytes: usize| BigUint::from_bytes_be(&vec![0xa5; bytes]);
    let (private, x, base, sum) = (number(64), number(32), number(383), number(64) * 2u8);
    let (_, start) = timed(|| g.modpow(&private, &n));
    let (_, prove) = timed(|| (g.modpow(&x, &n), base.modpow(&sum, &n)));
    [
        ("client: start, powers by num-bigint", start),
        ("client: prove, powers by num-bigint", prove),
    ]
}

fn timed<T>(step: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = black_box(step());
    (result, start.elapsed())
}
