//! The operations `GetTokensFromRefreshToken` and `RevokeToken`, and the flow `REFRESH_TOKEN_AUTH`.

use std::collections::HashMap;

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::types::{AuthFlowType, AuthenticationResultType};
use cognito_core::authentication::refresh::{RefreshFlow, RefreshRequest, RevokeTokenRequest};
use cognito_core::ports::RepliedAt;
use cognito_core::{Error, ErrorKind, Operation, PoolConfig, Result, Tokens, Username};
use serde_json::json;

use crate::AwsCognito;
use crate::attributes::metadata;
use crate::authentication::outcome::tokens;
use crate::error::missing;
use crate::json_call::send_json;
use crate::quiet::SdkCall;
use crate::send::send_dated;
use crate::sessions::associated;

pub(crate) async fn refresh(aws: &AwsCognito, request: RefreshRequest) -> Result<Tokens> {
    match &request.flow {
        RefreshFlow::GetTokens => get_tokens(aws, request).await,
        RefreshFlow::Legacy { username, .. } => {
            let parameters = legacy_parameters(aws, &request, username.as_ref())?;
            legacy(aws, request, parameters).await
        }
        _ => Err(Error::new(ErrorKind::Misuse)
            .with_detail("this refresh flow is not supported: use GetTokens or Legacy")),
    }
}

/// Sends `GetTokensFromRefreshToken`. The request contains the client secret itself and no secret
/// hash, so it needs no user name.
async fn get_tokens(aws: &AwsCognito, request: RefreshRequest) -> Result<Tokens> {
    let pool = aws.pool();
    let secret = pool.client_secret.as_ref();
    let output = aws
        .client_for_refresh(&pool)
        .get_tokens_from_refresh_token()
        .client_id(pool.client_id.as_str())
        .set_client_secret(secret.map(|secret| secret.expose().to_owned()))
        .refresh_token(request.refresh_token.expose())
        .set_device_key(request.device_key.as_ref().map(String::from))
        .set_client_metadata(metadata(&request.client_metadata))
        .send()
        .response(Operation::GetTokensFromRefreshToken)
        .await?;
    let result = output
        .authentication_result
        .ok_or_else(|| missing("tokens"))?;
    let rotates = result.refresh_token.is_some();
    aws.lasting_refresh_tokens.note(&pool.client_id, rotates);
    tokens_on(result, request)
}

impl AwsCognito {
    /// Returns the SDK client that sends a refresh. If the app client probably does not rotate
    /// refresh tokens (see [`LastingRefreshTokens`]), this is the SDK client for idempotent
    /// requests, because a retry is safe. Otherwise it is the SDK client for requests that are not
    /// idempotent.
    ///
    /// [`LastingRefreshTokens`]: crate::rotation::LastingRefreshTokens
    fn client_for_refresh(&self, pool: &PoolConfig) -> &Client {
        if self.lasting_refresh_tokens.contains(&pool.client_id) {
            &self.idempotent
        } else {
            &self.non_idempotent
        }
    }
}

/// Converts the response of a refresh. If the response contains no refresh token, the result
/// contains the refresh token of the request. If the response contains no device key, the result
/// contains the device key of the request.
fn tokens_on(result: AuthenticationResultType, request: RefreshRequest) -> Result<Tokens> {
    let mut tokens = tokens(result, Some(request.refresh_token))?;
    tokens.device_key = tokens.device_key.or(request.device_key);
    Ok(tokens)
}

/// Refreshes with the older flow `REFRESH_TOKEN_AUTH`. This flow never rotates the refresh token,
/// so the request is idempotent.
async fn legacy(
    aws: &AwsCognito,
    request: RefreshRequest,
    parameters: HashMap<String, String>,
) -> Result<Tokens> {
    let output = aws
        .idempotent
        .initiate_auth()
        .client_id(aws.pool().client_id.as_str())
        .auth_flow(AuthFlowType::RefreshTokenAuth)
        .set_auth_parameters(Some(parameters))
        .set_client_metadata(metadata(&request.client_metadata))
        .send()
        .response(Operation::InitiateAuth)
        .await
        .map_err(with_advice)?;
    let result = output
        .authentication_result
        .ok_or_else(|| missing("tokens"))?;
    tokens_on(result, request)
}

/// Returns the parameters of a refresh with `REFRESH_TOKEN_AUTH`. Fails if the app client has a
/// secret and `username` is `None`, because the secret hash depends on the user name.
fn legacy_parameters(
    aws: &AwsCognito,
    request: &RefreshRequest,
    username: Option<&Username>,
) -> Result<HashMap<String, String>> {
    let token = request.refresh_token.expose().to_owned();
    let mut parameters = HashMap::from([("REFRESH_TOKEN".to_owned(), token)]);
    if let Some(key) = &request.device_key {
        parameters.insert("DEVICE_KEY".to_owned(), key.into());
    }
    if let Some(hash) = secret_hash(aws, &aws.pool(), username)? {
        parameters.insert("SECRET_HASH".to_owned(), hash);
    }
    Ok(parameters)
}

/// Returns the secret hash, or `None` if the app client has no secret. Fails if the app client has
/// a secret and the user name is missing.
fn secret_hash(
    aws: &AwsCognito,
    pool: &PoolConfig,
    username: Option<&Username>,
) -> Result<Option<String>> {
    match username {
        Some(username) => Ok(aws.secret_hashes.hash(pool, username)),
        None if pool.client_secret.is_none() => Ok(None),
        None => Err(Error::new(ErrorKind::Misuse).with_detail(
            "a legacy refresh of an app client with a secret needs Cognito's user name (the `username` claim of the access token): set it, or use the default flow",
        )),
    }
}

/// Adds a detail to the error of a refresh with `REFRESH_TOKEN_AUTH`. The detail states what must
/// be changed: a setting of the app client, the selected flow or the user name. Errors with another
/// cause are returned unchanged.
fn with_advice(error: Error) -> Error {
    match error.kind() {
        ErrorKind::FlowNotEnabled => {
            error.with_detail("enable ALLOW_REFRESH_TOKEN_AUTH in the app client's settings")
        }
        ErrorKind::NotEnabled => error.with_detail(
            "the app client rotates refresh tokens, which excludes the legacy refresh: use the default flow",
        ),
        ErrorKind::Configuration => error.with_detail(
            "the secret hash does not match: use Cognito's user name (the `username` claim of the access token), not an alias, and check the client secret",
        ),
        _ => error,
    }
}

pub(crate) async fn revoke_token(
    aws: &AwsCognito,
    request: RevokeTokenRequest,
) -> Result<RepliedAt> {
    let pool = aws.pool();
    let secret = pool.client_secret.as_ref();
    if request.linked_sessions {
        // The types of the SDK lack `RevokeAssociatedSessions`.
        let mut members = json!({
            "ClientId": pool.client_id,
            "Token": request.refresh_token.expose(),
            "RevokeAssociatedSessions": associated(true),
        });
        if let Some(secret) = secret {
            members["ClientSecret"] = secret.expose().into();
        }
        let response = send_json(aws, Operation::RevokeToken, &members).await?;
        return Ok(response.replied_at);
    }
    send_dated!(aws, RevokeToken.revoke_token {
        client_id: pool.client_id.as_str(),
        set_client_secret: secret.map(|secret| secret.expose().to_owned()),
        token: request.refresh_token.expose(),
    })
}
