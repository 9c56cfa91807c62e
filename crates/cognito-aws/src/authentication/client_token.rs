//! The operation `GetClientToken`. The SDK signs it, although it needs no AWS credentials.

use std::time::Duration;

use cognito_core::authentication::client_token::ClientTokenRequest;
use cognito_core::hosted_login::client_token::ClientToken;
use cognito_core::{AccessToken, Error, ErrorKind, Operation, Result};
use serde_json::json;

use crate::AwsCognito;
use crate::attributes::metadata;
use crate::error::{from_response, missing};
use crate::json_call::{send_json_unsigned_first, text};

pub(crate) async fn client_token(
    aws: &AwsCognito,
    request: ClientTokenRequest,
) -> Result<ClientToken> {
    let pool = aws.pool();
    let Some(secret) = &pool.client_secret else {
        return Err(Error::new(ErrorKind::Configuration).with_detail(
            "a client token needs an app client with a secret: set AWS_COGNITO_CLIENT_SECRET",
        ));
    };
    let mut members = json!({ "ClientId": pool.client_id, "Secret": secret.expose() });
    if !request.scopes.is_empty() {
        members["Scopes"] = json!(request.scopes);
    }
    if let Some(metadata) = metadata(&request.client_metadata) {
        members["ClientMetadata"] = json!(metadata);
    }
    let response = send_json_unsigned_first(aws, Operation::GetClientToken, &members).await;
    let response = response.map_err(|error| match error.kind() {
        ErrorKind::FlowNotEnabled => error.with_detail(
            "enable ALLOW_CLIENT_TOKEN_AUTH in the app client's settings, and no other flow",
        ),
        _ => error,
    })?;
    let result = &response.members.as_json()["ClientAuthenticationResult"];
    let is_bearer =
        text(result, "TokenType").is_some_and(|kind| kind.eq_ignore_ascii_case("bearer"));
    if !is_bearer {
        return Err(missing("bearer token"));
    }
    let token = text(result, "AccessToken").ok_or_else(|| missing("access token"))?;
    let expires_in = result["ExpiresIn"].as_u64();
    let expires_in = expires_in.ok_or_else(|| missing("lifetime of the access token"))?;
    Ok(ClientToken::new(
        from_response(AccessToken::new(token))?,
        Duration::from_secs(expires_in),
        request.scopes,
    ))
}
