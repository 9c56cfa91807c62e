//! `cognito token`.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use cognito_emulator::Fault;
use cognito_testkit::{FixedClock, TestPool};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::support::{PASSWORD, Pool, Ran, run, without_pool};

const NOW: u64 = 1_800_000_000;

fn pool() -> TestPool {
    TestPool::new("us-east-1_TestPool1", "client1").with_clock(FixedClock::at_unix(NOW))
}

/// Writes a file for a test, and returns its path.
fn file(name: &str, content: &str) -> String {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Runs the command with this input on stdin.
pub(crate) async fn with_input(mut command: Command, input: &str) -> Ran {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A command that rejects its arguments does not read.
    let _ = stdin.write_all(input.as_bytes()).await;
    drop(stdin);
    child.wait_with_output().await.unwrap().into()
}

/// Returns `token verify -` for the pool at `NOW`, with further arguments.
fn verify(jwks: &str, arguments: &[&str]) -> Command {
    let now = NOW.to_string();
    let mut all = vec!["token", "verify", "-", "--jwks", jwks, "--at", &now];
    all.extend(["--pool", "us-east-1_TestPool1"]);
    all.extend(arguments);
    without_pool(&all)
}

#[tokio::test(flavor = "multi_thread")]
async fn inspect_masks_and_shows_times_in_words() {
    let token = pool().id_token(|claims| {
        claims.insert("name".to_owned(), "Ann".into());
    });
    let signature = token.rsplit_once('.').unwrap().1;
    let shown = with_input(without_pool(&["token", "inspect", "-"]), &token).await;
    shown.check(0, "not verified");
    for part in [
        "header alg",
        "RS256",
        "a***@***",
        "A***",
        "(2027-01-15T08:00:00Z, ",
    ] {
        assert!(shown.stdout.contains(part), "{part}: {shown:?}");
    }
    for secret in ["example.com", "Ann", signature] {
        assert!(!shown.stdout.contains(secret), "{secret}: {shown:?}");
    }
    let arguments = ["token", "inspect", "-", "--output", "json", "--reveal"];
    let shown = with_input(without_pool(&arguments), &token).await;
    let content: Value = serde_json::from_str(&shown.stdout).unwrap();
    assert_eq!(content["claims"]["email"], "alice@example.com");
    assert_eq!(content["header"]["alg"], "RS256");
    let expiry = content["times"]["exp"].as_str().unwrap();
    assert!(expiry.starts_with("2027-01-15T"), "{expiry}");
    assert!(!shown.stdout.contains(signature));
}

#[tokio::test(flavor = "multi_thread")]
async fn inspect_rejects_malformed_token() {
    let shown = with_input(without_pool(&["token", "inspect", "-"]), "Bearer abc").await;
    shown.check(1, "pass only the part after it");
    assert_eq!(shown.stdout, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn token_on_command_line_is_rejected() {
    let token = pool().access_token(|_| {});
    let from_file = format!("@{token}");
    for (arguments, message) in [
        (&["token", "inspect", &token][..], "a token is a secret"),
        (&["token", "verify", &token], "a token is a secret"),
        (&["token", "verify", &from_file], "cannot be read"),
        (&["token", &token], "unrecognized subcommand"),
        (&["token", "inspect", "-", &token], "unexpected argument"),
        (&["logout", &token], "cannot be read"),
        (&["login", "ann", &token], "unexpected argument"),
    ] {
        let ran = run(without_pool(arguments)).await;
        ran.check(2, message);
        assert!(!ran.stderr.contains(&token), "{ran:?}");
    }
    // Names of options are no secrets.
    let ran = run(without_pool(&["login", "ann", "--sve", "f"])).await;
    ran.check(2, "--sve");
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_explains_each_check() {
    let jwks = file("explained-jwks.json", &pool().jwks_json());
    let token = pool().access_token(|_| {});
    let client = ["--client", "client1", "--explain"];
    let valid = with_input(verify(&jwks, &client), &token).await;
    valid.check(0, "valid: the token passed all checks");
    assert!(
        valid.stdout.contains("2027-01-15T09:00:00Z, in 1h"),
        "{valid:?}"
    );
    let other = ["--client", "other", "--explain"];
    let rejected = with_input(verify(&jwks, &other), &token).await;
    rejected.check(1, "set --client to the app client of the token");
    for part in ["FAILED", "has: client1", "not reached"] {
        assert!(rejected.stdout.contains(part), "{rejected:?}");
    }
    let signature = token.rsplit_once('.').unwrap().1;
    assert!(!format!("{rejected:?}{valid:?}").contains(signature));
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_checks_requirements() {
    let jwks = file("required-jwks.json", &pool().jwks_json());
    let token = pool().access_token(|claims| {
        claims.insert("cognito:groups".to_owned(), json!(["staff"]));
        claims.insert("aud".to_owned(), "https://api".into());
        claims.insert("auth_time".to_owned(), (NOW - 60).into());
    });
    for (required, reason) in [
        (["--group", "staff"], None),
        (["--group", "admins"], Some("MissingGroup")),
        (["--scope", "openid"], None),
        (["--scope", "orders/read"], Some("MissingScope")),
        (["--audience", "https://api"], None),
        (["--audience", "https://other"], Some("WrongAudience")),
        (["--max-age", "60s"], None),
        (["--max-age", "59s"], Some("TooOld")),
        (["--at", "2027-01-15T09:00:00Z"], Some("Expired")),
    ] {
        let mut arguments = vec!["--any-client", "--output", "ndjson"];
        arguments.extend(required);
        // `--at` replaces the time of the other cases.
        let mut command = if required[0] == "--at" {
            without_pool(&[
                "token",
                "verify",
                "-",
                "--jwks",
                &jwks,
                "--pool",
                "us-east-1_TestPool1",
            ])
        } else {
            verify(&jwks, &[])
        };
        command.args(&arguments);
        let ran = with_input(command, &token).await;
        let report: Value = serde_json::from_str(&ran.stdout).expect(&ran.stderr);
        assert_eq!(
            report["rejection"]["reason"].as_str(),
            reason,
            "{required:?}"
        );
        assert_eq!(ran.code, Some(i32::from(reason.is_some())), "{ran:?}");
    }
}

/// An API expects access tokens, so a script that verifies one must not accept an ID token.
#[tokio::test(flavor = "multi_thread")]
async fn verify_expects_access_token_by_default() {
    let jwks = file("kind-jwks.json", &pool().jwks_json());
    let (id, access) = (pool().id_token(|_| {}), pool().access_token(|_| {}));
    let of = |options: &[&'static str]| {
        let mut command = verify(&jwks, &["--client", "client1"]);
        command.args(options);
        command
    };
    let ran = with_input(of(&[]), &id).await;
    ran.check(1, "");
    assert!(ran.stdout.contains("WrongTokenUse"), "{ran:?}");
    assert!(ran.stdout.contains("--id"), "{ran:?}");
    with_input(of(&["--id"]), &id).await.check(0, "");
    with_input(of(&[]), &access).await.check(0, "");
    with_input(of(&["--id"]), &access).await.check(1, "");
}

/// Each check that the command was not asked to run is listed as skipped.
#[tokio::test(flavor = "multi_thread")]
async fn any_client_skips_check_of_client() {
    let jwks = file("any-client-jwks.json", &pool().jwks_json());
    let arguments = ["--any-client", "--explain", "--output", "csv"];
    let ran = with_input(verify(&jwks, &arguments), &pool().access_token(|_| {})).await;
    ran.check(0, "");
    assert!(ran.stdout.contains("client,skipped"), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn verify_rejects_wrong_usage() {
    let jwks = file("usage-jwks.json", &pool().jwks_json());
    let id = pool().id_token(|_| {});
    let scope = ["--client", "client1", "--id", "--scope", "openid"];
    let ran = with_input(verify(&jwks, &scope), &id).await;
    ran.check(2, "apply to access tokens only");
    let ran = with_input(verify(&jwks, &["--client", "c", "--any-client"]), &id).await;
    ran.check(2, "exclude each other");
    let ran = with_input(verify(&jwks, &[]), &id).await;
    ran.check(2, "add --client ID");
    let ran = with_input(verify(&jwks, &["--leeway", "1h", "--any-client"]), &id).await;
    ran.check(2, "leeway");
    let ran = with_input(verify("/nowhere", &["--any-client"]), &id).await;
    ran.check(1, "");
    assert!(ran.stdout.contains("undecided"), "{ran:?}");
    assert!(ran.stdout.contains("the file cannot be read"), "{ran:?}");
}

/// The saved tokens of `login`, and the keys of a pool that is reached over HTTP.
#[tokio::test(flavor = "multi_thread")]
async fn verifies_saved_tokens_with_fetched_keys() {
    let pool = Pool::with_ann().await;
    let login = ["login", "ann@example.com", "--client", "myclient"];
    let tokens = with_input(pool.command(&login), &format!("{PASSWORD}\n")).await;
    tokens.check(0, "");
    let saved = format!("@{}", file("saved.json", &tokens.stdout));
    let verify = ["token", "verify", &saved, "--client", "myclient"];
    for (option, kind) in [(None, "access"), (Some("--id"), "id")] {
        let arguments: Vec<_> = verify.into_iter().chain(option).collect();
        let ran = pool.run(&arguments).await;
        ran.check(0, "");
        assert!(ran.stdout.contains("valid"), "{ran:?}");
        assert!(ran.stdout.contains(kind), "{ran:?}");
    }
    // The environment variables of the AWS SDKs have the same effect as the option.
    for name in [
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER",
    ] {
        let mut command = without_pool(&verify);
        command.args(["--pool", pool.emulator.user_pool_id()]);
        command.env(name, pool.emulator.endpoint());
        let ran = run(command).await;
        assert_eq!(ran.code, Some(0), "{name}: {ran:?}");
    }
    let unavailable = Fault::status("jwks.json", 503);
    pool.emulator.inject(unavailable).unwrap();
    let ran = pool.run(&verify).await;
    ran.check(1, "");
    assert!(ran.stdout.contains("undecided"), "{ran:?}");
}
