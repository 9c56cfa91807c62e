//! Tests of errors from AWS: their kinds, their HTTP statuses and their display.

use std::error::Error as _;

use cognito_core::error::{exception, exceptions};
use cognito_core::{Error, ErrorKind, Operation};

/// The exceptions of AWS's service model with their kinds and statuses, in a file that is separate
/// from the code.
const TABLE: &str = include_str!("../data/exceptions.tsv");

#[test]
fn maps_every_model_exception_per_table() {
    let mut rows = 0;
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let [code, status, kind, retry] = line.split('\t').collect::<Vec<_>>()[..] else {
            panic!("bad row {line:?}");
        };
        let error = Error::from_aws(code, "some text");
        assert_eq!(error.status().to_string(), status, "{code}");
        assert_eq!(error.kind().name(), kind, "{code}");
        assert_eq!(error.is_retryable(), retry == "yes", "{code}");
        assert_eq!(error.type_name(), code);
        assert_eq!(error.code(), Some(code));
        rows += 1;
    }
    assert_eq!(rows, 59);
    assert_eq!(exceptions().count(), 59);
}

#[test]
fn table_is_sorted_for_search() {
    let codes: Vec<_> = exceptions().map(|row| row.code).collect();
    assert!(codes.is_sorted());
    for code in codes {
        assert_eq!(exception(code).map(|row| row.code), Some(code));
    }
    assert_eq!(exception("NoSuchException"), None);
}

/// Messages of `NotAuthorizedException`, with the kind of the error and its status.
const NOT_AUTHORIZED: &[(&str, ErrorKind, u16)] = &[
    (
        "Incorrect username or password.",
        ErrorKind::InvalidCredentials,
        401,
    ),
    ("Password attempts exceeded", ErrorKind::AttemptLimit, 429),
    ("User is disabled.", ErrorKind::UserDisabled, 403),
    (
        "Refresh Token has been revoked",
        ErrorKind::RefreshRevoked,
        401,
    ),
    ("Invalid Refresh Token", ErrorKind::RefreshInvalid, 401),
    ("Invalid Refresh Token.", ErrorKind::RefreshInvalid, 401),
    (
        "Access Token has been revoked",
        ErrorKind::AccessRevoked,
        401,
    ),
    ("Access Token has expired", ErrorKind::TokenExpired, 401),
    ("Invalid Access Token", ErrorKind::TokenInvalid, 401),
    (
        "Access Token does not have required scopes",
        ErrorKind::InsufficientScope,
        403,
    ),
    (
        "Unable to verify secret hash for client abc",
        ErrorKind::Configuration,
        500,
    ),
    (
        "SecretHash does not match for the client: abc",
        ErrorKind::Configuration,
        500,
    ),
    (
        "Client abc is configured with secret but SECRET_HASH was not received",
        ErrorKind::Configuration,
        500,
    ),
    (
        "Invalid session for the user.",
        ErrorKind::ChallengeExpired,
        401,
    ),
    (
        "Invalid session for the user, session is expired.",
        ErrorKind::ChallengeExpired,
        401,
    ),
    (
        "Invalid session for the user, session can only be used once.",
        ErrorKind::ChallengeExpired,
        401,
    ),
    (
        "User cannot be confirmed. Current status is CONFIRMED",
        ErrorKind::AlreadyConfirmed,
        409,
    ),
    (
        "User cannot be confirmed. Current status is RESET_REQUIRED",
        ErrorKind::UserState,
        409,
    ),
    (
        "User password cannot be reset in the current state.",
        ErrorKind::UserState,
        409,
    ),
    (
        "Cannot modify an already provided email",
        ErrorKind::InvalidParameter,
        400,
    ),
    (
        "Temporary password has expired and must be reset by an administrator.",
        ErrorKind::TemporaryPasswordExpired,
        403,
    ),
    (
        "Something that AWS will invent",
        ErrorKind::NotAuthorized,
        401,
    ),
    ("", ErrorKind::NotAuthorized, 401),
];

#[test]
fn not_authorized_is_narrowed_by_message() {
    for &(message, kind, status) in NOT_AUTHORIZED {
        let error = Error::from_aws("NotAuthorizedException", message);
        assert_eq!(error.kind(), kind, "{message:?}");
        assert_eq!(error.status(), status, "{message:?}");
        assert_eq!(error.type_name(), "NotAuthorizedException");
    }
}

#[test]
fn rejected_client_secrets_are_recognized() {
    for (code, message) in [
        (
            "NotAuthorizedException",
            "Unable to verify secret hash for client abc",
        ),
        (
            "NotAuthorizedException",
            "Unable to verify secret for client abc",
        ),
        (
            "NotAuthorizedException",
            "SecretHash does not match for the client: abc",
        ),
        ("UnauthorizedException", "Invalid client secret."),
    ] {
        let error = Error::from_aws(code, message);
        assert_eq!(error.kind(), ErrorKind::Configuration, "{message}");
        assert!(error.rejects_client_secret(), "{message}");
    }
    assert!(Error::new(ErrorKind::ClientAuth).rejects_client_secret());
    for (code, message) in [
        ("NotAuthorizedException", "Incorrect username or password."),
        (
            "NotAuthorizedException",
            "Client abc is configured with secret but SECRET_HASH was not received",
        ),
        (
            "UserLambdaValidationException",
            "PreSignUp failed with error Invalid client secret.",
        ),
        (
            "InvalidParameterException",
            "the name \"unable to verify secret\" is wrong",
        ),
    ] {
        assert!(
            !Error::from_aws(code, message).rejects_client_secret(),
            "{message}"
        );
    }
}

#[test]
fn flow_not_enabled_names_the_setting() {
    for (message, setting) in [
        (
            "USER_SRP_AUTH is not enabled for the client.",
            "ALLOW_USER_SRP_AUTH",
        ),
        (
            "USER_AUTH flow not enabled for this client",
            "ALLOW_USER_AUTH",
        ),
        (
            "ADMIN_USER_PASSWORD_AUTH is not enabled for the client.",
            "ALLOW_ADMIN_USER_PASSWORD_AUTH",
        ),
        (
            "Custom auth lambda trigger is not configured for the user pool.",
            "LambdaConfig",
        ),
        ("Auth flow not enabled for this client", "ExplicitAuthFlows"),
    ] {
        let error = Error::from_aws("InvalidParameterException", message);
        assert_eq!(error.kind(), ErrorKind::FlowNotEnabled, "{message}");
        assert!(error.to_string().contains(setting), "{error}");
    }
}

#[test]
fn limits_of_resources_are_quotas() {
    let limit = || Error::from_aws("LimitExceededException", "");
    let group = limit().with_operation(Operation::CreateGroup);
    assert_eq!(group.kind(), ErrorKind::Quota);
    let reset = limit().with_operation(Operation::ForgotPassword);
    assert_eq!(reset.kind(), ErrorKind::AttemptLimit);
}

#[test]
fn own_settings_are_never_callers_fault() {
    for (code, message) in [
        (
            "InvalidParameterException",
            "USER_PASSWORD_AUTH flow not enabled for this client",
        ),
        (
            "InvalidParameterException",
            "Auth flow not enabled for this client",
        ),
        (
            "ResourceNotFoundException",
            "User pool client abc does not exist.",
        ),
        (
            "ResourceNotFoundException",
            "User pool us-east-1_x does not exist.",
        ),
        (
            "AccessDeniedException",
            "User is not authorized to perform: cognito-idp:ListUsers",
        ),
        (
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        ),
        (
            "MissingAuthenticationTokenException",
            "Missing Authentication Token",
        ),
    ] {
        assert_eq!(
            Error::from_aws(code, message).status(),
            500,
            "{code} {message}"
        );
    }
    assert_eq!(
        Error::from_aws("ResourceNotFoundException", "Group not found.").status(),
        404
    );
}

#[test]
fn unknown_codes_are_kept_under_closed_name() {
    let error = Error::from_aws("ThrottlingException", "Rate exceeded");
    assert_eq!(error.kind(), ErrorKind::Throttled);
    assert_eq!(error.status(), 429);
    assert!(error.is_retryable());
    let error = Error::from_aws("BrandNewException", "?");
    assert_eq!(error.kind(), ErrorKind::Unknown);
    assert_eq!(error.code(), Some("BrandNewException"));
    assert_eq!(error.type_name(), "Unknown");
}

#[test]
fn display_and_debug_hide_aws_messages() {
    let error = Error::from_aws(
        "UserLambdaValidationException",
        "PreSignUp failed: ann@example.com",
    )
    .with_operation(Operation::SignUp)
    .with_request_id("c0ffee");
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("ann"), "{shown}");
    assert_eq!(
        error.to_string(),
        "SignUp: lambda trigger refused the request (UserLambdaValidationException)"
    );
    assert_eq!(
        error.aws_message(),
        Some("PreSignUp failed: ann@example.com")
    );
    assert_eq!(error.request_id(), Some("c0ffee"));
}

#[test]
fn hostile_code_cannot_forge_log_lines() {
    // The length of the kept code is bounded too.
    let error = Error::from_aws(&format!("A\nB{}", "x".repeat(10_000)), &"m".repeat(10_000));
    assert!(!error.to_string().contains('\n'));
    assert!(error.to_string().len() < 300);
    assert_eq!(error.aws_message().map(str::len), Some(1024));
}

#[test]
fn every_kind_has_description_and_error_status() {
    for kind in ErrorKind::ALL {
        let description = Error::new(*kind).to_string();
        assert!(
            description.starts_with(|c: char| c.is_lowercase()) || description.starts_with("AWS"),
            "{description}"
        );
        assert!((400..600).contains(&kind.status()));
    }
}

#[test]
fn user_limits_are_not_retryable() {
    assert!(!Error::from_aws("LimitExceededException", "").is_retryable());
    assert!(!Error::from_aws("TooManyFailedAttemptsException", "").is_retryable());
}

#[test]
fn clone_is_equal_and_shares_source() {
    let error = Error::from_aws("NotAuthorizedException", "Refresh Token has been revoked")
        .with_request_id("a-request")
        .with_source(std::io::Error::other("behind it"));
    let clone = error
        .clone()
        .with_operation(Operation::GetTokensFromRefreshToken);
    assert_eq!(clone.kind(), error.kind());
    assert_eq!(clone.request_id(), error.request_id());
    assert_eq!(clone.aws_message(), error.aws_message());
    assert_eq!(clone.source().unwrap().to_string(), "behind it");
    assert_eq!(error.operation(), None);
}

#[test]
fn user_input_does_not_choose_kind() {
    for (code, message, kind) in [
        (
            "InvalidParameterException",
            "1 validation error detected: Value 'secrethash' at 'name' failed to satisfy constraint",
            ErrorKind::InvalidParameter,
        ),
        (
            "InvalidParameterException",
            "Attributes did not conform to the schema: {custom:secrethash} is not known",
            ErrorKind::InvalidParameter,
        ),
        (
            "UserLambdaValidationException",
            "PreSignUp failed with error no: failed due to error AccessDenied.",
            ErrorKind::TriggerRejected,
        ),
        (
            "UserLambdaValidationException",
            "PreSignUp failed with error x invocation failed due to error y.",
            ErrorKind::TriggerRejected,
        ),
    ] {
        assert_eq!(Error::from_aws(code, message).kind(), kind, "{message}");
    }
}

#[test]
fn codes_of_any_service_have_kinds() {
    for (code, kind) in [
        ("AccessDenied", ErrorKind::Configuration),
        ("ExpiredTokenException", ErrorKind::Credentials),
        ("InternalFailure", ErrorKind::Upstream),
        ("InternalServerError", ErrorKind::Upstream),
        ("InvalidSignatureException", ErrorKind::Credentials),
        ("SerializationException", ErrorKind::InvalidParameter),
        ("ServiceUnavailable", ErrorKind::Upstream),
        ("ServiceUnavailableException", ErrorKind::Upstream),
        ("SlowDown", ErrorKind::Throttled),
        ("SomethingElse", ErrorKind::Unknown),
        ("ThrottlingException", ErrorKind::Throttled),
        ("UnrecognizedClientException", ErrorKind::Credentials),
        ("ValidationException", ErrorKind::InvalidParameter),
    ] {
        assert_eq!(exception(code), None, "{code} is in Cognito's model");
        assert_eq!(Error::from_aws(code, "text").kind(), kind, "{code}");
    }
}
