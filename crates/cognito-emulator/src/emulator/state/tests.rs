//! Tests of a state file that cannot be written, and of requests that are cancelled.

use std::convert::Infallible;
use std::path::Path;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use hyper::body::{Body, Frame};
use serde_json::{Value, json};

use crate::emulator::Emulator;
use crate::http::message::Request;
use crate::http::server::handle;
use crate::model::trigger::Trigger;
use crate::state::file::folder::Folder;

fn start(path: &Path) -> Emulator {
    let builder = Emulator::builder().state(path);
    builder.build().expect("an emulator")
}

async fn respond(emulator: &Emulator, request: Request) -> (u16, Value) {
    let response = emulator.respond(request).await.expect("a response");
    let body = serde_json::from_slice(response.body()).unwrap_or_default();
    (response.status(), body)
}

async fn put(emulator: &Emulator, name: &str, value: &str) -> (u16, Value) {
    let body = json!({ "Name": name, "Value": value, "Type": "String", "Overwrite": true });
    let request = Request::new("POST", "http://localhost/")
        .header("x-amz-target", "AmazonSSM.PutParameter")
        .header("authorization", "AWS4-HMAC-SHA256 x")
        .body(body.to_string());
    respond(emulator, request).await
}

async fn health(emulator: &Emulator) -> u16 {
    let request = Request::new("GET", "http://localhost/_emulator/health");
    respond(emulator, request).await.0
}

async fn value(emulator: &Emulator, name: &str) -> Value {
    let request = Request::new("POST", "http://localhost/")
        .header("x-amz-target", "AmazonSSM.GetParameter")
        .header("authorization", "AWS4-HMAC-SHA256 x")
        .body(json!({ "Name": name }).to_string());
    respond(emulator, request).await.1["Parameter"]["Value"].take()
}

#[tokio::test]
async fn full_disk_loses_and_acknowledges_nothing() {
    let folder = Folder::new("full-disk");
    let path = folder.file();
    let emulator = start(&path);
    assert_eq!(put(&emulator, "/a", "old").await.0, 200);
    let journal = &emulator.instance.journal;
    journal.limit(1);
    let large = "x".repeat(4_000);
    for (name, value) in [
        ("/a", "lost"),
        ("/b", &*large),
        ("/a", "new"),
        ("/c", &*large),
    ] {
        let (status, body) = put(&emulator, name, value).await;
        assert_eq!(
            (status, &body["__type"]),
            (500, &json!("InternalErrorException"))
        );
        let expected = "the state file cannot be written: the disk is full: free some space";
        assert_eq!(body["message"], expected);
        assert_eq!(health(&emulator).await, 500);
    }
    // The next commit writes the changes that could not be written before.
    journal.limit(10_000);
    assert_eq!(health(&emulator).await, 200);
    drop(emulator);
    let emulator = start(&path);
    assert_eq!(value(&emulator, "/a").await, "new");
    assert_eq!(value(&emulator, "/c").await, large);
    drop(emulator);
}

fn poll<T>(future: Pin<&mut impl Future<Output = T>>) -> Poll<T> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn many_cancelled_requests_do_not_stop_commits() {
    let folder = Folder::new("cancelled");
    let path = folder.file();
    let emulator = start(&path);
    let (journal, pools) = (&emulator.instance.journal, &emulator.instance.pools);
    emulator.ssm().put("/a", "new");
    {
        let mut leader = pin!(journal.commit(pools));
        assert!(poll(leader.as_mut()).is_pending());
        for _ in 0..100_000 {
            let cancelled = pin!(journal.commit(pools));
            assert!(poll(cancelled).is_pending());
        }
        // All requests in the queue are cancelled, and then the leader.
    }
    journal.commit(pools).await.expect("written");
    drop(emulator);
}

#[tokio::test]
async fn checkpoint_and_requests_wait_for_each_other() {
    let folder = Folder::new("checkpoints");
    let emulator = start(&folder.file());
    let (journal, pools) = (&emulator.instance.journal, &emulator.instance.pools);
    for round in 0..10 {
        emulator.ssm().put("/a", round.to_string());
        let mut leader = pin!(journal.commit(pools));
        assert!(poll(leader.as_mut()).is_pending());
        let mut waiting = pin!(journal.commit(pools));
        assert!(poll(waiting.as_mut()).is_pending());
        let checkpoint = journal.begin_checkpoint();
        assert_eq!(tokio::join!(leader, waiting), (Ok(()), Ok(())));
        checkpoint.join().expect("done");
    }
    drop(emulator);
    let emulator = start(&folder.file());
    assert_eq!(value(&emulator, "/a").await, "9");
}

#[tokio::test]
async fn restore_waits_for_triggers_of_cancelled_requests() {
    let (begin, mut begun) = tokio::sync::mpsc::channel(1);
    let (end, ended) = std::sync::mpsc::channel();
    let ended = parking_lot::Mutex::new(ended);
    let emulator = Emulator::builder()
        .trigger(Trigger::PreSignUp, move |event| {
            begin.blocking_send(()).expect("sent");
            ended.lock().recv().expect("received");
            Ok(event)
        })
        .build()
        .expect("an emulator");
    emulator.snapshot("one").await.expect("taken");
    let body = json!({
        "ClientId": emulator.client_id(), "Username": "a@example.com", "Password": "SecurePass123!"
    });
    let request = Request::new("POST", "http://localhost/")
        .header("x-amz-target", "AWSCognitoIdentityProviderService.SignUp")
        .body(body.to_string());
    tokio::select! {
        _ = respond(&emulator, request) => panic!("the trigger has not ended"),
        _ = begun.recv() => {}
    }
    // The request is cancelled now, and its trigger is not.
    let mut restored = pin!(emulator.restore("one"));
    assert!(poll(restored.as_mut()).is_pending());
    end.send(()).expect("sent");
    restored.await.expect("restored");
    let request = Request::new("POST", "http://localhost/")
        .header(
            "x-amz-target",
            "AWSCognitoIdentityProviderService.ListUsers",
        )
        .header("authorization", "AWS4-HMAC-SHA256 x")
        .body(json!({ "UserPoolId": emulator.user_pool_id() }).to_string());
    assert_eq!(respond(&emulator, request).await.1, json!({ "Users": [] }));
}

/// A body that never arrives.
struct Stalled;

impl Body for Stalled {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

#[tokio::test(start_paused = true)]
async fn stalled_body_does_not_delay_a_snapshot() {
    let emulator = Emulator::builder().build().expect("an emulator");
    for path in ["/", "/oauth2/token"] {
        let request = http::Request::post(path)
            .header("host", "localhost")
            .body(Stalled)
            .expect("a request");
        let mut stalled = pin!(handle(&emulator.instance, request));
        assert!(poll(stalled.as_mut()).is_pending(), "{path}");
        assert_eq!(emulator.snapshot("one").await, Ok(()), "{path}");
        assert_eq!(stalled.await.expect("a page").status(), 408, "{path}");
    }
}

// Pages of other sites cannot read responses of these endpoints.
#[tokio::test]
async fn unsaved_error_is_public_only_for_public_endpoints() {
    let folder = Folder::new("public");
    let path = folder.file();
    let emulator = start(&path);
    emulator.instance.journal.limit(1);
    emulator.ssm().put("/a", &*"x".repeat(10_000));
    for (method, path, expected) in [
        ("POST", "/", Some("*")),
        ("GET", "/_emulator/health", None),
        ("GET", "/favicon.ico", None),
    ] {
        let request = Request::new(method, &format!("http://localhost{path}"));
        let response = emulator.respond(request).await.expect("a response");
        assert_eq!(response.status(), 500, "{path}");
        assert_eq!(
            response.header("access-control-allow-origin"),
            expected,
            "{path}"
        );
    }
    drop(emulator);
}
