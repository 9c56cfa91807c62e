//! `GetTokensFromRefreshToken`, `RevokeToken`.

use cognito_core::authentication::refresh::{RefreshRequest, RevokeTokenRequest};
use cognito_core::{Result, Tokens};

use crate::AwsCognito;
use crate::attributes::metadata;
use crate::authentication::outcome::tokens;
use crate::error::{from_sdk, missing};
use crate::quiet::Quiet;

/// `GetTokensFromRefreshToken` takes the client's secret itself: no user name is needed for a
/// hash, which is what makes the older `REFRESH_TOKEN_AUTH` fail for everybody who signs in by an
/// alias.
pub(super) async fn refresh(aws: &AwsCognito, request: RefreshRequest) -> Result<Tokens> {
    let pool = aws.pool();
    let secret = pool.client_secret.as_ref();
    let output = aws
        .repeatable
        .get_tokens_from_refresh_token()
        .client_id(pool.client_id.as_str())
        .set_client_secret(secret.map(|secret| secret.expose().to_owned()))
        .refresh_token(request.refresh_token.expose())
        .set_client_metadata(metadata(&request.client_metadata))
        .send()
        .quietly()
        .await
        .map_err(from_sdk)?;
    let result = output
        .authentication_result
        .ok_or_else(|| missing("tokens"))?;
    tokens(result, Some(request.refresh_token))
}

pub(super) async fn revoke(aws: &AwsCognito, request: RevokeTokenRequest) -> Result<()> {
    let pool = aws.pool();
    let secret = pool.client_secret.as_ref();
    aws.repeatable
        .revoke_token()
        .client_id(pool.client_id.as_str())
        .set_client_secret(secret.map(|secret| secret.expose().to_owned()))
        .token(request.refresh_token.expose())
        .send()
        .quietly()
        .await
        .map_err(from_sdk)?;
    Ok(())
}
