//! A running server for the tests in `server.rs`.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::{get, post};
use axum::serve::Listener;
use cognito_axum::Server;
use tokio::io::DuplexStream;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

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

/// A running server.
pub(super) struct Running {
    connections: mpsc::UnboundedSender<(DuplexStream, SocketAddr)>,
    /// The handlers of `/slow` that have started.
    handlers: mpsc::UnboundedReceiver<oneshot::Sender<()>>,
    stop: Option<oneshot::Sender<()>>,
    pub(super) task: JoinHandle<()>,
}

impl Running {
    pub(super) fn start(server: Server) -> Self {
        let (started, handlers) = mpsc::unbounded_channel();
        let app = Router::new()
            .route("/", get(async || "hello"))
            .route(
                "/peer",
                get(async |from: ConnectInfo<SocketAddr>| from.ip().to_string()),
            )
            .route("/echo", post(async |body: String| body))
            .route("/slow", get(move || slow(started.clone())))
            .route("/long", get(async || "x".repeat(1 << 20)));
        let (connections, accepted) = mpsc::unbounded_channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(server.serve_until(InMemory(accepted), app, async {
            let _ = stopped.await;
        }));
        Self {
            connections,
            handlers,
            stop: Some(stop),
            task,
        }
    }

    pub(super) fn connect_from(&self, peer: [u8; 4]) -> DuplexStream {
        self.connect_as(SocketAddr::from((peer, 40_000)))
    }

    pub(super) fn connect_as(&self, peer: SocketAddr) -> DuplexStream {
        let (client, server) = tokio::io::duplex(4096);
        self.connections.send((server, peer)).unwrap();
        client
    }

    pub(super) fn connect(&self) -> DuplexStream {
        self.connect_from([192, 0, 2, 1])
    }

    /// Waits until a handler of `/slow` has started. It ends when the returned sender sends.
    pub(super) async fn started(&mut self) -> oneshot::Sender<()> {
        self.handlers.recv().await.unwrap()
    }

    pub(super) fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }
}

/// Moves the virtual time. Before and after that, the server does everything that it can do without
/// more time.
pub(super) async fn pass(time: Duration) {
    settle().await;
    tokio::time::advance(time).await;
    settle().await;
}

/// Lets the tasks of the server run. Time does not move, because this task never waits.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

/// A handler that runs until the test ends it. No timeout of the server limits it.
async fn slow(started: mpsc::UnboundedSender<oneshot::Sender<()>>) -> &'static str {
    let (end, ended) = oneshot::channel();
    started.send(end).unwrap();
    let _ = ended.await;
    "done"
}
