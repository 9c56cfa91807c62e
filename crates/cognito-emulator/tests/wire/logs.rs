//! The delivery of logs.

use cognito_emulator::{Emulator, StartError, ThreatProtection};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::{CLIENT, EMAIL, PASSWORD, Pool, START, pool_with};

const GROUP: &str = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/vendedlogs/users";

async fn logging(target: &str) -> Pool {
    let pool = pool_with(|builder| {
        let builder = builder.threat_protection(ThreatProtection::Audit);
        builder.log_delivery(GROUP, target)
    })
    .await;
    let fields = json!({ "LogConfigurations": [
        {
            "EventSource": "userAuthEvents", "LogLevel": "INFO",
            "CloudWatchLogsConfiguration": { "LogGroupArn": GROUP },
        },
        {
            "EventSource": "userNotification", "LogLevel": "ERROR",
            "CloudWatchLogsConfiguration": { "LogGroupArn": format!("{GROUP}2") },
        },
    ] });
    pool.admin("SetLogDeliveryConfiguration", fields).await.ok();
    pool.person();
    pool
}

/// Returns a path for a file that does not exist.
fn path(name: &str) -> String {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = folder.join(format!("{}-{name}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    path.to_str().expect("text").to_owned()
}

#[tokio::test]
async fn file_has_events_of_users() {
    let file = path("events.jsonl");
    let pool = logging(&file).await;
    pool.sign_in(EMAIL, "WrongPass123!").await;
    pool.sign_in(EMAIL, PASSWORD).await.ok();
    pool.emulator.shutdown().await;
    let text = std::fs::read_to_string(&file).expect("a file");
    let _ = std::fs::remove_file(&file);
    assert!(!text.contains(PASSWORD) && !text.contains("WrongPass123!"));
    let entries: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(entries.len(), 2);
    let entry = &entries[1];
    assert_eq!(entry["eventTimestamp"], format!("{START}000"));
    assert_eq!(entry["eventSource"], "USER_AUTH_EVENTS");
    assert_eq!(
        entry["logSourceId"]["userPoolId"],
        pool.emulator.user_pool_id()
    );
    let message = &entry["message"];
    for (name, value) in [
        ("eventType", json!("SIGN_IN")),
        ("clientId", json!(CLIENT)),
        ("creationDate", json!("Tue Nov 14 22:13:20 UTC 2023")),
        ("eventResponse", json!("Pass")),
        ("riskDecision", json!("PASS")),
        ("challenges", json!(["PASSWORD:Success"])),
        ("ipAddress", json!("127.0.0.1")),
        ("compromisedCredentialDetected", json!("false")),
        ("hasContextData", json!("false")),
    ] {
        assert_eq!(message[name], value, "{name}");
    }
    assert_eq!(entries[0]["message"]["eventResponse"], "Fail");
}

#[tokio::test]
async fn server_receives_one_event_each() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let pool = logging(&format!("http://{address}/logs")).await;
    pool.sign_in(EMAIL, PASSWORD).await.ok();
    let (mut stream, _) = listener.accept().await.expect("a request");
    let mut request = String::new();
    while !request.ends_with("}}") {
        let mut part = [0; 4096];
        let length = stream.read(&mut part).await.expect("a part");
        request.push_str(std::str::from_utf8(&part[..length]).expect("text"));
    }
    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    stream.write_all(answer).await.expect("an answer");
    assert!(request.starts_with("POST /logs HTTP/1.1"), "{request}");
    let (_, body) = request.split_once("\r\n\r\n").expect("a body");
    let entry: Value = serde_json::from_str(body).expect("JSON");
    assert_eq!(entry["message"]["eventType"], "SIGN_IN");
}

/// The destinations are a full disk and a server that accepts connections and never responds.
#[tokio::test]
async fn dead_destinations_do_not_delay_sign_ins() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    for target in ["/dev/full".to_owned(), format!("http://{address}/logs")] {
        let pool = logging(&target).await;
        for _ in 0..50 {
            pool.sign_in(EMAIL, PASSWORD).await.ok();
        }
    }
}

/// The destination is a named pipe that no process reads. Its opening never ends.
#[cfg(unix)]
#[test]
fn blocked_destination_does_not_prevent_the_end() {
    let pipe = path("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("a command").success());
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let pool = logging(&pipe).await;
        pool.sign_in(EMAIL, PASSWORD).await.ok();
        pool.emulator.shutdown().await;
    });
    drop(runtime);
    let _ = std::fs::remove_file(&pipe);
}

#[tokio::test]
async fn logs_leave_no_host() {
    for target in ["https://example.com/logs", "http://192.0.2.1/logs"] {
        let built = Emulator::builder().log_delivery(GROUP, target).build();
        assert!(matches!(built, Err(StartError::Setting { .. })), "{target}");
    }
}
