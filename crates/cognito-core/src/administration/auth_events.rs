//! What threat protection has seen of a user: authentication events.
//!
//! Pools without threat protection have none. ("Viewing and exporting user event history" of the
//! developer guide; `AuthEventType` of the API.)

use std::fmt;
use std::time::SystemTime;

use serde::{Serialize, Serializer};

use crate::administration::page::{PageSize, PageToken};
use crate::id::{EventId, Username};
use crate::user::moment;

/// Enums whose values Cognito may add to.
macro_rules! open_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
            /// What this version does not know, as Cognito wrote it.
            Other(String),
        }

        impl $name {
            /// The value in Cognito's spelling.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => stringify!($variant),)*
                    Self::Other(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $(stringify!($variant) => Self::$variant,)*
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

open_enum! {
    /// What the person was doing.
    EventType {
        /// Asking for a code for a forgotten password.
        ForgotPassword,
        /// Changing the password.
        PasswordChange,
        /// Asking for another code.
        ResendCode,
        /// Signing in.
        SignIn,
        /// Signing up.
        SignUp,
    }
}

open_enum! {
    /// What came of it.
    EventResponse {
        /// It was refused.
        Fail,
        /// A challenge was not answered, or is not yet.
        InProgress,
        /// It went through.
        Pass,
    }
}

open_enum! {
    /// Which proof was asked for.
    EventChallengeName {
        /// A second factor.
        Mfa,
        /// The password.
        Password,
    }
}

open_enum! {
    /// What became of a proof.
    EventChallengeResponse {
        /// It was wrong.
        Failure,
        /// It was right.
        Success,
    }
}

open_enum! {
    /// What adaptive authentication did.
    RiskDecision {
        /// What the pool is set to do against a taken account.
        AccountTakeover,
        /// The attempt was refused.
        Block,
        /// Nothing.
        NoRisk,
    }
}

open_enum! {
    /// How risky it looked to adaptive authentication.
    RiskLevel {
        /// High.
        High,
        /// Low.
        Low,
        /// Medium.
        Medium,
    }
}

/// One authentication event.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AuthEvent {
    /// The event's id, for [feedback](AuthEventFeedbackRequest).
    pub event_id: EventId,
    /// What the person was doing.
    pub event_type: EventType,
    /// What came of it.
    pub event_response: EventResponse,
    /// When it was.
    #[serde(serialize_with = "moment")]
    pub created: Option<SystemTime>,
    /// The proofs that were asked for, in their order.
    pub challenge_responses: Vec<ChallengeResponse>,
    /// What threat protection thought of it.
    pub event_risk: EventRisk,
    /// Where the request came from.
    pub event_context_data: EventContextData,
    /// What an operator or the person said of it later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_feedback: Option<EventFeedback>,
}

impl AuthEvent {
    /// An event of which nothing else is known.
    #[must_use]
    pub fn new(event_id: EventId, event_type: EventType, event_response: EventResponse) -> Self {
        Self {
            event_id,
            event_type,
            event_response,
            created: None,
            challenge_responses: Vec::new(),
            event_risk: EventRisk::default(),
            event_context_data: EventContextData::default(),
            event_feedback: None,
        }
    }
}

/// A proof that was asked for, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ChallengeResponse {
    /// Which.
    pub challenge_name: EventChallengeName,
    /// What became of it.
    pub challenge_response: EventChallengeResponse,
}

impl ChallengeResponse {
    /// This proof, and this outcome.
    #[must_use]
    pub const fn new(name: EventChallengeName, response: EventChallengeResponse) -> Self {
        Self {
            challenge_name: name,
            challenge_response: response,
        }
    }
}

/// What threat protection thought of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EventRisk {
    /// What was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk_decision: Option<RiskDecision>,
    /// How risky it looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk_level: Option<RiskLevel>,
    /// Whether the password is known to be in the hands of others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compromised_credentials_detected: Option<bool>,
}

/// Where a request came from. All of it tells of a person; `Debug` shows the country only.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EventContextData {
    /// The IP address, as far as Cognito was told it: of calls that a service makes it sees the
    /// service's own unless that says otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<String>,
    /// Browser or program, and operating system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_name: Option<String>,
    /// The time zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// The city.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// The country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

impl fmt::Debug for EventContextData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Security: address, device and city lead to a person.
        f.debug_struct("EventContextData")
            .field("country", &self.country)
            .finish_non_exhaustive()
    }
}

/// What somebody said of an event later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EventFeedback {
    /// What they said.
    pub feedback_value: FeedbackValue,
    /// Who said it: `Admin` for an operator.
    pub provider: String,
    /// When.
    #[serde(serialize_with = "moment")]
    pub feedback_date: Option<SystemTime>,
}

impl EventFeedback {
    /// This was said.
    #[must_use]
    pub fn new(value: FeedbackValue, provider: impl Into<String>) -> Self {
        Self {
            feedback_value: value,
            provider: provider.into(),
            feedback_date: None,
        }
    }
}

/// Whether an event is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub enum FeedbackValue {
    /// It was not the person, or riskier than Cognito thought.
    Invalid,
    /// It was the person, whatever Cognito thought.
    Valid,
}

impl FeedbackValue {
    /// The value in Cognito's spelling.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "Invalid",
            Self::Valid => "Valid",
        }
    }
}

/// Lists the authentication events of a user (`AdminListUserAuthEvents`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ListAuthEventsRequest {
    /// Whose.
    pub username: Username,
    /// How many at most.
    pub page_size: PageSize,
    /// Where to go on.
    pub page_token: Option<PageToken>,
}

impl ListAuthEventsRequest {
    /// The first page of this user's events.
    #[must_use]
    pub const fn new(username: Username) -> Self {
        Self {
            username,
            page_size: PageSize::MAX,
            page_token: None,
        }
    }
}

/// One page of authentication events. A page may be empty although more follow: go on while there
/// is a token.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AuthEventPage {
    /// The events.
    pub auth_events: Vec<AuthEvent>,
    /// Where the next page starts; `None` on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<PageToken>,
}

impl AuthEventPage {
    /// A page.
    #[must_use]
    pub const fn new(auth_events: Vec<AuthEvent>, next_token: Option<PageToken>) -> Self {
        Self {
            auth_events,
            next_token,
        }
    }
}

/// Says whether an event is trusted (`AdminUpdateAuthEventFeedback`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AuthEventFeedbackRequest {
    /// Whose event.
    pub username: Username,
    /// Which.
    pub event_id: EventId,
    /// Whether it is trusted.
    pub feedback: FeedbackValue,
}

impl AuthEventFeedbackRequest {
    /// This event is, or is not, trusted.
    #[must_use]
    pub const fn new(username: Username, event_id: EventId, feedback: FeedbackValue) -> Self {
        Self {
            username,
            event_id,
            feedback,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> AuthEvent {
        let mut event = AuthEvent::new(
            "4d2ad41e".parse().unwrap(),
            EventType::SignIn,
            EventResponse::from("Pass"),
        );
        event.created = Some(std::time::UNIX_EPOCH);
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
    fn debug_tells_no_address_and_no_city() {
        let shown = format!("{:?}", event());
        assert!(shown.contains("United States"), "{shown}");
        for personal in ["192.0.2.7", "Seattle"] {
            assert!(!shown.contains(personal), "{shown}");
        }
    }

    #[test]
    fn what_cognito_adds_is_kept_as_it_wrote_it() {
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
}
