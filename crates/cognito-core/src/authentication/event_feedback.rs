//! The request with which a user gives feedback on an authentication event.

use derive_new::new;

use crate::administration::auth_events::FeedbackValue;
use crate::id::{EventId, Username};
use crate::secret::FeedbackToken;

/// A request to set whether an authentication event is trusted, with the token from the message to
/// the user about the event (`UpdateAuthEventFeedback`).
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct FeedbackWithTokenRequest {
    /// The user: a user name, an alias or a `sub`.
    pub username: Username,
    /// The id of the authentication event, from the message.
    pub event_id: EventId,
    /// The feedback token, from the message.
    pub feedback_token: FeedbackToken,
    /// Whether the authentication event is trusted.
    pub feedback: FeedbackValue,
}
