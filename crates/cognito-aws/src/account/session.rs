//! `GlobalSignOut`.

use cognito_core::{AccessToken, Result};

use crate::AwsCognito;
use crate::error::from_sdk;
use crate::quiet::Quiet;

pub(super) async fn global_sign_out(aws: &AwsCognito, access_token: &AccessToken) -> Result<()> {
    // Once: a second attempt is refused, because the first one revoked the token.
    aws.once
        .global_sign_out()
        .access_token(access_token.expose())
        .send()
        .quietly()
        .await
        .map_err(from_sdk)?;
    Ok(())
}
