//! The clock and the faults in the emulator's window (its web interface).

use std::time::Duration;

use cognito_emulator::Fault;
use serde_json::json;

use super::{PATH, html, next, open, send, send_from};
use crate::support::{CLIENT, EMAIL, PASSWORD, Pool, pool, sign_in_fields};

async fn clock(pool: &Pool, action: &str, seconds: &str) -> u16 {
    let fields = [("do", action), ("seconds", seconds)];
    send(pool, "/clock", &fields).await.status
}

#[tokio::test]
async fn advanced_clock_expires_codes() {
    let pool = pool().await;
    let fields = json!({ "ClientId": CLIENT, "Username": EMAIL, "Password": PASSWORD });
    pool.call("SignUp", fields).await.ok();
    let code = pool.code(EMAIL);
    assert_eq!(clock(&pool, "advance", "90000").await, 303);
    let fields = json!({ "ClientId": CLIENT, "Username": EMAIL, "ConfirmationCode": code });
    let reply = pool.call("ConfirmSignUp", fields).await;
    assert_eq!(reply.body["__type"], "ExpiredCodeException");
    assert_eq!(reply.header("date"), "Wed, 15 Nov 2023 23:13:20 GMT");
}

#[tokio::test]
async fn frozen_clock_stands_still() {
    let pool = pool().await;
    assert_eq!(clock(&pool, "freeze", "").await, 303);
    pool.advance(Duration::from_secs(7200));
    let page = open(&pool, "/control", &[]).await;
    assert!(
        page.contains("frozen") && page.contains("2023-11-14T22:13:20Z"),
        "{page}"
    );
    assert_eq!(clock(&pool, "resume", "").await, 303);
    let page = open(&pool, "/control", &[]).await;
    assert!(page.contains("2023-11-15T00:13:20Z"), "{page}");
    for (action, seconds) in [
        ("advance", "x"),
        ("advance", "-1"),
        ("advance", "99999999999"),
        ("", ""),
    ] {
        assert_eq!(
            clock(&pool, action, seconds).await,
            400,
            "{action} {seconds}"
        );
    }
}

#[tokio::test]
async fn faults_are_injected_and_removed() {
    let pool = pool().await;
    pool.person();
    for (kind, name, value, expected) in [
        ("throttle", "times", "1", "TooManyRequestsException"),
        (
            "error",
            "code",
            "InternalErrorException",
            "InternalErrorException",
        ),
    ] {
        let fields = [("operation", "InitiateAuth"), ("kind", kind), (name, value)];
        next(&send(&pool, "/faults", &fields).await);
        let page = open(&pool, "/control", &[]).await;
        assert!(page.contains(&format!("returns {expected}")), "{page}");
        let reply = pool.sign_in(EMAIL, PASSWORD).await;
        assert_eq!(reply.body["__type"], expected);
    }
    next(&send(&pool, "/faults/clear", &[]).await);
    assert_eq!(pool.sign_in(EMAIL, PASSWORD).await.status, 200);
    for fields in [
        [("operation", "Nothing"), ("kind", "cut"), ("times", "")],
        [
            ("operation", "InitiateAuth"),
            ("kind", "nothing"),
            ("times", ""),
        ],
        [
            ("operation", "InitiateAuth"),
            ("kind", "cut"),
            ("times", "0"),
        ],
        [
            ("operation", "InitiateAuth"),
            ("kind", "delay"),
            ("delay", "60001"),
        ],
        [
            ("operation", "InitiateAuth"),
            ("kind", "status"),
            ("status", "99"),
        ],
        [
            ("operation", "InitiateAuth"),
            ("kind", "error"),
            ("code", ""),
        ],
    ] {
        let reply = send(&pool, "/faults", &fields).await;
        assert_eq!(reply.status, 400, "{fields:?}");
        assert!(html(&reply).contains("role=\"alert\""));
    }
}

#[tokio::test]
async fn fault_names_have_any_case() {
    let pool = pool().await;
    for (typed, name) in [("initiateauth", "InitiateAuth"), ("JWKS.json", "jwks.json")] {
        let fields = [("operation", typed), ("kind", "cut")];
        next(&send(&pool, "/faults", &fields).await);
        let page = open(&pool, "/control", &[]).await;
        assert!(page.contains(&format!("{name}</th>")), "{page}");
    }
}

/// The script of the window shows the fields of the selected kind only.
#[tokio::test]
async fn fault_fields_name_their_kind() {
    let pool = pool().await;
    let page = open(&pool, "/control", &[]).await;
    for (kind, name) in [
        ("delay", "delay"),
        ("error", "code"),
        ("error", "message"),
        ("status", "status"),
    ] {
        let (_, field) = page
            .split_once(&format!("data-kind=\"{kind}\""))
            .expect(kind);
        assert!(field.contains(&format!("name=\"{name}\"")), "{page}");
        assert!(
            page.contains(&format!("<option value=\"{kind}\">")),
            "{page}"
        );
    }
}

#[tokio::test]
async fn long_exceptions_are_rejected() {
    let pool = pool().await;
    for (code, message, status) in [(128, 8192, 303), (129, 1, 400), (1, 8193, 400)] {
        let (code, message) = ("c".repeat(code), "m".repeat(message));
        let fields = [
            ("operation", "/oauth2/token"),
            ("kind", "error"),
            ("code", &code),
            ("message", &message),
        ];
        assert_eq!(send(&pool, "/faults", &fields).await.status, status);
    }
}

// A field that is called `action` would replace the URL of its form in scripts.
#[tokio::test]
async fn no_field_is_called_action() {
    let pool = pool().await;
    let page = open(&pool, "/control", &[]).await;
    assert!(page.contains("name=\"do\"") && !page.contains("name=\"action\""));
}

#[tokio::test]
async fn foreign_pages_cannot_steer() {
    let pool = pool().await;
    pool.emulator.inject(Fault::cut("SignUp")).expect("known");
    let foreign = [("origin", "https://evil.example")];
    for (name, fields) in [
        ("/clock", [("do", "freeze"), ("", "")]),
        ("/faults", [("operation", "GetUser"), ("kind", "cut")]),
        ("/faults/clear", [("", ""), ("", "")]),
        ("/tokens", [("token", "x"), ("", "")]),
    ] {
        assert_eq!(
            send_from(&pool, name, &fields, &foreign).await.status,
            403,
            "{name}"
        );
    }
    for name in ["/clock", "/faults", "/faults/clear"] {
        assert_eq!(
            pool.get(&format!("{PATH}{name}?do=freeze")).await.status,
            405
        );
    }
    let page = open(&pool, "/control", &[]).await;
    assert!(
        !page.contains("frozen") && page.contains("SignUp</th>"),
        "{page}"
    );
    assert_eq!(page.matches("<th scope=\"row\">").count(), 1);
}

#[tokio::test]
async fn window_calls_have_no_faults() {
    let pool = pool().await;
    pool.person();
    pool.emulator
        .inject(Fault::cut("AdminGetUser"))
        .expect("known");
    let id = pool.emulator.user_pool_id();
    open(&pool, "/user", &[("pool", id), ("user", EMAIL)]).await;
    assert_eq!(pool.emulator.calls("AdminGetUser"), 0);
    let fields = sign_in_fields(EMAIL, PASSWORD);
    pool.call("InitiateAuth", fields).await.ok();
}
