//! The document over HTTP: what is fetched, and what is not read, followed or waited for.

use std::time::Duration;

use cognito_jwt::{CognitoVerifier, HttpJwks, JwksSource, Reason, SourceErrorKind};
use cognito_testkit::{FixedClock, TestPool};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const JWKS_PATH: &str = "/pool/.well-known/jwks.json";
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

async fn serve(response: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path(JWKS_PATH))
        .respond_with(response)
        .mount(&server)
        .await;
    server
}

async fn fetch(server: &MockServer) -> Result<Vec<u8>, SourceErrorKind> {
    fetch_from(&format!("{}{JWKS_PATH}", server.uri())).await
}

async fn fetch_from(uri: &str) -> Result<Vec<u8>, SourceErrorKind> {
    let source = HttpJwks::new().unwrap();
    source.fetch(uri).await.map_err(|error| error.kind())
}

/// Serves connections with a function, which can behave like an incorrect server. Connections are
/// numbered from one. Returns the address.
async fn misbehave<F, R>(serve: F) -> String
where
    F: Fn(usize, TcpStream) -> R + Send + 'static,
    R: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        for number in 1.. {
            let Ok((mut stream, _)) = listener.accept().await else {
                return;
            };
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await;
            // Each connection has a separate task, so a slow one does not delay the next one.
            tokio::spawn(serve(number, stream));
        }
    });
    format!("http://{address}/")
}

#[tokio::test]
async fn a_verifier_fetches_from_its_issuer() {
    let clock = FixedClock::at_unix(1_800_000_000);
    let pool = TestPool::new("local_TestPool1", "client1").with_clock(clock.clone());
    let server = serve(ResponseTemplate::new(200).set_body_string(pool.jwks_json())).await;
    let issuer = format!("{}/pool", server.uri());
    let pool = pool.with_issuer(&issuer);
    let verifier = CognitoVerifier::builder("local_TestPool1".parse().unwrap())
        .client_id("client1")
        .issuer(&issuer)
        .clock(clock)
        .build()
        .unwrap();
    verifier.hydrate().await.unwrap();
    let claims = verifier.verify_access(&pool.access_token(|_| {})).await;
    assert_eq!(claims.unwrap().iss, issuer);
    assert!(verifier.verify_id(&pool.id_token(|_| {})).await.is_ok());
    let requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1);
    assert!(!requests[0].headers.contains_key("accept-encoding"));
}

#[tokio::test]
async fn only_status_200_is_a_document() {
    for status in [201, 204, 304, 400, 404, 429, 500, 503] {
        let server = serve(ResponseTemplate::new(status).set_body_string("{}")).await;
        assert_eq!(
            fetch(&server).await,
            Err(SourceErrorKind::Status),
            "{status}"
        );
        assert_eq!(server.received_requests().await.unwrap().len(), 1);
    }
}

/// AWS responds with 403 for an issuer that a pool does not use.
#[tokio::test]
async fn status_403_has_its_kind() {
    let server = serve(ResponseTemplate::new(403)).await;
    assert_eq!(fetch(&server).await, Err(SourceErrorKind::Forbidden));
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = serve(ResponseTemplate::new(200).set_body_string("{}")).await;
    for status in [301, 302, 303, 307, 308] {
        let target = format!("{}{JWKS_PATH}", elsewhere.uri());
        let redirect = ResponseTemplate::new(status).insert_header("location", target.as_str());
        let server = serve(redirect).await;
        assert_eq!(
            fetch(&server).await,
            Err(SourceErrorKind::Status),
            "{status}"
        );
    }
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_document_has_at_most_64_kib() {
    let just = serve(ResponseTemplate::new(200).set_body_bytes(vec![b' '; 64 * 1024])).await;
    assert_eq!(fetch(&just).await.unwrap().len(), 64 * 1024);
    let over = serve(ResponseTemplate::new(200).set_body_bytes(vec![b' '; 64 * 1024 + 1])).await;
    assert_eq!(fetch(&over).await, Err(SourceErrorKind::TooLarge));
}

#[tokio::test]
async fn an_endless_document_is_cut_off() {
    let uri = misbehave(|_, mut stream| async move {
        let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        let chunk = [b"400\r\n".as_slice(), &[b' '; 1024], b"\r\n"].concat();
        let mut alive = stream.write_all(head).await.is_ok();
        while alive {
            alive = stream.write_all(&chunk).await.is_ok();
        }
    })
    .await;
    assert_eq!(fetch_from(&uri).await, Err(SourceErrorKind::TooLarge));
}

#[tokio::test]
async fn trailers_are_no_part_of_the_document() {
    let uri = misbehave(|_, mut stream| async move {
        let answer = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\
            1\r\n{\r\n1\r\n}\r\n0\r\nx-trailer: {}\r\n\r\n";
        let _ = stream.write_all(answer).await;
    })
    .await;
    assert_eq!(fetch_from(&uri).await.unwrap(), b"{}");
}

/// The announced length is enough to reject the document: no byte of it is sent.
#[tokio::test(start_paused = true)]
async fn aborts_when_announced_length_is_too_large() {
    let uri = misbehave(|_, mut stream| async move {
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 65537\r\n\r\n";
        let _ = stream.write_all(head).await;
        std::future::pending::<()>().await;
    })
    .await;
    assert_eq!(fetch_from(&uri).await, Err(SourceErrorKind::TooLarge));
}

#[tokio::test]
async fn an_endless_head_is_cut_off() {
    let uri = misbehave(|_, mut stream| async move {
        let mut alive = stream.write_all(b"HTTP/1.1 200 OK\r\n").await.is_ok();
        while alive {
            alive = stream.write_all(b"x-padding: 0123456789\r\n").await.is_ok();
        }
    })
    .await;
    assert_eq!(fetch_from(&uri).await, Err(SourceErrorKind::Document));
}

#[tokio::test]
async fn rejects_response_that_is_not_http() {
    let uri = misbehave(|_, mut stream| async move {
        let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.6\r\n\r\n").await;
    })
    .await;
    assert_eq!(fetch_from(&uri).await, Err(SourceErrorKind::Document));
}

#[tokio::test]
async fn nothing_is_decompressed() {
    for encoding in ["gzip", "br", "deflate, identity"] {
        let compressed = ResponseTemplate::new(200)
            .insert_header("content-encoding", encoding)
            .set_body_string("{}");
        let server = serve(compressed).await;
        assert_eq!(fetch(&server).await, Err(SourceErrorKind::Document));
    }
}

/// Tokio's time is paused and advances to the deadline when all tasks wait.
#[tokio::test(start_paused = true)]
async fn silent_server_fails_after_two_tries() {
    // The whole fetch ends after five seconds.
    let uri = misbehave(|_, stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let started = tokio::time::Instant::now();
    assert_eq!(fetch_from(&uri).await, Err(SourceErrorKind::Timeout));
    assert_eq!(seconds_since(started), 5.0);
}

#[tokio::test(start_paused = true)]
async fn silent_try_ends_after_three_seconds() {
    let uri = misbehave(|number, mut stream| async move {
        match number {
            1 => std::future::pending().await,
            _ => drop(stream.write_all(ANSWER).await),
        }
    })
    .await;
    let started = tokio::time::Instant::now();
    assert_eq!(fetch_from(&uri).await.unwrap(), b"{}");
    assert_eq!(seconds_since(started), 3.0);
}

#[tokio::test(start_paused = true)]
async fn stalled_body_ends_after_three_seconds() {
    let uri = misbehave(|number, mut stream| async move {
        if number == 1 {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let start = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{";
            stream.write_all(start).await.unwrap();
            std::future::pending::<()>().await;
        }
        stream.write_all(ANSWER).await.unwrap();
    })
    .await;
    let started = tokio::time::Instant::now();
    assert_eq!(fetch_from(&uri).await.unwrap(), b"{}");
    assert_eq!(seconds_since(started), 4.0);
}

/// Responds to the first request after two seconds, like a slow server.
async fn slow_server() -> String {
    misbehave(|_, mut stream| async move {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let _ = stream.write_all(ANSWER).await;
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn a_server_may_take_two_seconds() {
    let uri = slow_server().await;
    assert_eq!(fetch_from(&uri).await.unwrap(), b"{}");
}

#[tokio::test(start_paused = true)]
async fn timeouts_and_attempts_are_settings() {
    let uri = slow_server().await;
    let builder = || HttpJwks::builder().step_timeout(Duration::from_millis(500));
    for (builder, seconds) in [
        (builder().max_attempts(1), 0.5),
        (builder().max_attempts(0), 0.5),
        (builder().max_attempts(4), 2.0),
        (
            builder()
                .max_attempts(9)
                .deadline(Duration::from_millis(1_200)),
            1.2,
        ),
    ] {
        let source = builder.build().unwrap();
        let started = tokio::time::Instant::now();
        let error = source.fetch(&uri).await.unwrap_err();
        assert_eq!(error.kind(), SourceErrorKind::Timeout);
        assert_eq!(seconds_since(started), seconds);
    }
}

#[tokio::test]
async fn document_size_is_a_setting() {
    let server = serve(ResponseTemplate::new(200).set_body_bytes(vec![b' '; 1_001])).await;
    let uri = format!("{}{JWKS_PATH}", server.uri());
    for (bytes, expected) in [(1_000, Err(SourceErrorKind::TooLarge)), (1_001, Ok(1_001))] {
        let source = HttpJwks::builder()
            .max_document_length(bytes)
            .build()
            .unwrap();
        let document = source.fetch(&uri).await.map(|document| document.len());
        assert_eq!(document.map_err(|error| error.kind()), expected);
    }
}

#[test]
fn rejects_impossible_settings() {
    let seconds = Duration::from_secs;
    for builder in [
        HttpJwks::builder().deadline(seconds(0)),
        HttpJwks::builder().deadline(seconds(26)),
        HttpJwks::builder().step_timeout(seconds(0)),
        HttpJwks::builder().max_document_length(0),
        HttpJwks::builder().max_document_length(65_537),
        HttpJwks::builder().root_certificates("none"),
    ] {
        let error = builder.build().unwrap_err();
        assert_eq!(error.kind(), cognito_core::ErrorKind::Configuration);
    }
    let empty = HttpJwks::with_root_certificates("none").unwrap_err();
    assert!(empty.to_string().contains("in PEM"), "{empty}");
}

/// Each byte arrives in time, but the document does not.
#[tokio::test(start_paused = true)]
async fn slow_body_ends_after_five_seconds() {
    let uri = misbehave(|_, mut stream| async move {
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 60000\r\n\r\n";
        let mut alive = stream.write_all(head).await.is_ok();
        while alive {
            tokio::time::sleep(Duration::from_secs(1)).await;
            alive = stream.write_all(b" ").await.is_ok();
        }
    })
    .await;
    let started = tokio::time::Instant::now();
    assert_eq!(fetch_from(&uri).await, Err(SourceErrorKind::Timeout));
    assert_eq!(seconds_since(started), 5.0);
}

#[tokio::test]
async fn a_connection_that_breaks_is_tried_once_more() {
    for start in [
        "",
        "HTTP/1.1 200 OK\r\ncontent-le",
        "HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{\"keys\"",
    ] {
        let uri = misbehave(move |number, mut stream| async move {
            if number == 1 {
                let _ = stream.write_all(start.as_bytes()).await;
            } else {
                let _ = stream.write_all(ANSWER).await;
            }
        })
        .await;
        assert_eq!(fetch_from(&uri).await.unwrap(), b"{}", "{start}");
    }
}

#[tokio::test]
async fn broken_connection_is_retried_once() {
    let uri = misbehave(|number, mut stream| async move {
        let answer = if number < 3 {
            b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{\"keys\"".as_slice()
        } else {
            ANSWER
        };
        let _ = stream.write_all(answer).await;
    })
    .await;
    assert_eq!(fetch_from(&uri).await, Err(SourceErrorKind::Connection));
}

/// The server sees the end of the connection as soon as the document is read.
#[tokio::test(start_paused = true)]
async fn no_connection_is_kept() {
    let (closed, was_closed) = tokio::sync::oneshot::channel();
    let closed = std::sync::Mutex::new(Some(closed));
    let uri = misbehave(move |_, mut stream| {
        let closed = closed.lock().unwrap().take();
        async move {
            stream.write_all(ANSWER).await.unwrap();
            let read = stream.read(&mut [0; 16]).await;
            closed.unwrap().send(read.unwrap()).unwrap();
        }
    })
    .await;
    assert_eq!(fetch_from(&uri).await.unwrap(), b"{}");
    assert_eq!(was_closed.await.unwrap(), 0);
}

#[tokio::test]
async fn unreachable_server_leaves_token_undecided() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let verifier = CognitoVerifier::builder("local_TestPool1".parse().unwrap())
        .client_id("client1")
        .issuer(format!("http://{address}"))
        .build()
        .unwrap();
    assert!(format!("{verifier:?}").contains("HttpJwks"));
    let error = verifier.hydrate().await.unwrap_err();
    assert_eq!(error.reason(), Reason::KeysUnavailable);
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn garbage_is_no_verdict() {
    let server = serve(ResponseTemplate::new(200).set_body_string("<html>oops</html>")).await;
    let verifier = CognitoVerifier::builder("local_TestPool1".parse().unwrap())
        .client_id("client1")
        .issuer(format!("{}/pool", server.uri()))
        .build()
        .unwrap();
    let error = verifier.hydrate().await.unwrap_err();
    assert!(error.is_keys_unavailable());
    assert!(!format!("{error:?}").contains("oops"));
}

#[tokio::test]
async fn addresses_elsewhere_must_be_https() {
    for uri in [
        "http://a.example/jwks.json",
        "file:///etc/passwd",
        "",
        "https://a b/",
        "https://user@a.example/",
        "https://[a.example/",
    ] {
        assert_eq!(fetch_from(uri).await, Err(SourceErrorKind::Other), "{uri}");
    }
}

#[test]
fn fetch_outside_runtime_is_an_error() {
    let source = HttpJwks::new().unwrap();
    let fetch = source.fetch("http://127.0.0.1:9/");
    let error = futures_util::FutureExt::now_or_never(fetch).unwrap();
    assert_eq!(error.unwrap_err().kind(), SourceErrorKind::Other);
}

#[tokio::test]
async fn one_source_serves_many_pools() {
    let source = HttpJwks::new().unwrap();
    for document in ["1", "2"] {
        let server = serve(ResponseTemplate::new(200).set_body_string(document)).await;
        let uri = format!("{}{JWKS_PATH}", server.uri());
        let fetched = source.clone().fetch(&uri).await.unwrap();
        assert_eq!(fetched, document.as_bytes());
    }
}

fn seconds_since(start: tokio::time::Instant) -> f64 {
    // The timer's wheel turns by milliseconds.
    (start.elapsed().as_secs_f64() * 100.0).floor() / 100.0
}
