//! Errors as responses.

use std::time::{Duration, UNIX_EPOCH};

use axum::response::{IntoResponse, Response};
use cognito_axum::{ApiError, EnumerationPolicy};
use cognito_core::{Error, ErrorKind, InvalidInput, Operation};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http_body_util::BodyExt;
use serde_json::{Value, json};

async fn json(response: Response) -> Value {
    let body = response.into_body().collect().await.unwrap().to_bytes();
    serde_json::from_slice(&body).unwrap()
}

fn answered(error: impl Into<ApiError>) -> Response {
    error
        .into()
        .at(UNIX_EPOCH + Duration::from_secs(1_704_110_400))
        .into_response()
}

#[tokio::test]
async fn error_response_matches_document() {
    let response = answered(Error::new(ErrorKind::CodeMismatch));
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
    assert!(!response.headers().contains_key(WWW_AUTHENTICATE));
    assert_eq!(
        json(response).await,
        json!({
            "statusCode": 400,
            "message": "Invalid verification code provided",
            "error": "Bad Request",
            "timestamp": "2024-01-01T12:00:00.000Z",
        })
    );
}

#[tokio::test]
async fn error_hides_account_existence() {
    let unknown = Error::new(ErrorKind::UserNotFound).with_operation(Operation::InitiateAuth);
    let hidden = answered(unknown.clone());
    let wrong = answered(Error::new(ErrorKind::InvalidCredentials));
    assert_eq!(hidden.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(hidden.headers(), wrong.headers());
    assert_eq!(json(hidden).await, json(wrong).await);

    let shown = ApiError::new(unknown).policy(EnumerationPolicy::Reveal);
    assert_eq!(shown.status(), StatusCode::NOT_FOUND);
    assert_eq!(json(answered(shown)).await["message"], "User not found");
}

#[test]
fn retry_after_is_in_whole_seconds() {
    // Only a shown error has a `Retry-After`.
    let wait = Duration::from_millis(1_200);
    let throttled = Error::new(ErrorKind::Throttled).with_retry_after(wait);
    assert_eq!(answered(throttled).headers()[RETRY_AFTER], "2");
    // Cognito's quotas are per second, and it sends no wait.
    let unknown = Error::new(ErrorKind::Throttled);
    assert_eq!(answered(unknown).headers()[RETRY_AFTER], "1");
    let quota = Error::new(ErrorKind::Quota);
    assert!(!answered(quota).headers().contains_key(RETRY_AFTER));
    let hidden = Error::new(ErrorKind::UserDisabled).with_retry_after(wait);
    assert!(!answered(hidden).headers().contains_key(RETRY_AFTER));
}

#[test]
fn status_401_has_a_challenge() {
    for (kind, challenge) in [
        (ErrorKind::InvalidCredentials, "Bearer realm=\"api\""),
        (
            ErrorKind::TokenExpired,
            "Bearer realm=\"api\", error=\"invalid_token\"",
        ),
        (
            ErrorKind::AccessRevoked,
            "Bearer realm=\"api\", error=\"invalid_token\"",
        ),
        (
            ErrorKind::InsufficientAuthentication,
            "Bearer realm=\"api\", error=\"insufficient_user_authentication\"",
        ),
        (
            ErrorKind::InsufficientScope,
            "Bearer realm=\"api\", error=\"insufficient_scope\"",
        ),
    ] {
        let response = answered(Error::new(kind));
        assert_eq!(response.headers()[WWW_AUTHENTICATE], challenge, "{kind:?}");
    }
}

#[tokio::test]
async fn custom_response_has_the_same_shape() {
    let sold_out = ApiError::refused(StatusCode::CONFLICT, "There are no seats left");
    assert!(sold_out.error().is_none());
    assert_eq!(
        json(answered(sold_out)).await,
        json!({
            "statusCode": 409,
            "message": "There are no seats left",
            "error": "Conflict",
            "timestamp": "2024-01-01T12:00:00.000Z",
        })
    );
}

#[tokio::test]
async fn response_and_debug_hide_input() {
    let invalid = InvalidInput::new("password", "must be 1 to 256 characters");
    let error = ApiError::from(invalid);
    assert_eq!(error.status(), StatusCode::BAD_REQUEST);
    assert_eq!(
        error.error().map(Error::kind),
        Some(ErrorKind::InvalidParameter)
    );
    let aws = Error::from_aws("InvalidParameterException", "alice@example.com is no name");
    let shown = format!(
        "{:?} {}",
        ApiError::new(aws.clone()),
        ApiError::new(aws.clone())
    );
    assert!(!shown.contains("alice"), "{shown}");
    assert!(!json(answered(aws)).await.to_string().contains("alice"));
}
