//! A Lambda authorizer for API Gateway, with `cognito-jwt`. It supports REST APIs (payload 1.0,
//! `TOKEN`) and HTTP APIs (payload 2.0, simple responses).
//!
//! ```sh
//! cargo run --example lambda_authorizer   # prints its responses; on Lambda it serves requests
//! ```
//!
//! On Lambda, the program reads `AWS_COGNITO_USER_POOL_ID` and `AWS_COGNITO_CLIENT_ID`.
#![allow(
    clippy::print_stdout,
    clippy::exhaustive_enums,
    reason = "a program that shows what it does"
)]

use aws_lambda_events::apigw::{
    ApiGatewayCustomAuthorizerPolicy, ApiGatewayCustomAuthorizerRequest,
    ApiGatewayCustomAuthorizerResponse, ApiGatewayV2CustomAuthorizerSimpleResponse,
    ApiGatewayV2CustomAuthorizerV2Request,
};
use aws_lambda_events::iam::IamPolicyStatement;
use cognito_examples::{ANN, Fixture, Outcome};
use cognito_jwt::{AccessClaims, CognitoVerifier};
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::{Value, json};

/// The error of the authorizer. For the message `Unauthorized`, API Gateway responds 401 (REST
/// APIs). For any other message, it responds 500.
#[derive(Debug, PartialEq, Eq)]
pub enum Refused {
    /// The token is missing or invalid.
    Unauthorized,
    /// The token could not be verified: the pool's keys are unavailable, or the event is not an
    /// event for a Lambda authorizer.
    Failed,
}

impl From<Refused> for Diagnostic {
    fn from(refused: Refused) -> Self {
        let error_message = match refused {
            // Exactly this message: with any other, API Gateway responds 500.
            Refused::Unauthorized => "Unauthorized",
            Refused::Failed => "the token could not be verified",
        };
        Self {
            error_type: format!("{refused:?}"),
            error_message: error_message.to_owned(),
        }
    }
}

/// Handles one event of API Gateway, and returns the response. The version of the payload
/// determines the kind of API.
pub async fn authorize(verifier: &CognitoVerifier, event: Value) -> Result<Value, Refused> {
    let answer = if event["version"] == "2.0" {
        let event = serde_json::from_value(event).map_err(|_| Refused::Failed)?;
        serde_json::to_value(http_api(verifier, &event).await?)
    } else {
        let event = serde_json::from_value(event).map_err(|_| Refused::Failed)?;
        serde_json::to_value(rest_api(verifier, &event).await?)
    };
    answer.map_err(|_| Refused::Failed)
}

/// Handles an event of an HTTP API: returns whether the request is allowed. If it is not, API
/// Gateway responds 403. If there is no token, API Gateway responds 401 without calling the
/// function.
async fn http_api(
    verifier: &CognitoVerifier,
    event: &ApiGatewayV2CustomAuthorizerV2Request,
) -> Result<ApiGatewayV2CustomAuthorizerSimpleResponse, Refused> {
    // The first identity source of the authorizer, which is `$request.header.Authorization`.
    let header = event.identity_source.iter().flatten().next();
    let mut answer = ApiGatewayV2CustomAuthorizerSimpleResponse::default();
    match verdict(verifier, header).await {
        Ok(claims) => {
            answer.is_authorized = true;
            answer.context = context(&claims);
        }
        Err(Refused::Unauthorized) => answer.context = json!({}),
        Err(failed) => return Err(failed),
    }
    Ok(answer)
}

/// Handles an event of a REST API: returns a policy, or an error. For `Unauthorized`, API Gateway
/// responds 401.
async fn rest_api(
    verifier: &CognitoVerifier,
    event: &ApiGatewayCustomAuthorizerRequest,
) -> Result<ApiGatewayCustomAuthorizerResponse, Refused> {
    let claims = verdict(verifier, event.authorization_token.as_ref()).await?;
    let method = event.method_arn.as_deref().ok_or(Refused::Failed)?;
    let mut statement = IamPolicyStatement::default();
    statement.action = vec!["execute-api:Invoke".to_owned()];
    statement.resource = vec![whole_stage(method).ok_or(Refused::Failed)?];
    let mut policy = ApiGatewayCustomAuthorizerPolicy::default();
    policy.version = Some("2012-10-17".to_owned());
    policy.statement = vec![statement];
    let mut answer = ApiGatewayCustomAuthorizerResponse::default();
    answer.principal_id = Some(claims.sub.clone());
    answer.policy_document = policy;
    answer.context = context(&claims);
    Ok(answer)
}

async fn verdict(
    verifier: &CognitoVerifier,
    header: Option<&String>,
) -> Result<std::sync::Arc<AccessClaims>, Refused> {
    let (scheme, token) = header
        .and_then(|header| header.split_once(' '))
        .ok_or(Refused::Unauthorized)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Refused::Unauthorized);
    }
    let verdict = verifier.verify_access(token.trim_start_matches(' ')).await;
    verdict.map_err(|error| match error.status() {
        503 => Refused::Failed,
        _ => Refused::Unauthorized,
    })
}

/// Returns the ARN of all methods of the stage, or `None` if `method` is not the ARN of a method.
/// API Gateway caches the policy for the token, so a policy for one method would reject the user's
/// next request.
fn whole_stage(method: &str) -> Option<String> {
    // arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/METHOD/PATH
    let mut parts = method.splitn(3, '/');
    Some(format!("{}/{}/*", parts.next()?, parts.next()?))
}

/// Returns the claims that the functions behind the authorizer receive. REST APIs accept only
/// strings, numbers and booleans.
fn context(claims: &AccessClaims) -> Value {
    json!({
        "sub": claims.sub,
        "scope": claims.scope.join(" "),
        "groups": claims.groups.join(","),
    })
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome {
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_none() {
        return show().await;
    }
    let setting = |name| std::env::var(name).map_err(|_| format!("{name} is not set"));
    let verifier = CognitoVerifier::builder(setting("AWS_COGNITO_USER_POOL_ID")?.parse()?)
        .client_id(setting("AWS_COGNITO_CLIENT_ID")?)
        .build()?;
    // Fetched while the function starts, not during its first request.
    verifier.hydrate().await?;
    let verifier = &verifier;
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| async move {
        let answer = authorize(verifier, event.payload).await;
        answer.map_err(Diagnostic::from)
    }))
    .await
}

/// Calls the authorizer with sample events of API Gateway, and prints its responses.
async fn show() -> Outcome {
    let fixture = Fixture::start().await?;
    let verifier = fixture.verifier()?.build()?;
    let good = format!("Bearer {}", fixture.access_token(ANN).await?);
    let method = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3/prod/GET/orders";
    let rest = json!({ "type": "TOKEN", "authorizationToken": good, "methodArn": method });
    let http = json!({
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": method,
        "identitySource": [good],
        "routeKey": "GET /orders",
        "rawPath": "/orders",
        "rawQueryString": "",
        "headers": { "authorization": good, "host": "a1b2c3.execute-api.eu-central-1.amazonaws.com" },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "a1b2c3",
            "domainName": "a1b2c3.execute-api.eu-central-1.amazonaws.com",
            "domainPrefix": "a1b2c3",
            "http": {
                "method": "GET", "path": "/orders", "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7", "userAgent": "curl/8.5.0",
            },
            "requestId": "id", "routeKey": "GET /orders", "stage": "prod",
            "time": "12/Mar/2020:19:03:58 +0000", "timeEpoch": 1_583_348_638_390_u64,
        },
    });
    let bad = json!({ "type": "TOKEN", "authorizationToken": "Bearer no", "methodArn": method });
    for (kind, event) in [
        ("REST API", rest),
        ("HTTP API", http),
        ("REST API, a bad token", bad),
    ] {
        match authorize(&verifier, event).await {
            Ok(answer) => println!("{kind}: {answer:#}"),
            Err(refused) => println!("{kind}: {}", Diagnostic::from(refused).error_message),
        }
    }
    Ok(())
}
