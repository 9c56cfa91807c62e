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
    /// The user's action that an authentication event records.
    EventType {
        /// The user requested a code for a forgotten password.
        ForgotPassword,
        /// The user changed the password.
        PasswordChange,
        /// The user requested another confirmation code.
        ResendCode,
        /// The user signed in.
        SignIn,
        /// The user signed up.
        SignUp,
    }
}

open_enum! {
    /// The outcome of an authentication event.
    EventResponse {
        /// The action of the user, such as a sign-in, failed: Cognito rejected the request.
        Fail,
        /// The action of the user is not complete: Cognito waits for the response to a challenge.
        InProgress,
        /// The action of the user, such as a sign-in, succeeded.
        Pass,
    }
}

open_enum! {
    /// The kind of proof that Cognito requested from the user during an authentication event.
    EventChallengeName {
        /// Cognito requested a second factor.
        Mfa,
        /// Cognito requested a password.
        Password,
    }
}

open_enum! {
    /// The outcome of a challenge that Cognito sent to the user.
    EventChallengeResponse {
        /// The response to the challenge was wrong.
        Failure,
        /// The response to the challenge was correct.
        Success,
    }
}

open_enum! {
    /// The action that adaptive authentication took for an event.
    RiskDecision {
        /// Adaptive authentication suspected an account takeover, and took the action that the pool
        /// has configured for the risk level.
        AccountTakeover,
        /// Adaptive authentication blocked the user's action, such as a sign-in.
        Block,
        /// Adaptive authentication found no risk, and took no action.
        NoRisk,
    }
}

open_enum! {
    /// The risk level that adaptive authentication assigned to an event.
    RiskLevel {
        /// The risk of the event is high.
        High,
        /// The risk of the event is low.
        Low,
        /// The risk of the event is medium.
        Medium,
    }
}

record! {
    /// An authentication event: an action of a user, with its outcome and its risk.
    #[derive(Clone, Debug, Serialize)]
    #[serde(rename_all = "camelCase")]
    pub struct AuthEvent {
        /// The event's id. An [`AuthEventFeedbackRequest`] needs it.
        pub event_id: EventId,
        /// The action of the user, such as a sign-in.
        pub event_type: EventType,
        /// The outcome of the user's action.
        pub event_response: EventResponse,
        ..
        /// The time at which the event occurred, if Cognito returned it.
        #[serde(serialize_with = "moment")]
        pub created: Option<SystemTime>,
        /// The proofs that Cognito requested, such as a password, and their outcomes, in the order
        /// of Cognito's response.
        pub challenge_responses: Vec<ChallengeResponse>,
        /// The risk assessment by threat protection.
        pub event_risk: EventRisk,
        /// Data about the client that sent the request, such as its IP address.
        pub event_context_data: EventContextData,
        /// The feedback on the event, if an operator or the user gave any.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub event_feedback: Option<EventFeedback>,
    }
}

/// A proof that Cognito requested during an event, and its outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, new)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ChallengeResponse {
    /// The kind of proof that Cognito requested, such as a password.
    pub challenge_name: EventChallengeName,
    /// The outcome: whether the proof that the user sent was right or wrong.
    pub challenge_response: EventChallengeResponse,
}

/// Threat protection's assessment of the risk of an event. A field is `None` if Cognito did not
/// return it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EventRisk {
    /// The action that adaptive authentication took, if Cognito returned it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk_decision: Option<RiskDecision>,
    /// The risk level that adaptive authentication assigned, if Cognito returned it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk_level: Option<RiskLevel>,
    /// `true` if Cognito found the password in a list of compromised passwords. `None` if Cognito
    /// did not return the field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compromised_credentials_detected: Option<bool>,
}

/// Data about the client that sent a request. All fields are personal data. `Debug` shows only the
/// country. A field is `None` if Cognito did not return it.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EventContextData {
    /// The IP address of the client, if known. If a service calls Cognito for its client and does
    /// not send the client's address, this is the address of the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<String>,
    /// The browser or application of the client and its operating system, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_name: Option<String>,
    /// The client's time zone, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// The client's city, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// The client's country, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

// Security: address, device and city can identify a user.
impl_debug!(EventContextData { country });

record! {
    /// Feedback on an authentication event, from an operator or the user.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize)]
    #[serde(rename_all = "camelCase")]
    pub struct EventFeedback {
        /// Whether the authentication event is trusted.
        pub feedback_value: FeedbackValue,
        /// The source of the feedback, such as `Admin` for an operator.
        #[new(into)]
        pub provider: String,
        ..
        /// The time at which the operator or the user gave the feedback. `None` if Cognito returned
        /// no time.
        #[serde(serialize_with = "moment")]
        pub feedback_date: Option<SystemTime>,
    }
}

/// Whether an authentication event is trusted (`FeedbackValueType` of the API).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub enum FeedbackValue {
    /// The event was not caused by the user, or its risk is higher than Cognito assumed.
    Invalid,
    /// The event was caused by the user, even if Cognito assumed a risk.
    Valid,
}

impl FeedbackValue {
    /// Returns the value in Cognito's spelling, such as `Invalid`.
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
        /// The `next_token` of the previous page, or `None` for the first page.
        pub page_token: Option<PageToken>,
    }
}

list_page! {
    /// One page of authentication events.
    AuthEventPage {
        /// The authentication events on this page.
        auth_events: AuthEvent
    }
}

/// A request to set whether an authentication event is trusted (`AdminUpdateAuthEventFeedback`).
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct AuthEventFeedbackRequest {
    /// The user: a user name, an alias or a `sub`.
    pub username: Username,
    /// The id of the authentication event ([`AuthEvent::event_id`]).
    pub event_id: EventId,
    /// Whether the authentication event is trusted.
    pub feedback: FeedbackValue,
}
