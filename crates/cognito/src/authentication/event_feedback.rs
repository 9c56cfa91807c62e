//! Feedback of a user on an authentication event, with the token of a notification message.

use cognito_cache::Budget;
use cognito_core::administration::auth_events::FeedbackValue;
use cognito_core::authentication::event_feedback::FeedbackWithTokenRequest;
use cognito_core::id::EventId;
use cognito_core::secret::FeedbackToken;
use cognito_core::{Done, InvalidInput};

use crate::call::{port_call, valid};
use crate::{Call, Cognito};

impl Cognito {
    /// Records a user's feedback on an authentication event: whether the user or an attacker has
    /// signed in (`UpdateAuthEventFeedback`). Threat protection uses the feedback for later risk
    /// assessments.
    ///
    /// The message of threat protection about a sign-in contains the user name (`{username}`), the
    /// event (`{event-id}`) and the token (`{feedback-token}`). Use this call if the links in your
    /// message lead to your own site. The call is not needed for the links
    /// `{one-click-link-valid}` and `{one-click-link-invalid}`, because they lead to Cognito.
    ///
    /// Security: a mail scanner opens the links in a message. Record the feedback only after the
    /// user has confirmed it on your page, with a `POST` request.
    ///
    /// ```no_run
    /// # async fn example(cognito: cognito::Cognito, event: &str, token: &str) -> cognito::Result<()> {
    /// use cognito::administration::auth_events::FeedbackValue;
    ///
    /// let not_me = FeedbackValue::Invalid;
    /// cognito.auth_event_feedback("ann@example.com", event, token, not_me).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// - [`NotAuthorized`](crate::ErrorKind::NotAuthorized) if the token is wrong, or belongs to
    ///   another event or user. AWS does not document when a token expires, or whether it can be used
    ///   twice. `cognito-emulator` accepts it as long as the event is stored.
    /// - [`NotFound`](crate::ErrorKind::NotFound),
    ///   [`InvalidParameter`](crate::ErrorKind::InvalidParameter) or
    ///   [`UserNotFound`](crate::ErrorKind::UserNotFound): AWS's model has these errors, and does not
    ///   document when they occur. Show [`Error::public_kind`](crate::Error::public_kind) to the
    ///   public. It is `NotAuthorized` for all of these errors of AWS.
    /// - [`NotEnabled`](crate::ErrorKind::NotEnabled) if the user pool has no threat protection.
    pub fn auth_event_feedback(
        &self,
        username: impl Into<String>,
        event_id: impl Into<String>,
        feedback_token: impl TryInto<FeedbackToken, Error: Into<InvalidInput>>,
        feedback: FeedbackValue,
    ) -> Call<FeedbackWithTokenRequest, Done> {
        port_call!(
            self.about(username), UpdateAuthEventFeedback => authentication.feedback_with_token(_),
            |username| {
                let (id, token) = (EventId::new(event_id)?, valid(feedback_token)?);
                Ok(FeedbackWithTokenRequest::new(username, id, token, feedback))
            }
        )
        .done("Feedback recorded successfully")
        .limited(Budget::Tokens)
        .hiding_account()
    }
}
