//! The routes of a sign-up: `signup`, `confirm` and `resend-code`.

use std::collections::BTreeMap;

use cognito_core::error::Substitute;
use cognito_core::mask::masked;
use cognito_core::{CodeDelivery, DeliveryMedium, Error};
use cognito_tower::public::EnumerationPolicy;
use http::StatusCode;
use serde::Serialize;

use crate::ApiError;
use crate::routes::attributes::SetBy;
use crate::routes::body::{Confirm, Email, SignUp};
use crate::routes::call::Call;
use crate::routes::caller::{from_address, from_caller};
use crate::routes::failure::RouteResult;
use crate::routes::hooks::SignUpAttempt;
use crate::routes::shared::Shared;

pub(super) async fn sign_up(Call(routes, caller, request): Call<SignUp>) -> RouteResult {
    routes.check_attributes(&request.attributes, SetBy::SignUp)?;
    routes.check_contact(&request.email, &request.attributes)?;
    let attempt = SignUpAttempt::new(request.email.clone(), request.attributes, &caller);
    let attempt = routes.before_sign_up(attempt).await?;
    let sign_up = routes.cognito.sign_up(request.email, request.password);
    let sign_up = attempt
        .into_attributes()
        .into_iter()
        .fold(sign_up, |sign_up, (name, value)| {
            sign_up.attribute(name, value)
        });
    let signed_up = from_caller!(sign_up, caller).await;
    routes.json(signed_up.map(|mut signed_up| {
        // Security: the session could sign the user in, and no route here accepts it.
        signed_up.session = None;
        signed_up
    }))
}

pub(super) async fn confirm(Call(routes, caller, request): Call<Confirm>) -> RouteResult {
    let confirm = routes.cognito.confirm_sign_up(request.email, request.code);
    routes.json(from_caller!(confirm, caller).await)
}

pub(super) async fn resend_code(Call(routes, caller, request): Call<Email>) -> RouteResult {
    let resend = routes
        .cognito
        .resend_confirmation_code(request.email.as_str());
    let sent = from_caller!(resend, caller).await;
    routes.code_sent(&request.email, sent, "Verification code sent")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CodeSent {
    code_delivery: CodeDelivery,
    message: &'static str,
}

impl Shared {
    /// Fails with 400 if the user name is an e-mail address or a phone number, and the attribute for
    /// it has another value.
    ///
    /// Security: a hook (`AuthRoutes::before_sign_up`) can accept a sign-up because of the user
    /// name, for example because of its domain. But in some pools, Cognito sends the code to the
    /// address in the attribute. Without this check, a caller could then confirm a user name that
    /// is the address of someone else.
    fn check_contact(
        &self,
        username: &str,
        attributes: &BTreeMap<String, String>,
    ) -> Result<(), ApiError> {
        // Not only valid addresses: a hook may look only at the end of the user name.
        let contact = if username.contains('@') {
            "email"
        } else if username.starts_with('+') {
            "phone_number"
        } else {
            return Ok(());
        };
        match attributes.get(contact) {
            Some(value) if !value.eq_ignore_ascii_case(username) => Err(self.rejected(
                StatusCode::BAD_REQUEST,
                format!("The attribute {contact} must be the user name"),
            )),
            _ => Ok(()),
        }
    }

    /// Returns the response to a request for a code. By default it contains the user name of the
    /// request in masked form, instead of the destination of the code. It therefore reveals neither
    /// whether the account exists, nor where its codes are sent.
    pub(super) fn code_sent(
        &self,
        requested: &str,
        sent: Result<CodeDelivery, Error>,
        message: &'static str,
    ) -> RouteResult {
        let sent = match sent {
            sent if self.rules.policy == EnumerationPolicy::Reveal => sent,
            Err(error) if self.rules.policy.substitute(&error) != Some(Substitute::CodeSent) => {
                Err(error)
            }
            // The facade has logged the error.
            _ => {
                let destination = masked(requested).to_string();
                Ok(CodeDelivery::new(destination, DeliveryMedium::Email))
            }
        };
        self.json(sent.map(|code_delivery| CodeSent {
            code_delivery,
            message,
        }))
    }
}
