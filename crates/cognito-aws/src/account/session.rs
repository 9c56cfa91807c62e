//! `GlobalSignOut`.

use cognito_core::ports::RepliedAt;
use cognito_core::{AccessToken, Operation, Result};

use crate::AwsCognito;
use crate::quiet::Response;
use crate::server_date::ServerDate;

pub(super) async fn global_sign_out(
    aws: &AwsCognito,
    access_token: &AccessToken,
) -> Result<RepliedAt> {
    // Not idempotent: a second attempt would be rejected, because the first one revoked the token.
    let date = ServerDate::default();
    aws.client(Operation::GlobalSignOut)
        .global_sign_out()
        .access_token(access_token.expose())
        .customize()
        .interceptor(date.clone())
        .send()
        .response()
        .await?;
    Ok(date.replied_at())
}
