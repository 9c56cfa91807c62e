//! Attacks by web pages, clients and triggers.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use cognito_emulator::{Emulator, StartError, ThreatProtection, Trigger};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::browser::{Browser, encoded, hosted, request_with};
use crate::support::{CLIENT, EMAIL, PASSWORD, Pool, new_pool, pool, pool_with};

const ADMIN_PAGES: [(&str, &str); 3] = [
    ("GET", "/_emulator/health"),
    ("GET", "/_emulator/inbox"),
    ("POST", "/_emulator/reset"),
];

/// Browsers send no `Origin` with requests for images and scripts. Old browsers also omit it with
/// forms.
#[tokio::test]
async fn cross_site_requests_without_origin_are_rejected() {
    let pool = pool().await;
    for (method, path) in ADMIN_PAGES {
        for (mode, expected) in [("no-cors", 403), ("cors", 403), ("navigate", 200)] {
            // A user may follow a link to the inbox: the page with the link cannot read the inbox.
            let expected = if method == "POST" { 403 } else { expected };
            let headers = [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", mode)];
            let reply = pool.send(method, path, &headers, "").await;
            assert_eq!(reply.status, expected, "{method} {path} {mode}");
        }
        for site in ["same-origin", "same-site", "none"] {
            let headers = [("sec-fetch-site", site), ("sec-fetch-mode", "no-cors")];
            let reply = pool.send(method, path, &headers, "").await;
            assert_eq!(reply.status, 200, "{method} {path} {site}");
        }
    }
}

/// The paths of the emulator's own endpoints. The endpoints reject some of these requests.
const OWN_PATHS: [&str; 35] = [
    "/_emulator/",
    "/_emulator/ca.pem",
    "/_emulator/feedback",
    "/_emulator/health",
    "/_emulator/idp/.well-known/openid-configuration",
    "/_emulator/idp/authorize",
    "/_emulator/idp/jwks.json",
    "/_emulator/idp/saml",
    "/_emulator/idp/saml/logout",
    "/_emulator/idp/saml/metadata",
    "/_emulator/idp/token",
    "/_emulator/idp/userInfo",
    "/_emulator/import-jobs/import-x",
    "/_emulator/inbox",
    "/_emulator/nothing",
    "/_emulator/operations",
    "/_emulator/reset",
    "/_emulator/risk",
    "/_emulator/seed",
    "/_emulator/window",
    "/_emulator/window/call",
    "/_emulator/window/client",
    "/_emulator/window/clock",
    "/_emulator/window/control",
    "/_emulator/window/faults",
    "/_emulator/window/faults/clear",
    "/_emulator/window/inbox",
    "/_emulator/window/inbox/new",
    "/_emulator/window/nothing",
    "/_emulator/window/pool",
    "/_emulator/window/requests",
    "/_emulator/window/requests/new",
    "/_emulator/window/tokens",
    "/_emulator/window/user",
    "/_emulator/window/users",
];

#[tokio::test]
async fn own_pages_cannot_be_embedded() {
    let pool = pool().await;
    let evil = [("origin", "https://evil.example")];
    for path in OWN_PATHS {
        for method in ["GET", "POST", "PUT", "OPTIONS"] {
            for headers in [&[][..], &evil, &[("host", "evil.example")]] {
                let reply = pool.send(method, path, headers, "").await;
                for (name, value) in [
                    ("cache-control", "no-store"),
                    ("cross-origin-resource-policy", "same-origin"),
                    ("x-content-type-options", "nosniff"),
                ] {
                    assert_eq!(reply.header(name), value, "{method} {path} {headers:?}");
                }
                let policy = reply.header("content-security-policy");
                for part in ["default-src 'none'", "frame-ancestors 'none'"] {
                    assert!(policy.contains(part), "{method} {path} {policy}");
                }
            }
        }
    }
}

/// The client sends the head of a request, but never the body.
#[tokio::test(start_paused = true)]
async fn slow_bodies_are_cut() {
    let pool = pool().await;
    let address = pool.emulator.endpoint().trim_start_matches("http://");
    for path in ["/", "/oauth2/token"] {
        let mut stream = TcpStream::connect(address).await.expect("connects");
        let head =
            format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{{");
        stream.write_all(head.as_bytes()).await.expect("sent");
        let mut answer = Vec::new();
        let closed = stream.read_to_end(&mut answer);
        let closed = tokio::time::timeout(Duration::from_secs(120), closed).await;
        assert!(closed.is_ok(), "{path}");
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    }
}

/// Events can contain passwords (`UserMigration`), so they must not be sent to another host.
#[tokio::test]
async fn trigger_urls_of_other_hosts_are_rejected() {
    for url in [
        "http://example.com/hook",
        "https://127.0.0.1/hook",
        "http://127.0.0.1@example.com/",
        "http://localhost.example.com/",
        "http://127.0.0.1.example.com/",
        "http://0.0.0.0/",
        "arn:aws:lambda:us-east-1:123456789012:function:f",
        "ftp://localhost/",
        "",
    ] {
        let builder = Emulator::builder().trigger_url(Trigger::PreSignUp, url);
        let error = builder.start().await.err();
        let is_refused = matches!(
            error,
            Some(StartError::Setting {
                setting: "trigger URL",
                ..
            })
        );
        assert!(is_refused, "{url}: {error:?}");
    }
    for url in [
        "http://127.0.0.1:3000/pre-sign-up",
        "http://localhost",
        "http://LOCALHOST:1",
        "http://[::1]:8080/",
    ] {
        let builder = Emulator::builder().trigger_url(Trigger::PreSignUp, url);
        assert!(builder.build().is_ok(), "{url}");
    }
}

async fn sign_up(pool: &Pool, username: &str) -> crate::support::Reply {
    let fields = json!({ "ClientId": CLIENT, "Username": username, "Password": PASSWORD });
    pool.call("SignUp", fields).await
}

/// A trigger that returns the event unchanged.
async fn echo(listener: TcpListener) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let mut request = Vec::new();
        let body = loop {
            let read = stream.read_buf(&mut request).await.unwrap_or_default();
            let text = String::from_utf8_lossy(&request);
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let length = head.lines().find_map(|line| {
                    let (name, value) = line.split_once(':')?;
                    (name.eq_ignore_ascii_case("content-length"))
                        .then(|| value.trim().parse())?
                        .ok()
                });
                if length.is_none_or(|length: usize| body.len() >= length) {
                    break body.to_owned();
                }
            }
            if read == 0 {
                break String::new();
            }
        };
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
        let _ = stream.write_all((head + &body).as_bytes()).await;
    }
}

/// If the emulator resolved `localhost`, it would need a second blocking thread. The first one runs
/// the request that waits for the trigger.
#[test]
fn localhost_triggers_need_no_second_thread() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        tokio::spawn(echo(listener));
        let pool = pool_with(|builder| {
            let url = format!("http://localhost:{port}/hook");
            builder.trigger_url(Trigger::PreSignUp, url)
        })
        .await;
        sign_up(&pool, EMAIL).await.ok();
    });
}

/// A gate at which trigger calls wait until it is opened.
#[derive(Default)]
struct Gate(Mutex<bool>, Condvar);

impl Gate {
    fn wait(&self) {
        let open = self.0.lock().expect("a lock");
        drop(self.1.wait_while(open, |open| !*open).expect("a lock"));
    }

    fn open(&self) {
        *self.0.lock().expect("a lock") = true;
        self.1.notify_all();
    }
}

/// The maximum number of requests that wait for triggers at once.
const MOST_TRIGGERED: usize = 256;

#[tokio::test]
async fn requests_that_wait_for_triggers_are_bounded() {
    let (gate, entered) = (Arc::new(Gate::default()), Arc::new(AtomicUsize::new(0)));
    let (inner, count) = (Arc::clone(&gate), Arc::clone(&entered));
    let pool = pool_with(|builder| {
        builder.trigger(Trigger::PreSignUp, move |event| {
            count.fetch_add(1, Ordering::SeqCst);
            inner.wait();
            Ok(event)
        })
    })
    .await;
    let pool = Arc::new(pool);
    let mut calls = JoinSet::new();
    for number in 0..MOST_TRIGGERED {
        let pool = Arc::clone(&pool);
        calls.spawn(async move { sign_up(&pool, &format!("u{number}@example.com")).await });
    }
    while entered.load(Ordering::SeqCst) < MOST_TRIGGERED {
        tokio::task::yield_now().await;
    }
    sign_up(&pool, EMAIL)
        .await
        .fails("TooManyRequestsException", "Rate exceeded");
    // Without the CORS header, a browser reports a network error instead of the status.
    let rejected = pool.send("POST", "/oauth2/token", &[], "").await;
    gate.open();
    while let Some(reply) = calls.join_next().await {
        reply.expect("a reply").ok();
    }
    let origin = rejected.header("access-control-allow-origin");
    assert_eq!((rejected.status, origin), (429, "*"));
    sign_up(&pool, EMAIL).await.ok();
}

/// The trigger sends an endless response. The emulator closes the connection when the response
/// reaches the maximum size.
#[tokio::test]
async fn endless_triggers_are_disconnected() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let pool = pool_with(|builder| builder.trigger_url(Trigger::PreSignUp, url)).await;
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.expect("a request");
        let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        stream.write_all(head).await.expect("sent");
        let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
        let mut sent = 0_usize;
        while sent < 1 << 30 && stream.write_all(chunk.as_bytes()).await.is_ok() {
            sent += chunk.len();
        }
        sent
    });
    sign_up(&pool, EMAIL).await.fails(
        "UnexpectedLambdaException",
        "PreSignUp invocation failed due to error the URL is unreachable.",
    );
    let sent = server.await.expect("the connection was closed");
    assert!(sent < 64 << 20, "{sent} bytes");
}

/// The request is one mebibyte of empty structures. Each of them lacks a required member.
#[tokio::test]
async fn violations_are_bounded_in_size() {
    let pool = pool().await;
    let items = "{},".repeat(340_000);
    let body =
        format!("{{\"ClientId\":\"x\",\"Username\":\"a\",\"UserAttributes\":[{items}{{}}]}}");
    let target = "AWSCognitoIdentityProviderService.SignUp";
    let reply = pool
        .send("POST", "/", &[("x-amz-target", target)], body)
        .await;
    let message = reply.body["message"].as_str().expect("a message");
    assert!(
        message.starts_with("340001 validation errors detected: "),
        "{}",
        &message[..60]
    );
    assert!(message.len() < 70_000, "{} bytes", message.len());
}

/// The names of the attributes come from a form, which an attacker may have written.
#[tokio::test]
async fn login_forms_are_not_reflected_at_length() {
    let pool = hosted().await;
    let mut browser = Browser::default();
    browser.sign_in_page(&pool, &request_with(&[])).await;
    let csrf = browser.cookies["XSRF-TOKEN"].clone();
    let path = format!("/login?{}", request_with(&[]));
    for (challenge, field) in [
        ("NEW_PASSWORD_REQUIRED", "required"),
        ("SELECT_MFA_TYPE", "choices"),
    ] {
        let mut form = encoded(&[
            ("_csrf", &csrf),
            ("challenge", challenge),
            ("username", EMAIL),
            ("password", "x"),
            ("answer", "x"),
            ("session", "x"),
        ]);
        form.push_str(&format!("&{field}={}", "a+".repeat(300_000)));
        let cookie = format!("XSRF-TOKEN={csrf}");
        let headers = [
            ("cookie", cookie.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        let reply = pool.send("POST", &path, &headers, form).await;
        let length = reply.body.to_string().len();
        assert!(length < 64 * 1024, "{challenge}: {length} bytes");
    }
}

/// The address in a request can have 131,072 characters, and the emulator stores 1,000 events per
/// user.
#[tokio::test]
async fn events_keep_no_made_up_addresses() {
    let pool = pool_with(|builder| builder.threat_protection(ThreatProtection::Audit)).await;
    pool.person();
    let told = ["x".repeat(100_000), "2001:db8::1".to_owned()];
    for address in &told {
        pool.sign_in_from(address).await.ok();
    }
    let fields = json!({ "Username": EMAIL });
    let events = pool.admin("AdminListUserAuthEvents", fields).await.ok();
    let addresses: Vec<&Value> = events["AuthEvents"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|event| &event["EventContextData"]["IpAddress"])
        .collect();
    assert!(
        addresses
            .iter()
            .all(|address| address.to_string().len() < 50)
    );
    assert_eq!(addresses, ["2001:db8::1", "127.0.0.1"]);
}

#[tokio::test]
async fn rejects_trigger_urls_of_other_hosts() {
    let pool = pool().await;
    let id = new_pool(&pool, json!({})).await;
    for url in ["http://example.com/hook", "http://127.0.0.1@example.com/"] {
        for config in [
            json!({ "PreSignUp": url }),
            json!({ "PreTokenGeneration": url }),
            json!({ "PreTokenGenerationConfig": { "LambdaVersion": "V2_0", "LambdaArn": url } }),
        ] {
            let fields = json!({ "PoolName": "p", "LambdaConfig": config });
            let reply = pool.operator("CreateUserPool", fields).await;
            let message = reply.body["message"].as_str().expect("a message");
            assert!(
                message.contains("must be an http:// URL of localhost"),
                "{message}"
            );
            let fields = json!({ "UserPoolId": id, "LambdaConfig": config });
            let reply = pool.operator("UpdateUserPool", fields).await;
            assert_eq!(reply.body["__type"], "InvalidParameterException");
        }
    }
}

/// The error message contains the value of the member, and a header contains the message.
#[tokio::test]
async fn long_values_are_cut_in_messages() {
    let pool = pool().await;
    let id = "x".repeat(500_000);
    let reply = pool
        .operator("DescribeUserPool", json!({ "UserPoolId": id }))
        .await;
    let message = reply.body["message"].as_str().expect("a message");
    assert!(
        message.contains("xxx...' at 'userPoolId'"),
        "{} bytes",
        message.len()
    );
    assert!(message.len() < 10_000, "{} bytes", message.len());
}

/// The emulator stores up to 10,000 codes, each with the nonce of its request.
#[tokio::test]
async fn long_nonces_are_rejected() {
    let pool = hosted().await;
    for (length, expected) in [(1024, None), (1025, Some("nonce is too long"))] {
        let nonce = "n".repeat(length);
        let request = request_with(&[("nonce", &nonce)]);
        let reply = pool.get(&format!("/oauth2/authorize?{request}")).await;
        let told = crate::browser::parameters(reply.header("location"));
        let description = told.get("error_description").map(String::as_str);
        assert_eq!(description, expected, "{length}");
    }
}
