//! A Lambda function for the triggers of a user pool. The emulator calls it as Cognito does, without
//! AWS: see the guide to the emulator.
//!
//! ```sh
//! cargo lambda watch   # serves it at http://127.0.0.1:9000/2015-03-31/functions/lambda_triggers/invocations
//! ```
//!
//! - Only addresses of example.com can sign up. They are confirmed without a code.
//! - After a confirmation, `ClientMetadata` must name the team of the user.
//! - The tokens have the claim `plan`. Access tokens of event version 2 and 3 also have a scope.
//! - The function is also the custom e-mail sender of the pool. It only checks that each code is
//!   encrypted.

use aws_lambda_events::cognito::{
    ClaimsAndScopeOverrideDetailsV2, ClaimsOverrideDetails, CognitoAccessTokenGenerationV2,
    CognitoEventUserPoolsPostConfirmation, CognitoEventUserPoolsPreSignup,
    CognitoEventUserPoolsPreTokenGen, CognitoEventUserPoolsPreTokenGenV2,
};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    lambda_runtime::run(service_fn(handle)).await
}

/// Handles one trigger event of Cognito. If this function returns an error, Cognito rejects the
/// user's request, and its response contains the message of the error.
async fn handle(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let event = event.payload;
    let source = event["triggerSource"].as_str().unwrap_or_default();
    let trigger = source.split('_').next().unwrap_or_default();
    match trigger {
        "PreSignUp" => pre_sign_up(serde_json::from_value(event)?),
        "PostConfirmation" => post_confirmation(serde_json::from_value(event)?),
        "TokenGeneration" if event["version"] == "1" => tokens(serde_json::from_value(event)?),
        "TokenGeneration" => tokens_with_scopes(serde_json::from_value(event)?),
        "CustomEmailSender" => custom_email_sender(&event),
        _ => Err(format!("this function does not handle {source}").into()),
    }
}

fn pre_sign_up(mut event: CognitoEventUserPoolsPreSignup) -> Result<Value, Error> {
    let email = event.request.user_attributes.get("email");
    if !email.is_some_and(|email| email.ends_with("@example.com")) {
        return Err("only addresses of example.com".into());
    }
    event.response.auto_confirm_user = true;
    event.response.auto_verify_email = true;
    Ok(serde_json::to_value(event)?)
}

fn post_confirmation(event: CognitoEventUserPoolsPostConfirmation) -> Result<Value, Error> {
    if !event.request.client_metadata.contains_key("team") {
        return Err("the team is missing".into());
    }
    Ok(serde_json::to_value(event)?)
}

/// Adds a claim to the ID token (event version 1).
fn tokens(mut event: CognitoEventUserPoolsPreTokenGen) -> Result<Value, Error> {
    let mut changes = ClaimsOverrideDetails::default();
    let claims = &mut changes.claims_to_add_or_override;
    claims.insert("plan".to_owned(), "basic".to_owned());
    event.response.claims_override_details = Some(changes);
    Ok(serde_json::to_value(event)?)
}

/// Adds a claim and a scope to the access token (event versions 2 and 3).
fn tokens_with_scopes(mut event: CognitoEventUserPoolsPreTokenGenV2) -> Result<Value, Error> {
    let mut access = CognitoAccessTokenGenerationV2::default();
    let version = event.cognito_event_user_pools_header.version.clone();
    let plan = json!({ "name": "basic", "version": version });
    access
        .claims_to_add_or_override
        .insert("plan".to_owned(), plan);
    access.scopes_to_add.push("orders/read".to_owned());
    let mut changes = ClaimsAndScopeOverrideDetailsV2::default();
    changes.access_token_generation = Some(access);
    event.response.claims_and_scope_override_details = Some(changes);
    Ok(serde_json::to_value(event)?)
}

/// Receives the encrypted code of a message. A real sender decrypts it with the AWS Encryption SDK.
fn custom_email_sender(event: &Value) -> Result<Value, Error> {
    let request = &event["request"];
    let code = request["code"].as_str().unwrap_or_default();
    if request["type"] != "customEmailSenderRequestV1" || code.len() < 100 {
        return Err("the code is not encrypted".into());
    }
    Ok(Value::Null)
}
