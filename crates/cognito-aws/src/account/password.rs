//! `ChangePassword`.

use cognito_core::account::password::ChangePasswordRequest;
use cognito_core::{Operation, Result};

use crate::AwsCognito;
use crate::error::from_sdk;
use crate::quiet::Quiet;

pub(super) async fn change(aws: &AwsCognito, request: ChangePasswordRequest) -> Result<()> {
    aws.client(Operation::ChangePassword)
        .change_password()
        .access_token(request.access_token.expose())
        .previous_password(request.previous.expose())
        .proposed_password(request.proposed.expose())
        .send()
        .quietly()
        .await
        .map_err(from_sdk)?;
    Ok(())
}
