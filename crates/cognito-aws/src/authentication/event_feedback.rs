//! The operation `UpdateAuthEventFeedback`.

use aws_sdk_cognitoidentityprovider::types::FeedbackValueType;
use cognito_core::authentication::event_feedback::FeedbackWithTokenRequest;

use crate::send::operations;

operations! {
    fn feedback_with_token(request: FeedbackWithTokenRequest) = send_to_pool!(
        UpdateAuthEventFeedback.update_auth_event_feedback {
            username: request.username,
            event_id: request.event_id,
            feedback_token: request.feedback_token.expose(),
            feedback_value: FeedbackValueType::from(request.feedback.as_str()),
        }
    );
}
