//! The authentication events of a user, which threat protection records.
//!
//! Pools without threat protection have no events. Sources: developer guide, "Viewing and exporting
//! user event history"; `AuthEventType` of the API.

use std::fmt;
use std::time::SystemTime;

use derive_new::new;
use serde::{Serialize, Serializer};

use crate::administration::page::{PageSize, PageToken};
use crate::id::{EventId, Username};
use crate::user::moment;

/// Defines an enum to which Cognito may add values.
macro_rules! open_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
            /// A value that this version does not know, as Cognito sent it.
            Other(String),
        }

        impl $name {
            /// Returns the value in Cognito's spelling.
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
    /// The action of the user.
    EventType {
        /// The user requested a code for a forgotten password.
        ForgotPassword,
        /// The user changed the password.
        PasswordChange,
        /// The user requested another code.
        ResendCode,
        /// The user signed in.
        SignIn,
        /// The user signed up.
        SignUp,
    }
}

open_enum! {
    /// The outcome of the event.
    EventResponse {
        /// The event failed: Cognito rejected the request.
        Fail,
        /// A challenge has no response yet.
        InProgress,
        /// The event succeeded.
        Pass,
    }
}

open_enum! {
    /// The kind of proof that was requested.
    EventChallengeName {
        /// A second factor.
        Mfa,
        /// The password.
        Password,
    }
}

open_enum! {
    /// The outcome of a proof.
    EventChallengeResponse {
        /// The proof was wrong.
        Failure,
        /// The proof was right.
        Success,
    }
}

open_enum! {
    /// The action of adaptive authentication.
    RiskDecision {
        /// The action that the pool has configured for a suspected account takeover.
        AccountTakeover,
        /// The attempt was blocked.
        Block,
        /// No action.
        NoRisk,
    }
}

open_enum! {
    /// The risk level that adaptive authentication assigned.
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
    /// The action of the user.
    pub event_type: EventType,
    /// The outcome.
    pub event_response: EventResponse,
    /// The time of the event.
    #[serde(serialize_with = "moment")]
    pub created: Option<SystemTime>,
    /// The requested proofs, in order.
    pub challenge_responses: Vec<ChallengeResponse>,
    /// The assessment of threat protection.
    pub event_risk: EventRisk,
    /// The origin of the request.
    pub event_context_data: EventContextData,
    /// The feedback that an operator or the user gave later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_feedback: Option<EventFeedback>,
}

impl AuthEvent {
    /// Creates an event with only these fields.
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

/// A requested proof, and its outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ChallengeResponse {
    /// The requested proof.
    pub challenge_name: EventChallengeName,
    /// The outcome of the proof.
    pub challenge_response: EventChallengeResponse,
}

impl ChallengeResponse {
    /// Creates a challenge response from the requested proof and its outcome.
    pub const fn new(name: EventChallengeName, response: EventChallengeResponse) -> Self {
        Self {
            challenge_name: name,
            challenge_response: response,
        }
    }
}

/// The assessment of an event by threat protection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EventRisk {
    /// The action that was taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk_decision: Option<RiskDecision>,
    /// The risk level.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk_level: Option<RiskLevel>,
    /// `true` if the password is known to be compromised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compromised_credentials_detected: Option<bool>,
}

/// The origin of a request. All fields are personal data. `Debug` shows only the country.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EventContextData {
    /// The IP address that Cognito received. For calls from a service, this is the service's
    /// address, unless the service sends the client's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<String>,
    /// The browser or program, and the operating system.
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
        // Security: address, device and city can identify a user.
        f.debug_struct("EventContextData")
            .field("country", &self.country)
            .finish_non_exhaustive()
    }
}

/// Feedback on an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EventFeedback {
    /// The feedback.
    pub feedback_value: FeedbackValue,
    /// The source of the feedback: `Admin` for an operator.
    pub provider: String,
    /// The time of the feedback.
    #[serde(serialize_with = "moment")]
    pub feedback_date: Option<SystemTime>,
}

impl EventFeedback {
    /// Creates feedback.
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
    /// The event was not caused by the user, or its risk is higher than Cognito assumed.
    Invalid,
    /// The event was caused by the user, whatever Cognito assumed.
    Valid,
}

impl FeedbackValue {
    /// Returns the value in Cognito's spelling.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invalid => "Invalid",
            Self::Valid => "Valid",
        }
    }
}

/// A request for a page of a user's authentication events (`AdminListUserAuthEvents`).
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct ListAuthEventsRequest {
    /// The user.
    pub username: Username,
    /// The maximum number of entries on the page.
    #[new(default)]
    pub page_size: PageSize,
    /// The token of the page, or `None` for the first page.
    #[new(default)]
    pub page_token: Option<PageToken>,
}

/// One page of authentication events. A page may be empty although more follow: continue while
/// there is a token.
#[derive(Clone, Debug, Default, Serialize, new)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AuthEventPage {
    /// The events.
    pub auth_events: Vec<AuthEvent>,
    /// The token of the next page, or `None` on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<PageToken>,
}

/// A request to set whether an event is trusted (`AdminUpdateAuthEventFeedback`).
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct AuthEventFeedbackRequest {
    /// The user.
    pub username: Username,
    /// The event.
    pub event_id: EventId,
    /// Whether the event is trusted.
    pub feedback: FeedbackValue,
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
}
