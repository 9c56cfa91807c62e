//! The operations `ForgotPassword` and `ConfirmForgotPassword`.

use cognito_core::authentication::password::{ConfirmForgotPasswordRequest, ForgotPasswordRequest};
use cognito_core::{CodeDelivery, Result};

use crate::AwsCognito;
use crate::attributes::required_delivery;
use crate::send::send_for_user;

pub(crate) async fn forgot_password(
    aws: &AwsCognito,
    request: ForgotPasswordRequest,
) -> Result<CodeDelivery> {
    let output = send_for_user!(aws, request, ForgotPassword.forgot_password {})?;
    required_delivery(output.code_delivery_details())
}

pub(crate) async fn confirm_forgot_password(
    aws: &AwsCognito,
    request: ConfirmForgotPasswordRequest,
) -> Result<()> {
    send_for_user!(aws, request, ConfirmForgotPassword.confirm_forgot_password {
        confirmation_code: request.code.expose(),
        password: request.new_password.expose(),
    })
    .map(drop)
}
