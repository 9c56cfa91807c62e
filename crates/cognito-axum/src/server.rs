//! An HTTP/1.1 server with limits on each client.

mod body;
mod connection;
mod slots;
mod stream;
mod waiting;

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use tokio::sync::watch;

use self::connection::Connection;
use self::slots::Slots;
use crate::TrustedProxies;

/// An HTTP/1.1 server that limits the resources of each client. Use it instead of `axum::serve`,
/// which waits for slow clients without a timeout.
///
/// ```no_run
/// use cognito_axum::Server;
///
/// # async fn example(app: axum::Router) -> std::io::Result<()> {
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
/// Server::new().serve(listener, app).await;
/// # Ok(()) }
/// ```
///
/// | setting | default | if a client exceeds it |
/// |---|---|---|
/// | [`head_timeout`](Self::head_timeout) | 10 seconds | the connection is closed |
/// | [`head_limit`](Self::head_limit) | 32 KiB | 431, and the connection is closed |
/// | [`body_timeout`](Self::body_timeout) | 30 seconds | reading the body fails |
/// | [`body_limit`](Self::body_limit) | 2 MiB | reading the body fails; axum's extractors respond 413 |
/// | [`idle_timeout`](Self::idle_timeout) | 75 seconds | the connection is closed |
/// | [`write_timeout`](Self::write_timeout) | 30 seconds | the connection is closed |
/// | [`max_connections`](Self::max_connections) | 1,000 | the connection that has waited longest for a request is closed, or the new one waits |
/// | [`max_connections_per_peer`](Self::max_connections_per_peer) | 100 | the new connection is closed |
///
/// A connection with a small head uses at most 27 KiB of memory. While a client sends a head that
/// is too large, the connection uses 44 KiB. These values were measured with the client in the same
/// process.
///
/// Handlers receive the peer's address as `ConnectInfo<SocketAddr>`, so
/// `into_make_service_with_connect_info` is not needed. The duration of a handler is not limited.
///
/// HTTP/2 is not supported. For TLS, pass a [`Listener`] whose streams are encrypted, or put a
/// proxy in front of the server.
#[derive(Clone, Debug)]
#[must_use = "a server does nothing until serve is called"]
pub struct Server {
    limits: Limits,
    proxies: TrustedProxies,
}

#[derive(Clone, Copy, Debug)]
struct Limits {
    head_timeout: Duration,
    head_bytes: usize,
    body_timeout: Duration,
    body_bytes: usize,
    idle_timeout: Duration,
    write_timeout: Duration,
    connections: usize,
    per_peer: usize,
    shutdown_timeout: Duration,
}

/// The stage of the server: serving requests, or one of the two steps of a shutdown. The server
/// sends its stage to all connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Serve,
    /// The first step of a shutdown: each connection completes its current request, then closes.
    Drain,
    /// The second step of a shutdown: each connection closes immediately.
    Cut,
}

impl Server {
    /// Creates a server with the default limits.
    pub fn new() -> Self {
        Self {
            limits: Limits {
                head_timeout: Duration::from_secs(10),
                head_bytes: 32 * 1024,
                body_timeout: Duration::from_secs(30),
                body_bytes: 2 * 1024 * 1024,
                // Load balancers close idle connections after 60 seconds. The server must wait
                // longer. Otherwise a request may arrive on a connection that the server is
                // closing, and the load balancer responds 502.
                idle_timeout: Duration::from_secs(75),
                write_timeout: Duration::from_secs(30),
                connections: 1_000,
                per_peer: 100,
                shutdown_timeout: Duration::from_secs(10),
            },
            proxies: TrustedProxies::none(),
        }
    }

    cognito_core::setters! {
        /// Sets the timeout for the head of a request (request line and headers). Default: 10
        /// seconds. On a new connection, the time starts when the connection is accepted. For later
        /// requests, it starts with the first byte of the head.
        pub fn head_timeout(timeout: Duration) { limits.head_timeout = timeout }

        /// Sets the maximum size of a request head, in bytes. Values below 8 KiB count as 8 KiB.
        /// Default: 32 KiB.
        ///
        /// Tokens in cookies are part of the head. The default is enough for an access token and an
        /// ID token of 3 kB each. A user in 100 groups with names of 128 characters has tokens of
        /// 18.5 kB each. If two tokens of this size are in cookies, set 64 KiB here and in every
        /// proxy in front of the server.
        pub fn head_limit(bytes: usize) { limits.head_bytes = bytes.max(LEAST_HEAD) }

        /// Sets the timeout for the whole body of a request. Default: 30 seconds. The time starts
        /// when the handler first waits for a part of the body.
        pub fn body_timeout(timeout: Duration) { limits.body_timeout = timeout }

        /// Sets the maximum size of a request body, in bytes. Default: 2 MiB. A lower limit of the
        /// route, such as [`DefaultBodyLimit`](axum::extract::DefaultBodyLimit), still applies.
        pub fn body_limit(bytes: usize) { limits.body_bytes = bytes }

        /// Sets how long a connection may be idle between two requests. Default: 75 seconds. Use a
        /// longer time than the idle timeout of the load balancer in front of the server (AWS: 60
        /// seconds).
        pub fn idle_timeout(timeout: Duration) { limits.idle_timeout = timeout }

        /// Sets the maximum time for which writes to a connection may wait for the client to read.
        /// The waiting times of all writes of the connection are added up. Default: 30 seconds.
        ///
        /// For each 1 KiB that the client reads, one second is subtracted from the sum. A client
        /// that always reads more slowly than 1 KiB per second is therefore disconnected, even if
        /// it never stops reading.
        pub fn write_timeout(timeout: Duration) { limits.write_timeout = timeout }

        /// Sets the maximum number of open connections. Zero counts as one. Default: 1,000.
        ///
        /// If the maximum is reached, the server accepts one more connection, and closes the
        /// connection that has waited longest for a complete request head. Connections of
        /// [trusted proxies](Self::trusted_proxies) are closed last. A connection that serves a
        /// request is never closed for another connection. If all connections serve requests, the
        /// new connection waits, and later connections wait in the backlog of the listener.
        ///
        /// Each connection uses a file descriptor. The limit of the process (`ulimit -n`, often
        /// 1,024) must be higher than this value.
        pub fn max_connections(connections: usize) { limits.connections = connections.max(1) }

        /// Sets the maximum number of open connections of one peer. A peer is an IPv4 address or an
        /// IPv6 /64. Zero counts as one. Default: 100.
        ///
        /// The limit does not apply to [trusted proxies](Self::trusted_proxies).
        pub fn max_connections_per_peer(connections: usize) { limits.per_peer = connections.max(1) }

        /// Sets the proxies and load balancers in front of the server. The limit per peer does not
        /// apply to them, because they connect on behalf of many clients. Default: none.
        pub fn trusted_proxies(proxies: TrustedProxies) { proxies = proxies }

        /// Sets how long current requests may continue after a shutdown has started. Connections
        /// that are open after that time are closed. Default: 10 seconds.
        pub fn shutdown_timeout(timeout: Duration) { limits.shutdown_timeout = timeout }
    }

    /// Serves requests with `app`, and never returns.
    pub async fn serve<L>(self, listener: L, app: Router)
    where
        L: Listener<Addr = SocketAddr>,
    {
        self.serve_until(listener, app, std::future::pending())
            .await;
    }

    /// Serves requests with `app` until the future `stop` completes. The server then accepts no
    /// more connections, closes idle connections and lets current requests finish. After the
    /// [timeout](Self::shutdown_timeout), it closes the remaining connections.
    pub async fn serve_until<L>(
        self,
        mut listener: L,
        app: Router,
        stop: impl Future<Output = ()> + Send,
    ) where
        L: Listener<Addr = SocketAddr>,
    {
        let limits = self.limits;
        let slots = Slots::new(limits.connections, limits.per_peer, self.proxies);
        let (stage, seen) = watch::channel(Stage::Serve);
        let mut stop = pin!(stop);
        loop {
            let accepted = async {
                let (stream, peer) = listener.accept().await;
                (stream, peer, slots.take(peer.ip()).await)
            };
            let (stream, peer, slot) = tokio::select! {
                biased;
                () = &mut stop => break,
                accepted = accepted => accepted,
            };
            let Some(slot) = slot else {
                continue;
            };
            let app = app.clone();
            let connection = Connection { app, limits, peer };
            tokio::spawn(connection.serve(stream, slot, seen.clone()));
        }
        drop((listener, seen));
        stage.send_replace(Stage::Drain);
        if tokio::time::timeout(limits.shutdown_timeout, stage.closed())
            .await
            .is_err()
        {
            stage.send_replace(Stage::Cut);
            stage.closed().await;
        }
    }
}

impl Default for Server {
    fn default() -> Self {
        Self::new()
    }
}

/// The minimum size of hyper's read buffer, in bytes. The limit for the head of a request cannot be
/// smaller.
const LEAST_HEAD: usize = 8 * 1024;
