//! `cognito doctor`.

use cognito_emulator::{Client, Emulator, Fault};
use serde_json::Value;

use crate::support::{Pool, Ran, run, without_pool};

const SECRET: &str = "0123456789abcdefghijklmnop";

/// Returns the results of a check, as pairs of status and result.
fn results(ran: &Ran, check: &str) -> Vec<(String, String)> {
    let rows: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
    let rows = rows.iter().filter(|row| row["check"] == check);
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    rows.map(|row| (text(&row["status"]), text(&row["result"])))
        .collect()
}

fn status(ran: &Ran, check: &str) -> String {
    results(ran, check).remove(0).0
}

#[tokio::test(flavor = "multi_thread")]
async fn healthy_setup_has_no_problem() {
    let pool = Pool::start().await;
    let client = pool.emulator.client_id();
    let ran = pool
        .run(&["doctor", "--client", client, "--output", "json"])
        .await;
    ran.check(0, "");
    for check in [
        "user pool id",
        "AWS credentials",
        "endpoint",
        "clock",
        "JWKS",
        "app client",
    ] {
        assert_eq!(status(&ran, check), "ok", "{check}: {ran:?}");
    }
    assert!(
        results(&ran, "user pool id")[0].1.contains("(from --pool)"),
        "{ran:?}"
    );
    let iam = results(&ran, "IAM");
    assert!(iam[0].1.contains("allowed: DescribeUserPool"), "{iam:?}");
    assert!(
        iam.iter()
            .any(|(status, text)| { status == "not_tried" && text.contains("AdminDeleteUser") })
    );
}

#[tokio::test]
async fn nothing_configured_names_what_is_missing() {
    let mut command = without_pool(&["doctor", "--output", "json"]);
    command
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY");
    let ran = run(command).await;
    ran.check(1, "problems");
    assert_eq!(status(&ran, "user pool id"), "problem");
    assert_eq!(status(&ran, "AWS credentials"), "problem");
    assert_eq!(status(&ran, "endpoint"), "not_tried");
    assert!(ran.stdout.contains("AWS_COGNITO_USER_POOL_ID"), "{ran:?}");
    let ran = run(without_pool(&["doctor"])).await;
    ran.check(1, "problem");
    let line = "\nPROBLEM   user pool id: not set\n          fix: add --pool ID, or set";
    assert!(ran.stdout.contains(line), "{ran:?}");
    assert!(
        ran.stdout.lines().all(|line| line.chars().count() <= 100),
        "{ran:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_secret_is_told_from_wrong_user() {
    let client = Client::new("confidential").secret(SECRET);
    let emulator = Emulator::builder().client(client).start().await.unwrap();
    let pool = Pool { emulator };
    for (secret, expected) in [(SECRET, "ok"), ("wrongwrongwrongwrongwrong", "problem")] {
        let mut command = pool.command(&["doctor", "--client", "confidential", "--output", "json"]);
        command.env("AWS_COGNITO_CLIENT_SECRET", secret);
        let ran = run(command).await;
        assert_eq!(status(&ran, "app client"), expected, "{ran:?}");
        assert!(
            !ran.stdout.contains(secret) && !ran.stderr.contains(secret),
            "{ran:?}"
        );
        assert!(
            results(&ran, "client secret")[0].1.starts_with("set (from"),
            "{ran:?}"
        );
    }
    assert!(pool.emulator.inbox().all().is_empty());
    let ran = pool
        .run(&["doctor", "--client", "unknown1", "--output", "json"])
        .await;
    assert_eq!(status(&ran, "app client"), "problem", "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn previous_secret_does_not_hide_wrong_one() {
    const WRONG: &str = "wrongwrongwrongwrongwrong";
    let client = Client::new("confidential").secret(SECRET);
    let emulator = Emulator::builder().client(client).start().await.unwrap();
    let pool = Pool { emulator };
    let only_previous = "Cognito rejects the client secret, and accepts only the previous one";
    for (current, previous, expected, text) in [
        (WRONG, SECRET, "problem", only_previous),
        (
            SECRET,
            WRONG,
            "ok",
            "Cognito accepts the client and its secret",
        ),
        (WRONG, "wrongwrongwrongwrongwrong2", "problem", "app client"),
    ] {
        let mut command = pool.command(&["doctor", "--client", "confidential", "--output", "json"]);
        command.env("AWS_COGNITO_CLIENT_SECRET", current);
        command.env("AWS_COGNITO_PREVIOUS_CLIENT_SECRET", previous);
        let ran = run(command).await;
        let (status, result) = results(&ran, "app client").remove(0);
        assert_eq!(status, expected, "{ran:?}");
        assert!(result.contains(text), "{ran:?}");
        assert_eq!(result == only_previous, text == only_previous, "{ran:?}");
        for secret in [current, previous] {
            assert!(!ran.stdout.contains(secret), "{ran:?}");
            assert!(!ran.stderr.contains(secret), "{ran:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn denied_action_is_named() {
    let pool = Pool::start().await;
    let denied = Fault::error("ListUsers", "AccessDeniedException", "denied");
    pool.emulator.inject(denied).unwrap();
    let ran = pool.run(&["doctor", "--output", "json"]).await;
    ran.check(0, "");
    assert!(
        ran.stdout
            .contains("allow the IAM action cognito-idp:ListUsers"),
        "{ran:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn other_errors_prove_no_permission() {
    let pool = Pool::start().await;
    for (operation, code, status, text) in [
        (
            "ListUsers",
            "InternalErrorException",
            "not_tried",
            "ListUsers failed: InternalErrorException",
        ),
        (
            "ListUsers",
            "SerializationException",
            "not_tried",
            "ListUsers failed: SerializationException",
        ),
        (
            "DescribeUserPool",
            "ResourceNotFoundException",
            "problem",
            "no such pool in this account and region",
        ),
        (
            "DescribeUserPool",
            "UnrecognizedClientException",
            "problem",
            "AWS rejects the credentials: UnrecognizedClientException",
        ),
    ] {
        let fault = Fault::error(operation, code, "wrong");
        pool.emulator.inject(fault).unwrap();
        let ran = pool
            .run(&["doctor", "--output", "json", "--max-retries", "0"])
            .await;
        let iam = results(&ran, "IAM");
        let is_found = iam
            .iter()
            .any(|(found, result)| found == status && result.starts_with(text));
        assert!(is_found, "{iam:?}");
        let is_allowed = iam
            .iter()
            .any(|(found, result)| found == "ok" && result.contains(operation));
        assert!(!is_allowed, "{iam:?}");
        if status == "problem" {
            ran.check(1, "1 problem");
            assert_eq!(iam.len(), 1, "{iam:?}");
        }
        pool.emulator.clear_faults();
    }
}

#[tokio::test]
async fn unreachable_endpoint_is_problem() {
    let pool = "us-east-1_EmuPool01";
    let url = "http://127.0.0.1:9";
    let arguments = [
        "doctor",
        "--pool",
        pool,
        "--endpoint-url",
        url,
        "--output",
        "json",
    ];
    let ran = run(without_pool(&arguments)).await;
    ran.check(1, "problems");
    assert_eq!(status(&ran, "endpoint"), "problem");
    assert_eq!(status(&ran, "clock"), "not_tried");
    assert_eq!(status(&ran, "JWKS"), "problem");
}
