//! The recorded events of threat protection, and the operations `AdminListUserAuthEvents`,
//! `AdminUpdateAuthEventFeedback` and `UpdateAuthEventFeedback`.
//!
//! Operations do not record events themselves. After each operation, the server passes the request
//! and the response to [`observe`], which records the event.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use serde_json::json;

use crate::model::auth_events::{AuthEvent, CAPACITY, Feedback, Kind, Proof, Response};
use crate::model::failure::{Answer, Failure};
use crate::model::options::ThreatProtection;
use crate::model::risk::{Assessment, Decision};
use crate::operations::authentication::sign_in::locked_out;
use crate::operations::page::Page;
use crate::state::call::Call;
use crate::state::log_entries::on_event;

pub(crate) fn list(call: &Call<'_>) -> Answer {
    call.service.settings.check_threat_protection()?;
    let page = Page::read(call, "MaxResults", "NextToken")?;
    call.with_user(|user| {
        let events = &user.events.0;
        let after = page.after.as_ref();
        let last = after.and_then(|after| events.iter().position(|event| event.id == *after));
        let rest = events.iter().skip(last.map_or(0, |last| last + 1));
        page.answer("AuthEvents", rest.map(|it| (&it.id, it.describe())))
    })
}

pub(crate) fn feedback(call: &Call<'_>) -> Answer {
    let (id, value) = (call.required("EventId")?, call.required("FeedbackValue")?);
    call.service.settings.check_threat_protection()?;
    call.with_user(|user| {
        let event = user.events.0.iter_mut().find(|event| event.id == id);
        let event = event.ok_or_else(|| Failure::invalid_parameter("EventId is invalid"))?;
        event.feedback = Some(sent_by(call, "Admin", value));
        Ok(json!({}))
    })
}

/// Handles `UpdateAuthEventFeedback`. The feedback token is in the message to the user about the
/// event, and is valid as long as the event is stored.
pub(crate) fn feedback_by_token(call: &Call<'_>) -> Answer {
    let (username, id) = (call.required("Username")?, call.required("EventId")?);
    let (token, value) = (
        call.required("FeedbackToken")?,
        call.required("FeedbackValue")?,
    );
    call.service.settings.check_threat_protection()?;
    let mut state = call.state();
    let events = state
        .users
        .find_mut(username)
        .map(|user| &mut user.events.0);
    let mut events = events.into_iter().flatten();
    let is_right = |event: &AuthEvent| {
        let expected = event.token.as_deref().unwrap_or_default();
        event.id == id
            && !expected.is_empty()
            && verify_slices_are_equal(expected.as_bytes(), token.as_bytes()).is_ok()
    };
    // Security: the error does not reveal whether the user exists.
    let event = events.find(|event| is_right(event));
    let event = event.ok_or_else(|| Failure::not_authorized("Invalid feedback token."))?;
    event.feedback = Some(sent_by(call, "User", value));
    Ok(json!({}))
}

fn sent_by(call: &Call<'_>, provider: &'static str, value: &str) -> Feedback {
    Feedback {
        value: value.to_owned(),
        provider,
        sent: call.now,
    }
}

/// Records an event for a request and its response. If the request continues a sign-in, adds a step
/// to the event of the sign-in. Does nothing if one of these conditions is true:
///
/// - Threat protection is off in the pool.
/// - The user does not exist.
/// - Requests of this kind are not recorded ([`action`]).
/// - The request has failed with an error that is not recorded ([`response`]).
pub(crate) fn observe(call: &Call<'_>, operation: &str, answer: &Answer) {
    if call.service.settings.threat_protection == ThreatProtection::Off {
        return;
    }
    let Assessment {
        risk,
        is_proven,
        has_blocked_address,
        notice,
    } = call.assessment.take();
    let Some((username, kind, proof)) = action(call, operation, answer) else {
        return;
    };
    let is_blocked = risk.decision == Decision::Block;
    let Some(response) = response(answer).or_else(|| is_blocked.then_some(Response::Fail)) else {
        return;
    };
    let mut state = call.state();
    let Some(user) = state.users.find_mut(&username) else {
        return;
    };
    if kind == Kind::SignIn && response == Response::Pass {
        user.addresses.add(call.address());
    }
    let events = &mut user.events.0;
    // Only a request without a password can be a further step of an existing sign-in.
    // Security: a request from a blocked address has proven nothing. It gets a separate event.
    // Otherwise its sender could change the events of the sign-ins of other users.
    let continues = kind == Kind::SignIn && proof != Some(Proof::Password) && !has_blocked_address;
    let begun = events.iter_mut().find(|event| event.may_go_on());
    let is_right = response != Response::Fail || is_proven;
    let is_factor = proof.is_some() || call.text("ChallengeName") == Some("WEB_AUTHN");
    let proof = proof.map(|proof| (proof, is_right));
    if let Some(event) = begun.filter(|_| continues) {
        event.response = response;
        event.proofs.extend(proof);
        event.risk.add(risk);
        let event = event.clone();
        return on_event(call, user, &event);
    }
    let (id, token) = match notice {
        Some((id, token)) => (id, Some(token)),
        None => (call.service.random.uuid(), None),
    };
    let event = AuthEvent {
        id,
        kind,
        response,
        proofs: proof.into_iter().collect(),
        has_first_factor: is_factor && is_right,
        address: call.address(),
        created: call.now,
        risk,
        token,
        feedback: None,
    };
    events.push_front(event.clone());
    events.truncate(CAPACITY);
    on_event(call, user, &event);
}

/// Returns the user name in a request, the kind of the event, and the factor that the request
/// proves. The factor is `None` if the request proves neither a password nor a code. Returns `None`
/// if requests of this kind are not recorded.
fn action(
    call: &Call<'_>,
    operation: &str,
    answer: &Answer,
) -> Option<(String, Kind, Option<Proof>)> {
    let text = |map: &str, name: &str| call.fields.get(map)?.get(name)?.as_str();
    let parameter = |map: &str| text(map, "USERNAME");
    let is_sent = |map: &str| text(map, "PASSWORD").is_some();
    let (username, kind, proof) = match operation {
        "InitiateAuth" | "AdminInitiateAuth" => match call.text("AuthFlow")? {
            "USER_PASSWORD_AUTH" | "ADMIN_NO_SRP_AUTH" | "ADMIN_USER_PASSWORD_AUTH" => {
                let username = parameter("AuthParameters")?;
                (username, Kind::SignIn, Some(Proof::Password))
            }
            // Otherwise the request only begins the sign-in.
            "USER_AUTH"
                if is_sent("AuthParameters")
                    && text("AuthParameters", "PREFERRED_CHALLENGE") == Some("PASSWORD")
                    && !is_choice(answer) =>
            {
                let username = parameter("AuthParameters")?;
                (username, Kind::SignIn, Some(Proof::Password))
            }
            // A sign-in with SRP is recorded with its proof. A refresh is not a sign-in.
            _ => return None,
        },
        "RespondToAuthChallenge" | "AdminRespondToAuthChallenge" => {
            let proof = match call.text("ChallengeName")? {
                "PASSWORD_VERIFIER" => Some(Proof::Password),
                "PASSWORD" if is_sent("ChallengeResponses") => Some(Proof::Password),
                "SELECT_CHALLENGE"
                    if is_sent("ChallengeResponses")
                        && text("ChallengeResponses", "ANSWER") == Some("PASSWORD") =>
                {
                    Some(Proof::Password)
                }
                // The request only chooses the first factor or begins SRP.
                "PASSWORD_SRP" | "SELECT_CHALLENGE" => return None,
                "EMAIL_OTP" | "SMS_MFA" | "SMS_OTP" | "SOFTWARE_TOKEN_MFA" => Some(Proof::Mfa),
                _ => None,
            };
            (parameter("ChallengeResponses")?, Kind::SignIn, proof)
        }
        "ChangePassword" => {
            let token = call.access_token().ok()?;
            return Some((token.username, Kind::PasswordChange, Some(Proof::Password)));
        }
        "ForgotPassword" => (call.text("Username")?, Kind::ForgotPassword, None),
        "ResendConfirmationCode" => (call.text("Username")?, Kind::ResendCode, None),
        "SignUp" => (call.text("Username")?, Kind::SignUp, None),
        _ => return None,
    };
    Some((username.to_owned(), kind, proof))
}

/// Returns `true` if the response lets the user choose the first factor.
fn is_choice(answer: &Answer) -> bool {
    let answer = answer.as_ref();
    answer.is_ok_and(|answer| answer["ChallengeName"] == "SELECT_CHALLENGE")
}

/// Returns the result that an authentication event contains for the response `answer`. Returns
/// `None` for an error that is not a rejection of the user, such as an invalid parameter. A request
/// with such an error is recorded only if threat protection has blocked it.
fn response(answer: &Answer) -> Option<Response> {
    let failure = match answer {
        Ok(answer) if answer.get("ChallengeName").is_some() => return Some(Response::InProgress),
        Ok(_) => return Some(Response::Pass),
        Err(failure) => failure,
    };
    let is_rejection = match failure.code() {
        "CodeMismatchException"
        | "ExpiredCodeException"
        | "PasswordResetRequiredException"
        | "UserNotConfirmedException" => true,
        _ => [Failure::incorrect(), Failure::disabled(), locked_out()].contains(failure),
    };
    is_rejection.then_some(Response::Fail)
}
