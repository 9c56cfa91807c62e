//! Sign-up.

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use cognito_core::error::Substitute;
use cognito_core::mask::masked;
use cognito_core::{CodeDelivery, DeliveryMedium, Error};
use cognito_tower::public::EnumerationPolicy;
use serde::Serialize;

use crate::routes::body::{Confirm, Email, JsonBody, SignUp};
use crate::routes::caller::{Caller, from_address, from_caller};
use crate::routes::failure::RouteResult;
use crate::routes::{Routes, Shared};

pub(super) async fn sign_up(
    State(routes): State<Routes>,
    caller: Caller,
    JsonBody(request): JsonBody<SignUp>,
) -> RouteResult {
    routes.check_attributes(&request.attributes)?;
    let sign_up = routes.cognito.sign_up(request.email, request.password);
    let sign_up = request
        .attributes
        .into_iter()
        .fold(sign_up, |sign_up, (name, value)| {
            sign_up.attribute(name, value)
        });
    let signed_up = from_caller!(sign_up, caller).await;
    let mut signed_up = signed_up.map_err(|error| routes.error(error))?;
    // Security: the session could sign the user in, and no route here accepts it.
    signed_up.session = None;
    Ok(Json(signed_up).into_response())
}

pub(super) async fn confirm(
    State(routes): State<Routes>,
    caller: Caller,
    JsonBody(request): JsonBody<Confirm>,
) -> RouteResult {
    let confirm = routes.cognito.confirm_sign_up(request.email, request.code);
    let confirmed = from_caller!(confirm, caller).await;
    let confirmed = confirmed.map_err(|error| routes.error(error))?;
    Ok(Json(confirmed).into_response())
}

pub(super) async fn resend_code(
    State(routes): State<Routes>,
    caller: Caller,
    JsonBody(request): JsonBody<Email>,
) -> RouteResult {
    let resend = routes
        .cognito
        .resend_confirmation_code(request.email.as_str());
    let sent = routes.sent(&request.email, from_caller!(resend, caller).await);
    let code_delivery = sent.map_err(|error| routes.error(error))?;
    Ok(Json(CodeSent {
        code_delivery,
        message: "Verification code sent",
    })
    .into_response())
}

/// The destination of a code.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CodeSent {
    pub(super) code_delivery: CodeDelivery,
    pub(super) message: &'static str,
}

impl Shared {
    /// Returns the response to a request for a code. It contains the address from the request, so
    /// it does not reveal whether the account exists or where its codes are sent.
    pub(super) fn sent(
        &self,
        requested: &str,
        sent: Result<CodeDelivery, Error>,
    ) -> Result<CodeDelivery, Error> {
        if self.policy == EnumerationPolicy::Reveal {
            return sent;
        }
        // The facade has logged the error.
        if let Err(error) = sent
            && self.policy.substitute(&error) != Some(Substitute::CodeSent)
        {
            return Err(error);
        }
        let destination = masked(requested).to_string();
        Ok(CodeDelivery::new(destination, DeliveryMedium::Email))
    }
}
