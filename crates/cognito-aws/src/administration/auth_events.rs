//! The operations `AdminListUserAuthEvents` and `AdminUpdateAuthEventFeedback`.

use aws_sdk_cognitoidentityprovider::types::{
    AuthEventType, ChallengeResponseType, EventContextDataType, EventFeedbackType, EventRiskType,
    FeedbackValueType,
};
use cognito_core::Result;
use cognito_core::administration::auth_events::{
    AuthEvent, AuthEventFeedbackRequest, AuthEventPage, ChallengeResponse, EventChallengeName,
    EventChallengeResponse, EventContextData, EventFeedback, EventResponse, EventRisk, EventType,
    FeedbackValue, ListAuthEventsRequest, RiskDecision, RiskLevel,
};
use cognito_core::id::EventId;

use crate::attributes::{page, time};
use crate::error::{from_response, missing};
use crate::send::operations;

operations! {
    fn list_auth_events(request: ListAuthEventsRequest) -> AuthEventPage = send_to_pool!(
        AdminListUserAuthEvents.admin_list_user_auth_events {
            username: request.username,
            ..page(request, max_results, set_next_token)
        }
    ) => |output| page(output.auth_events, event, output.next_token, AuthEventPage::new);

    fn auth_event_feedback(request: AuthEventFeedbackRequest) = send_to_pool!(
        AdminUpdateAuthEventFeedback.admin_update_auth_event_feedback {
            username: request.username,
            event_id: request.event_id,
            feedback_value: FeedbackValueType::from(request.feedback.as_str()),
        }
    );
}

fn event(event: AuthEventType) -> Result<AuthEvent> {
    let id = event.event_id.ok_or_else(|| missing("event id"))?;
    // Both are optional in the model of AWS. An event without them must not make the whole page
    // fail.
    let kind = event.event_type.as_ref().map_or("", |kind| kind.as_str());
    let response = event.event_response.as_ref();
    let response = response.map_or("", |response| response.as_str());
    let mut ours = AuthEvent::new(
        from_response(EventId::new(id))?,
        EventType::from(kind),
        EventResponse::from(response),
    );
    ours.created = time(event.creation_date.as_ref());
    let responses = event.challenge_responses.unwrap_or_default();
    ours.challenge_responses = responses.iter().filter_map(challenge_response).collect();
    ours.event_risk = event.event_risk.as_ref().map(risk).unwrap_or_default();
    ours.event_context_data = event.event_context_data.map(context).unwrap_or_default();
    ours.event_feedback = event.event_feedback.and_then(event_feedback);
    Ok(ours)
}

fn challenge_response(response: &ChallengeResponseType) -> Option<ChallengeResponse> {
    Some(ChallengeResponse::new(
        EventChallengeName::from(response.challenge_name()?.as_str()),
        EventChallengeResponse::from(response.challenge_response()?.as_str()),
    ))
}

fn risk(risk: &EventRiskType) -> EventRisk {
    let mut ours = EventRisk::default();
    let decision = risk.risk_decision();
    ours.risk_decision = decision.map(|decision| RiskDecision::from(decision.as_str()));
    ours.risk_level = risk
        .risk_level()
        .map(|level| RiskLevel::from(level.as_str()));
    ours.compromised_credentials_detected = risk.compromised_credentials_detected();
    ours
}

fn context(context: EventContextDataType) -> EventContextData {
    // AWS returns an unknown location as the string `null`.
    let known = |text: Option<String>| text.filter(|text| text != "null");
    let mut ours = EventContextData::default();
    ours.ip_address = context.ip_address;
    ours.device_name = context.device_name;
    ours.timezone = known(context.timezone);
    ours.city = known(context.city);
    ours.country = known(context.country);
    ours
}

/// Converts the feedback on an authentication event. Returns `None` if this crate does not support
/// the feedback value.
fn event_feedback(feedback: EventFeedbackType) -> Option<EventFeedback> {
    let value = match feedback.feedback_value {
        FeedbackValueType::Invalid => FeedbackValue::Invalid,
        FeedbackValueType::Valid => FeedbackValue::Valid,
        _ => return None,
    };
    let mut ours = EventFeedback::new(value, feedback.provider);
    ours.feedback_date = time(feedback.feedback_date.as_ref());
    Some(ours)
}
