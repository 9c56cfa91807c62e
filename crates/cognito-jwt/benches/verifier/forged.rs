//! Measures how 100,000 tokens with forged key ids affect callers with a valid token: the duration
//! of a verification, the number of key fetches, and the growth of memory.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{fs, io};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cognito_jwt::{CognitoVerifier, JwksSource, SourceError};
use serde_json::json;
use tokio::runtime::Runtime;

use crate::fixture::Fixture;
use crate::{Result, target};

/// The number of times that the valid token is verified in each of the two cases: after forged
/// tokens, and without them.
const GOOD: usize = 4_000;
/// The number of forged tokens that are verified before each valid token, in the case with forged
/// tokens.
const FORGED_EACH: usize = 25;
/// The maximum accepted slowdown: the 99th percentile of the verification time with forged tokens,
/// divided by the 99th percentile without them.
const BAR: f64 = 1.10;

/// A key source that returns a fixed JWKS and counts the fetches.
#[derive(Clone, Debug)]
struct Counted {
    document: String,
    fetches: Arc<AtomicU64>,
}

#[async_trait]
impl JwksSource for Counted {
    async fn fetch(&self, _: &str) -> std::result::Result<Vec<u8>, SourceError> {
        self.fetches.fetch_add(1, Ordering::Relaxed);
        Ok(self.document.clone().into_bytes())
    }
}

/// Measures how tokens with forged key ids affect callers with a valid token. Prints the results,
/// and writes them to `target/bench/verifier-forged.json`.
pub(crate) fn run(fixture: &Fixture, runtime: &Runtime) -> Result<()> {
    let fetches = Arc::new(AtomicU64::new(0));
    let source = Counted {
        document: fixture.pool.jwks_json(),
        fetches: Arc::clone(&fetches),
    };
    let verifier = CognitoVerifier::builder(fixture.pool.user_pool_id().parse()?)
        .client_id(fixture.pool.client_id())
        .jwks_source(source)
        .build()?;
    runtime.block_on(verifier.hydrate())?;
    let before = fetches.load(Ordering::Relaxed);
    let forge = Forge::new(fixture)?;
    let (mut alone, mut among) = (Vec::new(), Vec::new());
    let (mut forged, mut memory) = (0, 0);
    let start = Instant::now();
    // The measurements with and without forged tokens alternate, so that a change in the speed of
    // the host affects both.
    for turn in 0..GOOD {
        alone.push(good(&verifier, fixture, runtime)?);
        for _ in 0..FORGED_EACH {
            let token = forge.token(forged);
            if runtime.block_on(verifier.verify_access(&token)).is_ok() {
                return Err("a forged token was accepted".into());
            }
            forged += 1;
        }
        among.push(good(&verifier, fixture, runtime)?);
        if turn == GOOD / 10 {
            memory = resident()?;
        }
    }
    let growth = resident()?.saturating_sub(memory);
    let fetched = fetches.load(Ordering::Relaxed) - before;
    report(
        &mut alone,
        &mut among,
        (forged, fetched, growth, start.elapsed()),
    )
}

/// Returns the elapsed time of one verification of the valid token, in nanoseconds.
fn good(verifier: &CognitoVerifier, fixture: &Fixture, runtime: &Runtime) -> Result<u128> {
    let start = Instant::now();
    let verdict = runtime.block_on(verifier.verify_access(black_box(&fixture.token)));
    let time = start.elapsed();
    verdict?;
    Ok(time.as_nanos())
}

/// A generator of forged tokens. A forged token is the valid token with another header. The pool
/// has no key with the key id in that header.
struct Forge {
    rest: String,
}

impl Forge {
    fn new(fixture: &Fixture) -> Result<Self> {
        let (_, rest) = fixture.token.split_once('.').ok_or("no claims")?;
        let rest = rest.to_owned();
        Ok(Self { rest })
    }

    fn token(&self, number: usize) -> String {
        let header = json!({ "kid": format!("forged-{number:012}"), "alg": "RS256" }).to_string();
        format!("{}.{}", URL_SAFE_NO_PAD.encode(header), self.rest)
    }
}

/// Returns the resident memory of this process in bytes. Assumes pages of 4 KiB.
fn resident() -> Result<u64> {
    let pages: Option<u64> = fs::read_to_string("/proc/self/statm")?
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse().ok());
    let pages = pages.ok_or_else(|| io::Error::other("no number in /proc/self/statm"))?;
    Ok(pages * 4096)
}

fn report(
    alone: &mut [u128],
    among: &mut [u128],
    (forged, fetched, growth, time): (usize, u64, u64, Duration),
) -> Result<()> {
    let (p50, p99) = (at(alone, 50), at(alone, 99));
    let (p50_among, p99_among) = (at(among, 50), at(among, 99));
    let ratio = p99_among as f64 / p99.max(1) as f64;
    let verdict = if ratio <= BAR { "ok" } else { "FALLS SHORT" };
    println!("A good token, in real time, alone and among {forged} with forged key ids:");
    println!("p50 {p50} ns, {p50_among} ns; p99 {p99} ns, {p99_among} ns");
    println!("p99 among forged ones {ratio:.3} x alone, at most {BAR:.2}: {verdict}");
    println!(
        "{fetched} fetches in {:.1} s; memory grew by {growth} bytes",
        time.as_secs_f64()
    );
    let folder = target().join("bench");
    fs::create_dir_all(&folder)?;
    let body = json!({
        "forged": forged, "fetches": fetched, "seconds": time.as_secs_f64(),
        "memory_growth_bytes": growth, "p99_alone_ns": p99, "p99_among_ns": p99_among,
        "p50_alone_ns": p50, "p50_among_ns": p50_among,
    });
    fs::write(folder.join("verifier-forged.json"), format!("{body:#}\n"))?;
    Ok(())
}

fn at(times: &mut [u128], percent: usize) -> u128 {
    times.sort_unstable();
    let place = times.len() * percent / 100;
    times.get(place).copied().unwrap_or_default()
}
