//! `ForgotPassword`, `ConfirmForgotPassword`, `ChangePassword`, and the operations of
//! administrators.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{CLIENT, EMAIL, PASSWORD, PHONE, pool, pool_of};

const NEW_PASSWORD: &str = "EvenBetter456!";

fn forgot() -> Value {
    json!({ "ClientId": CLIENT, "Username": EMAIL })
}

fn confirm(code: &str, password: &str) -> Value {
    json!({
        "ClientId": CLIENT,
        "Username": EMAIL,
        "ConfirmationCode": code,
        "Password": password,
    })
}

#[tokio::test]
async fn a_forgotten_password_is_replaced() {
    let pool = pool().await;
    pool.person();
    let answer = pool.call("ForgotPassword", forgot()).await.ok();
    assert_eq!(
        answer["CodeDeliveryDetails"],
        json!({ "AttributeName": "email", "DeliveryMedium": "EMAIL", "Destination": "s***@e***" })
    );
    let code = pool.code(EMAIL);
    pool.call(
        "ConfirmForgotPassword",
        confirm(pool.wrong_code(EMAIL), NEW_PASSWORD),
    )
    .await
    .fails(
        "CodeMismatchException",
        "Invalid verification code provided, please try again.",
    );
    pool.call("ConfirmForgotPassword", confirm(&code, "weak"))
        .await
        .fails(
            "InvalidPasswordException",
            "Password did not conform with policy: Password not long enough",
        );
    pool.call("ConfirmForgotPassword", confirm(&code, NEW_PASSWORD))
        .await
        .ok();
    pool.sign_in(EMAIL, PASSWORD)
        .await
        .not_authorized("Incorrect username or password.");
    pool.sign_in(EMAIL, NEW_PASSWORD).await.ok();
    pool.call("ConfirmForgotPassword", confirm(&code, PASSWORD))
        .await
        .fails(
            "ExpiredCodeException",
            "Invalid code provided, please request a code again.",
        );
}

#[tokio::test]
async fn a_reset_code_is_valid_for_an_hour() {
    let pool = pool().await;
    pool.person();
    pool.call("ForgotPassword", forgot()).await.ok();
    let code = pool.code(EMAIL);
    pool.advance(Duration::from_secs(3599));
    pool.call("ConfirmForgotPassword", confirm(&code, NEW_PASSWORD))
        .await
        .ok();
    pool.call("ForgotPassword", forgot()).await.ok();
    let code = pool.code(EMAIL);
    pool.advance(Duration::from_secs(3600));
    pool.call("ConfirmForgotPassword", confirm(&code, PASSWORD))
        .await
        .fails(
            "ExpiredCodeException",
            "Invalid code provided, please request a code again.",
        );
}

#[tokio::test]
async fn accounts_that_cannot_be_recovered() {
    let pool = pool().await;
    let unreachable = "Cannot reset password for the user as there is no registered/verified \
                       email or phone_number";
    pool.call("ForgotPassword", forgot()).await.fails(
        "UserNotFoundException",
        "Username/client id combination not found.",
    );
    pool.call("ConfirmForgotPassword", confirm("123456", PASSWORD))
        .await
        .fails(
            "UserNotFoundException",
            "Username/client id combination not found.",
        );
    let fields = json!({ "ClientId": CLIENT, "Username": EMAIL, "Password": PASSWORD });
    pool.call("SignUp", fields).await.ok();
    pool.call("ForgotPassword", forgot())
        .await
        .invalid_parameter(unreachable);
    pool.call("ConfirmForgotPassword", confirm("123456", PASSWORD))
        .await
        .fails("UserNotConfirmedException", "User is not confirmed.");
    pool.admin("AdminConfirmSignUp", json!({ "Username": EMAIL }))
        .await
        .ok();
    pool.call("ForgotPassword", forgot())
        .await
        .invalid_parameter(unreachable);
    pool.admin("AdminDisableUser", json!({ "Username": EMAIL }))
        .await
        .ok();
    pool.call("ForgotPassword", forgot())
        .await
        .not_authorized("User is disabled.");

    let invited = json!({ "Username": PHONE, "TemporaryPassword": PASSWORD });
    pool.admin("AdminCreateUser", invited).await.ok();
    pool.call(
        "ForgotPassword",
        json!({ "ClientId": CLIENT, "Username": PHONE }),
    )
    .await
    .not_authorized("User password cannot be reset in the current state.");
}

#[tokio::test]
async fn a_hiding_client_simulates_the_delivery() {
    let pool = pool_of(|client| client.prevent_user_existence_errors(true)).await;
    let simulated = pool.call("ForgotPassword", forgot()).await.ok();
    assert!(pool.emulator.inbox().is_empty());
    pool.call("ConfirmForgotPassword", confirm("123456", PASSWORD))
        .await
        .fails(
            "CodeMismatchException",
            "Invalid verification code provided, please try again.",
        );
    pool.person();
    let real = pool.call("ForgotPassword", forgot()).await.ok();
    assert_eq!(simulated, real);
    pool.admin("AdminDisableUser", json!({ "Username": EMAIL }))
        .await
        .ok();
    assert_eq!(pool.call("ForgotPassword", forgot()).await.ok(), real);
}

#[tokio::test]
async fn change_requires_current_password() {
    let pool = pool().await;
    pool.person();
    let access = pool.tokens().await.access;
    let change = |previous: Value, proposed: &str| {
        json!({
            "AccessToken": access,
            "PreviousPassword": previous,
            "ProposedPassword": proposed,
        })
    };
    pool.call("ChangePassword", change(Value::Null, NEW_PASSWORD))
        .await
        .invalid_parameter("Missing required parameter OldPassword");
    // The old password is checked first.
    pool.call("ChangePassword", change(json!("Wrong1234!"), "weak"))
        .await
        .not_authorized("Incorrect username or password.");
    pool.call("ChangePassword", change(json!(PASSWORD), "weak"))
        .await
        .fails(
            "InvalidPasswordException",
            "Password did not conform with policy: Password not long enough",
        );
    let done = pool
        .call("ChangePassword", change(json!(PASSWORD), NEW_PASSWORD))
        .await
        .ok();
    assert_eq!(done, json!({}));
    pool.sign_in(EMAIL, NEW_PASSWORD).await.ok();
    pool.sign_in(EMAIL, PASSWORD)
        .await
        .not_authorized("Incorrect username or password.");
}

#[tokio::test]
async fn an_operator_sets_a_password() {
    let pool = pool().await;
    pool.person();
    let set = |password: &str, permanent: bool| json!({ "Username": EMAIL, "Password": password, "Permanent": permanent });
    pool.admin("AdminSetUserPassword", set("weak", true))
        .await
        .fails(
            "InvalidPasswordException",
            "Password did not conform with policy: Password not long enough",
        );
    pool.admin("AdminSetUserPassword", set(NEW_PASSWORD, true))
        .await
        .ok();
    let answer = pool.sign_in(EMAIL, NEW_PASSWORD).await.ok();
    assert!(answer.get("ChallengeName").is_none());
    pool.admin("AdminSetUserPassword", set(PASSWORD, false))
        .await
        .ok();
    let answer = pool.sign_in(EMAIL, PASSWORD).await.ok();
    assert_eq!(answer["ChallengeName"], "NEW_PASSWORD_REQUIRED");
}

#[tokio::test]
async fn operator_can_require_password_reset() {
    let pool = pool().await;
    pool.person();
    let access = pool.tokens().await.access;
    pool.admin("AdminResetUserPassword", json!({ "Username": EMAIL }))
        .await
        .ok();
    let required = "Password reset required for the user";
    pool.sign_in(EMAIL, PASSWORD)
        .await
        .fails("PasswordResetRequiredException", required);
    pool.get_user(&access)
        .await
        .fails("PasswordResetRequiredException", required);
    let code = pool.code(EMAIL);
    pool.call("ConfirmForgotPassword", confirm(&code, NEW_PASSWORD))
        .await
        .ok();
    pool.sign_in(EMAIL, NEW_PASSWORD).await.ok();
}

/// Developer guide, "Password policy": a space that is neither the first nor the last character
/// counts as a symbol.
#[tokio::test]
async fn inner_space_counts_as_symbol() {
    let pool = pool().await;
    let policy = "Password did not conform with policy: Password must have symbol characters";
    let create = |name: &str, password: &str| pool.emulator.create_user(name, password, &[]);
    let error = create("a@example.com", "TwoWords1").expect_err("no symbol");
    assert_eq!(error.message(), policy);
    for password in [" TwoWords1", "TwoWords1 ", "  TwoWords1  "] {
        let error = create("a@example.com", password).expect_err(password);
        assert_eq!(error.message(), policy);
    }
    create("a@example.com", "Two Words1").expect("a space is a symbol");
    let fields = json!({ "ClientId": CLIENT, "Username": EMAIL, "Password": "Two Words1" });
    pool.call("SignUp", fields).await.ok();
}
