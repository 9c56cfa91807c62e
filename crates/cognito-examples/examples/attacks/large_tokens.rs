//! Simulates attackers who send forged tokens of the maximum length to use up CPU time.

use cognito::verifier::{CognitoVerifier, MAX_TOKEN_LENGTH, StaticJwks};
use cognito_testkit::{FixedClock, TestPool};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};

use super::{Figure, Size};

/// The length of the shorter of two forged tokens, in bytes. The longer token has the maximum
/// length. The CPU times to reject the two tokens are compared.
const SHORTER: usize = 16 * 1024;

/// Simulates an attacker who sends forged tokens of 64 KiB. Returns two figures for each kind of
/// claims in [`FILLS`]: the CPU time of a rejection in microseconds, and the ratio of this time to
/// the CPU time for a token of 16 KiB.
pub(crate) async fn forged(size: Size) -> Vec<Figure> {
    let clock = FixedClock::at_unix(1_800_000_000);
    let pool = TestPool::new("eu-central-1_aBcDeFgHi", "client").with_clock(clock.clone());
    let verifier = CognitoVerifier::builder("eu-central-1_aBcDeFgHi".parse().expect("a pool id"))
        .client_id("client")
        .clock(clock)
        .jwks_source(StaticJwks::new(pool.jwks_json()))
        .build()
        .expect("the settings are complete");
    let rounds = size.of(20, 200);
    // Test builds are not optimized.
    let at_most = f64::from(size.of(50_000, 2_000));
    let mut figures = Vec::new();
    for (what, fill) in FILLS {
        let [short, long] = [SHORTER, MAX_TOKEN_LENGTH]
            .map(|length| fastest(&verifier, &token(&pool, length, fill), rounds));
        figures.push(Figure::new(
            format!("{what}, 64 KiB: microseconds"),
            long.round(),
            at_most,
        ));
        let ratio = (10.0 * long / short).round() / 10.0;
        figures.push(Figure::new(
            format!("{what}: 64 KiB in relation to 16 KiB"),
            ratio,
            8.0,
        ));
    }
    figures
}

type Fill = fn(usize) -> Vec<(String, Value)>;

/// The kinds of claims of a long token. Each kind has a name, and a function that creates the
/// claims. The argument of the function is the size of the claims in bytes.
const FILLS: [(&str, Fill); 3] = [
    ("one long claim", |bytes| {
        vec![("long".to_owned(), "x".repeat(bytes).into())]
    }),
    ("many claims", |bytes| {
        let names = (0..bytes / 11).map(|number| format!("c{number:05}"));
        names.map(|name| (name, json!(1))).collect()
    }),
    ("deep claims", |bytes| {
        let deep = (0..100).fold(json!([]), |inner, _| json!([inner]));
        let names = (0..bytes / 210).map(|number| format!("c{number:03}"));
        names.map(|name| (name, deep.clone())).collect()
    }),
];

/// Returns a token with a wrong signature. Its length is at most `length`, and close to it.
fn token(pool: &TestPool, length: usize, fill: Fill) -> String {
    let mut bytes = length * 3 / 4;
    loop {
        let token = pool.access_token(|claims| claims.extend(fill(bytes)));
        if token.len() <= length {
            return forge(&token);
        }
        bytes -= bytes / 50;
    }
}

/// Changes the first character of the signature of a token.
fn forge(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').expect("a token has parts");
    let other = if signature.starts_with('A') { 'B' } else { 'A' };
    format!("{signed}.{other}{}", &signature[1..])
}

/// Verifies a forged token `rounds` times. Returns the CPU time of the fastest rejection, in
/// microseconds. The CPU time of other processes is not included.
fn fastest(verifier: &CognitoVerifier, token: &str, rounds: u32) -> f64 {
    let mut best = f64::MAX;
    for _ in 0..rounds {
        let start = cpu_time();
        let refusal = verifier
            .verify_access_sync(token)
            .expect_err("it is forged");
        let time = cpu_time() - start;
        assert_eq!(
            refusal.reason(),
            cognito::verifier::Reason::InvalidSignature
        );
        best = best.min(time);
    }
    best
}

/// Returns the CPU time of this thread, in microseconds.
fn cpu_time() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}
