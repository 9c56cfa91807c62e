//! `cognito login --hosted`.

use std::time::Duration;

use cognito_emulator::OAuthFlow;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::browser::Browser;
use crate::fixture::Fixture;
use crate::login::{ANN, Dialogue, assert_tokens, client, login, pool};
use crate::support::{PASSWORD, Pool};
use crate::token::with_input;

/// Sends a request to the server of the command, and returns the status line and the body.
async fn get(port: u16, target: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let request = format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).await.unwrap();
    response
}

/// Returns the query of the callback with which the browser returns from managed login.
async fn query(url: &str) -> String {
    let back = Browser::of(&Fixture).signed_in(url, ANN, PASSWORD).await;
    back.split_once("/callback").unwrap().1.to_owned()
}

/// Starts a sign-in at managed login. Returns the command and the URL for the browser.
async fn start(pool: &Pool, port: u16, arguments: &[&str]) -> (Dialogue, String) {
    let mut command = login(pool, &["--hosted", "--port", &port.to_string()]);
    command.args(arguments);
    let mut dialogue = Dialogue::start(command);
    dialogue.wait_for("browser: ").await;
    let mut url = String::new();
    dialogue.stderr.read_line(&mut url).await.unwrap();
    (dialogue, url.trim().to_owned())
}

/// Starts an emulator with managed login, and returns it with the port of the callback URL.
async fn managed_pool() -> (Pool, u16) {
    let port = free_port();
    let client = client()
        .oauth_flow(OAuthFlow::Code)
        .oauth_scope("openid")
        .oauth_scope("email")
        .callback_url(format!("http://127.0.0.1:{port}/callback"));
    (pool(|emulator| emulator.client(client)).await, port)
}

/// Returns a port that is free.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

#[tokio::test(flavor = "multi_thread")]
async fn hosted_login_accepts_its_own_response_only() {
    let (pool, port) = managed_pool().await;
    let (dialogue, url) = start(&pool, port, &["--scope", "email", "--quiet"]).await;
    assert!(url.contains("code_challenge_method=S256"), "{url}");

    // Browsers open connections in advance, without a request.
    let _idle = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let page = get(port, "/favicon.ico").await;
    assert!(page.starts_with("HTTP/1.1 404 "), "{page}");
    let page = get(port, "/callback?code=stolen&state=other").await;
    assert!(page.starts_with("HTTP/1.1 400 "), "{page}");
    assert_eq!(pool.emulator.calls("/oauth2/token"), 0);

    let page = get(port, &format!("/callback{}", query(&url).await)).await;
    assert!(page.starts_with("HTTP/1.1 200 "), "{page}");
    assert!(page.ends_with("You are signed in. You can close this window."));
    let ran = dialogue.end().await;
    assert_tokens(&ran, &[PASSWORD, ANN]);
    ran.check(0, "signed in as a***@*** (sub ");
    // One response is accepted, so nothing listens any more.
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn hosted_login_reports_rejection() {
    let port = free_port();
    let pool = pool(|emulator| emulator.client(client())).await;
    let (dialogue, url) = start(&pool, port, &[]).await;
    let (_, state) = url.split_once("state=").unwrap();
    let state = state.split('&').next().unwrap();
    let target = format!("/callback?error=access_denied&state={state}");
    let page = get(port, &target).await;
    assert!(page.ends_with("The terminal shows the reason."), "{page}");
    let ran = dialogue.end().await;
    ran.check(1, "");
    assert_eq!(ran.stdout, "");
    let taken = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    let ran = with_input(login(&pool, &["--hosted", "--port", &port.to_string()]), "").await;
    ran.check(2, "set --port");
    drop(taken);
}

/// Another process of the host, or a website, can open many connections and send nothing.
#[tokio::test(flavor = "multi_thread")]
async fn silent_connections_do_not_block_sign_in() {
    let (pool, port) = managed_pool().await;
    let (dialogue, url) = start(&pool, port, &[]).await;
    let query = query(&url).await;
    let mut silent = Vec::new();
    for _ in 0..100 {
        silent.push(TcpStream::connect(("127.0.0.1", port)).await.unwrap());
    }
    let target = format!("/callback{query}");
    let page = timeout(Duration::from_secs(5), get(port, &target))
        .await
        .expect("a page");
    assert!(page.starts_with("HTTP/1.1 200 "), "{page}");
    assert_tokens(&dialogue.end().await, &[PASSWORD]);
}

/// All users of the host can read the arguments of a browser, so the command starts none.
#[tokio::test(flavor = "multi_thread")]
async fn hosted_login_does_not_open_browser() {
    let pool = pool(|emulator| emulator.client(client())).await;
    let ran = with_input(login(&pool, &["--hosted", "--open"]), "").await;
    ran.check(2, "unexpected argument '--open'");
}
