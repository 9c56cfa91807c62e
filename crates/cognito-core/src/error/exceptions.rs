//! The 59 exceptions of Cognito's service model, and the kind and HTTP status of each.

use crate::error::{ErrorKind, messages};

/// An exception of Cognito's service model, with its kind and HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exception {
    /// The exception code in AWS's response.
    pub code: &'static str,
    /// The kind of error.
    pub kind: ErrorKind,
    /// The HTTP status for a response. Cognito itself returns 400 for nearly all exceptions.
    pub status: u16,
}

/// Returns the exception with this code.
pub fn exception(code: &str) -> Option<&'static Exception> {
    EXCEPTIONS
        .binary_search_by(|row| row.code.cmp(code))
        .ok()
        .map(|index| &EXCEPTIONS[index])
}

/// Returns all exceptions of the service model, sorted by code.
pub fn exceptions() -> impl Iterator<Item = &'static Exception> {
    EXCEPTIONS.iter()
}

/// Returns the kind of an AWS error, and a hint for operators if there is one.
///
/// The code determines the kind. For exceptions with several meanings, the message narrows it.
pub(super) fn classify(
    exception: Option<&Exception>,
    code: &str,
    message: &str,
) -> (ErrorKind, Option<&'static str>) {
    let kind = exception.map_or_else(|| unmodelled(code), |exception| exception.kind);
    messages::narrowed(code, message).unwrap_or((kind, None))
}

/// Returns the kind of a code that is not in Cognito's model but that any AWS service may return.
fn unmodelled(code: &str) -> ErrorKind {
    match code {
        "ExpiredTokenException"
        | "IncompleteSignature"
        | "InvalidClientTokenId"
        | "InvalidSignatureException"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "SignatureDoesNotMatch"
        | "UnrecognizedClientException" => ErrorKind::Credentials,
        "RequestLimitExceeded"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "SlowDown"
        | "Throttling"
        | "ThrottledException"
        | "ThrottlingException" => ErrorKind::Throttled,
        "AccessDenied" => ErrorKind::Configuration,
        "ValidationException" | "SerializationException" => ErrorKind::InvalidParameter,
        "InternalFailure"
        | "InternalServerError"
        | "ServiceUnavailable"
        | "ServiceUnavailableException" => ErrorKind::Upstream,
        _ => ErrorKind::Unknown,
    }
}

const fn row(code: &'static str, kind: ErrorKind, status: u16) -> Exception {
    Exception { code, kind, status }
}

/// Sorted by code, for binary search.
const EXCEPTIONS: &[Exception] = &[
    row("AccessDeniedException", ErrorKind::Configuration, 500),
    row("AliasExistsException", ErrorKind::AliasExists, 409),
    row("CodeDeliveryFailureException", ErrorKind::Delivery, 502),
    row("CodeMismatchException", ErrorKind::CodeMismatch, 400),
    row("ConcurrentModificationException", ErrorKind::Conflict, 409),
    row("DeviceKeyExistsException", ErrorKind::AlreadyExists, 409),
    row("DuplicateProviderException", ErrorKind::AlreadyExists, 409),
    row(
        "EnableSoftwareTokenMFAException",
        ErrorKind::CodeMismatch,
        400,
    ),
    row("ExpiredCodeException", ErrorKind::CodeExpired, 400),
    row(
        "FeatureUnavailableInTierException",
        ErrorKind::NotEnabled,
        501,
    ),
    row("ForbiddenException", ErrorKind::WafBlocked, 403),
    row("GroupExistsException", ErrorKind::AlreadyExists, 409),
    row("InternalErrorException", ErrorKind::Upstream, 502),
    row("InternalServerException", ErrorKind::Upstream, 502),
    row(
        "InvalidEmailRoleAccessPolicyException",
        ErrorKind::Configuration,
        500,
    ),
    row(
        "InvalidLambdaResponseException",
        ErrorKind::TriggerFailed,
        502,
    ),
    row(
        "InvalidOAuthFlowException",
        ErrorKind::InvalidParameter,
        400,
    ),
    row(
        "InvalidParameterException",
        ErrorKind::InvalidParameter,
        400,
    ),
    row("InvalidPasswordException", ErrorKind::PasswordPolicy, 400),
    row(
        "InvalidSmsRoleAccessPolicyException",
        ErrorKind::Configuration,
        500,
    ),
    row(
        "InvalidSmsRoleTrustRelationshipException",
        ErrorKind::Configuration,
        500,
    ),
    row(
        "InvalidUserPoolConfigurationException",
        ErrorKind::Configuration,
        500,
    ),
    row("LimitExceededException", ErrorKind::AttemptLimit, 429),
    row("MFAMethodNotFoundException", ErrorKind::MfaNotSetUp, 409),
    row(
        "ManagedLoginBrandingExistsException",
        ErrorKind::AlreadyExists,
        409,
    ),
    row("NotAuthorizedException", ErrorKind::NotAuthorized, 401),
    row("OperationNotEnabledException", ErrorKind::NotEnabled, 501),
    row(
        "PasswordHistoryPolicyViolationException",
        ErrorKind::PasswordHistory,
        400,
    ),
    row(
        "PasswordResetRequiredException",
        ErrorKind::PasswordResetRequired,
        403,
    ),
    row("PreconditionNotMetException", ErrorKind::Precondition, 409),
    row("RefreshTokenReuseException", ErrorKind::RefreshReuse, 401),
    row("ResourceNotFoundException", ErrorKind::NotFound, 404),
    row(
        "ScopeDoesNotExistException",
        ErrorKind::InvalidParameter,
        400,
    ),
    row("ServiceQuotaExceededException", ErrorKind::Quota, 429),
    row(
        "SoftwareTokenMFANotFoundException",
        ErrorKind::MfaNotSetUp,
        409,
    ),
    row("TermsExistsException", ErrorKind::AlreadyExists, 409),
    row("TierChangeNotAllowedException", ErrorKind::Conflict, 409),
    row(
        "TooManyFailedAttemptsException",
        ErrorKind::AttemptLimit,
        429,
    ),
    row("TooManyRequestsException", ErrorKind::Throttled, 429),
    row("UnauthorizedException", ErrorKind::NotAuthorized, 401),
    row("UnexpectedLambdaException", ErrorKind::TriggerFailed, 502),
    row(
        "UnsupportedIdentityProviderException",
        ErrorKind::InvalidParameter,
        400,
    ),
    row("UnsupportedOperationException", ErrorKind::NotEnabled, 501),
    row(
        "UnsupportedTokenTypeException",
        ErrorKind::InvalidParameter,
        400,
    ),
    row("UnsupportedUserStateException", ErrorKind::UserState, 409),
    row("UserImportInProgressException", ErrorKind::Conflict, 409),
    row(
        "UserLambdaValidationException",
        ErrorKind::TriggerRejected,
        400,
    ),
    row(
        "UserNotConfirmedException",
        ErrorKind::UserNotConfirmed,
        403,
    ),
    row("UserNotFoundException", ErrorKind::UserNotFound, 404),
    row(
        "UserPoolAddOnNotEnabledException",
        ErrorKind::NotEnabled,
        501,
    ),
    row("UserPoolTaggingException", ErrorKind::InvalidParameter, 400),
    row("UsernameExistsException", ErrorKind::UserExists, 409),
    row(
        "WebAuthnChallengeNotFoundException",
        ErrorKind::ChallengeExpired,
        400,
    ),
    row(
        "WebAuthnClientMismatchException",
        ErrorKind::PasskeyMismatch,
        400,
    ),
    row(
        "WebAuthnConfigurationMissingException",
        ErrorKind::NotEnabled,
        501,
    ),
    row(
        "WebAuthnCredentialNotSupportedException",
        ErrorKind::PasskeyUnsupported,
        400,
    ),
    row("WebAuthnNotEnabledException", ErrorKind::NotEnabled, 501),
    row(
        "WebAuthnOriginNotAllowedException",
        ErrorKind::PasskeyOrigin,
        403,
    ),
    row(
        "WebAuthnRelyingPartyMismatchException",
        ErrorKind::PasskeyRelyingParty,
        403,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

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
            assert_eq!(classify(None, code, "text").0, kind, "{code}");
        }
    }
}
