//! Compares three ways to deliver revocations to instances: a stream (as in this crate), keys with
//! publish/subscribe, and keys with client tracking. Measures the delay, the time to read all
//! entries at the start, the time to catch up after a disconnection, and the memory of the Redis
//! server. The results are the reason for the stream (`docs/explanation/design/revocation.md`).
//!
//! Starts a `redis-server`. Prints a table and writes `target/bench/redis-feeds.json`. Without the
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

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, PushKind, Value};
use tokio::sync::mpsc::unbounded_channel;

use report::{case, report, server_memory};
use server::Server;

const MACHINES: usize = 4;

/// The maximum number of entries in one response of the Redis server.
const PAGE: usize = 2_000;

/// An entry that revokes a token: its `jti` and its expiry. It has the length of a typical entry.
const ENTRY: &str = "t:00000000-9e1c-4f4b-8d7a-2b6c0d9e5f31:1800000000";

#[derive(Clone, Copy, Debug)]
enum Way {
    Stream,
    PublishSubscribe,
    ClientTracking,
}

struct Sizes {
    revocations: u64,
    entries: u64,
    missed: u64,
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let given = |option: &str| std::env::args().any(|argument| argument == option);
    if given("--list") {
        // A test runner lists the tests.
        return Ok(());
    }
    let test = !given("--bench");
    let (revocations, entries, missed) = if test {
        (20, 4_000, 50)
    } else {
        (1_000, 1_000_000, 1_000)
    };
    let sizes = Sizes {
        revocations,
        entries,
        missed,
    };
    let mut cases = Vec::new();
    for way in [Way::Stream, Way::PublishSubscribe, Way::ClientTracking] {
        // One server each, because dropping a server is faster than deleting its entries.
        let (Some(empty), Some(full)) = (Server::start(&[]).await, Server::start(&[]).await) else {
            return Ok(());
        };
        cases.push(way.delay(&empty, &sizes).await);
        cases.extend(way.returning(&full, &sizes).await);
    }
    report("redis-feeds.json", &cases, !test)
}

impl Way {
    const fn name(self) -> &'static str {
        match self {
            Self::Stream => "stream",
            Self::PublishSubscribe => "publish/subscribe",
            Self::ClientTracking => "client tracking",
        }
    }

    fn case(self, name: &str, unit: &str, values: Vec<f64>) -> serde_json::Value {
        case(&format!("{}: {name}", self.name()), unit, values)
    }

    /// Measures the time from the write of a revocation to the Redis server until all simulated
    /// instances have read it.
    async fn delay(self, server: &Server, sizes: &Sizes) -> serde_json::Value {
        let mut seen = Vec::new();
        for _ in 0..MACHINES {
            seen.push(self.machine(server).await);
        }
        let mut link = connected(server).await;
        let mut times = Vec::new();
        for number in 1..=sizes.revocations {
            let start = Instant::now();
            self.write(&mut link, number).await;
            for last in &seen {
                while last.load(Ordering::Acquire) < number {
                    tokio::task::yield_now().await;
                }
            }
            times.push(start.elapsed().as_secs_f64() * 1e6);
        }
        self.case("until the last of 4 instances has it", "us", times)
    }

    async fn write(self, link: &mut MultiplexedConnection, number: u64) {
        let mut pipe = redis::pipe();
        self.add(&mut pipe, number);
        if matches!(self, Self::PublishSubscribe) {
            let publish = pipe.cmd("PUBLISH").arg("revoked");
            publish.arg(format!("{number}:{ENTRY}")).ignore();
        }
        pipe.query_async::<()>(link).await.unwrap();
    }

    /// Adds to `pipe` the commands that store an entry. `number` is the sequence number of the
    /// entry.
    fn add(self, pipe: &mut redis::Pipeline, number: u64) {
        match self {
            Self::Stream => {
                let add = pipe.cmd("XADD").arg("revocations").arg("*");
                add.arg("e").arg(format!("{number}:{ENTRY}")).ignore();
            }
            Self::PublishSubscribe | Self::ClientTracking => {
                let set = pipe.cmd("SET").arg(format!("revocation:{number}"));
                let set = set.arg(format!("{number}:{ENTRY}"));
                set.arg("PX").arg(25 * 60 * 60 * 1_000).ignore();
            }
        }
    }

    /// Starts an instance that listens for entries. The returned counter contains the sequence
    /// number of the last entry that the instance has read.
    async fn machine(self, server: &Server) -> Arc<AtomicU64> {
        let seen = Arc::new(AtomicU64::new(0));
        match self {
            Self::Stream => reads_the_stream(server, Arc::clone(&seen)).await,
            Self::PublishSubscribe => subscribes(server, Arc::clone(&seen)).await,
            Self::ClientTracking => tracks(server, Arc::clone(&seen)).await,
        }
        seen
    }

    /// Measures two times: how long an instance needs to read all entries at its start, and how
    /// long it needs to read the entries that were written while it was disconnected. Also measures
    /// the memory of the Redis server for each entry.
    async fn returning(self, server: &Server, sizes: &Sizes) -> Vec<serde_json::Value> {
        let mut link = connected(server).await;
        let before = server_memory(server).await;
        self.fill(&mut link, 0..sizes.entries).await;
        let memory = (server_memory(server).await - before) / sizes.entries as f64;
        let start = Instant::now();
        let (read, last) = self.read(&mut link, "-").await;
        let all = start.elapsed().as_secs_f64() * 1e3;
        assert_eq!(read, sizes.entries);
        let end = sizes.entries + sizes.missed;
        self.fill(&mut link, sizes.entries..end).await;
        let start = Instant::now();
        let (read, _) = self.read(&mut link, &format!("({last}")).await;
        let missed = start.elapsed().as_secs_f64() * 1e3;
        // Keys do not show which entries are new, so all of them are read.
        let due = match self {
            Self::Stream => sizes.missed,
            Self::PublishSubscribe | Self::ClientTracking => end,
        };
        assert_eq!(read, due);
        vec![
            self.case("read all entries at the start", "ms", vec![all]),
            self.case("read the missed entries", "ms", vec![missed]),
            self.case(
                "memory for each entry, in the server",
                "bytes",
                vec![memory],
            ),
        ]
    }

    async fn fill(self, link: &mut MultiplexedConnection, numbers: std::ops::Range<u64>) {
        let numbers: Vec<_> = numbers.collect();
        for numbers in numbers.chunks(5_000) {
            let mut pipe = redis::pipe();
            for number in numbers {
                self.add(&mut pipe, *number);
            }
            pipe.query_async::<()>(link).await.unwrap();
        }
    }

    /// Reads entries from Redis, as an instance does at its start or after a disconnection. From a
    /// stream, reads the entries after the id `after`. From keys, reads all entries, because keys
    /// have no order. Returns the number of entries, and the id of the last entry (an empty string
    /// for keys).
    async fn read(self, link: &mut MultiplexedConnection, after: &str) -> (u64, String) {
        match self {
            Self::Stream => read_the_stream(link, after).await,
            Self::PublishSubscribe | Self::ClientTracking => {
                (read_the_keys(link).await, String::new())
            }
        }
    }
}

async fn reads_the_stream(server: &Server, seen: Arc<AtomicU64>) {
    let mut link = connected(server).await;
    tokio::spawn(async move {
        let mut last = "0-0".to_owned();
        loop {
            let mut command = redis::cmd("XREAD");
            command.arg("COUNT").arg(PAGE).arg("BLOCK").arg(500);
            command.arg("STREAMS").arg("revocations").arg(&last);
            let Ok(answer) = command.query_async::<Value>(&mut link).await else {
                return;
            };
            let Value::Array(streams) = answer else {
                continue;
            };
            let Some(Value::Array(stream)) = streams.into_iter().next() else {
                continue;
            };
            for (id, number) in entries(&stream[1]) {
                last = id;
                seen.store(number, Ordering::Release);
            }
        }
    });
}

async fn subscribes(server: &Server, seen: Arc<AtomicU64>) {
    let client = redis::Client::open(server.url()).unwrap();
    let mut subscriber = client.get_async_pubsub().await.unwrap();
    subscriber.subscribe("revoked").await.unwrap();
    tokio::spawn(async move {
        let mut messages = subscriber.on_message();
        while let Some(message) = messages.next().await {
            let entry: String = message.get_payload().unwrap();
            seen.store(number(&entry), Ordering::Release);
        }
    });
}

/// Listens with client tracking. The Redis server sends only the names of changed keys, so the
/// instance reads each value with another command.
async fn tracks(server: &Server, seen: Arc<AtomicU64>) {
    let url = format!("{}/?protocol=resp3", server.url());
    let client = redis::Client::open(url).unwrap();
    let (sender, mut pushes) = unbounded_channel();
    let options = AsyncConnectionConfig::new().set_push_sender(sender);
    let link = client.get_multiplexed_async_connection_with_config(&options);
    let mut link = link.await.unwrap();
    let mut track = redis::cmd("CLIENT");
    track.arg("TRACKING").arg("ON").arg("BCAST");
    track.arg("PREFIX").arg("revocation:");
    track.exec_async(&mut link).await.unwrap();
    tokio::spawn(async move {
        while let Some(push) = pushes.recv().await {
            if push.kind != PushKind::Invalidate {
                continue;
            }
            let keys: Vec<String> = redis::from_redis_value(push.data[0].clone()).unwrap();
            for key in keys {
                let asked = redis::cmd("GET").arg(key).query_async(&mut link).await;
                let Ok(entry) = asked else { return };
                let entry: String = entry;
                seen.store(number(&entry), Ordering::Release);
            }
        }
    });
}

async fn read_the_stream(link: &mut MultiplexedConnection, after: &str) -> (u64, String) {
    let (mut read, mut from) = (0, after.to_owned());
    loop {
        let mut command = redis::cmd("XRANGE");
        command.arg("revocations").arg(&from).arg("+");
        command.arg("COUNT").arg(PAGE);
        let page = entries(&command.query_async(link).await.unwrap());
        read += page.len() as u64;
        if let Some((last, _)) = page.last() {
            from = format!("({last}");
        }
        if page.len() < PAGE {
            return (read, from.trim_start_matches('(').to_owned());
        }
    }
}

async fn read_the_keys(link: &mut MultiplexedConnection) -> u64 {
    let (mut read, mut cursor) = (0, 0_u64);
    loop {
        let mut scan = redis::cmd("SCAN");
        scan.arg(cursor).arg("MATCH").arg("revocation:*");
        scan.arg("COUNT").arg(PAGE);
        let (next, keys): (u64, Vec<String>) = scan.query_async(link).await.unwrap();
        if !keys.is_empty() {
            let entries = redis::cmd("MGET").arg(keys).query_async(link).await;
            let entries: Vec<String> = entries.unwrap();
            read += entries.len() as u64;
        }
        cursor = next;
        if cursor == 0 {
            return read;
        }
    }
}

/// Returns the stream id and the sequence number of each entry in a response.
fn entries(answer: &Value) -> Vec<(String, u64)> {
    let parsed: Vec<(String, Vec<String>)> = redis::from_redis_value(answer.clone()).unwrap();
    let parsed = parsed.into_iter();
    parsed
        .map(|(id, fields)| (id, number(&fields[1])))
        .collect()
}

fn number(entry: &str) -> u64 {
    entry.split(':').next().unwrap().parse().unwrap()
}

async fn connected(server: &Server) -> MultiplexedConnection {
    let client = redis::Client::open(server.url()).unwrap();
    let mut link = client.get_multiplexed_async_connection().await.unwrap();
    link.set_response_timeout(Duration::from_secs(60));
    link
}
