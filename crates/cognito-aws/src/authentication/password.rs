//! `ForgotPassword`, `ConfirmForgotPassword`.

use cognito_core::authentication::password::{ConfirmForgotPasswordRequest, ForgotPasswordRequest};
use cognito_core::{CodeDelivery, Operation, Result};

use crate::AwsCognito;
use crate::attributes::{delivery, metadata};
use crate::context::{analytics, user_context};
use crate::error::missing;
use crate::quiet::Response;

pub(super) async fn forgot(
    aws: &AwsCognito,
    request: ForgotPasswordRequest,
) -> Result<CodeDelivery> {
    let pool = aws.pool();
    let output = aws
        .client(Operation::ForgotPassword)
        .forgot_password()
        .client_id(pool.client_id.as_str())
        .set_secret_hash(aws.secret_hashes.hash(&pool, &request.username))
        .username(request.username.as_str())
        .set_client_metadata(metadata(&request.client_metadata))
        .set_user_context_data(user_context(&request.context))
        .set_analytics_metadata(analytics(&request.context))
        .send()
        .response()
        .await?;
    output
        .code_delivery_details()
        .map(delivery)
        .ok_or_else(|| missing("code delivery details"))
}

pub(super) async fn confirm(aws: &AwsCognito, request: ConfirmForgotPasswordRequest) -> Result<()> {
    let pool = aws.pool();
    aws.client(Operation::ConfirmForgotPassword)
        .confirm_forgot_password()
        .client_id(pool.client_id.as_str())
        .set_secret_hash(aws.secret_hashes.hash(&pool, &request.username))
        .username(request.username.as_str())
        .confirmation_code(request.code.expose())
        .password(request.new_password.expose())
        .set_client_metadata(metadata(&request.client_metadata))
        .set_user_context_data(user_context(&request.context))
        .set_analytics_metadata(analytics(&request.context))
        .send()
        .response()
        .await?;
    Ok(())
}
