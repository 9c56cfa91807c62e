//! Tests of the requests and lists for operators: pages, groups, filters, providers and
//! authentication events.

use std::time::UNIX_EPOCH;

use cognito_core::administration::auth_events::{
    AuthEvent, AuthEventPage, ChallengeResponse, EventChallengeName, EventChallengeResponse,
    EventFeedback, EventResponse, EventType, FeedbackValue, RiskDecision,
};
use cognito_core::administration::filter::Filter;
use cognito_core::administration::groups::{Group, GroupPage, GroupRequest, Precedence};
use cognito_core::administration::page::{PageSize, PageToken};
use cognito_core::administration::providers::ProviderUser;
use cognito_core::administration::users::UserPage;

#[test]
fn page_sizes_and_tokens_are_bounded() {
    assert!(PageSize::new(0).is_err());
    assert!(PageSize::new(61).is_err());
    assert!(PageSize::new(316).is_err());
    assert_eq!(PageSize::new(20).unwrap().as_u8(), 20);
    assert!(PageToken::new("").is_err());
    assert!(PageToken::new("a b").is_err());
    assert!(PageToken::new("x".repeat(131_073)).is_err());
}

fn full() -> Group {
    let mut group = Group::new("admins".parse().unwrap());
    group.description = Some("Who may".parse().unwrap());
    group.precedence = Some(Precedence::new(1).unwrap());
    group.role_arn = Some("arn:aws:iam::123456789012:role/admins".parse().unwrap());
    group.created = Some(UNIX_EPOCH);
    group
}

#[test]
fn precedence_has_cognitos_range() {
    assert_eq!(Precedence::new(0).unwrap().as_i32(), 0);
    assert_eq!(Precedence::new(2_147_483_647).unwrap().as_i32(), i32::MAX);
    assert!(Precedence::new(2_147_483_648).is_err());
    assert!(Precedence::new(1).unwrap() < Precedence::new(2).unwrap());
}

#[test]
fn group_serializes_known_fields() {
    assert_eq!(
        serde_json::to_value(GroupPage::new(vec![full()], None)).unwrap(),
        serde_json::json!({"groups": [{
            "name": "admins",
            "description": "Who may",
            "precedence": 1,
            "roleArn": "arn:aws:iam::123456789012:role/admins",
            "created": "1970-01-01T00:00:00.000Z",
            "modified": null,
        }]})
    );
    assert_eq!(
        serde_json::to_value(Group::new("admins".parse().unwrap())).unwrap(),
        serde_json::json!({"name": "admins", "created": null, "modified": null})
    );
}

#[test]
fn keeping_copies_all_group_settings() {
    let change = GroupRequest::keeping(full());
    let group = full();
    assert_eq!(change.name, group.name);
    assert_eq!(change.description, group.description);
    assert_eq!(change.precedence, group.precedence);
    assert_eq!(change.role_arn, group.role_arn);
}

#[test]
fn quotes_and_backslashes_cannot_break_out() {
    let filter = Filter::email().equals(r#"a" or "b"#);
    assert_eq!(filter.as_str().unwrap(), r#"email = "a\" or \"b""#);
    let filter = Filter::username().starts_with(r"adfs\bob\");
    assert_eq!(filter.as_str().unwrap(), r#"username ^= "adfs\\bob\\""#);
}

#[test]
fn length_is_bounded_escapes_included() {
    assert!(Filter::sub().equals(&"x".repeat(240)).as_str().is_ok());
    assert!(Filter::sub().equals(&"x".repeat(256)).as_str().is_err());
    assert!(Filter::sub().equals(&"\"".repeat(130)).as_str().is_err());
    assert!(Filter::sub().equals("a\nb").as_str().is_err());
}

#[test]
fn debug_shows_no_address() {
    let shown = format!("{:?}", Filter::email().equals("ann@example.com"));
    assert!(!shown.contains("ann"), "{shown}");
}

#[test]
fn provider_user_is_found_by_subject_by_default() {
    let user = ProviderUser::new("Google".parse().unwrap(), "1234567890").unwrap();
    assert_eq!(user.provider(), "Google");
    assert_eq!(user.attribute(), "Cognito_Subject");
    assert_eq!(user.value(), "1234567890");
    let user = user.with_attribute("email".parse().unwrap());
    assert_eq!(user.attribute(), "email");
}

#[test]
fn rejects_cognito_provider_and_empty_subject() {
    for provider in ["Cognito", "COGNITO"] {
        assert!(ProviderUser::new(provider.parse().unwrap(), "ann").is_err());
    }
    assert!(ProviderUser::new("Google".parse().unwrap(), "").is_err());
    let long = "x".repeat(131_073);
    assert!(ProviderUser::new("Google".parse().unwrap(), long).is_err());
}

#[test]
fn debug_shows_no_account() {
    let user = ProviderUser::new("Google".parse().unwrap(), "1234567890").unwrap();
    let shown = format!("{user:?}");
    assert!(
        shown.contains("Google") && !shown.contains("1234567890"),
        "{shown}"
    );
}

#[test]
fn a_page_has_the_json_of_the_document() {
    let page = UserPage::new(Vec::new(), Some(PageToken::new("next").unwrap()));
    assert_eq!(
        serde_json::to_value(&page).unwrap(),
        serde_json::json!({"users": [], "nextToken": "next"})
    );
    assert_eq!(
        serde_json::to_value(UserPage::default()).unwrap(),
        serde_json::json!({"users": []})
    );
}

fn event() -> AuthEvent {
    let mut event = AuthEvent::new(
        "4d2ad41e".parse().unwrap(),
        EventType::SignIn,
        EventResponse::from("Pass"),
    );
    event.created = Some(UNIX_EPOCH);
    event.challenge_responses.push(ChallengeResponse::new(
        EventChallengeName::Password,
        EventChallengeResponse::Success,
    ));
    event.event_risk.risk_decision = Some(RiskDecision::NoRisk);
    event.event_context_data.ip_address = Some("192.0.2.7".to_owned());
    event.event_context_data.city = Some("Seattle".to_owned());
    event.event_context_data.country = Some("United States".to_owned());
    event.event_feedback = Some(EventFeedback::new(FeedbackValue::Valid, "Admin"));
    event
}

#[test]
fn an_event_serializes_under_aws_s_names() {
    assert_eq!(
        serde_json::to_value(AuthEventPage::new(vec![event()], None)).unwrap(),
        serde_json::json!({"authEvents": [{
            "eventId": "4d2ad41e",
            "eventType": "SignIn",
            "eventResponse": "Pass",
            "created": "1970-01-01T00:00:00.000Z",
            "challengeResponses": [
                {"challengeName": "Password", "challengeResponse": "Success"},
            ],
            "eventRisk": {"riskDecision": "NoRisk"},
            "eventContextData": {
                "ipAddress": "192.0.2.7", "city": "Seattle", "country": "United States",
            },
            "eventFeedback": {
                "feedbackValue": "Valid", "provider": "Admin", "feedbackDate": null,
            },
        }]})
    );
}

#[test]
fn debug_hides_address_and_city() {
    let shown = format!("{:?}", event());
    assert!(shown.contains("United States"), "{shown}");
    for personal in ["192.0.2.7", "Seattle"] {
        assert!(!shown.contains(personal), "{shown}");
    }
}

#[test]
fn unknown_event_types_are_kept() {
    for text in [
        "ForgotPassword",
        "PasswordChange",
        "ResendCode",
        "SignIn",
        "SignUp",
    ] {
        let known = EventType::from(text);
        assert_eq!(known.as_str(), text);
        assert!(!matches!(known, EventType::Other(_)), "{text}");
    }
    let new = EventType::from("Teleport");
    assert_eq!(new, EventType::Other("Teleport".to_owned()));
    assert_eq!(serde_json::to_value(new).unwrap(), "Teleport");
}
