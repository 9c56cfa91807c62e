//! Authentication events of a user, which threat protection records.

use cognito_core::administration::auth_events::{AuthEventFeedbackRequest, ListAuthEventsRequest};
use cognito_core::id::EventId;
use cognito_core::ports::Administration;
use cognito_core::{Done, Operation};

use crate::Call;
use crate::administration::users::AdminUser;

pub use cognito_core::administration::auth_events::{
    AuthEvent, AuthEventPage, ChallengeResponse, EventChallengeName, EventChallengeResponse,
    EventContextData, EventFeedback, EventResponse, EventRisk, EventType, FeedbackValue,
    RiskDecision, RiskLevel,
};

impl AdminUser {
    /// Lists the sign-ins and other events of the user that threat protection recorded
    /// (`cognito-idp:AdminListUserAuthEvents`). `.await` returns one page,
    /// [`stream`](crate::Call::stream) all pages.
    ///
    /// The events contain personal data: addresses, devices, places. `Debug` shows only the
    /// country.
    ///
    /// # Errors
    ///
    /// [`NotEnabled`](crate::ErrorKind::NotEnabled) if the pool has no threat protection.
    pub fn auth_events(&self) -> Call<ListAuthEventsRequest, AuthEventPage> {
        self.call(
            Operation::AdminListUserAuthEvents,
            |username| Ok(ListAuthEventsRequest::new(username)),
            async |inner, request| inner.administration.list_auth_events(request).await,
        )
        .reads()
    }

    /// Sets whether an event of the user is trusted, as feedback for Cognito
    /// (`cognito-idp:AdminUpdateAuthEventFeedback`).
    ///
    /// # Errors
    ///
    /// [`NotEnabled`](crate::ErrorKind::NotEnabled) if the pool has no threat protection;
    /// [`InvalidParameter`](crate::ErrorKind::InvalidParameter) if there is no such event.
    pub fn auth_event_feedback(
        &self,
        event_id: impl Into<String>,
        feedback: FeedbackValue,
    ) -> Call<AuthEventFeedbackRequest, Done> {
        let event_id = EventId::new(event_id);
        self.call(
            Operation::AdminUpdateAuthEventFeedback,
            |username| Ok(AuthEventFeedbackRequest::new(username, event_id?, feedback)),
            async |inner, request| inner.administration.auth_event_feedback(request).await,
        )
        .done("Feedback recorded successfully")
    }
}
