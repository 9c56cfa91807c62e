//! Feedback of a user on an authentication event, and the old setting for codes by SMS.

use std::time::Duration;

use cognito::administration::JsonDocument;
use cognito::administration::auth_events::FeedbackValue;
use cognito::attempt::{Budget, BudgetPolicy};
use cognito::{ChallengeName, ErrorKind, Operation};
use cognito_emulator::{Fault, RiskLevel, ThreatProtection};
use cognito_testkit::LogCapture;
use serde_json::json;

use crate::fixture::{EMAIL, Fixture, PASSWORD, challenge, refused};

/// Creates a pool that sends messages about sign-ins with a risk. Signs the user in with a risk.
/// Returns the event and the feedback token in the message.
async fn notified() -> (Fixture, [String; 2]) {
    let fixture = Fixture::ours_with(
        |emulator| emulator.threat_protection(ThreatProtection::Enforced),
        |cognito| cognito,
    )
    .await;
    let text = "{event-id} {feedback-token}";
    let message = json!({ "Subject": "A sign-in", "TextBody": text, "HtmlBody": text });
    let risks = json!({ "AccountTakeoverRiskConfiguration": {
        "Actions": { "HighAction": { "Notify": true, "EventAction": "NO_ACTION" } },
        "NotifyConfiguration": {
            "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/a@example.com",
            "NoActionEmail": message,
        },
    } });
    let risks = JsonDocument::try_from(risks).unwrap();
    let admin = fixture.cognito.admin();
    let set = admin.document(Operation::SetRiskConfiguration, risks);
    set.await.unwrap();
    fixture.confirmed_user(EMAIL).await;
    let emulator = fixture.emulator();
    emulator.set_risk(EMAIL, Some(RiskLevel::High)).unwrap();
    drop(fixture.login().await);
    let message = emulator.inbox().latest(EMAIL).unwrap();
    let words: Vec<_> = message.text.split(' ').map(str::to_owned).collect();
    (fixture, words.try_into().unwrap())
}

#[tokio::test]
async fn user_reports_foreign_sign_in() {
    let (fixture, [event, token]) = notified().await;
    let logs = LogCapture::start();

    let invalid = FeedbackValue::Invalid;
    let call = fixture
        .cognito
        .auth_event_feedback(EMAIL, &event, &*token, invalid);
    let shown = format!("{call:?}");
    call.await.unwrap();

    let events = fixture.cognito.admin().user(EMAIL).auth_events().await;
    let events = events.unwrap().auth_events;
    let found = events.iter().find(|found| found.event_id.as_str() == event);
    let feedback = found.unwrap().event_feedback.as_ref().unwrap();
    assert_eq!(feedback.feedback_value, invalid);
    assert_eq!(feedback.provider, "User");
    logs.assert_free_of(&[&token, EMAIL]);
    assert!(!shown.contains(&token) && !shown.contains(EMAIL), "{shown}");
}

#[tokio::test]
async fn wrong_feedback_token_reveals_no_account() {
    let (fixture, [event, token]) = notified().await;
    let send = async |name: &str, event: &str, token: &str| {
        let valid = FeedbackValue::Valid;
        fixture
            .cognito
            .auth_event_feedback(name, event, token, valid)
            .await
    };
    for (name, event, token) in [
        (EMAIL, &*event, "forged"),
        (EMAIL, "another-event", &*token),
        ("nobody@example.com", &*event, &*token),
    ] {
        let error = send(name, event, token).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotAuthorized, "{name} {event}");
    }
    // AWS's model names these errors, and does not document when they occur.
    let operation = "UpdateAuthEventFeedback";
    for code in [
        "InvalidParameterException",
        "ResourceNotFoundException",
        "UserNotFoundException",
    ] {
        let fault = Fault::error(operation, code, "It does not exist.");
        fixture.emulator().inject(fault.times(1)).unwrap();
        let error = send("nobody@example.com", &event, &token)
            .await
            .unwrap_err();
        assert_eq!(error.public_kind(), ErrorKind::NotAuthorized, "{code}");
    }
    let calls = fixture.emulator().calls(operation);
    let malformed = send(EMAIL, &event, "two words").await;
    assert_eq!(refused(malformed), ErrorKind::InvalidParameter);
    assert_eq!(fixture.emulator().calls(operation), calls);
}

#[tokio::test]
async fn guessed_events_count_against_budget() {
    let few = BudgetPolicy::new(2, Duration::from_secs(15 * 60));
    let fixture = Fixture::ours_with(
        |pool| pool,
        |cognito| cognito.address_budget(Budget::Tokens, few),
    )
    .await;
    let operation = "UpdateAuthEventFeedback";
    let missing = Fault::error(operation, "ResourceNotFoundException", "No such event.");
    fixture.emulator().inject(missing).unwrap();
    for expected in [
        ErrorKind::NotFound,
        ErrorKind::NotFound,
        ErrorKind::AttemptLimit,
    ] {
        let feedback =
            fixture
                .cognito
                .auth_event_feedback(EMAIL, "event", "token", FeedbackValue::Valid);
        let feedback = feedback.client_address([192, 0, 2, 1].into());
        assert_eq!(refused(feedback.await), expected);
    }
}

#[tokio::test]
async fn feedback_needs_threat_protection() {
    let fixture = Fixture::ours().await;
    let valid = FeedbackValue::Valid;
    let feedback = fixture
        .cognito
        .auth_event_feedback(EMAIL, "event", "token", valid);
    assert_eq!(refused(feedback.await), ErrorKind::NotEnabled);
}

#[tokio::test]
async fn old_setting_enables_sms_codes() {
    let fixture = Fixture::ours().await;
    let phone = [
        ("email", EMAIL),
        ("phone_number", "+4930123456"),
        ("phone_number_verified", "true"),
    ];
    fixture
        .emulator()
        .create_user(EMAIL, PASSWORD, &phone)
        .unwrap();
    let user = fixture.cognito.admin().user(EMAIL);

    user.set_sms_mfa(true).await.unwrap();
    let asked = challenge(fixture.cognito.login(EMAIL, PASSWORD).await.unwrap());
    assert_eq!(asked.name(), &ChallengeName::SmsMfa);

    user.set_sms_mfa(false).await.unwrap();
    drop(fixture.login().await);
}

#[tokio::test]
async fn old_setting_needs_phone_number() {
    let fixture = Fixture::ours().await;
    fixture.confirmed_user(EMAIL).await;
    let admin = fixture.cognito.admin();
    let missing = admin.user(EMAIL).set_sms_mfa(true).await;
    assert_eq!(refused(missing), ErrorKind::MfaNotSetUp);
    let nobody = admin.user("nobody@example.com").set_sms_mfa(true).await;
    assert_eq!(refused(nobody), ErrorKind::UserNotFound);
}
