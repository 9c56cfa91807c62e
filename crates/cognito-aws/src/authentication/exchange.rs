//! The operation `GetDerivedToken`, which the SDK lacks.

use std::collections::BTreeSet;
use std::time::Duration;

use cognito_core::authentication::exchange::{
    DerivedIdToken, DerivedToken, ExchangeRequest, ExchangeTarget, IssuedToken,
};
use cognito_core::{AccessToken, Error, ErrorKind, IdToken, Operation, Result, Scope};
use serde_json::{Value, json};

use crate::AwsCognito;
use crate::error::{from_response, missing};
use crate::json_call::{send_json_unsigned_first, text};

pub(crate) async fn exchange_token(
    aws: &AwsCognito,
    request: ExchangeRequest,
) -> Result<IssuedToken> {
    let members = members(aws, &request);
    let response = send_json_unsigned_first(aws, Operation::GetDerivedToken, &members).await;
    let response = response.map_err(|error| match (error.kind(), &request.actor) {
        (ErrorKind::FlowNotEnabled, None) => error.with_detail(
            "enable ALLOW_TOKEN_EXCHANGE_IMPERSONATION in the app client's settings, or add the \
             token of an actor",
        ),
        (ErrorKind::FlowNotEnabled, Some(_)) => {
            error.with_detail("enable ALLOW_TOKEN_EXCHANGE_DELEGATION in the app client's settings")
        }
        _ => error,
    })?;
    issued(response.members.as_json())
}

/// Returns the members of the request.
fn members(aws: &AwsCognito, request: &ExchangeRequest) -> Value {
    let pool = aws.pool();
    let mut members = json!({
        "ClientId": pool.client_id,
        "SubjectToken": request.subject.expose(),
        "SubjectTokenType": request.subject.type_name(),
        "RequestedTokenType": request.requested.as_str(),
    });
    let mut add = |name: &str, value: Value| members[name] = value;
    if let Some(secret) = &pool.client_secret {
        add("ClientSecret", secret.expose().into());
    }
    if let Some(provider) = &request.subject_provider {
        add("SubjectTokenProviderName", provider.as_str().into());
    }
    if let Some(actor) = &request.actor {
        add("ActorToken", actor.expose().into());
        add("ActorTokenType", actor.type_name().into());
    }
    if let Some(provider) = &request.actor_provider {
        add("ActorTokenProviderName", provider.as_str().into());
    }
    if !request.scopes.is_empty() {
        add("Scopes", json!(request.scopes));
    }
    match &request.target {
        Some(ExchangeTarget::Audience(name)) => add("Audiences", json!([name])),
        Some(ExchangeTarget::Resource(name)) => add("Resources", json!([name])),
        _ => {}
    }
    members
}

/// Returns the token in the response. Fails if the response has no token or one of an unknown type.
fn issued(response: &Value) -> Result<IssuedToken> {
    let token = text(response, "IssuedToken").ok_or_else(|| missing("issued token"))?;
    let expires_in = response["ExpiresIn"].as_u64().map(Duration::from_secs);
    match text(response, "IssuedTokenType") {
        Some("ACCESS_TOKEN") => {
            let token = from_response(AccessToken::new(token))?;
            let scopes = response["Scopes"].as_array().into_iter().flatten();
            let scopes = scopes.filter_map(Value::as_str).map(Scope::new);
            let scopes: BTreeSet<_> = from_response(scopes.collect::<Result<_, _>>())?;
            Ok(IssuedToken::Access(DerivedToken::new(
                token, expires_in, scopes,
            )))
        }
        Some("ID_TOKEN") => {
            let token = from_response(IdToken::new(token))?;
            Ok(IssuedToken::Id(DerivedIdToken::new(token, expires_in)))
        }
        _ => Err(Error::new(ErrorKind::Unknown)
            .with_detail("the response has a token of an unknown type: check the endpoint")),
    }
}
