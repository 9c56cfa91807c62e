//! Other libraries' verifiers, one for each program of this package, controlled over standard input
//! and output.
//!
//! Each program checks a Cognito access token as the documentation of its library shows: signature,
//! issuer, expiry, client and token use.
//!
//! The first line of input is a [`Setup`] as JSON. The peer prints `ready` when it has its keys,
//! accepts the valid token and rejects the forged one. For each following line
//! `round <name> <iterations>`, it prints the CPU time of this number of verifications in
//! nanoseconds, without warm-up.
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

/// The result of a peer. The benchmark prints the error in its table.
pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The pool and its tokens, as sent by the benchmark.
#[derive(Debug, Deserialize)]
pub struct Setup {
    /// The app client of `token` and `forged`.
    pub client_id: String,
    /// A token with a wrong signature, which must be rejected.
    pub forged: String,
    /// The `iss` of `token` and `forged`.
    pub issuer: String,
    /// The JWKS document, as the pool serves it.
    pub jwks: String,
    /// The region of the pool, such as `us-east-1`.
    pub region: String,
    /// A valid token, which must be accepted.
    pub token: String,
    /// The id of the pool, such as `us-east-1_aBcDeFgHi`.
    pub user_pool_id: String,
}

/// A function that verifies a token this number of times and returns the number of acceptances.
pub type Peer = Box<dyn FnMut(&str, u32) -> u32>;

/// Prepares a peer and measures it until the input ends.
///
/// # Errors
///
/// Fails if the peer rejects the valid token, if it accepts the forged one, or if the input is not
/// in the format of the crate documentation.
pub fn run(name: &str, start: fn(&Setup) -> Result<Peer>) -> Result<()> {
    let mut lines = io::stdin().lock().lines();
    let setup: Setup = serde_json::from_str(&lines.next().ok_or("the setup is missing")??)?;
    let mut peer = start(&setup)?;
    if peer(&setup.token, 3) != 3 {
        return Err("it rejects the good token".into());
    }
    if peer(&setup.forged, 1) != 0 {
        return Err("it accepts a forged token".into());
    }
    say("ready")?;
    for line in lines {
        let line = line?;
        let iterations = line
            .strip_prefix("round ")
            .and_then(|rest| rest.strip_prefix(name))
            .ok_or("not a round of this peer")?;
        let iterations: u32 = iterations.trim().parse()?;
        // Another process used the core before, so the first calls fill the caches again.
        let before = iterations / 10 + 1;
        let warm = peer(&setup.token, before);
        let start = thread_cpu();
        let accepted = peer(&setup.token, iterations);
        let time = thread_cpu() - start;
        if (warm, accepted) != (before, iterations) {
            return Err("it sometimes rejects the good token".into());
        }
        say(&time.to_string())?;
    }
    Ok(())
}

/// Returns a runtime with one thread, so that the CPU time of this thread is that of the peer.
///
/// # Errors
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

/// Returns the CPU time of this thread in nanoseconds.
fn thread_cpu() -> i64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}
