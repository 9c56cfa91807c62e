//! The events that threat protection records.

use std::time::Duration;

use cognito_emulator::ThreatProtection;
use serde_json::{Value, json};

use crate::support::{CLIENT, EMAIL, PASSWORD, PHONE, Pool, START, pool, pool_with};

async fn watched() -> Pool {
    let pool = pool_with(|builder| builder.threat_protection(ThreatProtection::Enforced)).await;
    pool.person();
    pool
}

async fn events(pool: &Pool) -> Vec<Value> {
    let fields = json!({ "Username": EMAIL });
    let answer = pool.admin("AdminListUserAuthEvents", fields).await.ok();
    answer["AuthEvents"].as_array().expect("a list").clone()
}

fn summary(events: &[Value]) -> Vec<(&str, &str)> {
    events
        .iter()
        .map(|event| {
            let text = |name: &str| event[name].as_str().expect("a text");
            (text("EventType"), text("EventResponse"))
        })
        .collect()
}

#[tokio::test]
async fn a_pool_without_it_has_no_events() {
    let pool = pool().await;
    pool.person();
    pool.tokens().await;
    for (operation, fields) in [
        ("AdminListUserAuthEvents", json!({ "Username": EMAIL })),
        (
            "AdminUpdateAuthEventFeedback",
            json!({ "Username": EMAIL, "EventId": "x", "FeedbackValue": "Valid" }),
        ),
        ("SetRiskConfiguration", json!({})),
    ] {
        pool.admin(operation, fields).await.fails(
            "UserPoolAddOnNotEnabledException",
            "This is an add on feature. Please update AdvancedSecurityMode for your user pool to \
             access this API.",
        );
    }
    let described = pool.admin("DescribeRiskConfiguration", json!({})).await;
    assert!(described.ok()["RiskConfiguration"].is_object());
    let answer = pool.admin("DescribeUserPool", json!({})).await.ok();
    let add_ons = &answer["UserPool"]["UserPoolAddOns"];
    assert_eq!(add_ons, &json!(null), "it is shown only when it is set");
}

#[tokio::test]
async fn sign_in_is_one_event_with_many_steps() {
    let pool = watched().await;
    pool.with_phone().await;
    let fields = json!({
        "Username": EMAIL,
        "SMSMfaSettings": { "Enabled": true, "PreferredMfa": true },
    });
    pool.admin("AdminSetUserMFAPreference", fields).await.ok();
    let answer = pool.sign_in(EMAIL, PASSWORD).await.ok();
    assert_eq!(summary(&events(&pool).await), [("SignIn", "InProgress")]);
    let respond = |code: String| {
        let fields = json!({
            "ClientId": CLIENT,
            "ChallengeName": "SMS_MFA",
            "Session": answer["Session"],
            "ChallengeResponses": { "USERNAME": EMAIL, "SMS_MFA_CODE": code },
        });
        pool.call("RespondToAuthChallenge", fields)
    };
    let wrong = pool.wrong_code(PHONE).to_owned();
    assert_eq!(respond(wrong).await.status, 400);
    assert_eq!(summary(&events(&pool).await), [("SignIn", "Fail")]);
    respond(pool.code(PHONE)).await.ok();
    let seen = events(&pool).await;
    assert_eq!(summary(&seen), [("SignIn", "Pass")]);
    assert_eq!(
        seen[0]["ChallengeResponses"],
        json!([
            { "ChallengeName": "Password", "ChallengeResponse": "Success" },
            { "ChallengeName": "Mfa", "ChallengeResponse": "Failure" },
            { "ChallengeName": "Mfa", "ChallengeResponse": "Success" },
        ])
    );
    assert_eq!(seen[0]["CreationDate"], json!(START as f64));
    assert_eq!(
        seen[0]["EventRisk"],
        json!({ "RiskDecision": "NoRisk", "CompromisedCredentialsDetected": false })
    );
}

#[tokio::test]
async fn failed_guess_is_a_separate_event() {
    let pool = watched().await;
    pool.with_phone().await;
    let fields = json!({ "Username": EMAIL, "SMSMfaSettings": { "Enabled": true } });
    pool.admin("AdminSetUserMFAPreference", fields).await.ok();
    let answer = pool.sign_in(EMAIL, PASSWORD).await.ok();
    pool.sign_in(EMAIL, "WrongPass123!").await;
    let fields = json!({
        "ClientId": CLIENT,
        "ChallengeName": "SMS_MFA",
        "Session": answer["Session"],
        "ChallengeResponses": { "USERNAME": EMAIL, "SMS_MFA_CODE": pool.code(PHONE) },
    });
    pool.call("RespondToAuthChallenge", fields).await.ok();
    let seen = events(&pool).await;
    assert_eq!(summary(&seen), [("SignIn", "Fail"), ("SignIn", "Pass")]);
}

#[tokio::test]
async fn rejections_are_recorded_but_malformed_requests_are_not() {
    let pool = watched().await;
    pool.sign_in(EMAIL, "WrongPass123!")
        .await
        .not_authorized("Incorrect username or password.");
    pool.sign_in(EMAIL, "")
        .await
        .invalid_parameter("Missing required parameter PASSWORD");
    pool.admin("AdminDisableUser", json!({ "Username": EMAIL }))
        .await
        .ok();
    pool.sign_in(EMAIL, PASSWORD)
        .await
        .not_authorized("User is disabled.");
    // An unknown user leaves no event.
    pool.sign_in("nobody@example.com", PASSWORD).await;
    let seen = events(&pool).await;
    assert_eq!(summary(&seen), [("SignIn", "Fail"), ("SignIn", "Fail")]);
    assert_eq!(
        seen[0]["ChallengeResponses"],
        json!([{ "ChallengeName": "Password", "ChallengeResponse": "Failure" }])
    );
}

#[tokio::test]
async fn account_steps_are_events_newest_first() {
    let pool = pool_with(|builder| builder.threat_protection(ThreatProtection::Audit)).await;
    let fields = json!({ "ClientId": CLIENT, "Username": EMAIL, "Password": PASSWORD });
    pool.call("SignUp", fields).await.ok();
    let named = json!({ "ClientId": CLIENT, "Username": EMAIL });
    pool.call("ResendConfirmationCode", named.clone())
        .await
        .ok();
    let mut confirm = named.clone();
    confirm["ConfirmationCode"] = json!(pool.code(EMAIL));
    pool.call("ConfirmSignUp", confirm).await.ok();
    let tokens = pool.tokens().await;
    let fields = json!({
        "AccessToken": tokens.access,
        "PreviousPassword": PASSWORD,
        "ProposedPassword": "EvenBetter456!",
    });
    pool.call("ChangePassword", fields).await.ok();
    pool.call("ForgotPassword", named).await.ok();
    // A refresh is not recorded as a sign-in.
    let fields = json!({ "ClientId": CLIENT, "RefreshToken": tokens.refresh });
    pool.call("GetTokensFromRefreshToken", fields).await.ok();
    assert_eq!(
        summary(&events(&pool).await),
        [
            ("ForgotPassword", "Pass"),
            ("PasswordChange", "Pass"),
            ("SignIn", "Pass"),
            ("ResendCode", "Pass"),
            ("SignUp", "Pass"),
        ]
    );
}

#[tokio::test]
async fn event_has_the_context_address() {
    let pool = watched().await;
    pool.sign_in(EMAIL, PASSWORD).await.ok();
    pool.sign_in_from("192.0.2.7").await.ok();
    let seen = events(&pool).await;
    assert_eq!(seen[0]["EventContextData"]["IpAddress"], "192.0.2.7");
    assert_eq!(seen[1]["EventContextData"]["IpAddress"], "127.0.0.1");
}

#[tokio::test]
async fn event_list_has_pages_and_accepts_feedback() {
    let pool = watched().await;
    for _ in 0..3 {
        pool.sign_in(EMAIL, PASSWORD).await.ok();
        pool.advance(Duration::from_secs(1));
    }
    let mut fields = json!({ "Username": EMAIL, "MaxResults": 2 });
    let first = pool.admin("AdminListUserAuthEvents", fields.clone());
    let first = first.await.ok();
    assert_eq!(first["AuthEvents"].as_array().map(Vec::len), Some(2));
    fields["NextToken"] = first["NextToken"].clone();
    let second = pool.admin("AdminListUserAuthEvents", fields).await.ok();
    assert_eq!(second["AuthEvents"].as_array().map(Vec::len), Some(1));
    assert!(second.get("NextToken").is_none());
    assert_eq!(second["AuthEvents"][0]["CreationDate"], json!(START as f64));

    let id = &second["AuthEvents"][0]["EventId"];
    let fields = json!({ "Username": EMAIL, "EventId": id, "FeedbackValue": "Invalid" });
    pool.admin("AdminUpdateAuthEventFeedback", fields.clone())
        .await
        .ok();
    let seen = events(&pool).await;
    assert_eq!(
        seen[2]["EventFeedback"],
        json!({
            "FeedbackValue": "Invalid",
            "Provider": "Admin",
            "FeedbackDate": (START + 3) as f64,
        })
    );
    assert_eq!(seen[0].get("EventFeedback"), None);
    let mut unknown = fields.clone();
    unknown["EventId"] = json!("made-up");
    pool.admin("AdminUpdateAuthEventFeedback", unknown)
        .await
        .invalid_parameter("EventId is invalid");
    let mut unsure = fields;
    unsure["FeedbackValue"] = json!("Perhaps");
    pool.admin("AdminUpdateAuthEventFeedback", unsure)
        .await
        .invalid_parameter(
            "1 validation error detected: Value 'Perhaps' at 'feedbackValue' failed to satisfy \
             constraint: Member must satisfy enum value set: [Valid, Invalid]",
        );
    pool.admin("AdminListUserAuthEvents", json!({ "Username": "nobody" }))
        .await
        .fails("UserNotFoundException", "User does not exist.");
}
