//! Recorded events of threat protection: `AdminListUserAuthEvents`, `AdminUpdateAuthEventFeedback`.
//!
//! Operations do not record events themselves. The server passes every request and its response to
//! [`observe`], which records them.

use std::net::IpAddr;

use serde_json::json;

use crate::model::auth_events::{AuthEvent, CAPACITY, Kind, Proof, Response};
use crate::model::failure::{Answer, Failure};
use crate::model::options::ThreatProtection;
use crate::model::user::User;
use crate::operations::page::Page;
use crate::state::call::Call;

/// `AdminListUserAuthEvents`.
pub(crate) fn list(call: &Call<'_>) -> Answer {
    let username = call.required("Username")?;
    call.check_pool()?;
    check_enabled(call)?;
    let page = Page::read(call, "MaxResults", "NextToken")?;
    let state = call.state();
    let user = state.users.find(username);
    let events = &user.ok_or_else(Failure::user_not_found)?.events.0;
    let after = page.after.as_ref();
    let last = after.and_then(|after| events.iter().position(|event| event.id == *after));
    let rest = events.iter().skip(last.map_or(0, |last| last + 1));
    let key = |event: &&AuthEvent| event.id.clone();
    page.answer("AuthEvents", rest, key, |event| event.describe())
}

/// `AdminUpdateAuthEventFeedback`.
pub(crate) fn feedback(call: &Call<'_>) -> Answer {
    let (username, id) = (call.required("Username")?, call.required("EventId")?);
    let value = call.required("FeedbackValue")?;
    call.check_pool()?;
    check_enabled(call)?;
    let mut state = call.state();
    let events = &mut state.users.expect(username)?.events.0;
    let event = events.iter_mut().find(|event| event.id == id);
    let event = event.ok_or_else(|| Failure::invalid_parameter("EventId is invalid"))?;
    event.feedback = Some((value.to_owned(), call.now));
    Ok(json!({}))
}

/// Records a request and its response, if the pool records events.
pub(crate) fn observe(call: &Call<'_>, operation: &str, answer: &Answer) {
    if call.service.settings.threat_protection == ThreatProtection::Off {
        return;
    }
    let Some((seen, response)) = Seen::read(call, operation).zip(response(answer)) else {
        return;
    };
    let mut state = call.state();
    if let Some(user) = state.users.find_mut(&seen.username) {
        seen.record(call, user, response);
    }
}

/// The user and the action of a request.
struct Seen {
    username: String,
    kind: Kind,
    proof: Option<Proof>,
    /// `true` if the request may be a further step of an existing sign-in.
    goes_on: bool,
}

impl Seen {
    fn read(call: &Call<'_>, operation: &str) -> Option<Self> {
        let field = |name: &str| call.text(name);
        let within = |map: &str| call.fields.get(map)?.get("USERNAME")?.as_str();
        let seen = |username: &str, kind, proof| Self {
            username: username.to_owned(),
            kind,
            proof,
            goes_on: false,
        };
        match operation {
            "InitiateAuth" | "AdminInitiateAuth" => {
                // A sign-in with SRP is recorded with its proof. A refresh is not a sign-in.
                let is_password = matches!(
                    field("AuthFlow")?,
                    "USER_PASSWORD_AUTH" | "ADMIN_NO_SRP_AUTH" | "ADMIN_USER_PASSWORD_AUTH"
                );
                let username = within("AuthParameters").filter(|_| is_password)?;
                Some(seen(username, Kind::SignIn, Some(Proof::Password)))
            }
            "RespondToAuthChallenge" | "AdminRespondToAuthChallenge" => {
                let challenge = field("ChallengeName")?;
                let proof = match challenge {
                    "PASSWORD_VERIFIER" => Some(Proof::Password),
                    "EMAIL_OTP" | "SMS_MFA" | "SOFTWARE_TOKEN_MFA" => Some(Proof::Mfa),
                    _ => None,
                };
                let mut seen = seen(within("ChallengeResponses")?, Kind::SignIn, proof);
                seen.goes_on = proof != Some(Proof::Password);
                Some(seen)
            }
            "ChangePassword" => {
                let tokens = &call.service.tokens;
                let token = tokens.read_access(field("AccessToken")?, call.now).ok()?;
                let proof = Some(Proof::Password);
                Some(seen(&token.username, Kind::PasswordChange, proof))
            }
            "ForgotPassword" => Some(seen(field("Username")?, Kind::ForgotPassword, None)),
            "ResendConfirmationCode" => Some(seen(field("Username")?, Kind::ResendCode, None)),
            "SignUp" => Some(seen(field("Username")?, Kind::SignUp, None)),
            _ => None,
        }
    }

    fn record(self, call: &Call<'_>, user: &mut User, response: Response) {
        let proof = self.proof.map(|proof| (proof, response != Response::Fail));
        let events = &mut user.events.0;
        let begun = events
            .iter_mut()
            .find(|event| event.may_go_on())
            .filter(|_| self.goes_on);
        if let Some(event) = begun {
            event.response = response;
            event.proofs.extend(proof);
            return;
        }
        events.push_front(AuthEvent {
            id: call.service.random.uuid(),
            kind: self.kind,
            response,
            proofs: proof.into_iter().collect(),
            address: address(call).to_owned(),
            created: call.now,
            feedback: None,
        });
        events.truncate(CAPACITY);
    }
}

/// Returns the outcome. Returns `None` if the response is not about a user, for example for an
/// invalid request.
fn response(answer: &Answer) -> Option<Response> {
    let failure = match answer {
        Ok(answer) if answer.get("ChallengeName").is_some() => return Some(Response::InProgress),
        Ok(_) => return Some(Response::Pass),
        Err(failure) => failure,
    };
    let is_refusal = match failure.code() {
        "CodeMismatchException"
        | "ExpiredCodeException"
        | "PasswordResetRequiredException"
        | "UserNotConfirmedException" => true,
        _ => {
            *failure == Failure::incorrect()
                || *failure == Failure::disabled()
                || *failure == Failure::not_authorized("Password attempts exceeded")
        }
    };
    is_refusal.then_some(Response::Fail)
}

/// Returns the IP address in the request. Default: 127.0.0.1. The member may be any string of up to
/// 131,072 characters, so other strings are not stored.
fn address<'a>(call: &Call<'a>) -> &'a str {
    ["ContextData", "UserContextData"]
        .into_iter()
        .find_map(|name| call.fields.get(name)?.get("IpAddress")?.as_str())
        .filter(|text| text.parse::<IpAddr>().is_ok())
        .unwrap_or("127.0.0.1")
}

fn check_enabled(call: &Call<'_>) -> Result<(), Failure> {
    if call.service.settings.threat_protection != ThreatProtection::Off {
        return Ok(());
    }
    Err(Failure::new(
        "UserPoolAddOnNotEnabledException",
        "This is an add on feature. Please update AdvancedSecurityMode for your user pool to access \
         this API.",
    ))
}
