//! No result is wider than the terminal.

use std::fs;

use serde_json::json;

use crate::support::{Folder, PASSWORD, Pool, run};

const ANN: &str = "ann@example.com";

/// Starts an emulator in which `ann@example.com` has long attributes and a session.
async fn pool() -> Pool {
    let pool = Pool::with_sign_in().await;
    let settings = json!({
        "UserSessionTracking": "ENABLED", "TokenSession": { "MaxPerUser": 20 },
    });
    pool.operator("SetUserPoolSessionConfiguration", settings)
        .await;
    let attributes = json!([
        { "Name": "name", "Value": "x".repeat(300) },
        { "Name": "address", "Value": "a long address ".repeat(20) },
    ]);
    let update = json!({ "Username": ANN, "UserAttributes": attributes });
    pool.operator("AdminUpdateUserAttributes", update).await;
    pool
}

/// Checks the lines of the results of all commands with tables or lists. `columns` is the width of
/// the terminal. `None` means that it is unknown.
async fn check_widths(pool: &Pool, columns: Option<&str>, most: usize) {
    let folder = Folder::new(&format!("width-{most}"));
    let (exported, token) = (folder.path("pool.json"), folder.path("token"));
    let exported = exported.to_str().unwrap();
    pool.run(&["pool", "export", exported]).await.check(0, "");
    let text = fs::read_to_string(exported).unwrap();
    let changed = text.replacen("myclient", &"c".repeat(120), 1);
    fs::write(exported, changed).unwrap();
    let signed_in = pool.cognito().await.login(ANN, PASSWORD).await.unwrap();
    let tokens = signed_in.into_tokens().unwrap();
    fs::write(&token, tokens.access_token.expose()).unwrap();
    let token = format!("@{}", token.display());
    let client = ["--client", "otherclient"];
    for arguments in [
        &["user", "show", ANN, "--reveal"][..],
        &["user", "events", ANN, "--reveal"],
        &["user", "sessions", ANN, "--reveal"],
        &["users", "find", "--no-mfa", "--reveal"],
        &["users", "stats"],
        &["client", "list"],
        &["client", "show", "myclient"],
        &["pool", "diff", exported, pool.emulator.user_pool_id()],
        &["quota"],
        &["audit"],
        &["audit", "--list"],
        &["audit", "--explain", "client-implicit-flow"],
        &["doctor"],
        &["token", "inspect", &token, "--reveal"],
        &[&client[..], &["token", "verify", &token, "--explain"]].concat(),
    ] {
        let mut command = pool.command(arguments);
        if let Some(columns) = columns {
            command.env("COLUMNS", columns);
        }
        let ran = run(command).await;
        assert!(!ran.stdout.is_empty(), "{arguments:?}: {ran:?}");
        for line in ran.stdout.lines() {
            let length = line.chars().count();
            assert!(length <= most, "{arguments:?}:\n{}", ran.stdout);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn result_is_not_wider_than_terminal() {
    let pool = pool().await;
    check_widths(&pool, None, 100).await;
    check_widths(&pool, Some("80"), 80).await;
}
