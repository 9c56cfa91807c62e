//! Verifiers of others, one for each program of this package, driven over standard input and output.
//!
//! Each does what its own documentation shows for a Cognito access token: signature, issuer, expiry,
//! client and token use.
//!
//! The first line is a [`Setup`] as JSON; the answer is `ready`, once the peer has its keys, accepts the good token and refuses the forged one. After
//! that each line `round <name> <iterations>` is answered with the nanoseconds of CPU time that so
//! many verifications took, without those that were made before the clock was started.
//!
//! It ends when its input ends, or with a sentence on standard error.

mod claims;
mod stand_in;

use std::error::Error;
use std::io::{self, BufRead, Write};

use rustix::time::{clock_gettime, ClockId};
use serde::Deserialize;

pub use crate::claims::AccessClaims;
pub use crate::stand_in::StandIn;

/// An error is a sentence for the table.
pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// What the benchmark says about the pool and its tokens.
#[derive(Debug, Deserialize)]
pub struct Setup {
    /// The app client of both tokens.
    pub client_id: String,
    /// A token with a wrong signature. Whoever accepts it verifies nothing.
    pub forged: String,
    /// The `iss` of both tokens.
    pub issuer: String,
    /// The document, as the pool serves it.
    pub jwks: String,
    /// `us-east-1`
    pub region: String,
    /// A good token.
    pub token: String,
    /// `us-east-1_...`
    pub user_pool_id: String,
}

/// Verifies a token so many times and says how often it was accepted.
pub type Peer = Box<dyn FnMut(&str, u32) -> u32>;

/// Makes a peer ready and measures it for as long as there is input.
///
/// # Errors
///
/// If the peer is no good, or what it is told is not of the form above.
pub fn run(name: &str, start: fn(&Setup) -> Result<Peer>) -> Result<()> {
    let mut lines = io::stdin().lock().lines();
    let setup: Setup = serde_json::from_str(&lines.next().ok_or("the setup is missing")??)?;
    let mut peer = start(&setup)?;
    if peer(&setup.token, 3) != 3 {
        return Err("it refuses the good token".into());
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
        // Another process had the core before: the first ones fill the caches again.
        let before = iterations / 10 + 1;
        let warm = peer(&setup.token, before);
        let start = thread_cpu();
        let accepted = peer(&setup.token, iterations);
        let time = thread_cpu() - start;
        if (warm, accepted) != (before, iterations) {
            return Err("it refused the good token now and then".into());
        }
        say(&time.to_string())?;
    }
    Ok(())
}

/// One thread, so that its CPU time is all there is.
///
/// # Errors
///
/// If the system refuses one.
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

/// Nanoseconds of CPU time that this thread has had.
fn thread_cpu() -> i64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}
