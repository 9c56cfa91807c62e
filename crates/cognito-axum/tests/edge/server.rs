//! The server and slow or greedy clients. Time is virtual, and connections are in memory.

mod running;

use std::net::SocketAddr;
use std::time::Duration;

use cognito_axum::{Server, TrustedProxies};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::time::Instant;

use self::running::{Running, pass};

/// Checks that a client receives nothing for five seconds, and that its connection stays open.
async fn waits(client: &mut DuplexStream) {
    let received = tokio::time::timeout(Duration::from_secs(5), client.read(&mut [0])).await;
    assert!(received.is_err(), "{received:?}");
}

/// Sends bytes and returns all that the server sends until it closes the connection.
async fn exchange(client: &mut DuplexStream, sent: &str) -> String {
    // The server may close the connection before it has read everything.
    let _ = client.write_all(sent.as_bytes()).await;
    until_closed(client).await
}

async fn until_closed(client: &mut DuplexStream) -> String {
    let mut received = Vec::new();
    let _ = client.read_to_end(&mut received).await;
    String::from_utf8(received).unwrap()
}

/// Sends a request on a connection that stays open, and reads the status line.
async fn status_of(client: &mut DuplexStream, request: &str) -> String {
    client.write_all(request.as_bytes()).await.unwrap();
    let mut buffer = [0; 1024];
    let read = client.read(&mut buffer).await.unwrap();
    let text = String::from_utf8_lossy(&buffer[..read]);
    text.lines().next().unwrap_or_default().to_owned()
}

const CLOSING: &str = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
const KEEPING: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

#[tokio::test(start_paused = true)]
async fn serves_requests_with_peer_address() {
    let server = Running::start(Server::new());
    let mut client = server.connect();
    let text = exchange(&mut client, &CLOSING.replace("/ ", "/peer ")).await;
    assert!(text.starts_with("HTTP/1.1 200 OK"), "{text}");
    assert!(text.ends_with("\r\n\r\n192.0.2.1"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn closes_connection_with_half_a_head() {
    let server = Running::start(Server::new());
    for half in ["", "G", "GET / HTTP/1.1\r\nHost: a\r\n"] {
        let (mut client, start) = (server.connect(), Instant::now());
        assert_eq!(exchange(&mut client, half).await, "", "{half:?}");
        assert_eq!(start.elapsed().as_secs(), 10, "{half:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn drip_does_not_extend_head_timeout() {
    let server = Running::start(Server::new());
    let (mut client, start) = (server.connect(), Instant::now());
    client.write_all(b"GET / HTTP/1.1\r\nx: ").await.unwrap();
    while client.write_all(b"a").await.is_ok() {
        pass(Duration::from_millis(500)).await;
        assert!(start.elapsed() < Duration::from_secs(20), "still open");
    }
    assert_eq!(start.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn head_timeout_holds_for_later_requests() {
    let server = Running::start(Server::new());
    let mut client = server.connect();
    let status = status_of(&mut client, KEEPING).await;
    assert_eq!(status, "HTTP/1.1 200 OK");
    pass(Duration::from_secs(60)).await;
    let start = Instant::now();
    assert_eq!(exchange(&mut client, "GET").await, "");
    assert_eq!(start.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn closes_idle_connection() {
    let server = Running::start(Server::new());
    let (mut client, start) = (server.connect(), Instant::now());
    for _ in 0..2 {
        let status = status_of(&mut client, KEEPING).await;
        assert_eq!(status, "HTTP/1.1 200 OK");
    }
    assert_eq!(until_closed(&mut client).await, "");
    assert_eq!(start.elapsed().as_secs(), 75);
}

#[tokio::test(start_paused = true)]
async fn rejects_head_above_the_limit() {
    let head = |bytes: usize| {
        let cookie = "a".repeat(bytes);
        format!("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nCookie: {cookie}\r\n\r\n")
    };
    for (server, bytes, expected) in [
        (Server::new(), 18_500, "HTTP/1.1 200 "),
        (Server::new(), 32_000, "HTTP/1.1 200 "),
        (Server::new(), 33_000, "HTTP/1.1 431 "),
        (Server::new(), 371_000, "HTTP/1.1 431 "),
        (Server::new().head_limit(0), 8_000, "HTTP/1.1 200 "),
        (Server::new().head_limit(0), 9_000, "HTTP/1.1 431 "),
        (Server::new().head_limit(64 * 1024), 40_000, "HTTP/1.1 200 "),
    ] {
        let server = Running::start(server);
        let mut client = server.connect();
        let text = exchange(&mut client, &head(bytes)).await;
        assert!(text.starts_with(expected), "{bytes}: {text:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn slow_body_fails_after_body_timeout() {
    let server = Running::start(Server::new());
    let (mut client, start) = (server.connect(), Instant::now());
    let head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n";
    client.write_all(head.as_bytes()).await.unwrap();
    while start.elapsed().as_secs() < 30 {
        let _ = client.write_all(b"a").await;
        pass(Duration::from_millis(999)).await;
    }
    let text = until_closed(&mut client).await;
    assert!(text.starts_with("HTTP/1.1 400 "), "{text}");
    assert!(start.elapsed().as_secs() <= 40, "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn rejects_body_above_the_limit() {
    let server = Running::start(Server::new().body_limit(1_000));
    for (bytes, expected) in [(1_000, "HTTP/1.1 200 "), (1_001, "HTTP/1.1 413 ")] {
        let body = "a".repeat(bytes);
        let request = format!(
            "POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {bytes}\r\n\r\n{body}"
        );
        let text = exchange(&mut server.connect(), &request).await;
        assert!(text.starts_with(expected), "{bytes}: {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn disconnects_client_that_does_not_read() {
    let server = Running::start(Server::new());
    let (mut client, start) = (server.connect(), Instant::now());
    let request = KEEPING.replace("/ ", "/long ");
    client.write_all(request.as_bytes()).await.unwrap();
    // The client reads nothing. Its next write fails after the server has closed the connection.
    while client.write_all(b"a").await.is_ok() {
        pass(Duration::from_secs(1)).await;
        assert!(start.elapsed() < Duration::from_secs(60), "still open");
    }
    assert!((30..=32).contains(&start.elapsed().as_secs()));
}

#[tokio::test(start_paused = true)]
async fn drip_does_not_extend_write_timeout() {
    let server = Running::start(Server::new());
    let (mut client, start) = (server.connect(), Instant::now());
    let request = KEEPING.replace("/ ", "/long ");
    client.write_all(request.as_bytes()).await.unwrap();
    // The client reads a byte now and then, each within the timeout.
    while client.write_all(b"a").await.is_ok() {
        pass(Duration::from_secs(10)).await;
        client.read_exact(&mut [0]).await.unwrap();
        assert!(start.elapsed() < Duration::from_secs(300), "still open");
    }
    assert!((30..=40).contains(&start.elapsed().as_secs()));
}

/// The server is full, so an idle connection would be closed.
#[tokio::test(start_paused = true)]
async fn slow_reader_receives_whole_response() {
    for request in [CLOSING, KEEPING] {
        let server = Running::start(Server::new().max_connections(1));
        let mut client = server.connect();
        let request = request.replace("/ ", "/long ");
        client.write_all(request.as_bytes()).await.unwrap();
        let waiting = server.connect_from([192, 0, 2, 2]);
        let (mut received, mut part) = (0, [0; 2 * 1024]);
        while received < 1 << 20 {
            pass(Duration::from_secs(1)).await;
            let read = client.read(&mut part).await.unwrap();
            assert!(read > 0, "closed after {received} bytes");
            received += read;
        }
        drop(waiting);
    }
}

#[tokio::test(start_paused = true)]
async fn handlers_may_run_longer_than_timeouts() {
    let second = Duration::from_secs(1);
    let server = Server::new().head_timeout(second).idle_timeout(second);
    let mut server = Running::start(server.body_timeout(second).write_timeout(second));
    let mut client = server.connect();
    let request = CLOSING.replace("/ ", "/slow ");
    client.write_all(request.as_bytes()).await.unwrap();
    let end = server.started().await;
    waits(&mut client).await;
    end.send(()).unwrap();
    let text = until_closed(&mut client).await;
    assert!(text.ends_with("done"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn one_peer_cannot_take_every_connection() {
    let limited = Server::new().max_connections(5).max_connections_per_peer(3);
    let server = Running::start(limited);
    let held: Vec<_> = (0..10).map(|_| server.connect()).collect();
    let (mut other, start) = (server.connect_from([192, 0, 2, 2]), Instant::now());
    let text = exchange(&mut other, CLOSING).await;
    assert!(text.starts_with("HTTP/1.1 200 "), "{text}");
    assert_eq!(start.elapsed().as_secs(), 0);
    drop(held);
}

#[tokio::test(start_paused = true)]
async fn ipv6_peers_share_by_network() {
    let server = Running::start(Server::new().max_connections_per_peer(1));
    let of = |text: &str| SocketAddr::new(text.parse().unwrap(), 40_000);
    let mut first = server.connect_as(of("2001:db8::1"));
    assert!(status_of(&mut first, KEEPING).await.contains("200"));
    let mut same_network = server.connect_as(of("2001:db8::2"));
    assert_eq!(exchange(&mut same_network, CLOSING).await, "");
    let mut another = server.connect_as(of("2001:db8:0:1::1"));
    assert!(exchange(&mut another, CLOSING).await.contains("200"));
}

#[tokio::test(start_paused = true)]
async fn closed_connections_free_their_share() {
    let server = Running::start(Server::new().max_connections(1).max_connections_per_peer(1));
    for _ in 0..3 {
        let text = exchange(&mut server.connect(), CLOSING).await;
        assert!(text.starts_with("HTTP/1.1 200 "), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn full_server_closes_longest_idle_connection() {
    let second = Duration::from_secs(1);
    let mut server = Running::start(Server::new().max_connections(3));
    let mut idle = server.connect_from([192, 0, 2, 1]);
    assert!(status_of(&mut idle, KEEPING).await.contains("200"));
    pass(second).await;
    let mut half = server.connect_from([192, 0, 2, 2]);
    half.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    pass(second).await;
    // A first byte does not make the connection look busy.
    idle.write_all(b"G").await.unwrap();
    let mut busy = server.connect_from([192, 0, 2, 3]);
    let request = CLOSING.replace("/ ", "/slow ");
    busy.write_all(request.as_bytes()).await.unwrap();
    let end = server.started().await;
    let mut kept = Vec::new();
    for closed in [&mut idle, &mut half] {
        let mut client = server.connect_from([192, 0, 2, 4]);
        let start = Instant::now();
        let status = status_of(&mut client, KEEPING).await;
        assert!(status.contains("200"), "{status}");
        assert_eq!(until_closed(closed).await, "");
        assert_eq!(start.elapsed().as_secs(), 0);
        kept.push(client);
    }
    end.send(()).unwrap();
    assert!(until_closed(&mut busy).await.ends_with("done"));
}

#[tokio::test(start_paused = true)]
async fn full_server_never_interrupts_a_request() {
    let mut server = Running::start(Server::new().max_connections(1));
    let mut busy = server.connect();
    let request = KEEPING.replace("/ ", "/slow ");
    busy.write_all(request.as_bytes()).await.unwrap();
    let end = server.started().await;
    let mut waiting = server.connect_from([192, 0, 2, 2]);
    waiting.write_all(CLOSING.as_bytes()).await.unwrap();
    waits(&mut waiting).await;
    // It is served when the other connection has its response and is idle.
    let start = Instant::now();
    end.send(()).unwrap();
    let text = until_closed(&mut waiting).await;
    assert!(text.starts_with("HTTP/1.1 200 "), "{text}");
    assert_eq!(start.elapsed().as_secs(), 0);
    assert!(until_closed(&mut busy).await.ends_with("done"));
}

#[tokio::test(start_paused = true)]
async fn many_addresses_cannot_shut_out_others() {
    let server = Running::start(Server::new().max_connections(50));
    let mut held = Vec::new();
    for number in 0..=250 {
        let mut stranger = server.connect_from([198, 51, 100, number]);
        let _ = stranger.write_all(b"GET / HTTP/1.1\r\nx: ").await;
        held.push(stranger);
        if number % 50 == 0 {
            let (mut honest, start) = (server.connect(), Instant::now());
            let text = exchange(&mut honest, CLOSING).await;
            assert!(text.starts_with("HTTP/1.1 200 "), "{text}");
            assert_eq!(start.elapsed().as_secs(), 0);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn peer_above_its_share_closes_no_connection() {
    let server = Server::new().max_connections(2).max_connections_per_peer(1);
    let server = Running::start(server);
    let mut first = server.connect_from([192, 0, 2, 1]);
    assert!(status_of(&mut first, KEEPING).await.contains("200"));
    let greedy: Vec<_> = (0..10)
        .map(|_| server.connect_from([192, 0, 2, 2]))
        .collect();
    pass(Duration::from_secs(1)).await;
    assert!(status_of(&mut first, KEEPING).await.contains("200"));
    drop(greedy);
}

#[tokio::test(start_paused = true)]
async fn connections_of_proxies_are_closed_last() {
    let proxies = TrustedProxies::none().network("192.0.2.1").unwrap();
    let server = Server::new().max_connections(2).trusted_proxies(proxies);
    let server = Running::start(server);
    let mut proxy = server.connect();
    assert!(status_of(&mut proxy, KEEPING).await.contains("200"));
    pass(Duration::from_secs(1)).await;
    let mut other = server.connect_from([192, 0, 2, 2]);
    assert!(status_of(&mut other, KEEPING).await.contains("200"));
    let mut third = server.connect_from([192, 0, 2, 3]);
    assert!(status_of(&mut third, KEEPING).await.contains("200"));
    assert_eq!(until_closed(&mut other).await, "");
    assert!(status_of(&mut proxy, KEEPING).await.contains("200"));
}

#[tokio::test(start_paused = true)]
async fn trusted_proxies_have_no_share() {
    let proxies = TrustedProxies::none().network("192.0.2.1").unwrap();
    let server = Server::new().max_connections_per_peer(1);
    let server = Running::start(server.trusted_proxies(proxies));
    let mut clients: Vec<_> = (0..5).map(|_| server.connect()).collect();
    for client in &mut clients {
        assert!(status_of(client, KEEPING).await.contains("200"));
    }
}

#[tokio::test(start_paused = true)]
async fn shutdown_finishes_requests_and_closes_idle_connections() {
    let mut server = Running::start(Server::new());
    let (mut idle, mut busy) = (server.connect(), server.connect());
    assert!(status_of(&mut idle, KEEPING).await.contains("200"));
    let request = KEEPING.replace("/ ", "/slow ");
    busy.write_all(request.as_bytes()).await.unwrap();
    let end = server.started().await;
    let start = Instant::now();
    server.stop();
    assert_eq!(until_closed(&mut idle).await, "");
    assert_eq!(start.elapsed().as_secs(), 0);
    waits(&mut busy).await;
    assert!(!server.task.is_finished());
    end.send(()).unwrap();
    assert!(until_closed(&mut busy).await.ends_with("done"));
    server.task.await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 5);
}

#[tokio::test(start_paused = true)]
async fn shutdown_ends_after_its_timeout() {
    let grace = Duration::from_secs(2);
    let mut server = Running::start(Server::new().shutdown_timeout(grace));
    let mut busy = server.connect();
    let request = KEEPING.replace("/ ", "/slow ");
    busy.write_all(request.as_bytes()).await.unwrap();
    let _end = server.started().await;
    let start = Instant::now();
    server.stop();
    server.task.await.unwrap();
    assert_eq!(start.elapsed().as_secs(), 2);
    assert_eq!(until_closed(&mut busy).await, "");
}
