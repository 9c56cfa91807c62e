//! What AWS answers, row by row: all 59 exceptions of the service model.

use crate::error::ErrorKind;

/// One exception of Cognito's service model and what it means here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exception {
    /// The code on the wire.
    pub code: &'static str,
    /// What it means.
    pub kind: ErrorKind,
    /// The HTTP status that an edge answers with. (Cognito itself answers 400 to nearly all.)
    pub status: u16,
}

/// The exception with this code on the wire.
#[must_use]
pub fn exception(code: &str) -> Option<&'static Exception> {
    EXCEPTIONS
        .binary_search_by(|row| row.code.cmp(code))
        .ok()
        .map(|index| &EXCEPTIONS[index])
}

/// All exceptions of the service model, in the order of their codes.
pub fn exceptions() -> impl Iterator<Item = &'static Exception> {
    EXCEPTIONS.iter()
}

/// What an answer of AWS's means: by its code, and for the two exceptions that mean many things by
/// the message as well.
pub(super) fn classify(exception: Option<&Exception>, code: &str, message: &str) -> ErrorKind {
    let kind = exception.map_or_else(|| unmodelled(code), |exception| exception.kind);
    let by_message = match code {
        "NotAuthorizedException" => NOT_AUTHORIZED,
        "InvalidParameterException" => INVALID_PARAMETER,
        "ResourceNotFoundException" => NOT_FOUND,
        _ => &[],
    };
    by_message
        .iter()
        .find(|(part, _)| contains_ignoring_case(message, part))
        .map_or(kind, |(_, narrower)| *narrower)
}

/// Codes that any AWS service may send although Cognito's model does not list them.
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

fn contains_ignoring_case(text: &str, part: &str) -> bool {
    text.as_bytes()
        .windows(part.len())
        .any(|window| window.eq_ignore_ascii_case(part.as_bytes()))
}

const fn row(code: &'static str, kind: ErrorKind, status: u16) -> Exception {
    Exception { code, kind, status }
}

/// `NotAuthorizedException` means a dozen things, and only its message tells them apart. Best
/// effort: AWS promises none of these texts, and what is not found here stays `NotAuthorized`.
const NOT_AUTHORIZED: &[(&str, ErrorKind)] = &[
    (
        "incorrect username or password",
        ErrorKind::InvalidCredentials,
    ),
    ("password attempts exceeded", ErrorKind::AttemptLimit),
    (
        "temporary password has expired",
        ErrorKind::TemporaryPasswordExpired,
    ),
    ("user is disabled", ErrorKind::UserDisabled),
    ("refresh token has been revoked", ErrorKind::RefreshRevoked),
    ("refresh token has expired", ErrorKind::RefreshInvalid),
    ("invalid refresh token", ErrorKind::RefreshInvalid),
    ("access token has been revoked", ErrorKind::AccessRevoked),
    ("access token has expired", ErrorKind::TokenExpired),
    (
        "access token does not have required scopes",
        ErrorKind::InsufficientScope,
    ),
    ("invalid access token", ErrorKind::TokenInvalid),
    (
        "could not verify signature for access token",
        ErrorKind::TokenInvalid,
    ),
    ("secret hash", ErrorKind::Configuration),
    ("secrethash", ErrorKind::Configuration),
    ("secret_hash", ErrorKind::Configuration),
    ("invalid session", ErrorKind::ChallengeExpired),
    ("session is expired", ErrorKind::ChallengeExpired),
    ("session can only be used once", ErrorKind::ChallengeExpired),
    ("current status is confirmed", ErrorKind::AlreadyConfirmed),
    ("user cannot be confirmed", ErrorKind::UserState),
    ("cannot be reset in the current state", ErrorKind::UserState),
    (
        "cannot modify an already provided",
        ErrorKind::InvalidParameter,
    ),
];

const INVALID_PARAMETER: &[(&str, ErrorKind)] = &[
    ("flow not enabled", ErrorKind::FlowNotEnabled),
    ("auth flow not enabled", ErrorKind::FlowNotEnabled),
];

/// A pool or client that is not there is our settings' fault; a group or device is the caller's.
const NOT_FOUND: &[(&str, ErrorKind)] = &[("user pool", ErrorKind::Configuration)];

/// Sorted by code, for the binary search.
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
    row("UnauthorizedException", ErrorKind::ClientAuth, 401),
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
