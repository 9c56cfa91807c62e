//! The set-up of second factors, by a signed-in user and during a sign-in.

use std::time::Duration;

use cognito_emulator::MfaMode;
use serde_json::json;

use crate::support::{EMAIL, PASSWORD, Tokens, attribute, pool, pool_with};
#[tokio::test]
async fn required_mfa_leads_through_setup() {
    let pool = pool_with(|builder| builder.mfa(MfaMode::On)).await;
    pool.person();
    let challenge = pool.sign_in(EMAIL, PASSWORD).await.ok();
    assert_eq!(challenge["ChallengeName"], "MFA_SETUP");
    assert_eq!(
        challenge["ChallengeParameters"]["MFAS_CAN_SETUP"],
        "[\"SMS_MFA\",\"SOFTWARE_TOKEN_MFA\"]"
    );
    let session = &challenge["Session"];
    pool.respond("MFA_SETUP", session, ("X", "x"))
        .await
        .invalid_parameter("User has not set up software token mfa");
    pool.call(
        "VerifySoftwareToken",
        json!({ "Session": session, "UserCode": "123456" }),
    )
    .await
    .fails(
        "SoftwareTokenMFANotFoundException",
        "Software Token MFA does not exist for the user.",
    );
    let associated = pool
        .call("AssociateSoftwareToken", json!({ "Session": session }))
        .await
        .ok();
    let secret = associated["SecretCode"].as_str().expect("a secret");
    let session = &associated["Session"];
    let code = pool.totp(secret);
    let verified = pool
        .call(
            "VerifySoftwareToken",
            json!({ "Session": session, "UserCode": code }),
        )
        .await
        .ok();
    assert_eq!(verified["Status"], "SUCCESS");
    let answer = pool
        .respond("MFA_SETUP", &verified["Session"], ("X", "x"))
        .await
        .ok();
    Tokens::read(&answer);
    let next = pool.sign_in(EMAIL, PASSWORD).await.ok();
    assert_eq!(next["ChallengeName"], "SOFTWARE_TOKEN_MFA");
}

// moto, test_user_authentication_flow_mfa_on, which was verified against AWS.
#[tokio::test]
async fn verified_set_up_registers_the_factor() {
    let pool = pool_with(|builder| builder.mfa(MfaMode::On)).await;
    pool.person();
    let session = pool.sign_in(EMAIL, PASSWORD).await.ok()["Session"].take();
    let fields = json!({ "Session": session });
    let associated = pool.call("AssociateSoftwareToken", fields).await.ok();
    let code = pool.totp(associated["SecretCode"].as_str().expect("a secret"));
    let fields = json!({ "Session": associated["Session"], "UserCode": code });
    let verified = pool.call("VerifySoftwareToken", fields).await.ok();
    // The client never responds to `MFA_SETUP`.
    let next = pool.sign_in(EMAIL, PASSWORD).await.ok();
    assert_eq!(next["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    // The session of the set-up still signs in, but cannot set up another secret.
    let fields = json!({ "Session": verified["Session"] });
    pool.call("AssociateSoftwareToken", fields)
        .await
        .not_authorized("Invalid session for the user.");
    let answer = pool
        .respond("MFA_SETUP", &verified["Session"], ("X", "x"))
        .await
        .ok();
    Tokens::read(&answer);
}

#[tokio::test]
async fn email_factor_is_set_up_during_sign_in() {
    const NEW: &str = "new@example.com";
    let pool = pool_with(|builder| builder.mfa(MfaMode::On).email_mfa(true)).await;
    pool.person();
    pool.emulator
        .create_user("other@example.com", PASSWORD, &[])
        .expect("a person");
    pool.admin(
        "AdminUpdateUserAttributes",
        json!({
            "Username": EMAIL,
            "UserAttributes": [{ "Name": "email_verified", "Value": "false" }],
        }),
    )
    .await
    .ok();
    let setup = pool.sign_in(EMAIL, PASSWORD).await.ok();
    assert_eq!(setup["ChallengeName"], "MFA_SETUP");
    assert_eq!(
        setup["ChallengeParameters"]["MFAS_CAN_SETUP"],
        "[\"SMS_MFA\",\"SOFTWARE_TOKEN_MFA\",\"EMAIL_OTP\"]"
    );
    let session = &setup["Session"];
    pool.respond("MFA_SETUP", session, ("EMAIL", "no address"))
        .await
        .invalid_parameter("Invalid email address format.");
    pool.respond("MFA_SETUP", session, ("EMAIL", "other@example.com"))
        .await
        .fails(
            "AliasExistsException",
            "An account with the given email already exists.",
        );
    let asked = pool
        .respond("MFA_SETUP", session, ("EMAIL", NEW))
        .await
        .ok();
    assert_eq!(asked["ChallengeName"], "EMAIL_OTP");
    let code = pool.code(NEW);
    let answer = pool
        .respond("EMAIL_OTP", &asked["Session"], ("EMAIL_OTP_CODE", &code))
        .await
        .ok();
    let user = pool.get_user(&Tokens::read(&answer).access).await.ok();
    assert_eq!(attribute(&user["UserAttributes"], "email"), Some(NEW));
    assert_eq!(
        attribute(&user["UserAttributes"], "email_verified"),
        Some("true")
    );
    assert_eq!(user["UserMFASettingList"], json!(["EMAIL_OTP"]));
}

#[tokio::test]
async fn a_software_token_must_be_proved() {
    let pool = pool().await;
    pool.person();
    let access = pool.tokens().await.access;
    let prefer = json!({ "AccessToken": access, "SoftwareTokenMfaSettings": { "Enabled": true } });
    pool.call("SetUserMFAPreference", prefer.clone())
        .await
        .invalid_parameter("User has not verified software token mfa");
    pool.call(
        "VerifySoftwareToken",
        json!({ "AccessToken": access, "UserCode": "123456" }),
    )
    .await
    .fails(
        "SoftwareTokenMFANotFoundException",
        "Software Token MFA does not exist for the user.",
    );
    let associated = pool
        .call("AssociateSoftwareToken", json!({ "AccessToken": access }))
        .await
        .ok();
    assert!(associated.get("Session").is_none());
    let code = pool.totp(associated["SecretCode"].as_str().expect("a secret"));
    let wrong = if code == "000000" { "000001" } else { "000000" };
    pool.call(
        "VerifySoftwareToken",
        json!({ "AccessToken": access, "UserCode": wrong }),
    )
    .await
    .fails(
        "EnableSoftwareTokenMFAException",
        "Code mismatch and fail enable Software Token MFA",
    );
    pool.call("SetUserMFAPreference", prefer.clone())
        .await
        .invalid_parameter("User has not verified software token mfa");
    pool.call(
        "VerifySoftwareToken",
        json!({ "AccessToken": access, "UserCode": "12345" }),
    )
    .await
    .invalid_parameter(
        "1 validation error detected: Value at 'userCode' failed to satisfy constraint: \
             Member must have length greater than or equal to 6",
    );
    // Verifying a code does not enable the factor.
    pool.call(
        "VerifySoftwareToken",
        json!({ "AccessToken": access, "UserCode": code }),
    )
    .await
    .ok();
    pool.tokens().await;
    pool.call("SetUserMFAPreference", prefer).await.ok();
    let challenge = pool.sign_in(EMAIL, PASSWORD).await.ok();
    assert_eq!(challenge["ChallengeName"], "SOFTWARE_TOKEN_MFA");
}

#[tokio::test]
async fn verified_app_replaces_the_earlier_app() {
    let pool = pool().await;
    pool.person();
    let access = pool.tokens().await.access;
    let old = pool.with_software_token().await;
    let respond = async |secret: &str| {
        let challenge = pool.sign_in(EMAIL, PASSWORD).await.ok();
        let code = pool.totp(secret);
        let answer = ("SOFTWARE_TOKEN_MFA_CODE", code.as_str());
        pool.respond("SOFTWARE_TOKEN_MFA", &challenge["Session"], answer)
            .await
    };
    let associated = pool
        .call("AssociateSoftwareToken", json!({ "AccessToken": access }))
        .await
        .ok();
    let new = associated["SecretCode"].as_str().expect("a secret");
    let wrong = ("CodeMismatchException", "Invalid code received for user");
    respond(&old).await.ok();
    pool.advance(Duration::from_secs(60));
    respond(new).await.fails(wrong.0, wrong.1);
    let fields = json!({ "AccessToken": access, "UserCode": pool.totp(new) });
    pool.call("VerifySoftwareToken", fields).await.ok();
    pool.advance(Duration::from_secs(60));
    respond(&old).await.fails(wrong.0, wrong.1);
    respond(new).await.ok();
}
