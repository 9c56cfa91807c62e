//! Operations on the authentication events of a user, which threat protection records.

use cognito_core::Done;
use cognito_core::administration::auth_events::{AuthEventFeedbackRequest, ListAuthEventsRequest};
use cognito_core::id::EventId;

use crate::Call;
use crate::administration::users::AdminUser;
use crate::call::port_call;

pub use cognito_core::administration::auth_events::{
    AuthEvent, AuthEventPage, ChallengeResponse, EventChallengeName, EventChallengeResponse,
    EventContextData, EventFeedback, EventResponse, EventRisk, EventType, FeedbackValue,
    RiskDecision, RiskLevel,
};

impl AdminUser {
    /// Lists the authentication events of the user, such as sign-ins and password changes
    /// (`cognito-idp:AdminListUserAuthEvents`). `.await` returns one page, and
    /// [`stream`](crate::Call::stream) returns all events.
    ///
    /// The events contain personal data: IP addresses, device names and locations. `Debug` shows
    /// only the country.
    ///
    /// # Errors
    ///
    /// [`NotEnabled`](crate::ErrorKind::NotEnabled) if the user pool has no threat protection.
    pub fn auth_events(&self) -> Call<ListAuthEventsRequest, AuthEventPage> {
        port_call!(
            self, AdminListUserAuthEvents => administration.list_auth_events(_),
            new ListAuthEventsRequest
        )
        .reads()
    }

    /// Records feedback on an event: whether the event is from the user or from an attacker
    /// (`cognito-idp:AdminUpdateAuthEventFeedback`). Threat protection uses the feedback for later
    /// risk assessments.
    ///
    /// # Errors
    ///
    /// [`NotEnabled`](crate::ErrorKind::NotEnabled) if the user pool has no threat protection.
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if the user has no event with this
    /// id.
    pub fn auth_event_feedback(
        &self,
        event_id: impl Into<String>,
        feedback: FeedbackValue,
    ) -> Call<AuthEventFeedbackRequest, Done> {
        let event_id = EventId::new(event_id);
        port_call!(
            self, AdminUpdateAuthEventFeedback => administration.auth_event_feedback(_),
            |username| Ok(AuthEventFeedbackRequest::new(username, event_id?, feedback))
        )
        .done("Feedback recorded successfully")
    }
}
