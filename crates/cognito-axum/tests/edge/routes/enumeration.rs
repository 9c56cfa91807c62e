//! Strangers do not learn who has an account.

use cognito_core::ErrorKind;
use cognito_emulator::{AuthFlow, Client, Fault};
use http::HeaderMap;
use serde_json::{Value, json};

use super::{EMAIL, OTHER_PASSWORD, PASSWORD, Reply, Stage};

const NOBODY: &str = "usem@example.com";

/// A pool that tells who is missing, so that the routes alone have to hide it.
async fn telling() -> Stage {
    let client = Client::new("telling")
        .flow(AuthFlow::UserSrp)
        .prevent_user_existence_errors(false);
    let stage = Stage::with(
        |emulator| emulator.client(client).attempt_limits(false),
        |routes| routes,
    )
    .await;
    stage.person();
    stage
}

/// Everything of an answer; the clock stands still, so the timestamp too.
fn all_of(reply: &Reply) -> (u16, HeaderMap, &str) {
    (reply.status.as_u16(), reply.headers.clone(), &reply.text)
}

async fn alike(stage: &Stage, path: &str, of_somebody: Value, of_nobody: Value) -> Reply {
    let somebody = stage.post(path, of_somebody).await;
    let nobody = stage.post(path, of_nobody).await;
    assert_eq!(all_of(&somebody), all_of(&nobody));
    nobody
}

#[tokio::test]
async fn a_wrong_password_and_nobody_answer_alike() {
    let stage = telling().await;
    let body = |email: &str| json!({"email": email, "password": "WrongPass123!"});
    let reply = alike(&stage, "/auth/login", body(EMAIL), body(NOBODY)).await;
    reply.refused(401, "Invalid credentials or unauthorized access");
    let known = stage.cognito.login(NOBODY, PASSWORD).await.unwrap_err();
    assert_eq!(known.kind(), ErrorKind::UserNotFound, "the pool does tell");
}

#[tokio::test]
async fn somebody_unconfirmed_or_disabled_is_not_told_apart() {
    let stage = telling().await;
    let body = |email: &str| json!({"email": email, "password": PASSWORD});
    stage.cognito.admin().user(EMAIL).disable().await.unwrap();
    alike(&stage, "/auth/login", body(EMAIL), body(NOBODY)).await;
    let new = "new@example.com";
    stage.post("/auth/signup", body(new)).await.ok();
    alike(&stage, "/auth/login", body(new), body(NOBODY)).await;
}

#[tokio::test]
async fn a_forgotten_password_answers_everybody_alike() {
    let stage = telling().await;
    // The two differ in what the mask hides.
    let body = |email: &str| json!({"email": email});
    let reply = alike(&stage, "/auth/forgot-password", body(EMAIL), body(NOBODY)).await;
    assert_eq!(reply.ok()["message"], "Password reset code sent");
    assert!(stage.emulator.inbox().latest_code(EMAIL).is_some());
    assert!(stage.emulator.inbox().latest_code(NOBODY).is_none());
    for (code, message) in [
        (
            "LimitExceededException",
            "Attempt limit exceeded, please try after some time.",
        ),
        ("CodeDeliveryFailureException", "It could not be sent"),
        (
            "InvalidParameterException",
            "There is no registered/verified email or phone_number",
        ),
        (
            "NotAuthorizedException",
            "User password cannot be reset in the current state.",
        ),
        (
            "UserLambdaValidationException",
            "PreSignUp failed with error no.",
        ),
    ] {
        let fault = Fault::error("ForgotPassword", code, message).times(1);
        stage.emulator.inject(fault);
        alike(&stage, "/auth/forgot-password", body(EMAIL), body(NOBODY))
            .await
            .ok();
    }
    stage.cognito.admin().user(EMAIL).disable().await.unwrap();
    alike(&stage, "/auth/forgot-password", body(EMAIL), body(NOBODY))
        .await
        .ok();
}

#[tokio::test]
async fn what_is_no_name_and_an_outage_are_told_to_everybody() {
    let stage = telling().await;
    let refused = stage
        .post("/auth/forgot-password", json!({"email": ""}))
        .await;
    refused.refused(400, "The request is not valid");
    let fault = Fault::error(
        "ForgotPassword",
        "TooManyRequestsException",
        "Rate exceeded",
    );
    stage.emulator.inject(fault);
    for email in [EMAIL, NOBODY] {
        let refused = stage
            .post("/auth/forgot-password", json!({"email": email}))
            .await;
        refused.refused(429, "Too many requests, please try again later");
    }
}

#[tokio::test]
async fn another_code_is_sent_to_everybody_alike() {
    let stage = telling().await;
    let body = |email: &str| json!({"email": email});
    // One is confirmed already, the other is nobody.
    let reply = alike(&stage, "/auth/resend-code", body(EMAIL), body(NOBODY)).await;
    assert_eq!(reply.ok()["message"], "Verification code sent");
}

#[tokio::test]
async fn a_code_is_wrong_for_everybody_alike() {
    let stage = telling().await;
    let confirm = |email: &str| json!({"email": email, "code": "000000"});
    // Confirmed already, and nobody.
    let reply = alike(&stage, "/auth/confirm", confirm(EMAIL), confirm(NOBODY)).await;
    reply.refused(400, "Invalid verification code provided");
    let reset =
        |email: &str| json!({"email": email, "code": "000000", "newPassword": OTHER_PASSWORD});
    // Nothing was asked for, then something was.
    alike(&stage, "/auth/reset-password", reset(EMAIL), reset(NOBODY)).await;
    stage
        .post("/auth/forgot-password", json!({"email": EMAIL}))
        .await
        .ok();
    let reply = alike(&stage, "/auth/reset-password", reset(EMAIL), reset(NOBODY)).await;
    reply.refused(400, "Invalid verification code provided");
    stage.cognito.admin().user(EMAIL).disable().await.unwrap();
    alike(&stage, "/auth/reset-password", reset(EMAIL), reset(NOBODY)).await;
}
