//! The operation `ChangePassword`.

use cognito_core::Result;
use cognito_core::account::password::ChangePasswordRequest;

use crate::AwsCognito;
use crate::send::send;

pub(crate) async fn change_password(
    aws: &AwsCognito,
    request: ChangePasswordRequest,
) -> Result<()> {
    send!(aws, ChangePassword.change_password {
        access_token: request.access_token.expose(),
        previous_password: request.previous.expose(),
        proposed_password: request.proposed.expose(),
    })
    .map(drop)
}
