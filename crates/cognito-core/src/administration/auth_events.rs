//! The authentication events of a user, which threat protection records.
//!
//! Pools without threat protection have no events. Sources: developer guide, "Viewing and exporting
//! user event history"; `AuthEventType` of the API.

use std::time::SystemTime;

use derive_new::new;
use serde::Serialize;

use crate::administration::page::{PageSize, PageToken, list_page};
use crate::id::{EventId, Username};
use crate::open_enum::open_enum;
use crate::user::moment;

open_enum! {
    /// The action of a user that an event records.
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
    /// The outcome of an event.
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
    /// The kind of proof that Cognito requested from the user.
    EventChallengeName {
        /// A second factor.
        Mfa,
        /// The password.
        Password,
    }
}

open_enum! {
    /// The outcome of a proof that Cognito requested.
    EventChallengeResponse {
        /// The proof was wrong.
        Failure,
        /// The proof was right.
        Success,
    }
}

open_enum! {
    /// The action that adaptive authentication took.
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
        /// The risk is high.
        High,
        /// The risk is low.
        Low,
        /// The risk is medium.
        Medium,
    }
}

record! {
    /// One authentication event.
    #[derive(Clone, Debug, Serialize)]
    #[serde(rename_all = "camelCase")]
    pub struct AuthEvent {
        /// The event's id, for [feedback](AuthEventFeedbackRequest).
        pub event_id: EventId,
        /// The action of the user.
        pub event_type: EventType,
        /// The outcome of the action.
        pub event_response: EventResponse,
        ..
        /// The time of the event.
        #[serde(serialize_with = "moment")]
        pub created: Option<SystemTime>,
        /// The challenges of the event and their outcomes, in order.
        pub challenge_responses: Vec<ChallengeResponse>,
        /// The assessment by threat protection.
        pub event_risk: EventRisk,
        /// The origin of the request.
        pub event_context_data: EventContextData,
        /// The feedback that an operator or the user gave later.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub event_feedback: Option<EventFeedback>,
    }
}

/// A proof that Cognito requested, and its outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, new)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ChallengeResponse {
    /// The challenge: `Password` or `Mfa`.
    pub challenge_name: EventChallengeName,
    /// The outcome of the proof.
    pub challenge_response: EventChallengeResponse,
}

/// The assessment of an event by threat protection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EventRisk {
    /// The action that adaptive authentication took.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk_decision: Option<RiskDecision>,
    /// The risk level that adaptive authentication assigned.
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
    /// The client's browser or program, and its operating system.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_name: Option<String>,
    /// The client's time zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// The client's city.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// The client's country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

// Security: address, device and city can identify a user.
impl_debug!(EventContextData { country });

record! {
    /// Feedback on an event.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    #[serde(rename_all = "camelCase")]
    pub struct EventFeedback {
        /// Whether the event is trusted.
        pub feedback_value: FeedbackValue,
        /// The source of the feedback: `Admin` for an operator.
        #[new(into)]
        pub provider: String,
        ..
        /// The time of the feedback.
        #[serde(serialize_with = "moment")]
        pub feedback_date: Option<SystemTime>,
    }
}

/// An assessment of an event: trusted or not trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub enum FeedbackValue {
    /// The event was not caused by the user, or its risk is higher than Cognito assumed.
    Invalid,
    /// The event was caused by the user, even if Cognito assumed a risk.
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

record! {
    /// A request for a page of a user's authentication events (`AdminListUserAuthEvents`).
    #[derive(Clone, Debug)]
    pub struct ListAuthEventsRequest {
        /// The user: a user name, an alias or a `sub`.
        pub username: Username,
        ..
        /// The maximum number of entries on the page. Default: 60.
        pub page_size: PageSize,
        /// The token of the page, or `None` for the first page.
        pub page_token: Option<PageToken>,
    }
}

list_page! {
    /// One page of authentication events.
    AuthEventPage {
        /// The events.
        auth_events: AuthEvent
    }
}

/// A request to set whether an event is trusted (`AdminUpdateAuthEventFeedback`).
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct AuthEventFeedbackRequest {
    /// The user: a user name, an alias or a `sub`.
    pub username: Username,
    /// The event.
    pub event_id: EventId,
    /// Whether the event is trusted.
    pub feedback: FeedbackValue,
}
