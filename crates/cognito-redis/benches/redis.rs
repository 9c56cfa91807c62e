//! Measures the cost of a shared revocation list: the delay of a revocation between four instances,
//! the cost of a check compared with a lookup in a `HashMap`, and the start of an instance when a
//! million revocations exist.
//!
//! Starts a `redis-server`. Prints a table and writes `target/bench/redis.json`. Without the
//! argument `--bench`, which `cargo bench` adds, only a few measurements are made and no file is
//! written. If `redis-server` is not installed, prints a message and ends.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark reads the clock, prints its result and ends when it cannot go on"
)]

#[path = "shared/report.rs"]
mod report;
#[path = "../tests/redis/server.rs"]
#[allow(dead_code, reason = "the tests ask more")]
mod server;

use std::collections::HashMap;
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cognito_cache::MemoryRevocationList;
use cognito_core::revocation::TokenIdentity;
use cognito_core::{Clock, Revocation, RevocationList, SystemClock};
use cognito_redis::{RedisConfig, RedisRevocations, WhenStale};
use serde_json::Value;

use report::{case, report, server_memory};
use server::Server;

const MACHINES: usize = 4;

struct Sizes {
    revocations: usize,
    entries: usize,
    checks: usize,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let given = |option: &str| std::env::args().any(|argument| argument == option);
    if given("--list") {
        // A test runner lists the tests.
        return Ok(());
    }
    let test = !given("--bench");
    let sizes = if test {
        Sizes {
            revocations: 20,
            entries: 2_000,
            checks: 1_000,
        }
    } else {
        Sizes {
            revocations: 1_000,
            entries: 1_000_000,
            checks: 1_000_000,
        }
    };
    let Some(server) = Server::start(&[]).await else {
        return Ok(());
    };
    let mut cases = delay(&server, sizes.revocations).await;
    server.ask(&["FLUSHALL"]).await;
    cases.extend(many(&server, &sizes).await);
    report("redis.json", &cases, !test)
}

async fn machine(server: &Server) -> RedisRevocations {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let view = MemoryRevocationList::new(Arc::clone(&clock));
    let view = view.with_capacity(NonZeroUsize::new(2_000_000).unwrap());
    let config = RedisConfig::server(&server.url()).unwrap();
    let builder = RedisRevocations::builder(config, Arc::new(view), WhenStale::FailClosed);
    builder.clock(clock).connect().await.unwrap()
}

fn soon() -> u64 {
    SystemClock::new().unix_seconds() + 12 * 3600
}

fn token(jti: &str) -> TokenIdentity<'_> {
    TokenIdentity::new("somebody", 1, Some(jti), None)
}

/// Measures the time from the call of `revoke` until the Redis server has acknowledged the
/// revocation, and until all instances reject the token.
async fn delay(server: &Server, revocations: usize) -> Vec<Value> {
    let mut machines = Vec::new();
    for _ in 0..MACHINES {
        machines.push(machine(server).await);
    }
    let (mut written, mut seen) = (Vec::new(), Vec::new());
    for number in 0..revocations {
        let jti = format!("delay-{number}");
        let from = &machines[number % MACHINES];
        let start = Instant::now();
        from.revoke(Revocation::token(&jti, soon())).await.unwrap();
        written.push(start.elapsed().as_secs_f64() * 1e6);
        for other in &machines {
            while !other.check(&token(&jti)).unwrap() {
                tokio::task::yield_now().await;
            }
        }
        seen.push(start.elapsed().as_secs_f64() * 1e6);
    }
    vec![
        case("revoke, until it is acknowledged", "us", written),
        case("revoke, until the last of 4 instances rejects", "us", seen),
    ]
}

/// Measures the start of an instance and its checks when the Redis server has many revocations.
async fn many(server: &Server, sizes: &Sizes) -> Vec<Value> {
    let names: Vec<_> = (0..sizes.entries)
        .map(|number| format!("{number:08x}-9e1c-4f4b-8d7a-2b6c0d9e5f31"))
        .collect();
    let before = server_memory(server).await;
    fill(server, &names).await;
    let server_entry = (server_memory(server).await - before) / names.len() as f64;
    let resident = resident();
    let start = Instant::now();
    let list = machine(server).await;
    let load = start.elapsed();
    let entry = (self::resident() - resident) / names.len() as f64;
    assert_eq!(list.len(), names.len());
    let calls = server.calls("eval").await;
    let cases = checks(&list, &names, sizes.checks);
    // The background task sends a script from time to time. A check sends nothing.
    let looks = server.calls("eval").await - calls;
    assert!(looks * 100 < sizes.checks as u64, "{looks} looks");
    let mut all = vec![
        case(
            "load all revocations at the start",
            "ms",
            vec![load.as_secs_f64() * 1e3],
        ),
        case(
            "memory for each entry, in the server",
            "bytes",
            vec![server_entry],
        ),
        case(
            "memory for each entry, in the process",
            "bytes",
            vec![entry],
        ),
    ];
    all.extend(cases);
    all
}

/// Writes many revocations to the stream, in the format of `RedisRevocations`.
async fn fill(server: &Server, names: &[String]) {
    let client = redis::Client::open(server.url()).unwrap();
    let mut link = client.get_multiplexed_async_connection().await.unwrap();
    link.set_response_timeout(Duration::from_secs(60));
    let until = soon();
    for names in names.chunks(5_000) {
        let mut pipe = redis::pipe();
        for name in names {
            let add = pipe.cmd("XADD").arg("cognito:revocations").arg("*");
            let add = add.arg("k").arg("t").arg("i").arg(name);
            add.arg("e").arg(until).ignore();
        }
        pipe.query_async::<()>(&mut link).await.unwrap();
    }
}

fn checks(list: &RedisRevocations, names: &[String], checks: usize) -> Vec<Value> {
    let map: HashMap<&str, u64> = names.iter().map(|name| (name.as_str(), 7)).collect();
    // A pseudo-random order, which is the same for all measurements.
    let order: Vec<_> = (0..checks)
        .map(|number| names[number.wrapping_mul(2_654_435_761) % names.len()].as_str())
        .collect();
    let per = |start: Instant| start.elapsed().as_secs_f64() * 1e9 / order.len() as f64;
    let (mut of_map, mut hit, mut miss) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..11 {
        let start = Instant::now();
        for name in &order {
            assert!(black_box(map.get(black_box(*name))).is_some());
        }
        of_map.push(per(start));
        let start = Instant::now();
        for name in &order {
            assert!(black_box(list.check(&token(black_box(name)))).unwrap());
        }
        hit.push(per(start));
        let start = Instant::now();
        for name in &order {
            let jti = black_box(&name[1..]);
            assert!(!black_box(list.check(&token(jti))).unwrap());
        }
        miss.push(per(start));
    }
    vec![
        case("a hit in a HashMap", "ns", of_map),
        case("check a token that was revoked", "ns", hit),
        case("check a token that was not revoked", "ns", miss),
    ]
}

/// Returns the resident memory of this process in bytes, or 0 if the operating system does not
/// report it.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
    kilobytes.unwrap_or(0.0) * 1024.0
}
