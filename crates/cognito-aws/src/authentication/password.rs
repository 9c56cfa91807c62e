//! The operations `ForgotPassword` and `ConfirmForgotPassword`.

use cognito_core::CodeDelivery;
use cognito_core::authentication::password::{ConfirmForgotPasswordRequest, ForgotPasswordRequest};

use crate::attributes::required_delivery;
use crate::send::operations;

operations! {
    fn forgot_password(request: ForgotPasswordRequest) -> CodeDelivery = send_for_user!(
        request, ForgotPassword.forgot_password {}
    ) => |output| required_delivery(output.code_delivery_details());

    fn confirm_forgot_password(request: ConfirmForgotPasswordRequest) = send_for_user!(
        request, ConfirmForgotPassword.confirm_forgot_password {
            confirmation_code: request.code.expose(),
            password: request.new_password.expose(),
        }
    );
}
