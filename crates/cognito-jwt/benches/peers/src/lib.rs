//! The shared code of the benchmark peers. A peer is a program that measures the verifier of
//! another library. The benchmark of cognito-jwt runs it and controls it over standard input and
//! output.
//!
//! Each peer checks a Cognito access token as the documentation of its library shows: signature,
//! issuer, expiry, client and token use.
//!
//! The first line of input is a [`Setup`] as JSON. The peer loads its keys, verifies the valid
//! token and the forged token, and prints `ready` if the results are correct. For each following
//! line `round <name> <iterations>`, it verifies the valid token `<iterations>` times and prints
//! the CPU time of all these verifications in nanoseconds. Verifications to warm up are not
//! counted.
//!
//! The peer exits when its input ends. If it fails, it prints a message to standard error.

mod claims;
mod stand_in;

use std::error::Error;
use std::io::{self, BufRead, Write};

use rustix::time::{clock_gettime, ClockId};
use serde::Deserialize;

pub use crate::claims::{AccessClaims, FurtherClaims};
pub use crate::stand_in::StandIn;

/// The result type of the benchmark peers. The benchmark prints the error in its table.
pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The first line that a benchmark peer reads from its input: the pool, the app client and the
/// tokens.
#[derive(Debug, Deserialize)]
pub struct Setup {
    /// The id of the app client: the claim `client_id` in the access tokens `token` and `forged`.
    pub client_id: String,
    /// A token with a wrong signature. It must be rejected.
    pub forged: String,
    /// The claim `iss` in `token` and in `forged`.
    pub issuer: String,
    /// The JWKS of the pool, as JSON.
    pub jwks: String,
    /// The region of the pool, such as `us-east-1`.
    pub region: String,
    /// A valid token, which must be accepted.
    pub token: String,
    /// The id of the pool, such as `us-east-1_aBcDeFgHi`.
    pub user_pool_id: String,
}

/// A function that verifies a token a given number of times, and returns how often the token was
/// accepted.
pub type Peer = Box<dyn FnMut(&str, u32) -> u32>;

/// Creates the verifier with `start`, and measures it until the input ends. `name` is the name of
/// the peer (the crate that is compared) in the lines of the input.
///
/// # Errors
///
/// Fails if `start` fails, if the verifier rejects the valid token or accepts the forged token, or
/// if the input is not in the format of the crate documentation.
pub fn run(name: &str, start: fn(&Setup) -> Result<Peer>) -> Result<()> {
    let mut lines = io::stdin().lock().lines();
    let setup: Setup = serde_json::from_str(&lines.next().ok_or("the setup is missing")??)?;
    let mut peer = start(&setup)?;
    if peer(&setup.token, 3) != 3 {
        return Err("the library rejects the valid token".into());
    }
    if peer(&setup.forged, 1) != 0 {
        return Err("the library accepts a forged token".into());
    }
    say("ready")?;
    for line in lines {
        let line = line?;
        let iterations = line
            .strip_prefix("round ")
            .and_then(|rest| rest.strip_prefix(name))
            .ok_or("the input is not a round of this peer")?;
        let iterations: u32 = iterations.trim().parse()?;
        // The caches of the CPU contain the data of other processes, so the first calls are not
        // counted.
        let before = iterations / 10 + 1;
        let warm = peer(&setup.token, before);
        let start = thread_cpu();
        let accepted = peer(&setup.token, iterations);
        let time = thread_cpu() - start;
        if (warm, accepted) != (before, iterations) {
            return Err("the library sometimes rejects the valid token".into());
        }
        say(&time.to_string())?;
    }
    Ok(())
}

/// Returns a Tokio runtime without worker threads. A benchmark peer then does all its work on the
/// calling thread, whose CPU time is measured.
///
/// # Errors
///
/// Fails if the runtime cannot be created.
pub fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

fn say(line: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// Returns the CPU time of the calling thread in nanoseconds.
fn thread_cpu() -> i64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}
