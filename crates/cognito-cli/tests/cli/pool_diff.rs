//! `cognito pool diff`.

use cognito::Operation;
use cognito_emulator::Fault;
use serde_json::json;

use crate::pool_fixture::{empty_pool, full_pool, has_secret, read, send, write};
use crate::support::{Folder, run, without_pool};

#[tokio::test(flavor = "multi_thread")]
async fn diff_shows_paths_with_old_and_new() {
    let (pool, folder) = (full_pool().await, Folder::new("pool-diff"));
    let file = folder.path("pool.json");
    let path = file.to_str().unwrap();
    pool.run(&["pool", "export", path]).await.check(0, "");
    let id = pool.emulator.user_pool_id();
    let equal = pool
        .run(&["pool", "diff", path, id, "--output", "json"])
        .await;
    equal.check(0, "equal");
    assert_eq!(equal.stdout, "[]\n");

    let mut document = read(&file);
    let wanted = &mut document["pools"][0];
    wanted["settings"]["Policies"]["PasswordPolicy"]["MinimumLength"] = json!(8);
    wanted["groups"] = json!([]);
    wanted["clients"][1]["settings"]["CallbackURLs"] = json!(["https://shop.example.com/=1"]);
    write(&file, &document);
    let ran = pool
        .run(&["pool", "diff", id, path, "--output", "ndjson"])
        .await;
    ran.check(1, "");
    let lines: Vec<_> = ran.stdout.lines().collect();
    assert_eq!(lines.len(), 3, "{ran:?}");
    assert!(lines[0].contains("\"path\":\"settings.Policies.PasswordPolicy.MinimumLength\""));
    assert!(lines[0].contains("\"old\":12,\"new\":8"), "{ran:?}");
    assert!(
        lines[1].contains("clients[web].settings.CallbackURLs"),
        "{ran:?}"
    );
    assert!(lines[2].starts_with("{\"change\":\"removed\",\"path\":\"groups[staff]\""));
    let csv = pool
        .run(&["pool", "diff", id, path, "--output", "csv"])
        .await;
    csv.check(1, "");
    assert!(csv.stdout.starts_with("change,path,old,new\n"), "{csv:?}");
    let again = pool
        .run(&["pool", "diff", id, path, "--output", "csv"])
        .await;
    assert_eq!(again.stdout, csv.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn diff_hides_secrets() {
    let (pool, folder) = (full_pool().await, Folder::new("pool-diff-secrets"));
    let file = folder.path("pool.json");
    let path = file.to_str().unwrap();
    let export = ["pool", "export", path, "--include-secrets"];
    pool.run(&export).await.check(0, "");
    let mut document = read(&file);
    let wanted = &mut document["pools"][0];
    wanted["clients"][1]["secrets"] = json!(["another-secret-of-the-client"]);
    wanted["identity_providers"] = json!([]);
    write(&file, &document);
    let id = pool.emulator.user_pool_id();
    let ran = pool.run(&["pool", "diff", id, path]).await;
    ran.check(1, "");
    assert!(ran.stdout.contains("clients[web].secrets"), "{ran:?}");
    assert!(!has_secret(&ran.stdout), "{ran:?}");
    assert!(!ran.stdout.contains("another-secret"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn diff_compares_two_pools_and_two_files() {
    let (staging, production) = (full_pool().await, empty_pool().await);
    let folder = Folder::new("pool-diff-two");
    let (one, other) = (folder.path("one"), folder.path("other"));
    for (pool, file) in [(&staging, &one), (&production, &other)] {
        let ran = pool.run(&["pool", "export", file.to_str().unwrap()]).await;
        ran.check(0, "");
    }
    let files = [
        "pool",
        "diff",
        one.to_str().unwrap(),
        other.to_str().unwrap(),
    ];
    // Two files need neither a pool nor AWS.
    let ran = run(without_pool(&files)).await;
    ran.check(1, "");
    assert!(ran.stdout.contains("identity_providers[Google]"), "{ran:?}");
    // App clients of two pools have different ids, and are compared by name.
    let client = json!({ "ClientName": "app" });
    send(&production, Operation::CreateUserPoolClient, client).await;
    let id = production.emulator.user_pool_id();
    let ran = production
        .run(&["pool", "diff", one.to_str().unwrap(), id])
        .await;
    assert!(!ran.stdout.contains("clients[app]"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn diff_rejects_wrong_files() {
    let (pool, folder) = (full_pool().await, Folder::new("pool-diff-wrong"));
    let file = folder.path("pool.json");
    let path = file.to_str().unwrap();
    let missing = pool.run(&["pool", "diff", path, path]).await;
    missing.check(2, "cannot read");
    for (content, message) in [
        ("{\"pools\": [", "line 1"),
        ("{}", "`pools` must be a list with one pool"),
        (
            "{\"pools\": [{ \"client\": [] }]}",
            "pools[0].client is unknown",
        ),
    ] {
        std::fs::write(&file, content).unwrap();
        let ran = pool.run(&["pool", "diff", path, path]).await;
        ran.check(2, message);
    }
    let denied = Fault::error("DescribeUserPool", "AccessDeniedException", "denied");
    pool.emulator.inject(denied.times(1)).unwrap();
    let id = pool.emulator.user_pool_id();
    let ran = pool.run(&["pool", "diff", id, id]).await;
    ran.check(3, "cognito-idp:DescribeUserPool");
    let throttled = Fault::error(
        "DescribeUserPool",
        "TooManyRequestsException",
        "Rate exceeded",
    );
    pool.emulator.inject(throttled).unwrap();
    let ran = pool
        .run(&["pool", "diff", id, id, "--max-retries", "0"])
        .await;
    ran.check(4, "DescribeUserPool");
}
