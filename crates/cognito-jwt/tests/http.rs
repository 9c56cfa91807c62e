//! The document over HTTP: what is fetched, and what is not read, followed or waited for.

#![cfg(feature = "http")]
#![allow(clippy::unwrap_used, reason = "a test")]

use cognito_core::ErrorKind;
use cognito_jwt::{CognitoVerifier, HttpJwks, JwksSource, Reason, SourceErrorKind};
use cognito_testkit::{FixedClock, TestPool};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

const JWKS_PATH: &str = "/pool/.well-known/jwks.json";

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
    HttpJwks::new(&format!("{}{JWKS_PATH}", server.uri()))
        .unwrap()
        .fetch()
        .await
        .map_err(|error| error.kind())
}

/// Serves one connection after another by hand, for what a well-behaved server does not do.
async fn misbehave<F, R>(serve: F) -> HttpJwks
where
    F: Fn(TcpStream) -> R + Send + 'static,
    R: Future<Output = ()> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let Ok((mut stream, _)) = listener.accept().await else {
                return;
            };
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await;
            serve(stream).await;
        }
    });
    HttpJwks::new(&format!("http://{address}/")).unwrap()
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
    for status in [201, 204, 304, 400, 403, 404, 429, 500, 503] {
        let server = serve(ResponseTemplate::new(status).set_body_string("{}")).await;
        assert_eq!(
            fetch(&server).await,
            Err(SourceErrorKind::Status),
            "{status}"
        );
        assert_eq!(server.received_requests().await.unwrap().len(), 1);
    }
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
    let source = misbehave(|mut stream| async move {
        let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        let chunk = [b"400\r\n".as_slice(), &[b' '; 1024], b"\r\n"].concat();
        let mut alive = stream.write_all(head).await.is_ok();
        while alive {
            alive = stream.write_all(&chunk).await.is_ok();
        }
    })
    .await;
    let error = source.fetch().await.unwrap_err();
    assert_eq!(error.kind(), SourceErrorKind::TooLarge);
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

/// Tokio's time stands still and jumps to the deadline as soon as everybody only waits.
#[tokio::test(start_paused = true)]
async fn a_server_that_is_silent_is_given_up_on() {
    let source = misbehave(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let started = tokio::time::Instant::now();
    let error = source.fetch().await.unwrap_err();
    assert_eq!(error.kind(), SourceErrorKind::Timeout);
    assert_eq!(started.elapsed().as_secs(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_drips_is_given_up_on() {
    let source = misbehave(|mut stream| async move {
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 60000\r\n\r\n";
        let mut alive = stream.write_all(head).await.is_ok();
        while alive {
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            alive = stream.write_all(b" ").await.is_ok();
        }
    })
    .await;
    let error = source.fetch().await.unwrap_err();
    assert_eq!(error.kind(), SourceErrorKind::Timeout);
}

#[tokio::test]
async fn a_connection_that_breaks_is_tried_once_more() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        // The first connection is closed without an answer.
        drop(listener.accept().await.unwrap());
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 1024];
        assert!(stream.read(&mut request).await.unwrap() > 0);
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";
        stream.write_all(answer).await.unwrap();
    });
    let source = HttpJwks::new(&format!("http://{address}/")).unwrap();
    assert_eq!(source.fetch().await.unwrap(), b"{}");
    server.await.unwrap();
}

#[tokio::test]
async fn a_document_that_breaks_off_is_no_document() {
    let source = misbehave(|mut stream| async move {
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{\"keys\"";
        let _ = stream.write_all(answer).await;
    })
    .await;
    let error = source.fetch().await.unwrap_err();
    assert_eq!(error.kind(), SourceErrorKind::Connection);
}

#[tokio::test]
async fn nobody_listening_is_no_verdict() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let verifier = CognitoVerifier::builder("local_TestPool1".parse().unwrap())
        .client_id("client1")
        .issuer(format!("http://{address}"))
        .build()
        .unwrap();
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

#[test]
fn addresses_elsewhere_must_be_https() {
    for uri in [
        "http://a.example/jwks.json",
        "file:///etc/passwd",
        "",
        "https://a b/",
    ] {
        let error = HttpJwks::new(uri).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration, "{uri}");
    }
    assert!(HttpJwks::new("https://cognito-idp.us-east-1.amazonaws.com/x").is_ok());
}
