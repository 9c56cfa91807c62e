//! Responses to the public: messages, bodies and the policy.

use std::time::{Duration, UNIX_EPOCH};

use cognito_core::error::Substitute;
use cognito_core::{Error, ErrorKind, Operation};
use cognito_tower::public::{EnumerationPolicy, ErrorBody, message};

#[test]
fn uses_messages_of_original_service() {
    for (code, status, text) in [
        (
            "CodeMismatchException",
            400,
            "Invalid verification code provided",
        ),
        ("ExpiredCodeException", 400, "Verification code has expired"),
        ("UserNotFoundException", 404, "User not found"),
        (
            "NotAuthorizedException",
            401,
            "Invalid credentials or unauthorized access",
        ),
        ("UsernameExistsException", 409, "User already exists"),
        (
            "InvalidPasswordException",
            400,
            "Password does not meet security requirements",
        ),
        (
            "UserNotConfirmedException",
            403,
            "Please verify your email before logging in",
        ),
        (
            "TooManyRequestsException",
            429,
            "Too many requests, please try again later",
        ),
    ] {
        let error = Error::from_aws(code, "");
        assert_eq!(
            (error.status(), message(error.kind())),
            (status, text),
            "{code}"
        );
    }
}

#[test]
fn body_has_the_documented_shape() {
    let now = UNIX_EPOCH + Duration::from_secs(1_704_110_400);
    let body = ErrorBody::new(
        &Error::from_aws("CodeMismatchException", "x"),
        EnumerationPolicy::Hide,
        now,
    );
    assert_eq!(
        serde_json::to_value(&body).unwrap(),
        serde_json::json!({
            "statusCode": 400,
            "message": "Invalid verification code provided",
            "error": "Bad Request",
            "timestamp": "2024-01-01T12:00:00.000Z",
        })
    );
}

#[test]
fn body_does_not_reveal_account_by_default() {
    let now = UNIX_EPOCH;
    let wrong_password =
        Error::from_aws("NotAuthorizedException", "Incorrect username or password.");
    let wrong_password = ErrorBody::new(&wrong_password, EnumerationPolicy::Hide, now);
    for code in [
        "UserNotFoundException",
        "UserNotConfirmedException",
        "PasswordResetRequiredException",
    ] {
        let error = Error::from_aws(code, "");
        assert_eq!(
            ErrorBody::new(&error, EnumerationPolicy::Hide, now),
            wrong_password,
            "{code}"
        );
        assert_ne!(
            ErrorBody::new(&error, EnumerationPolicy::Reveal, now),
            wrong_password,
            "{code}"
        );
    }
}

#[test]
fn only_public_operations_hide_accounts() {
    for operation in Operation::ALL {
        let error = Error::new(ErrorKind::UserNotFound).with_operation(*operation);
        let status = ErrorBody::new(&error, EnumerationPolicy::Hide, UNIX_EPOCH).status_code;
        let expected = match operation {
            Operation::ConfirmForgotPassword | Operation::ConfirmSignUp => 400,
            operation if operation.is_public() => 401,
            _ => 404,
        };
        assert_eq!(status, expected, "{}", operation.name());
    }
}

#[test]
fn every_kind_has_a_message() {
    for kind in ErrorKind::ALL {
        assert_ne!(message(*kind), "The request failed", "{kind:?}");
        let body = ErrorBody::new(&Error::new(*kind), EnumerationPolicy::Reveal, UNIX_EPOCH);
        assert_ne!(body.error, "Error", "{kind:?}");
        assert_eq!(body.status_code, kind.status());
    }
}

#[test]
fn reveal_replaces_no_error() {
    for operation in Operation::ALL {
        let error = Error::new(ErrorKind::UserNotFound).with_operation(*operation);
        assert_eq!(EnumerationPolicy::Reveal.substitute(&error), None);
        assert_eq!(EnumerationPolicy::Reveal.kind(&error), error.kind());
        let hidden = EnumerationPolicy::Hide.substitute(&error);
        assert_eq!(hidden.is_some(), operation.is_public(), "{operation:?}");
    }
    let reset = Error::new(ErrorKind::UserNotFound).with_operation(Operation::ForgotPassword);
    let sent = EnumerationPolicy::Hide.substitute(&reset);
    assert_eq!(sent, Some(Substitute::CodeSent));
}

#[test]
fn hidden_error_has_no_wait() {
    let wait = Duration::from_secs(7);
    let error = Error::from_aws("LimitExceededException", "")
        .with_operation(Operation::InitiateAuth)
        .with_retry_after(wait);
    assert_eq!(EnumerationPolicy::Hide.retry_after(&error), None);
    assert_eq!(EnumerationPolicy::Reveal.retry_after(&error), Some(wait));
    let throttled = Error::new(ErrorKind::Throttled);
    let second = Some(Duration::from_secs(1));
    assert_eq!(EnumerationPolicy::Hide.retry_after(&throttled), second);
}
