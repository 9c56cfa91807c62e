//! Simulates clients that use up the resources of an HTTP server: they send or read slowly, or send
//! large request heads.

use std::net::SocketAddr;
use std::time::Duration;

use allocation_counter::measure;
use axum::Router;
use axum::routing::get;
use axum::serve::Listener;
use cognito_axum::Server;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use super::{Figure, Size};

/// A listener that accepts connections in memory.
struct InMemory(mpsc::UnboundedReceiver<(DuplexStream, SocketAddr)>);

impl Listener for InMemory {
    type Io = DuplexStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (DuplexStream, SocketAddr) {
        match self.0.recv().await {
            Some(accepted) => accepted,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        Ok(SocketAddr::from(([127, 0, 0, 1], 80)))
    }
}

/// The client side of an [`InMemory`] listener, for any number of clients.
struct Clients(mpsc::UnboundedSender<(DuplexStream, SocketAddr)>);

impl Clients {
    fn of(server: Server) -> Self {
        let (sender, accepted) = mpsc::unbounded_channel();
        let app = Router::new()
            .route("/", get(async || "hello"))
            .route("/long", get(async || "x".repeat(1 << 20)));
        tokio::spawn(server.serve(InMemory(accepted), app));
        Self(sender)
    }

    /// Connects to the server in memory, with the client address 192.0.2.`host`.
    fn connect(&self, host: u8) -> DuplexStream {
        let (client, server) = tokio::io::duplex(1024);
        let peer = SocketAddr::from(([192, 0, 2, host], 40_000));
        self.0.send((server, peer)).expect("the server runs");
        client
    }

    /// Returns the number of seconds that a normal client waits for its response.
    async fn waits(&self) -> f64 {
        let start = Instant::now();
        let mut client = self.connect(255);
        let request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        let mut response = Vec::new();
        let answered = async {
            client.write_all(request).await?;
            client.read_to_end(&mut response).await
        };
        let answered = timeout(Duration::from_secs(3600), answered).await;
        assert!(answered.is_ok(), "the other client gets no response");
        assert!(
            response.starts_with(b"HTTP/1.1 200 "),
            "the response is not 200"
        );
        start.elapsed().as_secs_f64()
    }
}

const HALF: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nX-Half: ";

/// Simulates a client that opens thousands of connections from one address and sends half of a
/// request head on each. Then a client at another address sends a request. Returns the time until
/// this request is served, and the time until the server closes the other connections, in seconds.
pub(crate) async fn half_a_head(size: Size) -> Vec<Figure> {
    alone(move || async move {
        let clients = Clients::of(Server::new());
        let mut held = Vec::new();
        for _ in 0..size.of(2_000, 20_000) {
            let mut client = clients.connect(1);
            // The server closes the connection if the address has too many.
            let _ = client.write_all(HALF).await;
            held.push(client);
        }
        let waited = clients.waits().await;
        let start = Instant::now();
        for client in &mut held {
            let mut rest = Vec::new();
            let closed = client.read_to_end(&mut rest);
            let closed = timeout(Duration::from_secs(3600), closed).await;
            assert!(closed.is_ok(), "half a head stays open for an hour");
        }
        vec![
            Figure::new("seconds until another address is served", waited, 0.0),
            Figure::new(
                "seconds until half a head is disconnected",
                start.elapsed().as_secs_f64(),
                10.1,
            ),
        ]
    })
    .await
}

/// Simulates clients at many addresses that use up all connections of the server. Then another
/// client sends a request. Returns the time until this request is served, in seconds.
pub(crate) async fn many_addresses(size: Size) -> Vec<Figure> {
    alone(move || async move {
        let most = size.of(100, 1_000);
        let server = Server::new().max_connections(most as usize);
        let clients = Clients::of(server.max_connections_per_peer(10));
        let mut held = Vec::new();
        for number in 0..most {
            let mut client = clients.connect(u8::try_from(number % 200).unwrap_or(0));
            let _ = client.write_all(HALF).await;
            held.push(client);
        }
        let waited = clients.waits().await;
        vec![Figure::new(
            "seconds until an address is served when all connections are taken",
            waited,
            0.0,
        )]
    })
    .await
}

/// Simulates clients that request a large response and read one byte of it every ten seconds.
/// Returns the time until the server has closed all their connections, in seconds.
pub(crate) async fn slow_readers(size: Size) -> Vec<Figure> {
    alone(move || async move {
        let clients = Clients::of(Server::new());
        let mut held = Vec::new();
        for number in 0..size.of(50, 500) {
            let mut client = clients.connect(u8::try_from(number % 200).unwrap_or(0));
            let request = b"GET /long HTTP/1.1\r\nHost: a\r\n\r\n";
            client.write_all(request).await.expect("room for a head");
            held.push(client);
        }
        let start = Instant::now();
        while !held.is_empty() && start.elapsed() < Duration::from_secs(3600) {
            tokio::time::sleep(Duration::from_secs(10)).await;
            let mut open = Vec::new();
            for mut client in held {
                let read = client.read_exact(&mut [0]).await;
                // A write fails once the server has closed the connection.
                if read.is_ok() && client.write_all(b"a").await.is_ok() {
                    open.push(client);
                }
            }
            held = open;
        }
        vec![Figure::new(
            "seconds that a slow reader is served",
            start.elapsed().as_secs_f64(),
            40.1,
        )]
    })
    .await
}

/// Simulates clients that send small request heads, and then clients that send request heads larger
/// than the limit. Returns the peak memory per connection in KiB for both groups of clients.
pub(crate) async fn large_heads(size: Size) -> Vec<Figure> {
    let connections = size.of(20, 50);
    let peak = |connections: u32, bytes: usize| {
        let peak = measure(|| virtual_time().block_on(heads_of(connections, bytes)));
        f64::from(u32::try_from(peak.bytes_max).unwrap_or(u32::MAX))
    };
    // Measures with twice as many connections too, to subtract the memory of the runtime.
    let of = move |bytes: usize| {
        let more = peak(2 * connections, bytes) - peak(connections, bytes);
        more / 1024.0 / f64::from(connections)
    };
    let measured = move || (of(100), of(371_000));
    let measured = tokio::task::spawn_blocking(measured).await;
    let (small, large) = measured.expect("no panic");
    vec![
        Figure::new("KiB per connection with a small head", small, 32.0),
        Figure::new("KiB per connection with a head of 371 KB", large, 100.0),
    ]
}

/// Opens `connections` connections, and sends about `bytes` bytes of an incomplete request head on
/// each. Then waits until the server has closed all connections.
async fn heads_of(connections: u32, bytes: usize) {
    let clients = Clients::of(Server::new());
    let mut held: Vec<_> = (0..connections).map(|_| clients.connect(1)).collect();
    let part = [b'a'; 500];
    for client in &mut held {
        let _ = client.write_all(HALF).await;
    }
    for _ in 0..bytes / part.len() {
        for client in &mut held {
            let _ = client.write_all(&part).await;
        }
    }
    for client in &mut held {
        let _ = client.read_to_end(&mut Vec::new()).await;
    }
}

/// Runs an attack on a separate runtime with paused time: when all tasks wait, the clock of the
/// runtime advances to the next timer.
async fn alone<F>(attack: impl FnOnce() -> F + Send + 'static) -> Vec<Figure>
where
    F: Future<Output = Vec<Figure>>,
{
    let run = move || virtual_time().block_on(attack());
    tokio::task::spawn_blocking(run).await.expect("no panic")
}

fn virtual_time() -> Runtime {
    let mut runtime = Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build();
    runtime.expect("a runtime")
}
