//! Snapshots of the data.

use std::time::Duration;

use cognito_emulator::{Fault, SnapshotError};
use serde_json::{Value, json};

use crate::state::{File, parameter, refresh};
use crate::support::{EMAIL, PASSWORD, Pool, Reply, new_pool, pool};

const PATH: &str = "/_emulator/snapshots";

async fn post(pool: &Pool, rest: &str) -> Reply {
    pool.send("POST", &format!("{PATH}/{rest}"), &[], "").await
}

#[track_caller]
fn done(reply: &Reply) {
    assert_eq!(
        (reply.status, &reply.body),
        (200, &json!({ "status": "ok" }))
    );
}

#[track_caller]
fn rejected(reply: &Reply, status: u16, expected: &str) {
    let message = reply.body["message"].as_str().expect("a message");
    assert!(message.contains(expected), "{message}");
    assert_eq!(reply.status, status, "{message}");
}

/// The names of the users of the first pool.
async fn users(pool: &Pool) -> Vec<Value> {
    let mut answer = pool.admin("ListUsers", json!({})).await.ok();
    let users = answer["Users"].as_array_mut().expect("a list").iter_mut();
    users.map(|user| user["Username"].take()).collect()
}

#[tokio::test]
async fn snapshot_is_restored_many_times() {
    let pool = pool().await;
    pool.person();
    pool.emulator.create_group("admins");
    let tokens = pool.tokens().await;
    done(&post(&pool, "before-test").await);
    let first = users(&pool).await;
    for _ in 0..3 {
        pool.emulator
            .add_user_to_group(EMAIL, "admins")
            .expect("added");
        pool.emulator
            .create_user("b@example.com", PASSWORD, &[])
            .expect("created");
        pool.call(
            "ForgotPassword",
            json!({ "ClientId": "emulatorclient1", "Username": EMAIL }),
        )
        .await
        .ok();
        pool.emulator.ssm().put("/app/level", "high");
        let other = new_pool(&pool, json!({})).await;
        pool.call(
            "RevokeToken",
            json!({ "ClientId": "emulatorclient1", "Token": tokens.refresh }),
        )
        .await
        .ok();

        done(&post(&pool, "before-test/restore").await);
        assert_eq!(users(&pool).await, first);
        let groups = pool
            .admin("AdminListGroupsForUser", json!({ "Username": EMAIL }))
            .await
            .ok();
        assert_eq!(groups["Groups"], json!([]));
        assert_eq!(pool.emulator.inbox().latest_code(EMAIL), None);
        assert_eq!(parameter(&pool, "/app/level").await.status, 400);
        assert!(!pool.emulator.user_pool_ids().contains(&other));
        refresh(&pool, &tokens.refresh).await.ok();
    }
    pool.send("POST", "/_emulator/reset", &[], "").await;
    done(&post(&pool, "before-test/restore").await);
    pool.sign_in(EMAIL, PASSWORD).await.ok();
}

#[tokio::test]
async fn restored_data_is_written_to_the_file() {
    let file = File::new("snapshots");
    let pool = file.start().await;
    pool.person();
    pool.emulator.snapshot("one").await.expect("taken");
    pool.admin("AdminDeleteUser", json!({ "Username": EMAIL }))
        .await
        .ok();
    pool.emulator
        .create_user("b@example.com", PASSWORD, &[])
        .expect("created");
    pool.emulator.restore("one").await.expect("restored");
    let expected = users(&pool).await;
    let pool = file.restart(pool).await;
    assert_eq!(users(&pool).await, expected);
    pool.sign_in(EMAIL, PASSWORD).await.ok();
    // The snapshots themselves are in memory.
    let error = pool.emulator.restore("one").await.expect_err("fails");
    assert_eq!(error, SnapshotError::NotFound);
}

#[tokio::test]
async fn snapshots_are_listed_and_deleted() {
    let pool = pool().await;
    assert_eq!(pool.get(PATH).await.body, json!({ "snapshots": [] }));
    for name in ["two", "one", "two"] {
        done(&post(&pool, name).await);
    }
    let list = pool.get(PATH).await.body;
    let list = list["snapshots"].as_array().expect("a list");
    assert_eq!(
        (list.len(), &list[0]["name"], &list[1]["name"]),
        (2, &json!("one"), &json!("two"))
    );
    for size in ["bytes", "entries"] {
        assert!(list[0][size].as_u64().expect("a number") > 0);
    }
    let path = format!("{PATH}/one");
    done(&pool.send("DELETE", &path, &[], "").await);
    rejected(
        &pool.send("DELETE", &path, &[], "").await,
        404,
        "no snapshot with this name",
    );
    rejected(
        &post(&pool, "one/restore").await,
        404,
        "no snapshot with this name",
    );
}

#[tokio::test]
async fn names_and_number_of_snapshots_are_limited() {
    let pool = pool().await;
    let long = "x".repeat(65);
    for name in ["", "a%20b", "a/b", "..%2f", &long, "a/restore/restore"] {
        rejected(
            &post(&pool, name).await,
            400,
            "invalid name of a snapshot: use 1 to 64 letters",
        );
    }
    for place in 0..20 {
        done(&post(&pool, &format!("Name_{place}.a-b")).await);
    }
    rejected(
        &post(&pool, "more").await,
        400,
        "there are 20 snapshots: delete one first",
    );
    done(&post(&pool, "Name_0.a-b").await);
    for (method, path) in [
        ("PUT", "/a"),
        ("GET", "/a"),
        ("GET", "/a/restore"),
        ("POST", ""),
    ] {
        let reply = pool.send(method, &format!("{PATH}{path}"), &[], "").await;
        assert_eq!(reply.status, 405, "{method} {path}");
    }
}

#[tokio::test]
async fn other_sites_cannot_use_snapshots() {
    let pool = pool().await;
    done(&post(&pool, "one").await);
    for (method, path) in [
        ("GET", ""),
        ("POST", "/two"),
        ("POST", "/one/restore"),
        ("DELETE", "/one"),
    ] {
        let path = format!("{PATH}{path}");
        for header in [("origin", "https://evil.example"), ("host", "evil.example")] {
            let reply = pool.send(method, &path, &[header], "").await;
            assert_eq!(reply.status, 403, "{method} {path} {header:?}");
        }
    }
    let reply = pool.get(PATH).await;
    assert_eq!(reply.body["snapshots"].as_array().map(Vec::len), Some(1));
    assert_eq!(reply.header("cache-control"), "no-store");
}

// The response of a request in progress would otherwise be about data that is gone.
#[tokio::test(start_paused = true)]
async fn restore_waits_for_requests_in_progress() {
    let pool = pool().await;
    pool.emulator.snapshot("one").await.expect("taken");
    let delay = |seconds| Fault::delay("AdminCreateUser", Duration::from_secs(seconds)).times(1);
    let create = || pool.admin("AdminCreateUser", json!({ "Username": "a@example.com" }));
    let results = [(9, Ok(())), (11, Err(SnapshotError::Busy))];
    for (place, (seconds, expected)) in (0..).zip(results) {
        pool.emulator.inject(delay(seconds)).expect("injected");
        let (reply, restored) = tokio::join!(create(), async {
            while pool.emulator.calls("AdminCreateUser") < place + 1 {
                tokio::task::yield_now().await;
            }
            pool.emulator.restore("one").await
        });
        reply.ok();
        let is_kept = expected.is_err();
        assert_eq!(restored, expected);
        assert_eq!(users(&pool).await.len(), usize::from(is_kept));
    }
}

// Each user is created by two requests. A restore between them must not leave half of a user.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_during_restore_see_one_state() {
    let pool = pool().await;
    pool.emulator.create_group("all");
    pool.emulator.snapshot("one").await.expect("taken");
    let create = async |start: usize| {
        for place in 0..40 {
            let name = format!("{start}-{place}@example.com");
            let fields = json!({ "Username": name, "MessageAction": "SUPPRESS" });
            pool.admin("AdminCreateUser", fields).await.ok();
            let fields = json!({ "Username": name, "GroupName": "all" });
            let reply = pool.admin("AdminAddUserToGroup", fields).await;
            if reply.status != 200 {
                assert_eq!(reply.body["__type"], "UserNotFoundException");
            }
        }
    };
    let restore = async {
        for _ in 0..20 {
            pool.emulator.restore("one").await.expect("restored");
            tokio::task::yield_now().await;
        }
    };
    tokio::join!(create(1), create(2), create(3), restore);
    pool.emulator.restore("one").await.expect("restored");
    assert!(users(&pool).await.is_empty());
}
