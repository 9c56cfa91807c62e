//! Injected faults, and counting calls.

use std::time::Duration;

use cognito_emulator::Fault;
use serde_json::json;

use crate::support::{CLIENT, EMAIL, PASSWORD, Pool, pool, sign_in_fields};

async fn is_answered(pool: &Pool, operation: &str, body: String) -> bool {
    let target = format!("AWSCognitoIdentityProviderService.{operation}");
    pool.try_send("POST", "/", &[("x-amz-target", &target)], body)
        .await
        .is_ok()
}

#[tokio::test]
async fn an_error_is_answered_as_often_as_said() {
    let pool = pool().await;
    pool.person();
    pool.emulator
        .inject(Fault::error("InitiateAuth", "TooManyRequestsException", "Rate exceeded").times(2));
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
    pool.emulator.inject(Fault::error(
        "GetUser",
        "InternalErrorException",
        "Something went wrong",
    ));
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

#[tokio::test]
async fn a_lost_reply_was_applied_and_a_refused_call_was_not() {
    let pool = pool().await;
    let fields = |name: &str| {
        json!({ "ClientId": CLIENT, "Username": name, "Password": PASSWORD }).to_string()
    };
    pool.emulator.inject(Fault::cut("SignUp").times(1));
    assert!(!is_answered(&pool, "SignUp", fields(EMAIL)).await);
    assert!(pool.emulator.inbox().latest_code(EMAIL).is_some());
    pool.emulator.inject(Fault::refuse("SignUp").times(1));
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
        .inject(Fault::status("InitiateAuth", 503).times(1));
    let reply = pool.sign_in(EMAIL, PASSWORD).await;
    assert_eq!((reply.status, reply.header("x-amzn-errortype")), (503, ""));
    pool.emulator
        .inject(Fault::delay("InitiateAuth", Duration::from_millis(1)).times(1));
    pool.sign_in(EMAIL, PASSWORD).await.ok();
    pool.emulator
        .inject(Fault::delay("InitiateAuth", Duration::from_secs(3600)));
    let slow = pool.call("InitiateAuth", sign_in_fields(EMAIL, PASSWORD));
    let gave_up = tokio::time::timeout(Duration::from_millis(50), slow).await;
    assert!(gave_up.is_err(), "the call was to wait for an hour");
}

#[tokio::test]
async fn parameters_have_faults_too() {
    let pool = pool().await;
    pool.emulator
        .inject(Fault::error("GetParameters", "ThrottlingException", "Rate exceeded").times(1));
    let fields = json!({ "Names": ["/a"] });
    pool.signed("AmazonSSM.GetParameters", fields.clone())
        .await
        .fails("ThrottlingException", "Rate exceeded");
    pool.signed("AmazonSSM.GetParameters", fields).await.ok();
    assert_eq!(pool.emulator.calls("GetParameters"), 2);
}
