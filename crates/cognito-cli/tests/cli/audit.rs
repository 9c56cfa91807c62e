//! `cognito audit`.

use std::collections::BTreeSet;
use std::fs;

use cognito_emulator::Fault;
use serde_json::Value;

use crate::audit_pools::{IMPOSSIBLE, faulty, hardened};
use crate::support::{Folder, Pool, Ran, run, without_pool};

/// The checks that the command cannot run, whatever the pool is.
const OUTSIDE: [&str; 2] = ["sms-sandbox", "web-acl"];

fn report(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap()
}

/// Returns the identifiers of the lines with this status.
fn found(report: &Value, status: &str) -> BTreeSet<String> {
    let lines = report["lines"].as_array().unwrap().iter();
    let lines = lines.filter(|line| line["status"] == status);
    lines
        .map(|line| line["check"].as_str().unwrap().to_owned())
        .collect()
}

async fn all_checks() -> BTreeSet<String> {
    let ran = run(without_pool(&["audit", "--list", "--output", "json"])).await;
    ran.check(0, "");
    let checks: Vec<Value> = serde_json::from_str(&ran.stdout).unwrap();
    let ids = checks
        .iter()
        .map(|check| check["check"].as_str().unwrap().to_owned());
    ids.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_is_found_in_pools() {
    let mut all = BTreeSet::new();
    for pool in faulty().await {
        let ran = pool.run(&["audit", "--output", "json"]).await;
        ran.check(1, "findings with the severity medium or higher");
        assert!(!ran.stdout.contains("top-secret"), "{ran:?}");
        all.extend(found(&report(&ran), "finding"));
    }
    let expected = all_checks().await;
    let missing: Vec<_> = expected.difference(&all).map(String::as_str).collect();
    let mut allowed: Vec<&str> = IMPOSSIBLE.iter().chain(&OUTSIDE).copied().collect();
    allowed.sort_unstable();
    assert_eq!(missing, allowed);
}

#[tokio::test(flavor = "multi_thread")]
async fn hardened_pool_passes() {
    let pool = hardened().await;
    let ran = pool
        .run(&["audit", "--fail-on", "low", "--output", "json"])
        .await;
    let report = report(&ran);
    // The emulator creates its pool with case-sensitive names and with the alias phone_number. These
    // settings cannot change.
    let mut findings = found(&report, "finding");
    findings.remove("case-sensitive-names");
    findings.remove("no-verified-addresses");
    assert_eq!(findings, BTreeSet::new(), "{ran:?}");
    let unknown = found(&report, "not_checked");
    assert_eq!(unknown, BTreeSet::from(["web-acl".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn denied_document_is_not_checked() {
    let pool = hardened().await;
    let denied = "AccessDeniedException";
    for (operation, code, check, exit) in [
        ("ListUserPoolClients", denied, "client-implicit-flow", 3),
        ("ListUserPoolClients", denied, "risk-takeover-high", 3),
        ("DescribeUserPoolClient", denied, "client-implicit-flow", 3),
        ("DescribeUserPoolClient", denied, "risk-takeover-high", 3),
        ("DescribeRiskConfiguration", denied, "risk-takeover-high", 3),
        // The pool was deleted during the audit.
        (
            "DescribeRiskConfiguration",
            "ResourceNotFoundException",
            "risk-takeover-high",
            3,
        ),
        (
            "GetUserPoolMfaConfig",
            "ResourceNotFoundException",
            "mfa-sms-only",
            3,
        ),
        // The severity of these checks is low.
        (
            "GetUserPoolSessionConfiguration",
            "OperationNotEnabledException",
            "session-limit",
            0,
        ),
    ] {
        let fault = Fault::error(operation, code, "denied");
        pool.emulator.inject(fault).unwrap();
        let ran = pool
            .run(&["audit", "--output", "json", "--fail-on", "high"])
            .await;
        ran.check(exit, if exit == 3 { "could not run" } else { "" });
        let action = format!("IAM action cognito-idp:{operation}");
        assert!(ran.stdout.contains(&action), "{ran:?}");
        let unknown = found(&report(&ran), "not_checked");
        assert!(unknown.contains(check), "{unknown:?}");
        pool.emulator.clear_faults();
    }
}

// A region of AWS can lack a new operation. It then has no such policies.
#[tokio::test(flavor = "multi_thread")]
async fn missing_operation_is_no_gap() {
    let pool = hardened().await;
    let fault = Fault::error("ListCIMDPolicies", "UnknownOperationException", "unknown");
    pool.emulator.inject(fault).unwrap();
    let ran = pool.run(&["audit", "--output", "json", "--fail-on", "high"]);
    ran.await.check(0, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_checked_before_requests() {
    let folder = Folder::new("files");
    let (file, same) = (folder.path("a"), folder.path("./a"));
    let (file, same) = (file.to_str().unwrap(), same.to_str().unwrap());
    let directory = folder.path("");
    // No server: a request would end with another message.
    let base = ["audit", "--pool", "us-east-1_EmuPool01", "--endpoint-url"];
    let base = [&base[..], &["http://127.0.0.1:9"]].concat();
    for (files, message) in [
        (["--html", file, "--sarif", same], "different files"),
        (["--baseline", file, "--sarif", file], "different files"),
        (
            ["--html", directory.to_str().unwrap(), "--sarif", file],
            "not a regular file",
        ),
    ] {
        let ran = run(without_pool(&[&base[..], &files].concat())).await;
        ran.check(2, message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn unreadable_pool_ends_audit() {
    let pool = hardened().await;
    for (code, exit) in [
        ("ResourceNotFoundException", 1),
        ("TooManyRequestsException", 4),
    ] {
        pool.emulator
            .inject(Fault::error("DescribeUserPool", code, "gone"))
            .unwrap();
        let ran = pool.run(&["audit", "--max-retries", "0"]).await;
        ran.check(exit, "DescribeUserPool");
        assert_eq!(ran.stdout, "");
        pool.emulator.clear_faults();
    }
    // An app client that was deleted since the list was read has no findings.
    let gone = Fault::error(
        "DescribeUserPoolClient",
        "ResourceNotFoundException",
        "gone",
    );
    pool.emulator.inject(gone).unwrap();
    let ran = pool
        .run(&["audit", "--output", "json", "--fail-on", "high"])
        .await;
    let unknown = found(&report(&ran), "not_checked");
    assert_eq!(unknown, BTreeSet::from(["web-acl".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn baseline_accepts_findings() {
    let folder = Folder::new("baseline");
    let pool = Pool::start().await;
    let path = folder.path("accepted.json");
    let file = path.to_str().unwrap();
    let write = [
        "audit",
        "--baseline",
        file,
        "--write-baseline",
        "--reason",
        "known",
    ];
    pool.run(&[&write[..], &["--dry-run"]].concat())
        .await
        .check(1, "dry run");
    assert!(!path.exists());
    pool.run(&["audit", "--baseline", file])
        .await
        .check(2, "--write-baseline");
    pool.run(&write)
        .await
        .check(0, "added to the accepted findings");
    let again = ["audit", "--baseline", file, "--fail-on", "low"];
    let ran = pool.run(&again).await;
    ran.check(0, "");
    assert!(ran.stdout.contains("accepted"), "{ran:?}");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(
        &path,
        text.replace("\"reason\": \"known\"", "\"reason\": \" \""),
    )
    .unwrap();
    pool.run(&again).await.check(2, "has no reason for");
    let expired = "\"reason\": \"known\", \"expires\": \"2020-01-31\"";
    fs::write(&path, text.replace("\"reason\": \"known\"", expired)).unwrap();
    pool.run(&again).await.check(1, "has expired");
    let other = text.replace(pool.emulator.user_pool_id(), "us-east-1_Other1234");
    fs::write(&path, other).unwrap();
    pool.run(&again)
        .await
        .check(2, "is for the pool us-east-1_Other1234");
    pool.run(&["audit", "--write-baseline"])
        .await
        .check(2, "--baseline");
}

#[tokio::test(flavor = "multi_thread")]
async fn audit_writes_files_and_chart() {
    let folder = Folder::new("audit");
    let pool = Pool::start().await;
    let (html, sarif) = (folder.path("a.html"), folder.path("a.sarif"));
    let ran = pool
        .run(&[
            "audit",
            "--html",
            html.to_str().unwrap(),
            "--sarif",
            sarif.to_str().unwrap(),
            "--fail-on",
            "never",
        ])
        .await;
    ran.check(0, "");
    assert!(ran.stdout.contains("\nhigh  "), "{ran:?}");
    assert!(ran.stdout.contains("█"), "{ran:?}");
    assert!(
        ran.stdout.contains("fix: DeletionProtection: ACTIVE"),
        "{ran:?}"
    );
    let page = fs::read_to_string(&html).unwrap();
    assert!(
        page.starts_with("<!DOCTYPE html>") && !page.contains("<script"),
        "{page}"
    );
    let log: Value = serde_json::from_slice(&fs::read(&sarif).unwrap()).unwrap();
    assert_eq!(log["version"], "2.1.0");
    assert!(!log["runs"][0]["results"].as_array().unwrap().is_empty());
    let table = pool
        .run(&["audit", "--output", "csv", "--fail-on", "never"])
        .await;
    assert!(!table.stdout.contains('█'), "{table:?}");
    assert!(
        table
            .stdout
            .starts_with("status,severity,check,subject,found,fix\n")
    );
}

#[tokio::test]
async fn checks_are_listed_and_explained() {
    let ran = run(without_pool(&["audit", "--list"])).await;
    ran.check(0, "");
    assert!(ran.stdout.contains("  client-implicit-flow "), "{ran:?}");
    let ran = run(without_pool(&[
        "audit",
        "--explain",
        "client-implicit-flow",
    ]))
    .await;
    ran.check(0, "");
    for part in [
        "RFC 9700",
        "AllowedOAuthFlows: [code]",
        "cognito-idp:DescribeUserPoolClient",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {ran:?}");
    }
    let ran = run(without_pool(&["audit", "--explain", "unknown"])).await;
    ran.check(2, "no such check");
}
