//! Responses that Cognito gives only for existing users are hidden.

use cognito_emulator::Fault;
use cognito_testkit::LogCapture;
use serde_json::{Value, json};

use super::{EMAIL, Fixture, OTHER_PASSWORD, from_peer, posted};

const WRONG_CODE: &str = "Invalid verification code provided";

fn reset(email: &str, code: &str, password: &str) -> Value {
    json!({"email": email, "code": code, "newPassword": password})
}

fn confirm(email: &str) -> Value {
    json!({"email": email, "code": "000000"})
}

#[tokio::test]
async fn code_errors_appear_as_wrong_code() {
    let fixture = Fixture::json().await;
    for (code, message) in [
        ("InvalidParameterException", "There is no such alias"),
        ("LimitExceededException", "Attempt limit exceeded"),
        ("TooManyFailedAttemptsException", "Too many failed attempts"),
    ] {
        for operation in ["ConfirmForgotPassword", "ConfirmSignUp"] {
            let fault = Fault::error(operation, code, message).times(1);
            fixture.emulator.inject(fault).expect("a known name");
        }
        let body = reset("a@example.com", "000000", OTHER_PASSWORD);
        let refused = fixture.post("/auth/reset-password", body).await;
        let refused = refused.refused(400, WRONG_CODE);
        assert!(!refused.headers.contains_key("retry-after"), "{code}");
        let refused = fixture
            .post("/auth/confirm", confirm("a@example.com"))
            .await;
        refused.refused(400, WRONG_CODE);
    }
}

#[tokio::test]
async fn local_validation_errors_are_shown() {
    let fixture = Fixture::with(|emulator| emulator.attempt_limits(false), |routes| routes).await;
    fixture.person();
    let nothing = reset(EMAIL, "000000", "");
    let refused = fixture.post("/auth/reset-password", nothing).await;
    refused.refused(400, "The request is not valid");
    assert_eq!(fixture.emulator.calls("ConfirmForgotPassword"), 0);
    // The attempt guard counts guesses at a code, whether the account exists or not.
    let body = json!({"email": EMAIL});
    fixture.post("/auth/forgot-password", body).await.ok();
    for email in [EMAIL, "nobody@example.com"] {
        let mut statuses = Vec::new();
        for _ in 0..12 {
            let guess = reset(email, "000000", OTHER_PASSWORD);
            let guess = from_peer(posted("/auth/reset-password", &guess), [203, 0, 113, 9]);
            let reply = fixture.send(guess).await;
            statuses.push(reply.status.as_u16());
        }
        assert_eq!((statuses[0], statuses[11]), (400, 429), "{email}");
    }
}

#[tokio::test]
async fn delivery_failure_is_hidden_but_logged() {
    for code in [
        "InvalidSmsRoleAccessPolicyException",
        "InvalidSmsRoleTrustRelationshipException",
        "InvalidEmailRoleAccessPolicyException",
        "CodeDeliveryFailureException",
    ] {
        let logs = LogCapture::start();
        let fixture = Fixture::json().await;
        for operation in ["ForgotPassword", "ResendConfirmationCode"] {
            let fault = Fault::error(operation, code, "no role");
            fixture.emulator.inject(fault).expect("a known name");
        }
        for path in ["/auth/forgot-password", "/auth/resend-code"] {
            let sent = fixture.post(path, json!({"email": EMAIL})).await.ok();
            let destination = &sent["codeDelivery"]["destination"];
            assert_eq!(destination, "u***@***", "{code}");
        }
        let text = logs.text();
        // One line for each request.
        let warned = text.lines().filter(|line| line.contains(code));
        let warned = warned.filter(|line| line.contains("WARN"));
        assert_eq!(warned.count(), 2, "{text}");
        logs.assert_free_of(&[EMAIL]);
    }
}

#[tokio::test]
async fn general_setting_errors_are_not_hidden() {
    let fixture = Fixture::json().await;
    let missing = "User pool us-east-1_abc does not exist.";
    let fault = Fault::error("ForgotPassword", "ResourceNotFoundException", missing);
    fixture.emulator.inject(fault).expect("a known name");
    let refused = fixture
        .post("/auth/forgot-password", json!({"email": EMAIL}))
        .await;
    assert_eq!(refused.status, 500, "{}", refused.text);
}
