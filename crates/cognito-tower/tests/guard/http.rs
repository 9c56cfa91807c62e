//! The guard over HTTP, with a server and a client.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::routing::get;
use axum::{Extension, Router};
use cognito_core::{AccessClaims, IdClaims};
use cognito_jwt::{CognitoVerifier, StaticJwks};
use cognito_testkit::{FixedClock, vectors};
use cognito_tower::{RequireToken, TokenSource};
use http::{HeaderValue, Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::fixture::Fixture;
use crate::verdicts::Endpoint;

/// Returns two routes, each behind a separate guard, that respond with `sub`.
fn service(verifier: &CognitoVerifier) -> Router {
    let access = async |claims: Extension<Arc<AccessClaims>>| claims.sub.clone();
    let id = async |claims: Extension<Arc<IdClaims>>| claims.sub.clone();
    let of_cookie = TokenSource::cookie("token");
    let in_cookie = RequireToken::access(verifier.clone()).token_from(of_cookie);
    Router::new()
        .route("/cookie", get(access).layer(in_cookie))
        .route(
            "/access",
            get(access).layer(RequireToken::access(verifier.clone())),
        )
        .route("/id", get(id).layer(RequireToken::id(verifier.clone())))
}

async fn serve(service: Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

async fn ask(
    server: SocketAddr,
    path: &str,
    header: &str,
    value: HeaderValue,
) -> Response<Incoming> {
    let stream = TcpStream::connect(server).await.unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let request = Request::get(path)
        .header("host", "localhost")
        .header(header, value);
    let request = request.body(String::new()).unwrap();
    sender.send_request(request).await.unwrap()
}

/// Returns the status of the response to a request with these bytes as header.
async fn ask_raw(server: SocketAddr, path: &str, authorization: &str) -> String {
    let mut stream = TcpStream::connect(server).await.unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         authorization: {authorization}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await.unwrap();
    let response = String::from_utf8(response).unwrap();
    response.split(' ').nth(1).unwrap().to_owned()
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

fn verifier_of(file: &Value) -> CognitoVerifier {
    CognitoVerifier::builder(text(file, "user_pool_id").parse().unwrap())
        .client_id(text(file, "client_id"))
        .issuer(text(file, "issuer"))
        .clock(FixedClock::at_unix(file["now"].as_u64().unwrap()))
        .jwks_source(StaticJwks::new(file["jwks"].to_string()))
        .build()
        .unwrap()
}

#[tokio::test]
#[allow(clippy::print_stdout, reason = "says what HTTP cannot carry")]
async fn every_case_of_the_file_has_its_verdict() {
    let file = vectors("tokens/cases.json").unwrap();
    let file: Value = serde_json::from_str(&file).unwrap();
    let server = serve(service(&verifier_of(&file))).await;
    let (mut good, mut bad, mut raw, mut unsent) = (0, 0, 0, 0);
    for case in file["cases"].as_array().unwrap() {
        let (token, name) = (text(case, "token"), text(case, "name"));
        let path = format!("/{}", text(case, "token_use"));
        let value = format!("Bearer {token}");
        let is_good = match text(case, "verdict") {
            "accept" => true,
            "reject" => false,
            other => panic!("{other}"),
        };
        if token.contains('\n') {
            // The header ends at this byte, so the server would receive another header and another
            // token.
            assert!(HeaderValue::from_str(&value).is_err());
            unsent += 1;
        } else if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
            let response = ask(server, &path, "authorization", value).await;
            let challenge = response.headers().get("www-authenticate").is_some();
            let expected = if is_good { (200, false) } else { (401, true) };
            assert_eq!((response.status().as_u16(), challenge), expected, "{name}");
            *(if is_good { &mut good } else { &mut bad }) += 1;
        } else {
            // The server rejects this header itself, and the guard is not called.
            assert!(!is_good, "{name}");
            assert_eq!(ask_raw(server, &path, &value).await, "400", "{name}");
            raw += 1;
        }
    }
    println!("{good} let in, {bad} rejected, {raw} rejected by HTTP, {unsent} beyond HTTP");
    assert_eq!((good, bad, raw, unsent), (17, 104, 1, 1));
}

#[tokio::test]
async fn cookies_bring_tokens_over_http_too() {
    let fixture = Fixture::new();
    let server = serve(service(&fixture.verifier())).await;
    let cookie = |token: &str| HeaderValue::try_from(format!("a=b; token={token}")).unwrap();
    let response = ask(server, "/cookie", "cookie", cookie(&fixture.access_token())).await;
    assert_eq!(response.status(), 200);
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, "11111111-2222-4333-8444-555555555555");
    let response = ask(server, "/cookie", "cookie", cookie("abc")).await;
    assert_eq!(response.status(), 401);
}

#[tokio::test]
async fn missing_keys_return_503_with_retry_after() {
    let fixture = Fixture::new();
    let endpoint = Endpoint::new(&fixture.pool);
    let verifier = fixture
        .builder()
        .jwks_source(endpoint.clone())
        .build()
        .unwrap();
    let server = serve(service(&verifier)).await;
    let token = || HeaderValue::try_from(format!("Bearer {}", fixture.access_token())).unwrap();
    let response = ask(server, "/access", "authorization", token()).await;
    assert_eq!(response.status(), 503);
    // The wait before the second fetch is one to two seconds.
    let wait = response.headers()["retry-after"].to_str().unwrap();
    assert!(["1", "2"].contains(&wait), "{wait}");
    assert!(!response.headers().contains_key("www-authenticate"));
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(body["statusCode"], 503);

    endpoint.is_up(true);
    fixture.clock.advance(std::time::Duration::from_secs(60));
    verifier.hydrate().await.unwrap();
    endpoint.is_up(false);
    fixture
        .clock
        .advance(std::time::Duration::from_secs(20 * 60));
    let response = ask(server, "/access", "authorization", token()).await;
    assert_eq!(response.status(), 200);
}
