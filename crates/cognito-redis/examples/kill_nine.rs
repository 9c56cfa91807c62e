//! Kills the Redis server repeatedly while revocations are written. Then checks that the tokens of
//! all acknowledged revocations are rejected.
//!
//! ```text
//! cargo run --release -p cognito-redis --example kill_nine -- 100 1000
//! ```
//!
//! The first argument is the number of kills (default: 5). The second argument is the minimum
//! number of acknowledged revocations before each kill (default: 200). The server has an
//! append-only file and flushes it for each entry. The exit code is 1 if an acknowledged revocation
//! was lost, or if a token is rejected that was not revoked. If `redis-server` is not installed,
//! the exit code is 0.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for the terminal, which ends when it cannot go on"
)]

#[path = "../tests/redis/server.rs"]
#[allow(dead_code, reason = "the tests ask more")]
mod server;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use cognito_cache::MemoryRevocationList;
use cognito_core::revocation::TokenIdentity;
use cognito_core::{Clock, Revocation, RevocationList, SystemClock};
use cognito_redis::{RedisConfig, RedisRevocations, WhenStale};

use server::Server;

/// The number of tasks that write revocations at the same time.
const WRITERS: usize = 16;

#[tokio::main]
async fn main() -> ExitCode {
    let numbers: Vec<usize> = std::env::args()
        .skip(1)
        .filter_map(|number| number.parse().ok())
        .collect();
    let (kills, between) = match numbers.as_slice() {
        [kills, between] => (*kills, *between),
        _ => (5, 200),
    };
    let durable = ["--appendonly", "yes", "--appendfsync", "always"];
    let Some(mut server) = Server::start(&durable).await else {
        return ExitCode::SUCCESS;
    };
    let until = SystemClock::new().unix_seconds() + 12 * 3600;
    let (mut acknowledged, mut refused_writes) = (Vec::new(), 0);
    let mut writer = machine(&server).await;
    for kill in 0..kills {
        let done = Arc::new(AtomicUsize::new(0));
        let is_over = Arc::new(AtomicBool::new(false));
        let tasks: Vec<_> = (0..WRITERS)
            .map(|task| {
                let list = writer.clone();
                let (done, is_over) = (Arc::clone(&done), Arc::clone(&is_over));
                tokio::spawn(write(list, done, is_over, format!("{kill}-{task}"), until))
            })
            .collect();
        while done.load(Ordering::Relaxed) < between {
            tokio::task::yield_now().await;
        }
        server.kill().await;
        is_over.store(true, Ordering::Relaxed);
        for task in tasks {
            let (names, failed) = task.await.unwrap();
            acknowledged.extend(names);
            refused_writes += failed;
        }
        server.restart().await;
        // A new instance is used, because the old one would write its pending entries: only the
        // data of the server counts.
        writer = machine(&server).await;
    }
    let lost = acknowledged
        .iter()
        .filter(|name| !is_refused(&writer, name));
    let lost = lost.count();
    let live = (0..100_000).filter(|number| is_refused(&writer, &format!("live-{number}")));
    let live = live.count();
    println!(
        "{kills} kills, {} revocations acknowledged, {refused_writes} not: {lost} lost; \
         {live} of 100000 live tokens refused",
        acknowledged.len()
    );
    ExitCode::from(u8::from(lost + live > 0))
}

async fn machine(server: &Server) -> RedisRevocations {
    let view = Arc::new(MemoryRevocationList::new(Arc::new(SystemClock::new())));
    let config = RedisConfig::server(&server.url()).unwrap();
    let builder = RedisRevocations::builder(config, view, WhenStale::FailOpen);
    builder.connect().await.unwrap()
}

/// Writes revocations until `is_over` is `true`. Returns the acknowledged revocations, and the
/// number of revocations that failed.
async fn write(
    list: RedisRevocations,
    done: Arc<AtomicUsize>,
    is_over: Arc<AtomicBool>,
    name: String,
    until: u64,
) -> (Vec<String>, usize) {
    let (mut acknowledged, mut failed) = (Vec::new(), 0);
    while !is_over.load(Ordering::Relaxed) {
        let jti = format!("{name}-{}", acknowledged.len() + failed);
        if list.revoke(Revocation::token(&jti, until)).await.is_ok() {
            acknowledged.push(jti);
            done.fetch_add(1, Ordering::Relaxed);
        } else {
            failed += 1;
        }
    }
    (acknowledged, failed)
}

fn is_refused(list: &RedisRevocations, jti: &str) -> bool {
    list.is_revoked(&TokenIdentity::new("somebody", 1, Some(jti), None))
}
