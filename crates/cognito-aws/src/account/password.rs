//! `ChangePassword`.

use cognito_core::account::password::ChangePasswordRequest;
use cognito_core::{Operation, Result};

use crate::AwsCognito;
use crate::quiet::Response;

pub(super) async fn change(aws: &AwsCognito, request: ChangePasswordRequest) -> Result<()> {
    aws.client(Operation::ChangePassword)
        .change_password()
        .access_token(request.access_token.expose())
        .previous_password(request.previous.expose())
        .proposed_password(request.proposed.expose())
        .send()
        .response()
        .await?;
    Ok(())
}
