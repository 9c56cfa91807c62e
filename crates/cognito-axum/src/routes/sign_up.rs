//! Signing up.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::response::IntoResponse;
use cognito::ErrorKind;
use cognito_core::{CodeDelivery, DeliveryMedium, Error, InvalidInput, Operation, masked};
use serde::Serialize;

use crate::routes::body::{Confirm, Email, JsonBody, SignUp};
use crate::routes::caller::{Caller, from_caller};
use crate::routes::failure::Answer;
use crate::routes::{CUSTOM, Routes, Shared};

pub(super) async fn sign_up(
    State(routes): State<Routes>,
    caller: Caller,
    JsonBody(asked): JsonBody<SignUp>,
) -> Answer {
    let allowed = routes.check_attributes(&asked.attributes);
    allowed.map_err(|invalid| routes.error(invalid))?;
    let sign_up = routes.cognito.sign_up(asked.email, asked.password);
    let sign_up = asked
        .attributes
        .into_iter()
        .fold(sign_up, |sign_up, (name, value)| {
            sign_up.attribute(name, value)
        });
    let signed_up = sign_up.context(caller.context).await;
    let mut signed_up = signed_up.map_err(|error| routes.error(error))?;
    // Security: it could sign the person in, and no route here takes it.
    signed_up.session = None;
    Ok(Json(signed_up).into_response())
}

pub(super) async fn confirm(
    State(routes): State<Routes>,
    caller: Caller,
    JsonBody(asked): JsonBody<Confirm>,
) -> Answer {
    let confirm = routes.cognito.confirm_sign_up(asked.email, asked.code);
    let confirmed = from_caller!(confirm, caller).await;
    let confirmed = confirmed.map_err(|error| routes.code_error(error))?;
    Ok(Json(confirmed).into_response())
}

pub(super) async fn resend_code(
    State(routes): State<Routes>,
    caller: Caller,
    JsonBody(asked): JsonBody<Email>,
) -> Answer {
    let resend = routes
        .cognito
        .resend_confirmation_code(asked.email.as_str())
        .context(caller.context);
    let sent = routes.sent(&asked.email, resend.await);
    let code_delivery = sent.map_err(|error| routes.error(error))?;
    Ok(Json(CodeSent {
        code_delivery,
        message: "Verification code sent",
    })
    .into_response())
}

/// Where a code went.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CodeSent {
    pub(super) code_delivery: CodeDelivery,
    pub(super) message: &'static str,
}

impl Shared {
    /// Whether a person may set these themselves.
    pub(super) fn check_attributes(
        &self,
        attributes: &BTreeMap<String, String>,
    ) -> Result<(), InvalidInput> {
        let is_refused = |name: &String| {
            // `dev:` attributes are custom ones that only an operator may write.
            (name.starts_with(CUSTOM) || name.starts_with("dev:"))
                && !self.custom_attributes.contains(name)
        };
        if attributes.keys().any(is_refused) {
            let rule = "must be a standard one, or a custom one that people may set here";
            return Err(InvalidInput::new("attribute", rule));
        }
        Ok(())
    }

    /// What is answered where a code was asked for by somebody who may be anybody: that it was sent,
    /// to what they typed. Whether somebody has that account, and where their codes go, it does not
    /// tell.
    pub(super) fn sent(
        &self,
        typed: &str,
        sent: Result<CodeDelivery, Error>,
    ) -> Result<CodeDelivery, Error> {
        if !self.hides_accounts() {
            return sent;
        }
        match sent {
            Err(error) if !error.tells_of_a_person() => Err(error),
            sent => {
                if let Err(error) = sent
                    && error.is_about_sending()
                {
                    // Nobody else will say it.
                    tracing::warn!(%error, "a code was not sent, and the answer does not say so");
                }
                let (destination, medium) = (masked(typed).to_string(), DeliveryMedium::Email);
                Ok(CodeDelivery::new(destination, medium))
            }
        }
    }

    /// The answer to a code that was not taken. Why not would tell who has an account, or who has
    /// asked for a code.
    pub(super) fn code_error(&self, error: Error) -> crate::ApiError {
        let operation = error.operation().unwrap_or(Operation::ConfirmSignUp);
        if self.hides_accounts() && error.tells_of_a_code() {
            let alike = Error::new(ErrorKind::CodeMismatch).with_operation(operation);
            return self.error(alike);
        }
        self.error(error)
    }
}
