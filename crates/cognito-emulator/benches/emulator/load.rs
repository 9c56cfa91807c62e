//! Sends load to a server. Eight connections send one request after another, without pauses.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::Result;
use crate::server::Server;

const CONNECTIONS: usize = 8;

/// A request to an operation of Cognito, in AWS JSON.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) operation: &'static str,
    body: Bytes,
    /// The number of the next request. Replaces [`NUMBER`] in the body. `None` if all requests have
    /// the same body.
    numbers: Option<Arc<AtomicU64>>,
}

/// A placeholder in a request body. If [`Call::numbered`] was called, each request contains its
/// number in this place.
pub(crate) const NUMBER: &str = "NUMBER";

impl Call {
    pub(crate) fn new(operation: &'static str, body: &Value) -> Self {
        let body = body.to_string().into();
        Self {
            operation,
            body,
            numbers: None,
        }
    }

    /// Makes each request different: [`NUMBER`] in the body is replaced by the number of the request.
    pub(crate) fn numbered(self) -> Self {
        Self {
            numbers: Some(Arc::default()),
            ..self
        }
    }

    fn body(&self) -> Bytes {
        match &self.numbers {
            None => self.body.clone(),
            Some(numbers) => {
                let number = numbers.fetch_add(1, Ordering::Relaxed).to_string();
                let text = String::from_utf8_lossy(&self.body);
                text.replace(NUMBER, &number).into()
            }
        }
    }
}

/// The measurements of one load test.
#[derive(Debug)]
pub(crate) struct Load {
    seconds: f64,
    /// The CPU time that the server used during the test, in seconds.
    cpu: f64,
    /// The time between each request and its response in microseconds, in ascending order.
    latencies: Vec<u32>,
}

impl Load {
    /// Returns the number of responses per second.
    pub(crate) fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.seconds
    }

    /// Returns the median time between a request and its response, in milliseconds.
    pub(crate) fn p50(&self) -> f64 {
        self.percentile(50)
    }

    /// Returns the 99th percentile of the time between a request and its response, in milliseconds.
    pub(crate) fn p99(&self) -> f64 {
        self.percentile(99)
    }

    /// Returns the server's CPU time per response in microseconds.
    pub(crate) fn cpu(&self) -> f64 {
        self.cpu * 1e6 / self.latencies.len() as f64
    }

    fn percentile(&self, percent: usize) -> f64 {
        let place = self.latencies.len() * percent / 100;
        let found = self.latencies.get(place).or_else(|| self.latencies.last());
        found.map_or(f64::NAN, |latency| f64::from(*latency) / 1_000.0)
    }
}

/// Sends the same request to a server again and again for `time`. Fails if a response is not a
/// success.
pub(crate) async fn run(server: &Server, call: &Call, time: Duration) -> Result<Load> {
    let mut workers = JoinSet::new();
    for _ in 0..CONNECTIONS {
        workers.spawn(Connection::open(server.address()));
    }
    let mut connections = Vec::new();
    while let Some(connection) = workers.join_next().await {
        connections.push(connection??);
    }
    let mut workers = JoinSet::new();
    let (start, cpu) = (Instant::now(), server.cpu()?);
    for connection in connections {
        workers.spawn(connection.ask_until(call.clone(), start + time));
    }
    let mut latencies = Vec::new();
    while let Some(measured) = workers.join_next().await {
        latencies.append(&mut measured??);
    }
    let (seconds, cpu) = (start.elapsed().as_secs_f64(), server.cpu()? - cpu);
    latencies.sort_unstable();
    Ok(Load {
        seconds,
        cpu,
        latencies,
    })
}

/// A keep-alive connection to a server. If the server closes it, the next request opens a new
/// connection.
#[derive(Debug)]
pub(crate) struct Connection {
    address: SocketAddr,
    sender: SendRequest<Full<Bytes>>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Self { address, sender })
    }

    /// Sends a request and returns the body of the response.
    ///
    /// # Errors
    ///
    /// Fails if the server is unreachable, or the response is not a success.
    pub(crate) async fn ask(&mut self, call: &Call) -> Result<Bytes> {
        if self.sender.ready().await.is_err() {
            *self = Self::open(self.address).await?;
            self.sender.ready().await?;
        }
        let answer = self.sender.send_request(self.request(call)?).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        if status.is_success() {
            return Ok(body);
        }
        let (operation, body) = (call.operation, String::from_utf8_lossy(&body));
        Err(format!("{operation} failed with {status}: {body}").into())
    }

    async fn ask_until(mut self, call: Call, end: Instant) -> Result<Vec<u32>> {
        let mut latencies = Vec::new();
        let mut start = Instant::now();
        while start < end {
            self.ask(&call).await?;
            let now = Instant::now();
            let latency = now.duration_since(start).as_micros();
            latencies.push(u32::try_from(latency).unwrap_or(u32::MAX));
            start = now;
        }
        Ok(latencies)
    }

    fn request(&self, call: &Call) -> Result<Request<Full<Bytes>>> {
        let target = format!("AWSCognitoIdentityProviderService.{}", call.operation);
        let request = Request::post("/")
            .header("host", self.address.to_string())
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", target)
            // None of the three servers verifies the signature.
            .header("authorization", AUTHORIZATION);
        Ok(request.body(Full::new(call.body()))?)
    }
}

const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 \
    Credential=test/20260101/us-east-1/cognito-idp/aws4_request, \
    SignedHeaders=host, Signature=00";
