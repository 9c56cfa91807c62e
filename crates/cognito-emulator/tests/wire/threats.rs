//! Threat protection: compromised passwords, blocked addresses, and the risk of sign-ins.

mod flows;

use std::time::Duration;

use cognito_emulator::{MfaMode, Purpose, RiskLevel, ThreatProtection};
use serde_json::{Value, json};

use crate::support::{
    CLIENT, EMAIL, PASSWORD, PHONE, Pool, Tokens, new_client, password_fields, pool_with,
    secret_hash, sign_in_fields,
};

const COMPROMISED: &str = "Password123!";
const OTHER: &str = "203.0.113.9";

async fn protected(mode: ThreatProtection) -> Pool {
    let pool = pool_with(|builder| {
        let builder = builder.threat_protection(mode).mfa(MfaMode::Optional);
        builder.compromised_passwords([COMPROMISED])
    })
    .await;
    pool.person();
    pool
}

async fn enforced() -> Pool {
    protected(ThreatProtection::Enforced).await
}

/// Returns a pool that blocks sign-ins from new addresses.
async fn new_addresses_blocked() -> Pool {
    let pool = pool_with(|builder| {
        let builder = builder.threat_protection(ThreatProtection::Enforced);
        builder.new_address_risk(RiskLevel::High)
    })
    .await;
    pool.person();
    pool.on_high_risk("BLOCK").await;
    pool
}

impl Pool {
    async fn set_risks(&self, configuration: Value) {
        self.admin("SetRiskConfiguration", configuration).await.ok();
    }

    /// Rejects compromised passwords in the events `filter`.
    async fn reject_compromised(&self, filter: Value) {
        self.set_risks(json!({ "CompromisedCredentialsRiskConfiguration": {
            "EventFilter": filter, "Actions": { "EventAction": "BLOCK" },
        } }))
        .await;
    }

    /// Sets the response to a sign-in with a high risk.
    async fn on_high_risk(&self, action: &str) {
        let email = |name: &str| {
            let text =
                "{event-id} {feedback-token} {one-click-link-invalid} {ip-address} {username}";
            json!({ "Subject": "A sign-in", "TextBody": format!("{name} {text}") })
        };
        self.set_risks(json!({ "AccountTakeoverRiskConfiguration": {
            "Actions": { "HighAction": { "Notify": true, "EventAction": action } },
            "NotifyConfiguration": {
                "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/a@example.com",
                "BlockEmail": email("Block"),
                "MfaEmail": email("Mfa"),
                "NoActionEmail": email("NoAction"),
            },
        } }))
        .await;
    }

    fn set_high_risk(&self) {
        let set = self.emulator.set_risk(EMAIL, Some(RiskLevel::High));
        set.expect("a user");
    }

    async fn last_event(&self) -> Value {
        let fields = json!({ "Username": EMAIL });
        let events = self.admin("AdminListUserAuthEvents", fields).await.ok();
        events["AuthEvents"][0].clone()
    }

    /// Returns the words of the last message about a risk.
    fn notice(&self) -> Vec<String> {
        let message = self.emulator.inbox().latest(EMAIL).expect("a message");
        assert_eq!(message.purpose, Purpose::RiskNotification);
        message.text.split(' ').map(str::to_owned).collect()
    }
}

#[tokio::test]
async fn compromised_password_must_be_reset() {
    let pool = enforced().await;
    let set = json!({ "Username": EMAIL, "Password": COMPROMISED, "Permanent": true });
    pool.admin("AdminSetUserPassword", set).await.ok();
    pool.reject_compromised(json!(["SIGN_UP"])).await;
    pool.sign_in(EMAIL, COMPROMISED).await.ok();
    pool.reject_compromised(json!([])).await;
    // A wrong password changes nothing.
    pool.sign_in(EMAIL, "WrongPass123!")
        .await
        .not_authorized("Incorrect username or password.");
    pool.sign_in(EMAIL, COMPROMISED).await.fails(
        "PasswordResetRequiredException",
        "Password reset required for the user",
    );
    let user = pool
        .admin("AdminGetUser", json!({ "Username": EMAIL }))
        .await;
    assert_eq!(user.ok()["UserStatus"], "RESET_REQUIRED");
    let event = pool.last_event().await;
    let risk = json!({ "RiskDecision": "Block", "CompromisedCredentialsDetected": true });
    assert_eq!(event["EventRisk"], risk);
    assert_eq!(event["EventResponse"], "Fail");
}

#[tokio::test]
async fn compromised_new_passwords_are_rejected() {
    const MESSAGE: &str = "Provided password cannot be used for security reasons.";
    let pool = enforced().await;
    let access = pool.tokens().await.access;
    let sign_up =
        json!({ "ClientId": CLIENT, "Username": "new@example.com", "Password": COMPROMISED });
    let change = json!({
        "AccessToken": access, "PreviousPassword": PASSWORD, "ProposedPassword": COMPROMISED,
    });
    pool.call(
        "ForgotPassword",
        json!({ "ClientId": CLIENT, "Username": EMAIL }),
    )
    .await
    .ok();
    let reset = json!({
        "ClientId": CLIENT, "Username": EMAIL, "Password": COMPROMISED,
        "ConfirmationCode": pool.code(EMAIL),
    });
    let requests = [
        ("SignUp", &sign_up),
        ("ChangePassword", &change),
        ("ConfirmForgotPassword", &reset),
    ];
    pool.reject_compromised(json!(["SIGN_UP", "PASSWORD_CHANGE"]))
        .await;
    for (operation, fields) in requests {
        let reply = pool.call(operation, fields.clone()).await;
        reply.fails("InvalidPasswordException", MESSAGE);
    }
    // Without the filter for these events, the passwords are accepted.
    pool.reject_compromised(json!(["SIGN_IN"])).await;
    for (operation, fields) in requests {
        pool.call(operation, fields.clone()).await.ok();
    }
}

#[tokio::test]
async fn audit_mode_records_and_rejects_nothing() {
    let pool = protected(ThreatProtection::Audit).await;
    pool.on_high_risk("BLOCK").await;
    pool.set_high_risk();
    pool.sign_in(EMAIL, PASSWORD).await.ok();
    let event = pool.last_event().await;
    assert_eq!(event["EventRisk"]["RiskLevel"], "High");
    assert_eq!(event["EventRisk"]["RiskDecision"], "AccountTakeover");
    assert_eq!(event["EventResponse"], "Pass");
    assert!(pool.emulator.inbox().is_empty());
}

#[tokio::test]
async fn risky_sign_in_is_blocked() {
    let pool = enforced().await;
    pool.on_high_risk("BLOCK").await;
    pool.sign_in(EMAIL, PASSWORD).await.ok();
    pool.set_high_risk();
    pool.sign_in(EMAIL, "WrongPass123!")
        .await
        .not_authorized("Incorrect username or password.");
    pool.sign_in(EMAIL, PASSWORD)
        .await
        .not_authorized("Unable to login because of security reasons.");
    let event = pool.last_event().await;
    let risk = json!({
        "RiskDecision": "Block", "RiskLevel": "High", "CompromisedCredentialsDetected": false,
    });
    assert_eq!(event["EventRisk"], risk);
    let password = json!([{ "ChallengeName": "Password", "ChallengeResponse": "Success" }]);
    assert_eq!(event["ChallengeResponses"], password);
    assert_eq!(pool.notice()[0], "Block");
}

#[tokio::test]
async fn risk_requires_second_factor() {
    let pool = enforced().await;
    pool.set_high_risk();
    pool.on_high_risk("MFA_IF_CONFIGURED").await;
    pool.sign_in(EMAIL, PASSWORD).await.ok();
    assert_eq!(pool.notice()[0], "NoAction");
    pool.on_high_risk("MFA_REQUIRED").await;
    pool.sign_in(EMAIL, PASSWORD)
        .await
        .not_authorized("Unable to login because of security reasons.");
    assert_eq!(pool.notice()[0], "Block");
    // The user has not enabled text messages, but has a verified phone number.
    pool.with_phone().await;
    let challenge = pool.sign_in(EMAIL, PASSWORD).await.ok();
    assert_eq!(challenge["ChallengeName"], "SMS_MFA");
    assert_eq!(pool.notice()[0], "Mfa");
    let fields = json!({
        "ClientId": CLIENT, "ChallengeName": "SMS_MFA", "Session": challenge["Session"],
        "ChallengeResponses": { "USERNAME": EMAIL, "SMS_MFA_CODE": pool.code(PHONE) },
    });
    Tokens::read(&pool.call("RespondToAuthChallenge", fields).await.ok());
    let event = pool.last_event().await;
    assert_eq!(event["EventRisk"]["RiskDecision"], "AccountTakeover");
    assert_eq!(event["EventResponse"], "Pass");
    let removed = pool.emulator.set_risk(EMAIL, None);
    removed.expect("a user");
    Tokens::read(&pool.sign_in(EMAIL, PASSWORD).await.ok());
}

#[tokio::test]
async fn user_sends_feedback_with_token() {
    let pool = enforced().await;
    pool.on_high_risk("NO_ACTION").await;
    pool.set_high_risk();
    pool.sign_in(EMAIL, PASSWORD).await.ok();
    let words = pool.notice();
    let event = pool.last_event().await;
    assert_eq!(event["EventId"], words[1]);
    assert_eq!(words[4], "127.0.0.1");
    let mut fields = json!({
        "UserPoolId": pool.emulator.user_pool_id(), "Username": EMAIL, "EventId": words[1],
        "FeedbackToken": "forged", "FeedbackValue": "Valid",
    });
    let forged = pool.call("UpdateAuthEventFeedback", fields.clone()).await;
    forged.not_authorized("Invalid feedback token.");
    fields["FeedbackToken"] = json!(words[2]);
    pool.call("UpdateAuthEventFeedback", fields).await.ok();
    let feedback = pool.last_event().await["EventFeedback"].clone();
    assert_eq!(feedback["FeedbackValue"], "Valid");
    // The link in the message does the same.
    let path = words[3].replace(pool.emulator.endpoint(), "");
    assert_eq!(pool.get(&path).await.status, 200);
    let feedback = pool.last_event().await["EventFeedback"].clone();
    assert_eq!(feedback["FeedbackValue"], "Invalid");
    let forged = path.replace(&words[2], "forged");
    assert_eq!(pool.get(&forged).await.status, 400);
}

#[tokio::test]
async fn blocked_addresses_are_rejected() {
    let pool = enforced().await;
    let ranges = json!({ "BlockedIPRangeList": ["203.0.113.0/24"] });
    pool.set_risks(json!({ "RiskExceptionConfiguration": ranges }))
        .await;
    let blocked = "Request not allowed due to security reasons.";
    pool.sign_in_from("198.51.100.1").await.ok();
    pool.sign_in_from(OTHER).await.not_authorized(blocked);
    assert_eq!(
        pool.last_event().await["EventRisk"]["RiskDecision"],
        "Block"
    );
    let ranges = json!({ "BlockedIPRangeList": ["127.0.0.1/32"] });
    pool.set_risks(json!({ "RiskExceptionConfiguration": ranges }))
        .await;
    pool.sign_in(EMAIL, PASSWORD).await.not_authorized(blocked);
    let sign_up =
        json!({ "ClientId": CLIENT, "Username": "new@example.com", "Password": PASSWORD });
    pool.call("SignUp", sign_up).await.not_authorized(blocked);
    let invalid = json!({ "RiskExceptionConfiguration": { "SkippedIPRangeList": ["10.0.0"] } });
    pool.admin("SetRiskConfiguration", invalid)
        .await
        .invalid_parameter("SkippedIPRangeList contains a range that is not in CIDR notation.");
}

/// Otherwise anyone could avoid the blocked ranges.
#[tokio::test]
async fn public_clients_cannot_choose_address() {
    let pool = enforced().await;
    let ranges = json!({ "BlockedIPRangeList": ["127.0.0.0/8"] });
    pool.set_risks(json!({ "RiskExceptionConfiguration": ranges }))
        .await;
    let blocked = "Request not allowed due to security reasons.";
    let context = json!({ "IpAddress": OTHER });
    let mut fields = sign_in_fields(EMAIL, PASSWORD);
    fields["UserContextData"] = context.clone();
    pool.call("InitiateAuth", fields)
        .await
        .not_authorized(blocked);
    let pool_id = pool.emulator.user_pool_id().to_owned();
    for (propagates, is_allowed) in [(false, false), (true, true)] {
        let settings = json!({
            "GenerateSecret": true, "EnablePropagateAdditionalUserContextData": propagates,
        });
        let client = new_client(&pool, &pool_id, settings).await;
        let id = client["ClientId"].as_str().expect("an id");
        let secret = client["ClientSecret"].as_str().expect("a secret");
        let mut fields = password_fields(&client["ClientId"], EMAIL);
        fields["AuthParameters"]["SECRET_HASH"] = json!(secret_hash(secret, EMAIL, id));
        fields["UserContextData"] = context.clone();
        let reply = pool.call("InitiateAuth", fields).await;
        if is_allowed {
            reply.ok();
        } else {
            reply.not_authorized(blocked);
        }
    }
}

#[tokio::test]
async fn new_address_is_risk_unless_skipped() {
    let pool = new_addresses_blocked().await;
    pool.sign_in_from("198.51.100.1").await.ok();
    pool.sign_in_from("198.51.100.1").await.ok();
    let blocked = "Unable to login because of security reasons.";
    pool.sign_in_from(OTHER).await.not_authorized(blocked);
    // A blocked sign-in does not make the address known.
    pool.sign_in_from(OTHER).await.not_authorized(blocked);
    let ranges = json!({ "SkippedIPRangeList": ["203.0.113.0/24"] });
    pool.set_risks(json!({
        "RiskExceptionConfiguration": ranges,
        "AccountTakeoverRiskConfiguration": {
            "Actions": { "HighAction": { "Notify": false, "EventAction": "BLOCK" } },
        },
    }))
    .await;
    pool.sign_in_from(OTHER).await.ok();
}

/// Otherwise anyone could make an address known, or the user's own address new.
#[tokio::test]
async fn failed_attempts_forget_no_address() {
    let pool = new_addresses_blocked().await;
    pool.sign_in_from("198.51.100.1").await.ok();
    for _ in 0..1000 {
        let reply = pool.sign_in(EMAIL, "WrongPass123!").await;
        assert_eq!(reply.status, 400);
    }
    pool.advance(Duration::from_secs(3600));
    let blocked = "Unable to login because of security reasons.";
    pool.sign_in_from(OTHER).await.not_authorized(blocked);
    pool.sign_in_from("198.51.100.1").await.ok();
}

#[tokio::test]
async fn chosen_password_makes_address_known() {
    let pool = new_addresses_blocked().await;
    let fields = json!({
        "AuthFlow": "USER_AUTH", "ClientId": CLIENT,
        "AuthParameters": {
            "USERNAME": EMAIL, "PREFERRED_CHALLENGE": "PASSWORD", "PASSWORD": PASSWORD,
        },
    });
    pool.call("InitiateAuth", fields).await.ok();
    assert_eq!(pool.last_event().await["EventResponse"], "Pass");
    let blocked = "Unable to login because of security reasons.";
    pool.sign_in_from(OTHER).await.not_authorized(blocked);
}

#[tokio::test]
async fn request_sets_risk_of_user() {
    let pool = enforced().await;
    pool.on_high_risk("BLOCK").await;
    let set = async |level: &str| {
        let id = pool.emulator.user_pool_id();
        let path = format!("/_emulator/risk?pool={id}&username={EMAIL}&level={level}");
        pool.send("POST", &path, &[], "").await.status
    };
    assert_eq!(set("high").await, 200);
    assert_eq!(pool.sign_in(EMAIL, PASSWORD).await.status, 400);
    assert_eq!(set("none").await, 200);
    pool.sign_in(EMAIL, PASSWORD).await.ok();
    assert_eq!(set("huge").await, 400);
    assert_eq!(pool.get("/_emulator/risk").await.status, 405);
}
