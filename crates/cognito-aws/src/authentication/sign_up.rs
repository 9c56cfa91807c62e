//! The operations `SignUp`, `ConfirmSignUp` and `ResendConfirmationCode`.

use cognito_core::authentication::sign_up::{
    ConfirmSignUpRequest, ConfirmSignUpResponse, ResendConfirmationCodeRequest, SignUpRequest,
    SignUpResponse,
};
use cognito_core::{CodeDelivery, Password, Result};

use super::outcome::session;
use crate::AwsCognito;
use crate::attributes::{delivery, required_delivery, sdk_attributes_unless_empty};
use crate::send::send_for_user;

pub(crate) async fn sign_up(aws: &AwsCognito, request: SignUpRequest) -> Result<SignUpResponse> {
    let password = request.password.as_ref().map(Password::expose);
    let output = send_for_user!(aws, request, SignUp.sign_up {
        set_password: password.map(str::to_owned),
        set_user_attributes: sdk_attributes_unless_empty(&request.attributes)?,
    })?;
    let mut response = SignUpResponse::new(output.user_sub());
    response.confirmed = output.user_confirmed();
    response.code_delivery = output.code_delivery_details().map(delivery);
    response.session = session(output.session)?;
    Ok(response)
}

pub(crate) async fn confirm_sign_up(
    aws: &AwsCognito,
    request: ConfirmSignUpRequest,
) -> Result<ConfirmSignUpResponse> {
    let output = send_for_user!(aws, request, ConfirmSignUp.confirm_sign_up {
        confirmation_code: request.code.expose(),
        force_alias_creation: request.force_alias_creation,
        set_session: request.session.map(|session| session.expose().to_owned()),
    })?;
    let mut response = ConfirmSignUpResponse::new();
    response.session = session(output.session)?;
    Ok(response)
}

pub(crate) async fn resend_confirmation_code(
    aws: &AwsCognito,
    request: ResendConfirmationCodeRequest,
) -> Result<CodeDelivery> {
    let output = send_for_user!(aws, request, ResendConfirmationCode.resend_confirmation_code {})?;
    required_delivery(output.code_delivery_details())
}
