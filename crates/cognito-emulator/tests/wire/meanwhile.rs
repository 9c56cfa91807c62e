//! The settings or the user change between a challenge and the response to it.

use cognito_emulator::{AuthFlow, Client, FirstFactor};
use serde_json::{Value, json};

use crate::support::{CLIENT, EMAIL, PASSWORD, Pool, new_client, new_pool, pool, pool_with};

#[tokio::test]
async fn password_reset_during_sign_in_rejects_it() {
    let pool = pool().await;
    pool.person();
    let secret = pool.with_software_token().await;
    let asked = pool.sign_in(EMAIL, PASSWORD).await.ok();
    let fields = json!({ "Username": EMAIL });
    pool.admin("AdminResetUserPassword", fields).await.ok();
    let code = pool.totp(&secret);
    let answer = ("SOFTWARE_TOKEN_MFA_CODE", code.as_str());
    pool.respond("SOFTWARE_TOKEN_MFA", &asked["Session"], answer)
        .await
        .fails(
            "PasswordResetRequiredException",
            "Password reset required for the user",
        );
}

#[tokio::test]
async fn new_second_factor_applies_to_open_sign_in() {
    let pool = pool_with(|builder| builder.first_factor(FirstFactor::EmailOtp)).await;
    pool.person();
    let fields = json!({
        "AuthFlow": "USER_AUTH",
        "ClientId": CLIENT,
        "AuthParameters": { "USERNAME": EMAIL, "PREFERRED_CHALLENGE": "EMAIL_OTP" },
    });
    let asked = pool.call("InitiateAuth", fields).await.ok();
    let code = pool.code(EMAIL);
    pool.with_software_token().await;
    pool.respond("EMAIL_OTP", &asked["Session"], ("EMAIL_OTP_CODE", &code))
        .await
        .not_authorized("Invalid session for the user.");
}

async fn sign_up_without_password(pool: &Pool, client: &Value) -> crate::support::Reply {
    let fields = json!({ "ClientId": client, "Username": EMAIL });
    pool.call("SignUp", fields).await
}

#[tokio::test]
async fn rejects_passwordless_sign_up_without_first_factor() {
    const MISSING: &str = "Missing required parameter Password";
    let open = json!(CLIENT);
    // The client does not allow choice-based sign-in, so a password is required.
    let narrow = Client::new(CLIENT).flow(AuthFlow::UserSrp);
    let pool =
        pool_with(|builder| builder.first_factor(FirstFactor::EmailOtp).client(narrow)).await;
    let reply = sign_up_without_password(&pool, &open).await;
    reply.invalid_parameter(MISSING);
    // The pool sends codes only to phone numbers, and the user has none.
    let pool = pool_with(|builder| builder.first_factor(FirstFactor::SmsOtp)).await;
    let reply = sign_up_without_password(&pool, &open).await;
    reply.invalid_parameter(MISSING);
    // The address is verified only if the pool is configured to do so.
    for (verified, is_taken) in [(json!([]), false), (json!(["email"]), true)] {
        let factors = json!({ "AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"] });
        let fields = json!({
            "Policies": { "SignInPolicy": factors },
            "UsernameAttributes": ["email"],
            "AutoVerifiedAttributes": verified,
        });
        let id = new_pool(&pool, fields).await;
        let flows = json!({ "ExplicitAuthFlows": ["ALLOW_USER_AUTH"] });
        let client = new_client(&pool, &id, flows).await;
        let reply = sign_up_without_password(&pool, &client["ClientId"]).await;
        if is_taken {
            reply.ok();
        } else {
            reply.invalid_parameter(MISSING);
        }
    }
}
