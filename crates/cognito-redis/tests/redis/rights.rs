//! Permissions that a user of the server does not have, or loses.

use cognito_core::RevocationList;
use cognito_redis::WhenStale;
use cognito_testkit::LogCapture;
use redis::Value;

use crate::fixture::{connected, machine, refused, revocation, until};
use crate::server::{Server, calls_in};
use crate::start;

const STREAM: &str = "cognito:revocations";

/// Adds or removes these permissions of the user.
async fn permit(server: &Server, rules: &[&str]) {
    let user = ["ACL", "SETUSER", "u", "on", ">p", "~*", "+@all"];
    server.ask(&[&user[..], rules].concat()).await;
}

fn url(server: &Server) -> String {
    format!("redis://u:p@127.0.0.1:{}", server.port)
}

/// Waits until the feed has connected again so many times. It reads the policy each time.
async fn rounds(server: &Server, count: u64) {
    server.ask(&["CONFIG", "RESETSTAT"]).await;
    let is_later = |it: Value| {
        let stats: String = redis::from_redis_value(it).unwrap();
        // One or two writes with each.
        calls_in(&stats, "xtrim") >= 2 * count
    };
    server.answers(&["INFO", "commandstats"], is_later).await;
}

#[tokio::test]
async fn missing_read_permission_fails_at_start() {
    let server = start!();
    permit(&server, &["-xread"]).await;
    let machine = machine(&url(&server), WhenStale::FailOpen);
    let error = machine.connect().await.unwrap_err();
    assert!(error.to_string().contains("does not permit"), "{error}");
}

#[tokio::test]
async fn feed_failure_warns_once_and_backs_off() {
    let server = start!();
    permit(&server, &[]).await;
    let list = connected(&url(&server)).await;
    let log = LogCapture::start();
    let said = |words: &str| log.text().matches(words).count();
    // The user may read new entries, but not wait for them.
    permit(&server, &["-xread", "+xread|streams"]).await;
    until("it is said", || said("cannot be read from Redis") > 0).await;
    rounds(&server, 5).await;
    assert_eq!(said("cannot be read from Redis"), 1, "{}", log.text());
    assert_eq!(said("read from Redis again"), 0, "{}", log.text());
    permit(&server, &["+xread"]).await;
    until("it is said", || said("read from Redis again") > 0).await;
    connected(&server.url())
        .await
        .revoke(revocation("a"))
        .await
        .unwrap();
    refused(&list, "a").await;
}

#[tokio::test]
async fn entry_in_fresh_view_is_not_rewritten() {
    // Also if the first write failed.
    let server = start!();
    permit(&server, &["-xadd"]).await;
    let one = connected(&url(&server)).await;
    let revoked = revocation("a");
    one.revoke(revoked.clone()).await.unwrap_err();
    assert_eq!(one.pending_writes(), 1);
    let other = connected(&server.url()).await;
    other.revoke(revoked).await.unwrap();
    until("nothing waits", || one.pending_writes() == 0).await;
    // The missing permission is reported.
    permit(&server, &["+xadd"]).await;
    drop(other);
    server.ask(&["FLUSHALL"]).await;
    server
        .answers(&["XLEN", STREAM], |it| it == Value::Int(1))
        .await;
}
