//! The delivery of tokens and challenges to the client: in JSON or in cookies.

use std::collections::BTreeMap;

use axum::Json;
use axum::response::{IntoResponse, Response};
use cognito_core::authentication::challenge::ChallengeStep;
use cognito_core::id::DeviceKey;
use cognito_core::{
    Challenge, ChallengeName, Error, ErrorKind, InvalidInput, Operation, SignIn, Tokens,
};
use http::HeaderMap;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::routes::caller::Caller;
use crate::routes::failure::{Failure, RouteResult};
use crate::routes::hooks::SignInMethod;
use crate::routes::shared::Shared;
use crate::{CookieChanges, SessionCookies};

#[derive(Clone, Debug)]
pub(crate) enum Delivery {
    Cookies(SessionCookies),
    Json,
}

impl Delivery {
    pub(crate) const fn cookies(&self) -> Option<&SessionCookies> {
        match self {
            Self::Cookies(cookies) => Some(cookies),
            Self::Json => None,
        }
    }

    /// Calls the closure with the cookie settings, and returns its cookie changes. If the routes
    /// send tokens in JSON instead of cookies, does not call it and returns no changes.
    pub(super) fn change(
        &self,
        change: impl FnOnce(&SessionCookies) -> CookieChanges,
    ) -> CookieChanges {
        self.cookies().map(change).unwrap_or_default()
    }

    /// Deletes the cookie of a challenge that has ended. If challenges are in JSON, returns no
    /// changes.
    pub(super) fn clear_challenge(&self, request: &HeaderMap) -> CookieChanges {
        self.change(|cookies| cookies.clear_challenge(request))
    }

    /// Deletes the cookies of all sign-ins in progress, after one of them is complete. If tokens are
    /// in JSON, returns no changes.
    fn clear_attempts(&self, request: &HeaderMap) -> CookieChanges {
        let challenge = self.clear_challenge(request);
        challenge.and(self.change(|cookies| cookies.cancel_pending_login(request)))
    }

    /// Returns the encrypted challenge of a request. If tokens are in cookies, the challenge is in
    /// a cookie too. Otherwise the challenge is `sent`, the member `session` of the body. Fails if
    /// there is no encrypted challenge.
    pub(super) fn challenge_state(
        &self,
        sent: Option<String>,
        request: &HeaderMap,
    ) -> Result<String, Error> {
        match self {
            // The browser deletes the cookie at the end of its lifetime.
            Self::Cookies(cookies) => cookies
                .challenge_state(request)?
                .ok_or_else(|| ErrorKind::ChallengeExpired.into()),
            Self::Json => sent.ok_or_else(|| InvalidInput::new("session", "must be sent").into()),
        }
    }
}

/// The body of the response to a completed sign-in or refresh, if the routes send the tokens as
/// cookies.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SignedIn {
    success: bool,
    message: &'static str,
    expires_in: u64,
}

/// The body of the response to a completed sign-in or refresh, if the routes send the tokens as
/// JSON. If the body has a device key, the client must send this key with each refresh.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TokensBody<'a> {
    #[serde(flatten)]
    tokens: &'a Tokens,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_key: Option<&'a str>,
}

impl Shared {
    /// Returns the response to a step of a sign-in, with tokens or the next challenge.
    /// `method` is the method of this step.
    pub(super) async fn signed_in(
        &self,
        signed_in: SignIn,
        method: SignInMethod,
        caller: &Caller,
    ) -> RouteResult {
        let request = &caller.headers;
        match signed_in {
            SignIn::Complete(tokens) => {
                let over = self.delivery.clear_attempts(request);
                let over = over.and(self.device_cookies(&tokens, request));
                let response = self.tokens(&tokens, "Signed in successfully", request)?;
                let mut response = (over.clone(), response).into_response();
                let additions = self.after_sign_in(&tokens, method, caller).await;
                let additions = additions.map_err(|failure| failure.with(over))?;
                additions.add_to(response.headers_mut());
                Ok(response)
            }
            SignIn::Challenge(challenge) => {
                let response = described(&challenge)
                    .and_then(|body| self.challenge(&challenge, body, request));
                response.map_err(|error| self.error(error).into())
            }
        }
    }

    /// Returns the response with the tokens of a sign-in or refresh. If the tokens do not fit into
    /// cookies, fails and deletes all cookies.
    pub(super) fn tokens(
        &self,
        tokens: &Tokens,
        message: &'static str,
        request: &HeaderMap,
    ) -> RouteResult {
        match &self.delivery {
            Delivery::Cookies(cookies) => {
                let body = SignedIn {
                    success: true,
                    message,
                    expires_in: tokens.expires_in.as_secs(),
                };
                let changes = self.token_cookies(cookies, tokens, request)?;
                Ok((changes, Json(body)).into_response())
            }
            Delivery::Json => Ok(Json(TokensBody {
                tokens,
                device_key: tokens.device_key.as_ref().map(DeviceKey::as_str),
            })
            .into_response()),
        }
    }

    /// Returns the cookies with the tokens of a sign-in or refresh. If the tokens do not fit into
    /// cookies, fails and deletes all cookies.
    pub(super) fn token_cookies(
        &self,
        cookies: &SessionCookies,
        tokens: &Tokens,
        request: &HeaderMap,
    ) -> Result<CookieChanges, Failure> {
        cookies.tokens(tokens, request).map_err(|invalid| {
            // Security: the cookies of an earlier user must not stay.
            Failure::from(self.error(tokens_do_not_fit(&invalid))).with(cookies.clear(request))
        })
    }

    /// Returns the response with the next challenge. Its JSON is `body`. With [`Delivery::Json`],
    /// the encrypted challenge is added to the JSON as `session`. With [`Delivery::Cookies`], it is
    /// set as a cookie, and the JSON has no `session`.
    pub(super) fn challenge(
        &self,
        challenge: &Challenge,
        mut body: Map<String, Value>,
        request: &HeaderMap,
    ) -> Result<Response, Error> {
        let short = without_parameters(challenge);
        let challenge = short.as_ref().unwrap_or(challenge);
        let state = self.cognito.challenge_to_state(challenge)?;
        match &self.delivery {
            Delivery::Cookies(cookies) => {
                body.remove(SESSION);
                Ok((cookies.challenge(&state, request)?, Json(body)).into_response())
            }
            Delivery::Json => {
                body.insert(SESSION.to_owned(), Value::String(state));
                Ok(Json(body).into_response())
            }
        }
    }
}

/// Returns the JSON of a challenge, with the data that a page shows to the user: the masked
/// destination, the options and the required attributes.
fn described(challenge: &Challenge) -> Result<Map<String, Value>, Error> {
    let Ok(Value::Object(mut body)) = serde_json::to_value(challenge) else {
        // A challenge always serializes to an object.
        return Err(ErrorKind::Misuse.into());
    };
    let mut add = |name: &str, value: Value| drop(body.insert(name.to_owned(), value));
    let names = |names: Vec<ChallengeName>| {
        let names = names.iter().map(|name| Value::from(name.as_str()));
        Value::Array(names.collect())
    };
    let destination = match challenge {
        Challenge::EmailOtp(otp) => otp.destination(),
        Challenge::SmsMfa(otp) => otp.destination(),
        Challenge::SmsOtp(otp) => otp.destination(),
        _ => None,
    };
    if let Some(destination) = destination {
        add("destination", destination.into());
    }
    match challenge {
        Challenge::MfaSetup(setup) => add("options", names(setup.options())),
        Challenge::SelectMfaType(select) => add("options", names(select.options())),
        Challenge::NewPasswordRequired(step) => {
            add("requiredAttributes", step.required_attributes().into());
        }
        _ => {}
    }
    Ok(body)
}

/// Returns a copy of the challenge without its parameters, if the parameters can be long. They can
/// be long in `NEW_PASSWORD_REQUIRED` (they contain the user's attributes), in `CUSTOM_CHALLENGE`
/// (a trigger of the pool chooses them) and in challenges that this version does not support. No
/// route needs them later. Returns `None` for all other challenges.
///
/// Without long parameters, every session fits into cookies and into the body of the next request.
fn without_parameters(challenge: &Challenge) -> Option<Challenge> {
    match challenge {
        Challenge::NewPasswordRequired(_) | Challenge::CustomChallenge(_) | Challenge::Other(_) => {
        }
        _ => return None,
    }
    let step = challenge.step();
    let mut short = ChallengeStep::new(
        step.name().clone(),
        step.username().clone(),
        step.session().cloned(),
        BTreeMap::new(),
        step.api(),
    )
    .with_available(step.available().to_vec());
    if let Some(device) = step.device() {
        short = short.with_device(device.clone());
    }
    if let Some(key) = step.stale_device() {
        short = short.with_stale_device(key.clone());
    }
    Some(Challenge::from(short))
}

/// Logs and returns the error for a token that does not fit into cookies. Only the operator can
/// make tokens shorter.
fn tokens_do_not_fit(invalid: &InvalidInput) -> Error {
    let error = Error::new(ErrorKind::NotEnabled)
        .with_operation(Operation::InitiateAuth)
        .with_detail(format!(
            "{} {}: put the user into fewer groups, add fewer claims, or take tokens in JSON",
            invalid.field(),
            invalid.rule()
        ));
    tracing::warn!(%error, "a token does not fit into cookies; the user cannot sign in");
    error
}

const SESSION: &str = "session";
