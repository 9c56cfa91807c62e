//! The operations `SignUp`, `ConfirmSignUp` and `ResendConfirmationCode`.

use cognito_core::CodeDelivery;
use cognito_core::authentication::sign_up::{
    ConfirmSignUpRequest, ConfirmSignUpResponse, ResendConfirmationCodeRequest, SignUpRequest,
    SignUpResponse,
};

use super::outcome::session;
use crate::attributes::{delivery, required_delivery, sdk_attributes_unless_empty};
use crate::send::operations;

operations! {
    fn sign_up(request: SignUpRequest) -> SignUpResponse = send_for_user!(
        request, SignUp.sign_up {
            set_password: request.password.as_ref().map(|password| password.expose().to_owned()),
            set_user_attributes: sdk_attributes_unless_empty(&request.attributes)?,
        }
    ) => |output| {
        let mut response = SignUpResponse::new(output.user_sub());
        response.confirmed = output.user_confirmed();
        response.code_delivery = output.code_delivery_details().map(delivery);
        response.session = session(output.session)?;
        Ok(response)
    };

    fn confirm_sign_up(request: ConfirmSignUpRequest) -> ConfirmSignUpResponse = send_for_user!(
        request, ConfirmSignUp.confirm_sign_up {
            confirmation_code: request.code.expose(),
            force_alias_creation: request.force_alias_creation,
            set_session: request.session.map(|session| session.expose().to_owned()),
        }
    ) => |output| {
        let mut response = ConfirmSignUpResponse::new();
        response.session = session(output.session)?;
        Ok(response)
    };

    fn resend_confirmation_code(request: ResendConfirmationCodeRequest) -> CodeDelivery =
        send_for_user!(request, ResendConfirmationCode.resend_confirmation_code {})
            => |output| required_delivery(output.code_delivery_details());
}
