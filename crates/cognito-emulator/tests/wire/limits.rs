//! Operations that a user may call a limited number of times an hour.

use std::time::Duration;

use cognito_emulator::{Client, MfaMode};
use serde_json::{Value, json};

use crate::support::{CLIENT, EMAIL, PASSWORD, PHONE, Pool, pool, pool_with};

const HOUR: Duration = Duration::from_secs(3600);
const NEW: &str = "new@example.com";
const LOCKED: &str = "Password attempts exceeded";

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

/// The status and body of the responses to requests with a user name, in which the user name is
/// replaced.
async fn replies(pool: &Pool, name: &str, requests: &[(&str, usize)]) -> Vec<Value> {
    let mut replies = Vec::new();
    for (operation, times) in requests {
        for _ in 0..*times {
            let mut fields = json!({ "ClientId": CLIENT, "Username": name });
            if *operation == "ConfirmForgotPassword" {
                fields["Password"] = json!(PASSWORD);
                fields["ConfirmationCode"] = json!("wrong");
            }
            let reply = pool.call(operation, fields).await;
            let body = reply.body.to_string().replace(name, "NAME");
            replies.push(json!([operation, reply.status, body]));
        }
    }
    replies
}

/// A client that hides users, a user, and an unconfirmed user.
async fn hiding_pool() -> Pool {
    let pool = pool_with(|builder| {
        let client = Client::new(CLIENT).prevent_user_existence_errors(true);
        builder.client(client)
    })
    .await;
    pool.person();
    let fields = json!({ "ClientId": CLIENT, "Username": NEW, "Password": PASSWORD });
    pool.call("SignUp", fields).await.ok();
    pool
}

#[tokio::test]
async fn unknown_users_meet_the_same_limits() {
    let pool = hiding_pool().await;
    let reset = [
        ("ConfirmForgotPassword", 3),
        ("ForgotPassword", 25),
        ("ConfirmForgotPassword", 25),
    ];
    let resend = [("ResendConfirmationCode", 25)];
    for (real, invented, requests) in [
        (EMAIL, "somebody@example.com", &reset[..]),
        (NEW, "nobody@example.com", &resend),
    ] {
        for hour in 0..3 {
            let known = replies(&pool, real, requests).await;
            let unknown = replies(&pool, invented, requests).await;
            assert_eq!(known, unknown, "hour {hour}");
            let last = known.last().expect("replies").to_string();
            assert!(last.contains("LimitExceededException"), "{last}");
            // Codes expire and the limit ends.
            pool.advance(HOUR);
        }
    }
}

/// Many other names remove the attempts of both names. Then the limit of the user still holds.
#[tokio::test]
async fn many_names_reveal_and_unlock_nothing() {
    let pool = hiding_pool().await;
    let reset = [("ForgotPassword", 12), ("ConfirmForgotPassword", 12)];
    let names = [EMAIL, "somebody@example.com"];
    for name in names {
        replies(&pool, name, &reset).await;
    }
    let code = pool.code(EMAIL);
    for number in 0..4_100 {
        replies(
            &pool,
            &format!("s{number}@else.example"),
            &[("ForgotPassword", 1)],
        )
        .await;
    }
    let known = replies(&pool, EMAIL, &reset).await;
    assert_eq!(known, replies(&pool, names[1], &reset).await);
    assert!(!known[0].to_string().contains("LimitExceeded"));
    assert_eq!(pool.code(EMAIL), code, "no other message was sent");
    let fields = json!({
        "ClientId": CLIENT, "Username": EMAIL, "Password": PASSWORD, "ConfirmationCode": code,
    });
    let reply = pool.call("ConfirmForgotPassword", fields).await;
    assert_ne!(reply.status, 200, "a right code after too many wrong ones");
}

#[tokio::test]
async fn right_code_is_rejected_after_limit() {
    let pool = pool().await;
    pool.person();
    replies(
        &pool,
        EMAIL,
        &[("ForgotPassword", 1), ("ConfirmForgotPassword", 10)],
    )
    .await;
    let mut fields = json!({ "ClientId": CLIENT, "Username": EMAIL, "Password": PASSWORD });
    fields["ConfirmationCode"] = json!(pool.code(EMAIL));
    pool.call("ConfirmForgotPassword", fields).await.fails(
        "LimitExceededException",
        "Attempt limit exceeded, please try after some time.",
    );
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

/// Sends wrong codes until the user is locked out. Checks that the right code is then rejected,
/// also in a new session, and that it is accepted after the lockout.
async fn locks_out(pool: &Pool, name: &str, (field, to): (&str, &str)) {
    let session = pool.sign_in(EMAIL, PASSWORD).await.ok()["Session"].take();
    let wrong = (field, pool.wrong_code(to));
    for _ in 0..5 {
        let reply = pool.respond(name, &session, wrong).await;
        assert_eq!(reply.body["__type"], "CodeMismatchException", "{name}");
    }
    let right = pool.code(to);
    pool.respond(name, &session, (field, &right))
        .await
        .not_authorized(LOCKED);
    // The right password does not end the lockout.
    let session = pool.sign_in(EMAIL, PASSWORD).await.ok()["Session"].take();
    let right = pool.code(to);
    pool.respond(name, &session, (field, &right))
        .await
        .not_authorized(LOCKED);
    pool.advance(Duration::from_secs(1));
    pool.respond(name, &session, (field, &right)).await.ok();
}

#[tokio::test]
async fn wrong_second_factor_codes_lock_user() {
    let email = pool_with(|builder| builder.mfa(MfaMode::On).email_mfa(true)).await;
    email.person();
    locks_out(&email, "EMAIL_OTP", ("EMAIL_OTP_CODE", EMAIL)).await;
    // The right code has reset the count.
    locks_out(&email, "EMAIL_OTP", ("EMAIL_OTP_CODE", EMAIL)).await;
    let sms = pool_with(|builder| builder.mfa(MfaMode::On)).await;
    sms.person();
    sms.with_phone().await;
    locks_out(&sms, "SMS_MFA", ("SMS_MFA_CODE", PHONE)).await;
}

#[tokio::test]
async fn wrong_totp_codes_lock_user() {
    const NAME: &str = "SOFTWARE_TOKEN_MFA";
    const FIELD: &str = "SOFTWARE_TOKEN_MFA_CODE";
    let pool = pool().await;
    pool.person();
    let secret = pool.with_software_token().await;
    pool.advance(Duration::from_secs(30));
    let right = pool.totp(&secret);
    for attempt in 0..5 {
        // The right password between the guesses does not reset the count.
        let session = pool.sign_in(EMAIL, PASSWORD).await.ok()["Session"].take();
        let reply = pool.respond(NAME, &session, (FIELD, "wrong")).await;
        assert_eq!(reply.body["__type"], "CodeMismatchException", "{attempt}");
    }
    let session = pool.sign_in(EMAIL, PASSWORD).await.ok()["Session"].take();
    pool.respond(NAME, &session, (FIELD, &right))
        .await
        .not_authorized(LOCKED);
    pool.advance(Duration::from_secs(1));
    pool.respond(NAME, &session, (FIELD, &right)).await.ok();
}

#[tokio::test]
async fn wrong_codes_for_new_address_lock_user() {
    let pool = pool_with(|builder| builder.mfa(MfaMode::On).email_mfa(true)).await;
    pool.person();
    let unverified = json!([{ "Name": "email_verified", "Value": "false" }]);
    let fields = json!({ "Username": EMAIL, "UserAttributes": unverified });
    pool.admin("AdminUpdateUserAttributes", fields).await.ok();
    for attempt in 0..6 {
        let set_up = pool.sign_in(EMAIL, PASSWORD).await.ok();
        let session = &set_up["Session"];
        let address = ("EMAIL", NEW);
        let asked = pool.respond("MFA_SETUP", session, address).await.ok();
        let session = &asked["Session"];
        if attempt < 5 {
            let wrong = ("EMAIL_OTP_CODE", pool.wrong_code(NEW));
            let reply = pool.respond("EMAIL_OTP", session, wrong).await;
            assert_eq!(reply.body["__type"], "CodeMismatchException", "{attempt}");
        } else {
            let right = pool.code(NEW);
            pool.respond("EMAIL_OTP", session, ("EMAIL_OTP_CODE", &right))
                .await
                .not_authorized(LOCKED);
        }
    }
    let user = pool.admin("AdminGetUser", json!({ "Username": EMAIL }));
    assert!(!user.await.ok().to_string().contains(NEW));
}

#[tokio::test]
async fn wrong_codes_of_new_app_lock_user() {
    let pool = pool().await;
    pool.person();
    let access = pool.tokens().await.access;
    let fields = json!({ "AccessToken": access });
    let answer = pool.call("AssociateSoftwareToken", fields).await.ok();
    let secret = answer["SecretCode"].as_str().expect("a secret");
    let verify = |code: &str| {
        let fields = json!({ "AccessToken": access, "UserCode": code });
        pool.call("VerifySoftwareToken", fields)
    };
    let right = pool.totp(secret);
    let wrong = if right == "000000" {
        "000001"
    } else {
        "000000"
    };
    for _ in 0..5 {
        verify(wrong).await.fails(
            "EnableSoftwareTokenMFAException",
            "Code mismatch and fail enable Software Token MFA",
        );
    }
    verify(&right).await.not_authorized(LOCKED);
    pool.advance(Duration::from_secs(1));
    verify(&right).await.ok();
}
