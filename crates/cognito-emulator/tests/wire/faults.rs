//! Injected faults, and counting calls.

use std::time::Duration;

use cognito_core::SystemClock;
use cognito_emulator::{Emulator, Fault, FaultError};
use serde_json::json;

use crate::support::{CLIENT, EMAIL, PASSWORD, Pool, pool, sign_in_fields};

async fn is_answered(pool: &Pool, operation: &str, body: String) -> bool {
    let target = format!("AWSCognitoIdentityProviderService.{operation}");
    pool.try_send("POST", "/", &[("x-amz-target", &target)], body)
        .await
        .is_ok()
}

#[tokio::test]
async fn error_fault_applies_the_given_times() {
    let pool = pool().await;
    pool.person();
    pool.emulator
        .inject(Fault::error("InitiateAuth", "TooManyRequestsException", "Rate exceeded").times(2))
        .expect("a known name");
    for _ in 0..2 {
        pool.sign_in(EMAIL, PASSWORD)
            .await
            .fails("TooManyRequestsException", "Rate exceeded");
    }
    pool.tokens().await;
    assert_eq!(pool.emulator.calls("InitiateAuth"), 3);
    assert_eq!(pool.emulator.calls("GetUser"), 0);
    assert_eq!(pool.emulator.calls("NoSuchOperation"), 0);
}

#[tokio::test]
async fn an_internal_error_is_a_500() {
    let pool = pool().await;
    pool.emulator
        .inject(Fault::error(
            "GetUser",
            "InternalErrorException",
            "Something went wrong",
        ))
        .expect("a known name");
    let reply = pool.get_user("abc").await;
    assert_eq!(
        (reply.status, reply.header("x-amzn-errortype")),
        (500, "InternalErrorException:")
    );
    pool.emulator.clear_faults();
    pool.get_user("abc")
        .await
        .not_authorized("Invalid Access Token");
}

/// The header contains a short form of the message, the body contains the whole message.
#[tokio::test]
async fn messages_in_headers_are_short_ascii_lines() {
    let pool = pool().await;
    for (message, header) in [
        ("line\nbreak \u{fc}".to_owned(), "line break ?".to_owned()),
        ("x".repeat(4097), "x".repeat(4096)),
    ] {
        let fault = Fault::error("GetUser", "NotAuthorizedException", message.as_str());
        pool.emulator.inject(fault.times(1)).expect("a known name");
        let reply = pool.get_user("abc").await;
        assert_eq!(reply.status, 400);
        assert_eq!(reply.header("x-amzn-errortype"), "NotAuthorizedException:");
        assert_eq!(reply.header("x-amzn-errormessage"), header);
        assert_eq!(reply.body["message"], message);
    }
}

#[tokio::test]
async fn oldest_fault_of_a_name_applies_first() {
    let pool = pool().await;
    let inject = |fault| pool.emulator.inject(fault).expect("a known name");
    inject(Fault::status("GetUser", 503).times(2));
    inject(Fault::status("GetUser", 418));
    for expected in [503, 503, 418, 418] {
        assert_eq!(pool.get_user("abc").await.status, expected);
    }
    pool.emulator.clear_faults();
    assert_eq!(pool.get_user("abc").await.status, 400);
}

#[tokio::test]
async fn lost_reply_was_applied_unlike_rejected_call() {
    let pool = pool().await;
    let fields = |name: &str| {
        json!({ "ClientId": CLIENT, "Username": name, "Password": PASSWORD }).to_string()
    };
    pool.emulator
        .inject(Fault::cut("SignUp").times(1))
        .expect("a known name");
    assert!(!is_answered(&pool, "SignUp", fields(EMAIL)).await);
    assert!(pool.emulator.inbox().latest_code(EMAIL).is_some());
    pool.emulator
        .inject(Fault::refuse("SignUp").times(1))
        .expect("a known name");
    assert!(!is_answered(&pool, "SignUp", fields("other@example.com")).await);
    assert!(
        pool.emulator
            .inbox()
            .latest_code("other@example.com")
            .is_none()
    );
    assert!(is_answered(&pool, "SignUp", fields("other@example.com")).await);
    assert_eq!(pool.emulator.calls("SignUp"), 3);
}

#[tokio::test]
async fn a_bare_status_and_a_delay() {
    let pool = pool().await;
    pool.person();
    pool.emulator
        .inject(Fault::status("InitiateAuth", 503).times(1))
        .expect("a known name");
    let reply = pool.sign_in(EMAIL, PASSWORD).await;
    assert_eq!((reply.status, reply.header("x-amzn-errortype")), (503, ""));
    pool.emulator
        .inject(Fault::delay("InitiateAuth", Duration::from_millis(1)).times(1))
        .expect("a known name");
    pool.sign_in(EMAIL, PASSWORD).await.ok();
    pool.emulator
        .inject(Fault::delay("InitiateAuth", Duration::from_secs(3600)))
        .expect("a known name");
    let slow = pool.call("InitiateAuth", sign_in_fields(EMAIL, PASSWORD));
    let gave_up = tokio::time::timeout(Duration::from_millis(50), slow).await;
    assert!(gave_up.is_err(), "the call was to wait for an hour");
}

#[tokio::test]
async fn parameters_have_faults_too() {
    let pool = pool().await;
    pool.emulator
        .inject(Fault::error("GetParameters", "ThrottlingException", "Rate exceeded").times(1))
        .expect("a known name");
    let fields = json!({ "Names": ["/a"] });
    pool.signed("AmazonSSM.GetParameters", fields.clone())
        .await
        .fails("ThrottlingException", "Rate exceeded");
    pool.signed("AmazonSSM.GetParameters", fields).await.ok();
    assert_eq!(pool.emulator.calls("GetParameters"), 2);
}

#[tokio::test]
async fn rejects_fault_for_unknown_operation() {
    let pool = pool().await;
    for name in [
        "Initiateauth",
        "initiateAuth",
        "",
        "AmazonSSM.GetParameters",
        "/oauth2/tokens",
        "oauth2/token",
        "jwks",
        "/_emulator/inbox",
    ] {
        let error =
            pool.emulator
                .inject(Fault::error(name, "TooManyRequestsException", "slow down"));
        let error = error.expect_err(name);
        assert!(error.to_string().contains("InitiateAuth"), "{error}");
        let name = name.to_owned();
        assert_eq!(error, FaultError::UnknownOperation { name });
    }
    for name in ["InitiateAuth", "GetParameter", "/oauth2/token", "jwks.json"] {
        pool.emulator.inject(Fault::cut(name)).expect(name);
    }
}

#[tokio::test]
async fn rejects_fault_with_unknown_exception() {
    let pool = pool().await;
    for (name, code, is_valid) in [
        ("SignUp", "TooManyRequestsException", true),
        ("SignUp", "ThrottlingException", true),
        ("SignUp", "toomanyrequestsexception", false),
        ("SignUp", "TooManyRequests", false),
        ("SignUp", "ParameterNotFound", false),
        ("SignUp", "", false),
        ("GetParameter", "ParameterNotFound", true),
        ("/oauth2/token", "invalid_grant", true),
        ("jwks.json", "server_error", true),
    ] {
        let injected = pool.emulator.inject(Fault::error(name, code, "failure"));
        let code = code.to_owned();
        let expected = if is_valid {
            Ok(())
        } else {
            Err(FaultError::UnknownException { code })
        };
        assert_eq!(injected, expected, "{name}");
    }
}

#[tokio::test]
async fn rejects_fault_with_long_exception() {
    let pool = pool().await;
    for (code, message, is_valid) in [
        (128, 8192, true),
        (129, 8192, false),
        (128, 8193, false),
        (1024 * 1024, 0, false),
    ] {
        let (code, message) = ("\u{e9}".repeat(code), "\u{e9}".repeat(message));
        let fault = Fault::error("/oauth2/token", code, message);
        let injected = pool.emulator.inject(fault);
        let expected = if is_valid {
            Ok(())
        } else {
            Err(FaultError::LongException)
        };
        assert_eq!(injected, expected);
    }
}

/// The header `X-Amz-Target` names the operation. A value that names no operation uses no fault.
#[tokio::test]
async fn unknown_targets_use_no_fault() {
    let pool = pool().await;
    for name in ["/login", "jwks.json", "SignUp"] {
        let fault = Fault::status(name, 503).times(1);
        pool.emulator.inject(fault).expect("a known name");
    }
    for target in [
        "/login",
        "x./login",
        "jwks.json",
        "x.jwks.json",
        "SignUp",
        "x.SignUp",
    ] {
        let reply = pool.signed(target, json!({})).await;
        let code = reply.header("x-amzn-errortype");
        assert_eq!(
            (reply.status, code),
            (400, "UnknownOperationException:"),
            "{target}"
        );
    }
    assert_eq!(pool.get("/login").await.status, 503);
    assert_eq!(pool.call("SignUp", json!({})).await.status, 503);
}

#[tokio::test]
async fn key_endpoint_has_faults() {
    let pool = pool().await;
    let path = format!("/{}/.well-known/jwks.json", pool.emulator.user_pool_id());
    let inject = |fault: Fault| pool.emulator.inject(fault.times(1)).expect("a known name");
    inject(Fault::status("jwks.json", 503));
    assert_eq!(pool.get(&path).await.status, 503);
    inject(Fault::error("jwks.json", "server_error", "no keys"));
    let reply = pool.get(&path).await;
    let expected = json!({ "error": "server_error", "error_description": "no keys" });
    assert_eq!((reply.status, reply.body), (400, expected));
    for fault in [Fault::refuse("jwks.json"), Fault::cut("jwks.json")] {
        inject(fault);
        assert!(pool.try_send("GET", &path, &[], "").await.is_err());
    }
    inject(Fault::delay("jwks.json", Duration::from_secs(3600)));
    let slow = tokio::time::timeout(Duration::from_millis(50), pool.get(&path)).await;
    assert!(slow.is_err(), "the request waits for an hour");
    // A request for another document, or for the keys of an unknown pool, does not use the fault.
    inject(Fault::status("jwks.json", 503));
    let discovery = path.replace("jwks.json", "openid-configuration");
    assert_eq!(pool.get(&discovery).await.status, 200);
    assert_eq!(pool.get("/nobody/.well-known/jwks.json").await.status, 404);
    assert_eq!(pool.get(&path).await.status, 503);
    assert_eq!(pool.get(&path).await.status, 200);
}

/// Without the header, a browser reports an error of CORS instead of the fault.
#[tokio::test]
async fn pages_of_any_origin_read_faults() {
    let pool = pool().await;
    let keys = format!("/{}/.well-known/jwks.json", pool.emulator.user_pool_id());
    for (name, path) in [
        ("GetUser", ""),
        ("/oauth2/userInfo", "/oauth2/userInfo"),
        ("jwks.json", &keys),
    ] {
        for fault in [
            Fault::status(name, 503),
            Fault::error(name, "InternalErrorException", "Something went wrong"),
        ] {
            pool.emulator.inject(fault.times(1)).expect("a known name");
            let reply = match path {
                "" => pool.get_user("abc").await,
                path => pool.get(path).await,
            };
            assert!(reply.status >= 400, "{name}: {}", reply.status);
            assert_eq!(reply.header("access-control-allow-origin"), "*", "{name}");
        }
    }
}

#[tokio::test]
async fn accepts_any_clock() {
    let builder = Emulator::builder().clock(SystemClock::new());
    let emulator = builder.start().await.expect("starts");
    assert!(emulator.endpoint().starts_with("http://127.0.0.1:"));
}

#[tokio::test]
async fn faulted_key_fetches_are_counted() {
    let pool = pool().await;
    let path = format!("/{}/.well-known/jwks.json", pool.emulator.user_pool_id());
    let faults = [
        Fault::status("jwks.json", 503),
        Fault::refuse("jwks.json"),
        Fault::cut("jwks.json"),
    ];
    for fault in faults {
        pool.emulator.inject(fault.times(1)).expect("a known name");
        let _ = pool.try_send("GET", &path, &[], String::new()).await;
    }
    assert_eq!(pool.emulator.calls("jwks.json"), 3);
}
