//! Threat protection in flows other than the sign-in with a password: codes, passkeys, custom
//! challenges, refreshes and the hosted pages.

use cognito_emulator::{
    EmulatorBuilder, FirstFactor, MfaMode, ThreatProtection, Trigger, UserVerification,
};
use serde_json::{Value, json};

use super::{OTHER, enforced};
use crate::authenticator::Authenticator;
use crate::browser::{Browser, hosted_with, html_of, request_with, says};
use crate::passkeys::ORIGIN;
use crate::support::{CLIENT, EMAIL, PASSWORD, Pool, Reply, Tokens, pool_with};

const BLOCKED_ADDRESS: &str = "Request not allowed due to security reasons.";
const BLOCKED: &str = "Unable to login because of security reasons.";

/// Returns a pool in full-function mode that allows codes and passkeys as the first factor.
async fn passwordless(more: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder) -> Pool {
    let pool = pool_with(|builder| {
        let builder = builder
            .threat_protection(ThreatProtection::Enforced)
            .mfa(MfaMode::Optional)
            .first_factor(FirstFactor::EmailOtp)
            .passkeys("example.com");
        more(builder)
    })
    .await;
    pool.person();
    pool
}

impl Pool {
    /// Sets up an authenticator app that the user has not enabled as a second factor. Returns the
    /// secret of the app.
    async fn with_disabled_app(&self) -> String {
        let secret = self.with_software_token().await;
        let preference = json!({
            "Username": EMAIL, "SoftwareTokenMfaSettings": { "Enabled": false },
        });
        let reply = self.admin("AdminSetUserMFAPreference", preference).await;
        reply.ok();
        secret
    }

    /// Blocks all loopback addresses.
    async fn block_loopback(&self) {
        let ranges = json!({ "BlockedIPRangeList": ["::ffff:127.0.0.0/104"] });
        self.set_risks(json!({ "RiskExceptionConfiguration": ranges }))
            .await;
    }

    async fn begin(&self, flow: &str, parameters: Value) -> Reply {
        let mut parameters = parameters;
        parameters["USERNAME"] = json!(EMAIL);
        let fields = json!({
            "AuthFlow": flow, "ClientId": CLIENT, "AuthParameters": parameters,
        });
        self.call("InitiateAuth", fields).await
    }

    /// Registers a passkey. Returns the passkey and the `sub` of the user.
    async fn with_passkey(&self) -> (Authenticator, String) {
        let access = self.tokens().await.access;
        let claims = crate::browser::claims(&json!(access));
        let passkey = Authenticator::es256(b"one");
        self.register(&access, &passkey).await;
        (passkey, claims["sub"].as_str().expect("a sub").to_owned())
    }

    /// Responds to the challenge `WEB_AUTHN` with a passkey.
    async fn prove_passkey(
        &self,
        challenge: &Value,
        (passkey, sub): &mut (Authenticator, String),
    ) -> Reply {
        let options = &challenge["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"];
        let options = serde_json::from_str(options.as_str().expect("options")).expect("JSON");
        let proof = passkey.get(&options, ORIGIN, sub).json().to_string();
        self.send_response(challenge, "CREDENTIAL", &proof).await
    }

    async fn events(&self) -> Vec<Value> {
        let fields = json!({ "Username": EMAIL });
        let mut answer = self.admin("AdminListUserAuthEvents", fields).await.ok();
        let events = answer["AuthEvents"].take();
        events.as_array().expect("a list").clone()
    }

    async fn choose_factor(&self, factor: &str) -> Value {
        let preferred = json!({ "PREFERRED_CHALLENGE": factor });
        self.begin("USER_AUTH", preferred).await.ok()
    }

    /// Responds to the challenge in a response. `key` is the name of the value.
    async fn send_response(&self, challenge: &Value, key: &str, value: &str) -> Reply {
        let name = challenge["ChallengeName"].as_str().expect("a challenge");
        self.respond(name, &challenge["Session"], (key, value))
            .await
    }
}

#[tokio::test]
async fn blocked_address_can_refresh_but_not_sign_in() {
    let pool = passwordless(|builder| builder).await;
    let tokens = pool.tokens().await;
    let challenge = pool.choose_factor("EMAIL_OTP").await;
    pool.block_loopback().await;
    let code = pool.code(EMAIL);
    pool.send_response(&challenge, "EMAIL_OTP_CODE", &code)
        .await
        .not_authorized(BLOCKED_ADDRESS);
    pool.begin("USER_AUTH", json!({}))
        .await
        .not_authorized(BLOCKED_ADDRESS);
    let refresh = json!({ "REFRESH_TOKEN": tokens.refresh });
    Tokens::read(&pool.begin("REFRESH_TOKEN_AUTH", refresh).await.ok());
    pool.get_user(&tokens.access).await.ok();
}

/// Only the operations that begin a sign-in have the member `AuthFlow`. Others ignore it.
#[tokio::test]
async fn extra_auth_flow_avoids_no_block() {
    let pool = enforced().await;
    let secret = pool.with_software_token().await;
    let challenge = pool.sign_in(EMAIL, PASSWORD).await.ok();
    pool.block_loopback().await;
    let response = json!({
        "ClientId": CLIENT, "ChallengeName": "SOFTWARE_TOKEN_MFA",
        "Session": challenge["Session"],
        "ChallengeResponses": {
            "USERNAME": EMAIL, "SOFTWARE_TOKEN_MFA_CODE": pool.totp(&secret),
        },
    });
    let sign_up =
        json!({ "ClientId": CLIENT, "Username": "new@example.com", "Password": PASSWORD });
    for flow in ["REFRESH_TOKEN", "REFRESH_TOKEN_AUTH"] {
        let with_flow = |fields: &Value| {
            let mut fields = fields.clone();
            fields["AuthFlow"] = json!(flow);
            fields
        };
        let admin = pool.admin("AdminRespondToAuthChallenge", with_flow(&response));
        admin.await.not_authorized(BLOCKED_ADDRESS);
        for (operation, fields) in [("SignUp", &sign_up), ("RespondToAuthChallenge", &response)] {
            let reply = pool.call(operation, with_flow(fields)).await;
            reply.not_authorized(BLOCKED_ADDRESS);
        }
    }
}

/// The request has neither a valid session nor a proof, so it must not change the event of the
/// user's sign-in.
#[tokio::test]
async fn blocked_address_changes_no_other_event() {
    let pool = enforced().await;
    let secret = pool.with_software_token().await;
    let challenge = pool.sign_in(EMAIL, PASSWORD).await.ok();
    pool.block_loopback().await;
    let mut forged = challenge.clone();
    forged["Session"] = json!("0".repeat(20));
    let key = "SOFTWARE_TOKEN_MFA_CODE";
    pool.send_response(&forged, key, "000000")
        .await
        .not_authorized(BLOCKED_ADDRESS);
    pool.set_risks(json!({ "RiskExceptionConfiguration": {} }))
        .await;
    let code = pool.totp(&secret);
    let answer = pool.send_response(&challenge, key, &code).await;
    Tokens::read(&answer.ok());

    let fields = json!({ "Username": EMAIL });
    let events = pool.admin("AdminListUserAuthEvents", fields).await.ok();
    let [blocked, own] = [0, 1].map(|index| &events["AuthEvents"][index]);
    for (event, response, decision) in [(blocked, "Fail", "Block"), (own, "Pass", "NoRisk")] {
        assert_eq!(event["EventResponse"], response);
        assert_eq!(event["EventRisk"]["RiskDecision"], decision);
    }
    let proofs = json!([
        { "ChallengeName": "Password", "ChallengeResponse": "Success" },
        { "ChallengeName": "Mfa", "ChallengeResponse": "Success" },
    ]);
    assert_eq!(own["ChallengeResponses"], proofs);
}

#[tokio::test]
async fn blocked_browser_cannot_sign_in_after_sign_up() {
    const NEW: &str = "new@example.com";
    let pool = hosted_with(
        |client| client,
        |builder| builder.threat_protection(ThreatProtection::Enforced),
    )
    .await;
    let mut browser = Browser::default();
    let path = format!("/signup?{}", request_with(&[]));
    let page = browser.get(&pool, &path).await;
    let filled = [("username", NEW), ("password", PASSWORD)];
    let page = browser.submit(&pool, &page, &filled).await;
    pool.block_loopback().await;
    let code = pool.code(NEW);
    let page = browser
        .submit_to(&pool, &page, "/confirm", &[("code", &code)])
        .await;
    says(&page, BLOCKED_ADDRESS);
    let page = browser.typed(&pool, NEW, PASSWORD).await;
    says(&page, BLOCKED_ADDRESS);
    assert!(
        !browser.cookies.contains_key("cognito"),
        "{}",
        html_of(&page)
    );
}

#[tokio::test]
async fn risky_sign_in_with_code_is_blocked() {
    let pool = passwordless(|builder| builder).await;
    pool.on_high_risk("BLOCK").await;
    pool.set_high_risk();
    let challenge = pool.choose_factor("EMAIL_OTP").await;
    let (code, wrong) = (pool.code(EMAIL), pool.wrong_code(EMAIL));
    pool.send_response(&challenge, "EMAIL_OTP_CODE", wrong)
        .await
        .fails(
            "CodeMismatchException",
            "Invalid code or auth state for the user.",
        );
    pool.send_response(&challenge, "EMAIL_OTP_CODE", &code)
        .await
        .not_authorized(BLOCKED);
    assert_eq!(pool.notice()[0], "Block");
    let event = pool.last_event().await;
    assert_eq!(event["EventRisk"]["RiskDecision"], "Block");
    assert_eq!(event["EventResponse"], "Fail");
    let proof = json!([{ "ChallengeName": "Mfa", "ChallengeResponse": "Success" }]);
    assert_eq!(event["ChallengeResponses"], proof);
    pool.emulator.set_risk(EMAIL, None).expect("a user");
    let challenge = pool.choose_factor("EMAIL_OTP").await;
    let code = pool.code(EMAIL);
    let answer = pool
        .send_response(&challenge, "EMAIL_OTP_CODE", &code)
        .await;
    Tokens::read(&answer.ok());
}

/// A code is no second factor for itself. A user who has another factor must use it.
#[tokio::test]
async fn risky_code_needs_another_factor() {
    let pool = passwordless(|builder| builder.email_mfa(true)).await;
    pool.set_high_risk();
    pool.on_high_risk("MFA_REQUIRED").await;
    let challenge = pool.choose_factor("EMAIL_OTP").await;
    let code = pool.code(EMAIL);
    pool.send_response(&challenge, "EMAIL_OTP_CODE", &code)
        .await
        .not_authorized(BLOCKED);

    pool.emulator.set_risk(EMAIL, None).expect("a user");
    let secret = pool.with_disabled_app().await;
    pool.set_high_risk();
    let challenge = pool.choose_factor("EMAIL_OTP").await;
    let code = pool.code(EMAIL);
    let challenge = pool
        .send_response(&challenge, "EMAIL_OTP_CODE", &code)
        .await
        .ok();
    assert_eq!(challenge["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    let code = pool.totp(&secret);
    let answer = pool
        .send_response(&challenge, "SOFTWARE_TOKEN_MFA_CODE", &code)
        .await;
    Tokens::read(&answer.ok());
    let event = pool.last_event().await;
    assert_eq!(event["EventRisk"]["RiskDecision"], "AccountTakeover");
    assert_eq!(event["EventResponse"], "Pass");
}

#[tokio::test]
async fn user_chooses_factor_that_risk_requires() {
    let pool = passwordless(|builder| builder.email_mfa(true)).await;
    let secret = pool.with_disabled_app().await;
    pool.set_high_risk();
    pool.on_high_risk("MFA_IF_CONFIGURED").await;
    let challenge = pool.sign_in(EMAIL, PASSWORD).await.ok();
    assert_eq!(challenge["ChallengeName"], "SELECT_MFA_TYPE");
    let challenge = pool
        .send_response(&challenge, "ANSWER", "SOFTWARE_TOKEN_MFA")
        .await
        .ok();
    let code = pool.totp(&secret);
    let answer = pool
        .send_response(&challenge, "SOFTWARE_TOKEN_MFA_CODE", &code)
        .await;
    Tokens::read(&answer.ok());
}

/// With `MULTI_FACTOR_WITH_USER_VERIFICATION`, a passkey replaces both factors.
#[tokio::test]
async fn risky_passkey_needs_second_factor_or_replaces_it() {
    for replaces_both in [false, true] {
        let pool = passwordless(|builder| match replaces_both {
            true => builder
                .multi_factor_passkeys()
                .user_verification(UserVerification::Required),
            false => builder,
        })
        .await;
        let mut passkey = pool.with_passkey().await;
        pool.set_high_risk();
        pool.on_high_risk("MFA_REQUIRED").await;
        let challenge = pool.choose_factor("WEB_AUTHN").await;
        let reply = pool.prove_passkey(&challenge, &mut passkey).await;
        if replaces_both {
            Tokens::read(&reply.ok());
        } else {
            reply.not_authorized(BLOCKED);
        }
    }
}

#[tokio::test]
async fn passkey_and_second_factor_are_one_event() {
    let pool = passwordless(|builder| builder).await;
    let mut passkey = pool.with_passkey().await;
    let secret = pool.with_disabled_app().await;
    pool.set_high_risk();
    pool.on_high_risk("MFA_REQUIRED").await;
    let before = pool.events().await.len();
    let choice = pool.begin("USER_AUTH", json!({})).await.ok();
    let challenge = pool.send_response(&choice, "ANSWER", "WEB_AUTHN").await;
    let challenge = pool.prove_passkey(&challenge.ok(), &mut passkey).await.ok();
    assert_eq!(challenge["ChallengeName"], "SOFTWARE_TOKEN_MFA");
    let events = pool.events().await;
    assert_eq!(events.len(), before + 1);
    assert_eq!(events[0]["EventResponse"], "InProgress");
    assert_eq!(events[0]["ChallengeResponses"], json!([]));
    let code = pool.totp(&secret);
    let answer = pool
        .send_response(&challenge, "SOFTWARE_TOKEN_MFA_CODE", &code)
        .await;
    Tokens::read(&answer.ok());
    let events = pool.events().await;
    assert_eq!(events.len(), before + 1);
    assert_eq!(events[0]["EventResponse"], "Pass");
    let proof = json!([{ "ChallengeName": "Mfa", "ChallengeResponse": "Success" }]);
    assert_eq!(events[0]["ChallengeResponses"], proof);
}

// A caller who has proven nothing must not add steps to the event of another sign-in.
#[tokio::test]
async fn rejected_passkey_is_a_separate_event() {
    let pool = passwordless(|builder| builder).await;
    let mut passkey = pool.with_passkey().await;
    let before = pool.events().await.len();
    let challenge = pool.choose_factor("WEB_AUTHN").await;
    let mut other = (Authenticator::es256(b"one"), passkey.1.clone());
    let rejected = pool.prove_passkey(&challenge, &mut other).await;
    assert_eq!(rejected.status, 400);
    let challenge = pool.choose_factor("WEB_AUTHN").await;
    Tokens::read(&pool.prove_passkey(&challenge, &mut passkey).await.ok());
    let events = pool.events().await;
    let results = events[..events.len() - before]
        .iter()
        .map(|event| &event["EventResponse"]);
    assert_eq!(results.collect::<Vec<_>>(), ["Pass", "Fail"]);
}

/// The flow `CUSTOM_AUTH` has a separate mode.
#[tokio::test]
async fn custom_sign_in_has_its_own_mode() {
    let pool = pool_with(|builder| {
        let builder = builder.threat_protection(ThreatProtection::Enforced);
        builder.trigger(Trigger::DefineAuthChallenge, |mut event| {
            event["response"] = json!({ "issueTokens": true });
            Ok(event)
        })
    })
    .await;
    pool.person();
    pool.on_high_risk("BLOCK").await;
    pool.set_high_risk();
    Tokens::read(&pool.begin("CUSTOM_AUTH", json!({})).await.ok());
    for (mode, is_blocked) in [("AUDIT", false), ("ENFORCED", true)] {
        let add_ons = json!({
            "AdvancedSecurityMode": "ENFORCED",
            "AdvancedSecurityAdditionalFlows": { "CustomAuthMode": mode },
        });
        let settings = json!({ "UserPoolAddOns": add_ons, "UserPoolTier": "PLUS" });
        pool.admin("UpdateUserPool", settings).await.ok();
        let reply = pool.begin("CUSTOM_AUTH", json!({})).await;
        if is_blocked {
            reply.not_authorized(BLOCKED);
        } else {
            Tokens::read(&reply.ok());
        }
    }
}

/// Threat protection does not apply to blocked addresses in the mode `AUDIT`.
#[tokio::test]
async fn audit_mode_blocks_no_address() {
    let pool = super::protected(ThreatProtection::Audit).await;
    pool.block_loopback().await;
    Tokens::read(&pool.sign_in(EMAIL, PASSWORD).await.ok());
    let pool = enforced().await;
    pool.block_loopback().await;
    pool.sign_in_from(OTHER).await.ok();
}
