//! `cognito quota`.

use std::process::Stdio;

use cognito_emulator::Fault;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::support::Pool;

/// Returns the line of a category in the CSV of the command.
fn line<'a>(stdout: &'a str, category: &str) -> &'a str {
    let mut lines = stdout.lines();
    lines
        .find(|line| line.starts_with(&format!("{category},")))
        .unwrap_or_default()
}

/// Sets the quota of `UserAuthentication`.
pub(crate) async fn raise(pool: &Pool, value: u64) {
    let request = json!({
        "LimitDefinition": {
            "LimitClass": "API_CATEGORY", "Attributes": { "Category": "UserAuthentication" },
        },
        "RequestedLimitValue": value,
    });
    pool.operator("UpdateProvisionedLimit", request).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn quotas_of_account_are_shown() {
    let pool = Pool::start().await;
    raise(&pool, 200).await;
    let ran = pool.run(&["quota", "--output", "csv"]).await;
    // The emulator has no CloudWatch.
    ran.check(0, "the current use is not shown");
    let authentication = line(&ran.stdout, "UserAuthentication");
    assert_eq!(authentication, "UserAuthentication,200,,,,,120,account,60");
    let responses = line(&ran.stdout, "UserAuthentication (responses)");
    let expected = "UserAuthentication (responses),600,,,,,360,account,180";
    assert_eq!(responses, expected);
    assert_eq!(
        line(&ran.stdout, "UserList"),
        "UserList,30,,,,,30,account,15"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn denied_quotas_are_defaults() {
    let pool = Pool::start().await;
    let denied = Fault::error("GetProvisionedLimit", "AccessDeniedException", "denied");
    pool.emulator.inject(denied).unwrap();
    let ran = pool.run(&["quota", "--output", "json"]).await;
    ran.check(0, "");
    let rows: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
    let reason = "AWS default (needs the IAM action cognito-idp:GetProvisionedLimit)";
    assert!(rows.iter().any(|row| row["source"] == reason), "{ran:?}");
    pool.run(&["quota", "--watch=1ms"]).await.check(2, "100ms");
}

#[tokio::test(flavor = "multi_thread")]
async fn watch_shows_changes() {
    let pool = Pool::start().await;
    let mut command = pool.command(&[
        "quota",
        "--watch=100ms",
        "--output",
        "csv",
        "--rate",
        "5000",
    ]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for value in ["120", "250"] {
        let expected = format!("UserAuthentication,{value},,,,,120,account,60");
        while lines.next_line().await.unwrap().unwrap() != expected {}
        raise(&pool, 250).await;
    }
}
