//! The request with which a user gives feedback on an authentication event.

use derive_new::new;

use crate::administration::auth_events::FeedbackValue;
use crate::id::{EventId, Username};
use crate::secret::FeedbackToken;

/// A request to record a user's feedback on an authentication event (`UpdateAuthEventFeedback`).
/// The token from the notification message to the user authorizes the request.
#[derive(Clone, Debug, new)]
#[non_exhaustive]
pub struct FeedbackWithTokenRequest {
    /// The user: a user name, an alias or a `sub`.
    pub username: Username,
    /// The id of the authentication event, from the message.
    pub event_id: EventId,
    /// The feedback token, from the message.
    pub feedback_token: FeedbackToken,
    /// The feedback: whether the user trusts the authentication event.
    pub feedback: FeedbackValue,
}
