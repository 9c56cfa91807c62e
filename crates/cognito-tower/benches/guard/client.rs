//! An HTTP client with little overhead. It sends requests that were serialized before the
//! measurement, and stores no responses.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::Result;

/// A serialized HTTP request of the benchmark, and the status and body of the expected response.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) request: Vec<u8>,
    pub(crate) status: u16,
    /// The expected body. Empty if any body is accepted.
    pub(crate) body: &'static str,
}

/// A connection to the measured server. It stays open for many requests (HTTP keep-alive).
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let buffer = Vec::with_capacity(4096);
        Ok(Self { stream, buffer })
    }

    /// Opens this many connections, one after the other.
    pub(crate) async fn open_all(address: SocketAddr, count: usize) -> Result<Vec<Self>> {
        let mut connections = Vec::with_capacity(count);
        for _ in 0..count {
            connections.push(Self::open(address).await?);
        }
        Ok(connections)
    }

    /// Sends a request. Returns whether the response is as expected, and its status.
    pub(crate) async fn ask(&mut self, exchange: &Exchange) -> Result<(bool, u16)> {
        self.stream.write_all(&exchange.request).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err("the server closed the connection".into());
            }
            if let Some((status, body)) = parsed(&self.buffer)? {
                let is_due = exchange.body.is_empty() || body == exchange.body.as_bytes();
                return Ok((status == exchange.status && is_due, status));
            }
        }
    }
}

/// Returns the status and the body, or `None` if the response is not complete. All responses of the
/// measured servers have a `Content-Length`.
fn parsed(response: &[u8]) -> Result<Option<(u16, &[u8])>> {
    let Some(end) = response.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&response[..end])?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let status = status.ok_or("the response has no status")?.parse()?;
    let length = lines.find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.ok_or("a response without a length")?.parse()?;
    let body = &response[end + 4..];
    Ok((body.len() == length).then_some((status, body)))
}

/// The results of a load test.
#[derive(Debug, Default)]
pub(crate) struct Load {
    pub(crate) seconds: f64,
    /// The latencies of all requests in microseconds, sorted.
    pub(crate) latencies: Vec<u32>,
    pub(crate) let_in: u64,
    pub(crate) rejected: u64,
    /// The number of unexpected responses.
    pub(crate) wrong: u64,
}

impl Load {
    /// Returns the number of responses per second.
    pub(crate) fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.seconds
    }

    /// Returns the latency at this percentile in milliseconds.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let place = self.latencies.len() * percent / 100;
        let found = self.latencies.get(place).or_else(|| self.latencies.last());
        found.map_or(f64::NAN, |latency| f64::from(*latency) / 1_000.0)
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.latencies.extend(other.latencies);
        self.let_in += other.let_in;
        self.rejected += other.rejected;
        self.wrong += other.wrong;
    }
}

/// Sends requests over all connections at the same time, without pauses, until `time` has passed.
/// Each connection starts at another position in the list of requests.
pub(crate) async fn load(
    connections: Vec<Connection>,
    exchanges: &'static [Exchange],
    time: Duration,
) -> Result<(Load, Vec<Connection>)> {
    let start = Instant::now();
    let mut workers = JoinSet::new();
    for (place, connection) in connections.into_iter().enumerate() {
        workers.spawn(ask_until(connection, exchanges, place, start + time));
    }
    let (mut all, mut connections) = (Load::default(), Vec::new());
    while let Some(worker) = workers.join_next().await {
        let (load, connection) = worker??;
        all.add(load);
        connections.push(connection);
    }
    all.seconds = start.elapsed().as_secs_f64();
    all.latencies.sort_unstable();
    Ok((all, connections))
}

async fn ask_until(
    mut connection: Connection,
    exchanges: &'static [Exchange],
    place: usize,
    end: Instant,
) -> Result<(Load, Connection)> {
    let mut load = Load::default();
    let mut start = Instant::now();
    for exchange in exchanges.iter().cycle().skip(place % exchanges.len()) {
        if start >= end {
            break;
        }
        let (is_right, status) = connection.ask(exchange).await?;
        match status {
            200 => load.let_in += 1,
            401 => load.rejected += 1,
            _ => {}
        }
        load.wrong += u64::from(!is_right);
        let now = Instant::now();
        let latency = now.duration_since(start).as_micros();
        load.latencies
            .push(u32::try_from(latency).unwrap_or(u32::MAX));
        start = now;
    }
    Ok((load, connection))
}
