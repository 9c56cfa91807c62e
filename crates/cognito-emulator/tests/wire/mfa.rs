//! Second factors: preference and challenges.

use std::time::{Duration, UNIX_EPOCH};

use cognito_emulator::{MfaMode, Purpose, totp_code};
use serde_json::{Value, json};

use crate::support::{CLIENT, EMAIL, PASSWORD, PHONE, Pool, Reply, START, Tokens, pool, pool_with};

const SELECT: &str = "SELECT_MFA_TYPE";

impl Pool {
    pub(crate) async fn respond(&self, name: &str, session: &Value, answer: (&str, &str)) -> Reply {
        let mut responses = json!({ "USERNAME": EMAIL });
        responses[answer.0] = json!(answer.1);
        self.call(
            "RespondToAuthChallenge",
            json!({
                "ChallengeName": name,
                "ClientId": CLIENT,
                "Session": session,
                "ChallengeResponses": responses,
            }),
        )
        .await
    }

    async fn prefer(&self, settings: Value) -> Reply {
        let mut fields = settings;
        fields["Username"] = json!(EMAIL);
        self.admin("AdminSetUserMFAPreference", fields).await
    }
}

/// The test vectors of RFC 6238 appendix B for SHA-1: the last six of the eight digits in the RFC.
#[test]
fn rfc_6238_vectors() {
    // "12345678901234567890" in base32.
    let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    for (seconds, code) in [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ] {
        let at = UNIX_EPOCH + Duration::from_secs(seconds);
        assert_eq!(totp_code(secret, at), code, "at {seconds}");
    }
}

#[tokio::test]
async fn totp_is_valid_one_step_early_and_late() {
    let pool = pool().await;
    pool.person();
    let access = pool.tokens().await.access;
    // `START` is 20 seconds after the beginning of a step.
    for (seconds, is_valid) in [(-51, false), (-50, true), (39, true), (40, false)] {
        let fields = json!({ "AccessToken": access });
        let answer = pool.call("AssociateSoftwareToken", fields).await.ok();
        let secret = answer["SecretCode"].as_str().expect("a secret");
        let at = Duration::from_secs(START.saturating_add_signed(seconds));
        let code = totp_code(secret, UNIX_EPOCH + at);
        let fields = json!({ "AccessToken": access, "UserCode": code });
        let reply = pool.call("VerifySoftwareToken", fields).await;
        assert_eq!(reply.status == 200, is_valid, "{seconds}: {}", reply.body);
    }
}

#[tokio::test]
async fn a_software_token_is_asked_for() {
    let pool = pool().await;
    let sub = pool.person();
    let secret = pool.with_software_token().await;
    assert_eq!(secret.len(), 52);
    let challenge = pool.sign_in(EMAIL, PASSWORD).await.ok();
    assert_eq!(challenge["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    assert_eq!(
        challenge["ChallengeParameters"]["USER_ID_FOR_SRP"],
        json!(sub)
    );
    let session = &challenge["Session"];
    let name = "SOFTWARE_TOKEN_MFA";
    let field = "SOFTWARE_TOKEN_MFA_CODE";
    let code = pool.totp(&secret);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    // The session stays valid after a wrong code.
    pool.respond(name, session, (field, wrong))
        .await
        .fails("CodeMismatchException", "Invalid code received for user");
    pool.respond(name, session, ("OTHER", "x"))
        .await
        .invalid_parameter("Missing required parameter SOFTWARE_TOKEN_MFA_CODE");
    let answer = pool.respond(name, session, (field, &code)).await.ok();
    let tokens = Tokens::read(&answer);
    let user = pool.get_user(&tokens.access).await.ok();
    assert_eq!(user["UserMFASettingList"], json!(["SOFTWARE_TOKEN_MFA"]));

    // Neither the session nor the code can be used again.
    pool.respond(name, session, (field, &code))
        .await
        .not_authorized("Invalid session for the user, session can only be used once.");
    let again = pool.sign_in(EMAIL, PASSWORD).await.ok();
    pool.respond(name, &again["Session"], (field, &code))
        .await
        .fails(
            "ExpiredCodeException",
            "Your software token has already been used once.",
        );
    pool.advance(Duration::from_secs(30));
    let next = pool.totp(&secret);
    pool.respond(name, &again["Session"], (field, &next))
        .await
        .ok();
}

#[tokio::test]
async fn sms_code_is_required() {
    let pool = pool().await;
    pool.person();
    pool.prefer(json!({ "SMSMfaSettings": { "Enabled": true } }))
        .await
        .invalid_parameter("User does not have delivery config set to turn on SMS_MFA");
    pool.with_phone().await;
    pool.prefer(json!({ "SMSMfaSettings": { "Enabled": true, "PreferredMfa": true } }))
        .await
        .ok();
    let challenge = pool.sign_in(EMAIL, PASSWORD).await.ok();
    assert_eq!(challenge["ChallengeName"], "SMS_MFA");
    let parameters = &challenge["ChallengeParameters"];
    assert_eq!(parameters["CODE_DELIVERY_DELIVERY_MEDIUM"], "SMS");
    assert_eq!(parameters["CODE_DELIVERY_DESTINATION"], "+*******1234");
    let message = pool.emulator.inbox().latest(PHONE).expect("a message");
    assert_eq!(message.purpose, Purpose::Mfa);
    let session = &challenge["Session"];
    pool.respond("SMS_MFA", session, ("SMS_MFA_CODE", pool.wrong_code(PHONE)))
        .await
        .fails(
            "CodeMismatchException",
            "Invalid code or auth state for the user.",
        );
    let answer = pool
        .respond("SMS_MFA", session, ("SMS_MFA_CODE", &message.code))
        .await
        .ok();
    let user = pool.get_user(&Tokens::read(&answer).access).await.ok();
    assert_eq!(user["PreferredMfaSetting"], "SMS_MFA");
    let second = pool.sign_in(EMAIL, PASSWORD).await.ok();
    pool.advance(Duration::from_secs(180));
    pool.respond(
        "SMS_MFA",
        &second["Session"],
        ("SMS_MFA_CODE", &pool.code(PHONE)),
    )
    .await
    .not_authorized("Invalid session for the user, session is expired.");
}

#[tokio::test]
async fn of_two_factors_one_is_chosen_or_preferred() {
    let pool = pool().await;
    pool.person();
    pool.with_phone().await;
    let secret = pool.with_software_token().await;
    pool.prefer(json!({ "SMSMfaSettings": { "Enabled": true } }))
        .await
        .ok();
    let select = pool.sign_in(EMAIL, PASSWORD).await.ok();
    assert_eq!(select["ChallengeName"], "SELECT_MFA_TYPE");
    assert_eq!(
        select["ChallengeParameters"]["MFAS_CAN_CHOOSE"],
        "[\"SMS_MFA\",\"SOFTWARE_TOKEN_MFA\"]"
    );
    let session = &select["Session"];
    pool.respond("SELECT_MFA_TYPE", session, ("ANSWER", "EMAIL_OTP"))
        .await
        .invalid_parameter("Invalid MFA type selected");
    let chosen = pool
        .respond("SELECT_MFA_TYPE", session, ("ANSWER", "SOFTWARE_TOKEN_MFA"))
        .await
        .ok();
    assert_eq!(chosen["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    assert_ne!(chosen["Session"], *session);
    let code = pool.totp(&secret);
    pool.respond(
        "SOFTWARE_TOKEN_MFA",
        &chosen["Session"],
        ("SOFTWARE_TOKEN_MFA_CODE", &code),
    )
    .await
    .ok();

    pool.prefer(json!({ "SoftwareTokenMfaSettings": { "Enabled": true, "PreferredMfa": true } }))
        .await
        .ok();
    let preferred = pool.sign_in(EMAIL, PASSWORD).await.ok();
    assert_eq!(preferred["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    pool.prefer(json!({
        "SMSMfaSettings": { "Enabled": true, "PreferredMfa": true },
        "SoftwareTokenMfaSettings": { "Enabled": true, "PreferredMfa": true },
    }))
    .await
    .invalid_parameter("Only one MFA method can be set as preferred.");
    pool.prefer(json!({
        "SMSMfaSettings": { "Enabled": false },
        "SoftwareTokenMfaSettings": { "Enabled": false },
    }))
    .await
    .ok();
    pool.tokens().await;
}

#[tokio::test]
async fn a_pool_that_insists_uses_a_verified_phone() {
    let pool = pool_with(|builder| builder.mfa(MfaMode::On)).await;
    pool.person();
    pool.with_phone().await;
    let challenge = pool.sign_in(EMAIL, PASSWORD).await.ok();
    assert_eq!(challenge["ChallengeName"], "SMS_MFA");
}

#[tokio::test]
async fn a_code_by_e_mail_is_asked_for() {
    let pool = pool_with(|builder| builder.email_mfa(true)).await;
    pool.person();
    pool.prefer(json!({ "EmailMfaSettings": { "Enabled": true, "PreferredMfa": true } }))
        .await
        .ok();
    let challenge = pool.sign_in(EMAIL, PASSWORD).await.ok();
    assert_eq!(challenge["ChallengeName"], "EMAIL_OTP");
    let parameters = &challenge["ChallengeParameters"];
    assert_eq!(parameters["CODE_DELIVERY_DELIVERY_MEDIUM"], "EMAIL");
    assert_eq!(parameters["CODE_DELIVERY_DESTINATION"], "s***@e***");
    let session = &challenge["Session"];
    let wrong = ("EMAIL_OTP_CODE", pool.wrong_code(EMAIL));
    pool.respond("EMAIL_OTP", session, wrong).await.fails(
        "CodeMismatchException",
        "Invalid code or auth state for the user.",
    );
    let right = pool.code(EMAIL);
    let answer = pool
        .respond("EMAIL_OTP", session, ("EMAIL_OTP_CODE", &right))
        .await
        .ok();
    let access = Tokens::read(&answer).access;
    let factors = pool
        .call("GetUserAuthFactors", json!({ "AccessToken": access }))
        .await
        .ok();
    assert_eq!(factors["ConfiguredUserAuthFactors"], json!(["PASSWORD"]));
    assert_eq!(factors["UserMFASettingList"], json!(["EMAIL_OTP"]));
    assert_eq!(factors["PreferredMfaSetting"], "EMAIL_OTP");
}

#[tokio::test]
async fn factors_are_for_pools_that_have_them() {
    let pool = pool().await;
    pool.person();
    pool.prefer(json!({ "EmailMfaSettings": { "Enabled": true } }))
        .await
        .invalid_parameter("Email MFA is not enabled for the user pool.");
    pool.with_phone().await;
    pool.with_software_token().await;
    let settings = json!({ "MfaConfiguration": "OPTIONAL", "EmailMfaConfiguration": {} });
    pool.admin("SetUserPoolMfaConfig", settings).await.ok();
    for (setting, name) in [
        ("SMSMfaSettings", "SMS"),
        ("SoftwareTokenMfaSettings", "Software Token"),
    ] {
        let fault = format!("{name} MFA is not enabled for the user pool.");
        let mut wanted = json!({});
        wanted[setting] = json!({ "Enabled": true });
        pool.prefer(wanted).await.invalid_parameter(&fault);
        // A factor that the pool does not offer can be disabled.
        let mut wanted = json!({});
        wanted[setting] = json!({ "Enabled": false });
        pool.prefer(wanted).await.ok();
    }
}

#[tokio::test]
async fn required_mfa_uses_verified_email() {
    let pool = pool_with(|builder| builder.mfa(MfaMode::On).email_mfa(true)).await;
    pool.person();
    let challenge = pool.sign_in(EMAIL, PASSWORD).await.ok();
    assert_eq!(challenge["ChallengeName"], "EMAIL_OTP");
    pool.with_phone().await;
    let challenge = pool.sign_in(EMAIL, PASSWORD).await.ok();
    assert_eq!(
        challenge["ChallengeParameters"]["MFAS_CAN_CHOOSE"],
        "[\"SMS_MFA\",\"EMAIL_OTP\"]"
    );
    let session = &challenge["Session"];
    pool.respond(SELECT, session, ("ANSWER", "SOFTWARE_TOKEN_MFA"))
        .await
        .invalid_parameter("Invalid MFA type selected");
    for (choice, field, to) in [
        ("SMS_MFA", "SMS_MFA_CODE", PHONE),
        ("EMAIL_OTP", "EMAIL_OTP_CODE", EMAIL),
    ] {
        let select = pool.sign_in(EMAIL, PASSWORD).await.ok();
        let session = &select["Session"];
        let asked = pool.respond(SELECT, session, ("ANSWER", choice)).await.ok();
        assert_eq!(asked["ChallengeName"], choice);
        let code = pool.code(to);
        let answer = pool.respond(choice, &asked["Session"], (field, &code));
        Tokens::read(&answer.await.ok());
    }
}

#[tokio::test]
async fn removed_factor_cannot_be_chosen() {
    let pool = pool_with(|builder| builder.email_mfa(true)).await;
    pool.person();
    pool.with_phone().await;
    pool.prefer(json!({
        "EmailMfaSettings": { "Enabled": true },
        "SMSMfaSettings": { "Enabled": true },
    }))
    .await
    .ok();
    let select = pool.sign_in(EMAIL, PASSWORD).await.ok();
    let session = &select["Session"];
    let settings = json!({ "MfaConfiguration": "OPTIONAL", "EmailMfaConfiguration": {} });
    pool.admin("SetUserPoolMfaConfig", settings).await.ok();
    pool.respond(SELECT, session, ("ANSWER", "SMS_MFA"))
        .await
        .invalid_parameter("Invalid MFA type selected");
    let asked = pool.respond(SELECT, session, ("ANSWER", "EMAIL_OTP"));
    assert_eq!(asked.await.ok()["ChallengeName"], "EMAIL_OTP");
}

#[tokio::test]
async fn a_pool_without_second_factors() {
    let pool = pool_with(|builder| builder.mfa(MfaMode::Off)).await;
    pool.person();
    let access = pool.tokens().await.access;
    pool.call("AssociateSoftwareToken", json!({ "AccessToken": access }))
        .await
        .fails(
            "SoftwareTokenMFANotFoundException",
            "Software Token MFA has not been enabled by the userPool",
        );
}

#[tokio::test]
async fn session_ends_with_its_user() {
    let pool = pool().await;
    pool.person();
    let secret = pool.with_software_token().await;
    let name = "SOFTWARE_TOKEN_MFA";
    let challenge = pool.sign_in(EMAIL, PASSWORD).await.ok();
    let code = pool.totp(&secret);
    let answer = ("SOFTWARE_TOKEN_MFA_CODE", code.as_str());
    pool.admin("AdminDisableUser", json!({ "Username": EMAIL }))
        .await
        .ok();
    pool.respond(name, &challenge["Session"], answer)
        .await
        .not_authorized("User is disabled.");
    pool.admin("AdminDeleteUser", json!({ "Username": EMAIL }))
        .await
        .ok();
    pool.respond(name, &challenge["Session"], answer)
        .await
        .not_authorized("Invalid session for the user.");
}

#[tokio::test]
async fn admin_get_user_lists_factors() {
    let pool = pool().await;
    pool.person();
    let factors = || pool.admin("AdminGetUserAuthFactors", json!({ "Username": EMAIL }));
    let answer = factors().await.ok();
    assert_eq!(answer["ConfiguredUserAuthFactors"], json!(["PASSWORD"]));
    assert_eq!(answer.get("UserMFASettingList"), None);
    pool.with_software_token().await;
    let answer = factors().await.ok();
    assert_eq!(
        answer["ConfiguredUserAuthFactors"],
        json!(["PASSWORD", "SOFTWARE_TOKEN"])
    );
    assert_eq!(answer["UserMFASettingList"], json!(["SOFTWARE_TOKEN_MFA"]));
    pool.admin("AdminGetUserAuthFactors", json!({ "Username": "nobody" }))
        .await
        .fails("UserNotFoundException", "User does not exist.");
}
