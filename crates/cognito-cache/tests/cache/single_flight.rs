//! Equal calls that overlap are made once, and nothing is kept afterwards.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use cognito_cache::SingleFlight;
use futures_util::future::join_all;
use tokio::sync::{Barrier, Notify};

fn calls() -> SingleFlight<usize> {
    SingleFlight::new().unwrap()
}

/// Polls a future once and returns `true` if it is not ready.
async fn waits(future: &mut (impl Future + Unpin)) -> bool {
    poll_fn(|context| Poll::Ready(Pin::new(&mut *future).poll(context).is_pending())).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_callers_share_one_result() {
    let calls = Arc::new(calls());
    let (made, go_on) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let asked = Arc::new(Barrier::new(51));
    let callers: Vec<_> = (0..50)
        .map(|_| {
            let (calls, asked) = (Arc::clone(&calls), Arc::clone(&asked));
            let (made, go_on) = (Arc::clone(&made), Arc::clone(&go_on));
            tokio::spawn(async move {
                let call = async move {
                    let number = made.fetch_add(1, Ordering::Relaxed) + 1;
                    go_on.notified().await;
                    number
                };
                let joined = calls.join(calls.name(["token"]), call);
                let mut joined = Box::pin(joined);
                assert!(waits(&mut joined).await);
                asked.wait().await;
                joined.await
            })
        })
        .collect();
    asked.wait().await;
    assert_eq!(calls.len(), 1);
    go_on.notify_one();
    for result in join_all(callers).await {
        assert_eq!(result.unwrap(), 1);
    }
    assert_eq!(made.load(Ordering::Relaxed), 1);
    assert!(calls.is_empty());
}

#[tokio::test]
async fn later_caller_makes_a_new_call() {
    let calls = calls();
    let name = calls.name(["token"]);
    assert_eq!(calls.join(name, async { 1 }).await, 1);
    assert!(calls.is_empty());
    assert_eq!(calls.join(name, async { 2 }).await, 2);
}

#[tokio::test]
async fn other_names_are_other_calls() {
    let calls = calls();
    let names = [
        calls.name(["ab", "c"]),
        calls.name(["a", "bc"]),
        calls.name(["abc"]),
        calls.name(["abc", ""]),
        calls.name([""; 0]),
    ];
    let gate = Notify::new();
    let gate = Arc::new(gate);
    let waiting = join_all(names.iter().enumerate().map(|(number, name)| {
        let gate = Arc::clone(&gate);
        calls.join(*name, async move {
            gate.notified().await;
            number
        })
    }));
    let mut waiting = Box::pin(waiting);
    assert!(waits(&mut waiting).await);
    assert_eq!(calls.len(), names.len());
    gate.notify_waiters();
    assert_eq!(waiting.await, [0, 1, 2, 3, 4]);
}

#[tokio::test]
async fn call_continues_without_first_caller() {
    let calls = calls();
    let name = calls.name(["token"]);
    let go_on = Arc::new(Notify::new());
    let gate = Arc::clone(&go_on);
    let mut first = Box::pin(calls.join(name, async move {
        gate.notified().await;
        1
    }));
    assert!(waits(&mut first).await);
    let mut second = Box::pin(calls.join(name, async { 2 }));
    assert!(waits(&mut second).await);
    drop(first);
    go_on.notify_one();
    assert_eq!(second.await, 1);
    assert!(calls.is_empty());
}

#[tokio::test]
async fn abandoned_call_leaves_nothing_behind() {
    let calls = calls();
    let name = calls.name(["token"]);
    let mut first = Box::pin(calls.join(name, std::future::pending()));
    let mut second = Box::pin(calls.join(name, std::future::pending()));
    assert!(waits(&mut first).await);
    assert!(waits(&mut second).await);
    assert_eq!(calls.len(), 1);
    drop(first);
    assert_eq!(calls.len(), 1);
    drop(second);
    assert!(calls.is_empty());
    assert_eq!(calls.join(name, async { 3 }).await, 3);
}

#[tokio::test]
async fn neither_a_token_nor_a_result_shows() {
    let calls = calls();
    let name = calls.name(["token-in-clear"]);
    let shown = format!("{calls:?} {name:?}");
    assert!(shown.starts_with("SingleFlight { len: 0, .. } CallName("));
    assert!(!shown.contains("token-in-clear"));
    let elsewhere = SingleFlight::<usize>::new().unwrap();
    assert_ne!(name, elsewhere.name(["token-in-clear"]));
}
