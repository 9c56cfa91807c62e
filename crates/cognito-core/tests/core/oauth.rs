//! Tests of errors from OAuth 2.0 endpoints and from managed login.

use cognito_core::{Error, ErrorKind};

const CODES: &[(&str, ErrorKind)] = &[
    ("access_denied", ErrorKind::NotAuthorized),
    ("account_selection_required", ErrorKind::NotAuthorized),
    ("consent_required", ErrorKind::NotAuthorized),
    ("insufficient_scope", ErrorKind::InsufficientScope),
    ("interaction_required", ErrorKind::NotAuthorized),
    ("invalid_client", ErrorKind::ClientAuth),
    ("invalid_grant", ErrorKind::ChallengeExpired),
    ("invalid_request", ErrorKind::InvalidParameter),
    ("invalid_scope", ErrorKind::Configuration),
    ("invalid_target", ErrorKind::Configuration),
    ("invalid_token", ErrorKind::AccessRevoked),
    ("login_required", ErrorKind::NotAuthorized),
    ("server_error", ErrorKind::Upstream),
    ("temporarily_unavailable", ErrorKind::Upstream),
    ("unauthorized_client", ErrorKind::ClientAuth),
    ("unsupported_grant_type", ErrorKind::NotEnabled),
    ("unsupported_response_type", ErrorKind::NotEnabled),
    ("unsupported_token_type", ErrorKind::InvalidParameter),
];

#[test]
fn known_code_maps_to_kind() {
    for (code, kind) in CODES {
        let error = Error::from_oauth(code, "words of the server");
        assert_eq!((error.kind(), error.code()), (*kind, Some(*code)));
        assert_eq!(error.aws_message(), Some("words of the server"));
        assert!(!format!("{error} {error:?}").contains("words"), "{error:?}");
    }
}

#[test]
fn scope_error_of_cognito_is_recognized() {
    let error = Error::from_oauth("invalid_request", "invalid_scope");
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::Configuration, Some("invalid_scope"))
    );
    let other = Error::from_oauth("invalid_grant", "invalid_scope");
    assert_eq!(other.code(), Some("invalid_grant"));
}

#[test]
fn unknown_code_is_not_repeated() {
    let error = Error::from_oauth("<script>", "<script>");
    assert_eq!(error.kind(), ErrorKind::Unknown);
    assert_eq!((error.code(), error.aws_message()), (None, None));
}

#[test]
fn managed_login_descriptions_narrow_the_kind() {
    for (code, description, kind) in [
        (
            "invalid_request",
            "PreSignUp failed with error Only company addresses. ",
            ErrorKind::TriggerRejected,
        ),
        (
            "invalid_request",
            "PreSignUp invocation failed due to error AccessDeniedException.",
            ErrorKind::Configuration,
        ),
        (
            "invalid_request",
            "Unrecognizable lambda output",
            ErrorKind::TriggerFailed,
        ),
        (
            "invalid_request",
            "User is not enabled",
            ErrorKind::UserDisabled,
        ),
        (
            "invalid_request",
            "Already found an entry for username Google_1234",
            ErrorKind::RetrySignIn,
        ),
        (
            "invalid_request",
            "Invalid user attributes: email: Attribute cannot be updated.\n",
            ErrorKind::Configuration,
        ),
        (
            "server_error",
            "Invalid SAML response received: SAML Assertion signature is invalid. ",
            ErrorKind::Configuration,
        ),
        (
            "invalid_request",
            "unauthorized_client",
            ErrorKind::ClientAuth,
        ),
        (
            "invalid_request",
            "anything else",
            ErrorKind::InvalidParameter,
        ),
        ("server_error", "anything else", ErrorKind::Upstream),
        // A description does not change a code that is specific enough.
        (
            "invalid_scope",
            "User is not enabled",
            ErrorKind::Configuration,
        ),
    ] {
        let error = Error::from_oauth(code, description);
        assert_eq!(error.kind(), kind, "{code} {description}");
        assert!(!error.to_string().contains("Google_"), "{error}");
    }
}
