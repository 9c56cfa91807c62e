//! The operation `ChangePassword`.

use cognito_core::account::password::ChangePasswordRequest;

use crate::send::operations;

operations! {
    fn change_password(request: ChangePasswordRequest) = send!(
        ChangePassword.change_password {
            access_token: request.access_token.expose(),
            previous_password: request.previous.expose(),
            proposed_password: request.proposed.expose(),
        }
    );
}
