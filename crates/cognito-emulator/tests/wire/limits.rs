//! Operations that a user may call a limited number of times an hour.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{CLIENT, EMAIL, PASSWORD, Pool, pool, pool_with};

const HOUR: Duration = Duration::from_secs(3600);

/// Calls an operation `times` times. Checks that the next call is rejected, and that a call one
/// hour later is not.
async fn exhausts(pool: &Pool, operation: &str, fields: Value, times: usize) {
    for attempt in 0..times {
        let reply = pool.call(operation, fields.clone()).await;
        let code = reply.body["__type"].clone();
        assert_ne!(code, "LimitExceededException", "{operation} {attempt}");
    }
    for until_then in [HOUR - Duration::from_secs(1), Duration::from_secs(1)] {
        pool.call(operation, fields.clone()).await.fails(
            "LimitExceededException",
            "Attempt limit exceeded, please try after some time.",
        );
        pool.advance(until_then);
    }
    let reply = pool.call(operation, fields).await;
    assert_ne!(
        reply.body["__type"], "LimitExceededException",
        "{operation} later"
    );
}

#[tokio::test]
async fn guesses_and_messages_before_a_sign_in() {
    let pool = pool().await;
    let fields = json!({ "ClientId": CLIENT, "Username": EMAIL, "Password": PASSWORD });
    pool.call("SignUp", fields).await.ok();
    let wrong = pool.wrong_code(EMAIL);
    let name = json!({ "ClientId": CLIENT, "Username": EMAIL });
    let mut confirm = name.clone();
    confirm["ConfirmationCode"] = json!(wrong);
    exhausts(&pool, "ConfirmSignUp", confirm, 15).await;
    exhausts(&pool, "ResendConfirmationCode", name, 5).await;
}

#[tokio::test]
async fn guesses_and_messages_at_a_reset() {
    let pool = pool().await;
    pool.person();
    let name = json!({ "ClientId": CLIENT, "Username": EMAIL });
    exhausts(&pool, "ForgotPassword", name.clone(), 10).await;
    let mut confirm = name;
    confirm["ConfirmationCode"] = json!(pool.wrong_code(EMAIL));
    confirm["Password"] = json!(PASSWORD);
    exhausts(&pool, "ConfirmForgotPassword", confirm, 10).await;
}

#[tokio::test]
async fn attempts_of_signed_in_user_are_limited() {
    let pool = pool().await;
    pool.person();
    for (operation, more, times) in [
        (
            "ChangePassword",
            json!({ "PreviousPassword": "Wrong1234!", "ProposedPassword": PASSWORD }),
            5,
        ),
        (
            "GetUserAttributeVerificationCode",
            json!({ "AttributeName": "email" }),
            5,
        ),
        (
            "VerifyUserAttribute",
            json!({ "AttributeName": "email", "Code": "wrong" }),
            15,
        ),
    ] {
        let mut fields = more;
        fields["AccessToken"] = json!(pool.tokens().await.access);
        exhausts(&pool, operation, fields, times).await;
    }
}

#[tokio::test]
async fn limits_can_be_turned_off() {
    let pool = pool_with(|builder| builder.attempt_limits(false)).await;
    pool.person();
    for _ in 0..30 {
        let fields = json!({ "ClientId": CLIENT, "Username": EMAIL });
        pool.call("ForgotPassword", fields).await.ok();
    }
}
