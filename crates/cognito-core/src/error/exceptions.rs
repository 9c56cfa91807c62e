//! The 59 exceptions of Cognito's service model, and the kind and HTTP status of each.

use crate::error::{ErrorKind, messages};

/// An exception of Cognito's service model, with its kind and HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exception {
    /// The exception code, as in AWS's response.
    pub code: &'static str,
    /// The default kind of an [`Error`](crate::Error) with this exception. Some messages of AWS
    /// lead to a more specific kind.
    pub kind: ErrorKind,
    /// The HTTP status for a response of a service that calls Cognito. Cognito itself returns 400
    /// for nearly all exceptions.
    pub status: u16,
}

/// Returns the exception with this code, or `None` if Cognito's service model does not have it.
pub fn exception(code: &str) -> Option<&'static Exception> {
    EXCEPTIONS
        .binary_search_by(|row| row.code.cmp(code))
        .ok()
        .map(|index| &EXCEPTIONS[index])
}

/// Returns all exceptions of Cognito's service model, sorted by code.
pub fn exceptions() -> impl Iterator<Item = &'static Exception> {
    EXCEPTIONS.iter()
}

/// Returns the kind of an AWS error, and an optional hint for operators.
///
/// The code determines the kind. For exceptions with several meanings, the message determines a
/// more specific kind.
pub(super) fn classify(
    exception: Option<&Exception>,
    code: &str,
    message: &str,
) -> (ErrorKind, Option<&'static str>) {
    let kind = exception.map_or_else(|| unmodelled(code), |exception| exception.kind);
    messages::narrowed(code, message).unwrap_or((kind, None))
}

/// Returns the kind of a code that is not in Cognito's service model but that every AWS service may
/// return, such as `ThrottlingException`. For any other code, returns [`ErrorKind::Unknown`].
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

/// Defines the exceptions of AWS. Each row has the exception code, the error kind and the HTTP
/// status.
macro_rules! exceptions {
    ($($code:ident $kind:ident $status:literal;)*) => {
        /// The exceptions, sorted by code for binary search.
        const EXCEPTIONS: &[Exception] = &[
            $(Exception { code: stringify!($code), kind: ErrorKind::$kind, status: $status },)*
        ];
    };
}

exceptions! {
    AccessDeniedException Configuration 500;
    AliasExistsException AliasExists 409;
    CodeDeliveryFailureException Delivery 502;
    CodeMismatchException CodeMismatch 400;
    ConcurrentModificationException Conflict 409;
    DeviceKeyExistsException AlreadyExists 409;
    DuplicateProviderException AlreadyExists 409;
    EnableSoftwareTokenMFAException CodeMismatch 400;
    ExpiredCodeException CodeExpired 400;
    FeatureUnavailableInTierException NotEnabled 501;
    ForbiddenException WafBlocked 403;
    GroupExistsException AlreadyExists 409;
    InternalErrorException Upstream 502;
    InternalServerException Upstream 502;
    InvalidEmailRoleAccessPolicyException Configuration 500;
    InvalidLambdaResponseException TriggerFailed 502;
    InvalidOAuthFlowException InvalidParameter 400;
    InvalidParameterException InvalidParameter 400;
    InvalidPasswordException PasswordPolicy 400;
    InvalidSmsRoleAccessPolicyException Configuration 500;
    InvalidSmsRoleTrustRelationshipException Configuration 500;
    InvalidUserPoolConfigurationException Configuration 500;
    LimitExceededException AttemptLimit 429;
    MFAMethodNotFoundException MfaNotSetUp 409;
    ManagedLoginBrandingExistsException AlreadyExists 409;
    NotAuthorizedException NotAuthorized 401;
    OperationNotEnabledException NotEnabled 501;
    PasswordHistoryPolicyViolationException PasswordHistory 400;
    PasswordResetRequiredException PasswordResetRequired 403;
    PreconditionNotMetException Precondition 409;
    RefreshTokenReuseException RefreshReuse 401;
    ResourceNotFoundException NotFound 404;
    ScopeDoesNotExistException InvalidParameter 400;
    ServiceQuotaExceededException Quota 429;
    SoftwareTokenMFANotFoundException MfaNotSetUp 409;
    TermsExistsException AlreadyExists 409;
    TierChangeNotAllowedException Conflict 409;
    TooManyFailedAttemptsException AttemptLimit 429;
    TooManyRequestsException Throttled 429;
    UnauthorizedException NotAuthorized 401;
    UnexpectedLambdaException TriggerFailed 502;
    UnsupportedIdentityProviderException InvalidParameter 400;
    UnsupportedOperationException NotEnabled 501;
    UnsupportedTokenTypeException InvalidParameter 400;
    UnsupportedUserStateException UserState 409;
    UserImportInProgressException Conflict 409;
    UserLambdaValidationException TriggerRejected 400;
    UserNotConfirmedException UserNotConfirmed 403;
    UserNotFoundException UserNotFound 404;
    UserPoolAddOnNotEnabledException NotEnabled 501;
    UserPoolTaggingException InvalidParameter 400;
    UsernameExistsException UserExists 409;
    WebAuthnChallengeNotFoundException ChallengeExpired 400;
    WebAuthnClientMismatchException PasskeyMismatch 400;
    WebAuthnConfigurationMissingException NotEnabled 501;
    WebAuthnCredentialNotSupportedException PasskeyUnsupported 400;
    WebAuthnNotEnabledException NotEnabled 501;
    WebAuthnOriginNotAllowedException PasskeyOrigin 403;
    WebAuthnRelyingPartyMismatchException PasskeyRelyingParty 403;
}
