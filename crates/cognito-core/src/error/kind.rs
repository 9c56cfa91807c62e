//! The kinds of errors.

/// The kind of an error. Match with a `_` arm, because kinds may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The access token was revoked or its user signed out.
    AccessRevoked,
    /// Another account already has this verified e-mail address or phone number.
    AliasExists,
    /// The user is already confirmed.
    AlreadyConfirmed,
    /// A resource with this name already exists.
    AlreadyExists,
    /// There were too many attempts for this user. Wait before the next attempt; further attempts
    /// extend the limit.
    AttemptLimit,
    /// The session of the sign-in has expired or was used before. Start the sign-in again.
    ChallengeExpired,
    /// The app client is not allowed to do this, or its secret is wrong. Only an operator can solve
    /// this.
    ClientAuth,
    /// The code has expired. Request a new one.
    CodeExpired,
    /// The code is wrong.
    CodeMismatch,
    /// A setting of this service, of the user pool or of the app client is wrong or missing, or an
    /// IAM permission is missing. Only an operator can solve this.
    Configuration,
    /// Another caller changed the same resource at the same time. Read it again, then retry.
    Conflict,
    /// There are no usable AWS credentials for an operation that needs them.
    Credentials,
    /// Cognito could not send the message. The operation itself may have taken effect.
    Delivery,
    /// The pool's quota for e-mails or text messages is used up. The user may have been created.
    DeliveryQuota,
    /// The app client does not allow this sign-in flow.
    FlowNotEnabled,
    /// The access token does not have a scope that the operation needs.
    InsufficientScope,
    /// User name or password is wrong.
    InvalidCredentials,
    /// An input is invalid.
    InvalidParameter,
    /// The pool's keys are unavailable, so the token could not be checked. It may be valid: respond
    /// 503, not 401.
    KeysUnavailable,
    /// The user has no such second factor.
    MfaNotSetUp,
    /// The calling program uses the library incorrectly. This is a bug of the program.
    Misuse,
    /// AWS could not be reached. No request was sent.
    Network,
    /// AWS denied the request without a more specific reason.
    NotAuthorized,
    /// The pool, the client or its feature plan does not support this.
    NotEnabled,
    /// A group, device or credential does not exist.
    NotFound,
    /// The port does not implement this method.
    NotSupported,
    /// The passkey belongs to another client.
    PasskeyMismatch,
    /// The passkey was used from a web origin that is not allowed.
    PasskeyOrigin,
    /// The passkey belongs to another relying party.
    PasskeyRelyingParty,
    /// This kind of passkey is not supported.
    PasskeyUnsupported,
    /// The password was used before.
    PasswordHistory,
    /// The password does not meet the pool's policy.
    PasswordPolicy,
    /// The password must be reset before the user can sign in.
    PasswordResetRequired,
    /// A required earlier step is missing.
    Precondition,
    /// A quota of the AWS account is used up.
    Quota,
    /// The refresh token is not valid, or the request did not name its device.
    RefreshInvalid,
    /// A refresh token was used again after its rotation. It may have been stolen.
    RefreshReuse,
    /// The refresh token was revoked.
    RefreshRevoked,
    /// The request was sent, but no response arrived. It may have taken effect.
    ReplyLost,
    /// Managed login linked the external account to an existing user and ended the sign-in. A new
    /// sign-in succeeds.
    RetrySignIn,
    /// Threat protection blocked the sign-in.
    RiskBlocked,
    /// The service is shutting down.
    ShuttingDown,
    /// The shared store is unavailable.
    StoreUnavailable,
    /// The temporary password has expired; an operator must issue a new one.
    TemporaryPasswordExpired,
    /// AWS throttled the request.
    Throttled,
    /// The request timed out. It may have taken effect.
    Timeout,
    /// The token is past its `exp`.
    TokenExpired,
    /// The token is not from this pool and client, or not for this use.
    TokenInvalid,
    /// The token is on the revocation list.
    TokenRevoked,
    /// A Lambda trigger of the pool failed.
    TriggerFailed,
    /// A Lambda trigger of the pool rejected the request.
    TriggerRejected,
    /// An error that this version does not know.
    Unknown,
    /// AWS failed internally.
    Upstream,
    /// The user is disabled.
    UserDisabled,
    /// A user with this name already exists.
    UserExists,
    /// The user has not confirmed their address yet.
    UserNotConfirmed,
    /// There is no such user.
    UserNotFound,
    /// The state of the user does not allow this.
    UserState,
    /// AWS WAF rejected the request.
    WafBlocked,
}

/// Defines the kinds. Each row has the name, the HTTP status, and the description for operators.
macro_rules! kinds {
    ($($kind:ident $status:literal $description:literal;)*) => {
        impl ErrorKind {
            /// Returns the name of the kind, such as `CodeMismatch`. The names are a closed set and
            /// can be metric labels.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => stringify!($kind),)* }
            }

            /// Returns the status for an HTTP response.
            pub const fn status(self) -> u16 {
                match self { $(Self::$kind => $status,)* }
            }

            /// Returns a lower-case clause for logs.
            pub(crate) const fn description(self) -> &'static str {
                match self { $(Self::$kind => $description,)* }
            }

            /// All kinds of this version.
            pub const ALL: &'static [Self] = &[$(Self::$kind),*];
        }
    };
}

kinds! {
    AccessRevoked 401 "access token has been revoked";
    AliasExists 409 "alias exists";
    AlreadyConfirmed 409 "user is already confirmed";
    AlreadyExists 409 "already exists";
    AttemptLimit 429 "attempt limit exceeded";
    ChallengeExpired 401 "challenge has expired";
    ClientAuth 500 "app client is not authorized";
    CodeExpired 400 "code has expired";
    CodeMismatch 400 "code does not match";
    Configuration 500 "configuration is wrong or missing";
    Conflict 409 "conflicting change";
    Credentials 500 "no usable AWS credentials";
    Delivery 502 "message could not be delivered";
    DeliveryQuota 503 "message quota of the pool is used up";
    FlowNotEnabled 500 "app client does not allow this sign-in flow";
    InsufficientScope 403 "access token lacks a scope";
    InvalidCredentials 401 "user name or password is wrong";
    InvalidParameter 400 "invalid input";
    KeysUnavailable 503 "signing keys are unavailable";
    MfaNotSetUp 409 "second factor is not set up";
    Misuse 500 "library is used in a way that cannot work";
    Network 503 "AWS could not be reached";
    NotAuthorized 401 "not authorized";
    NotEnabled 501 "not enabled for this user pool or client";
    NotFound 404 "not found";
    NotSupported 501 "method is not implemented";
    PasskeyMismatch 400 "passkey belongs to another client";
    PasskeyOrigin 403 "passkey origin is not allowed";
    PasskeyRelyingParty 403 "passkey belongs to another relying party";
    PasskeyUnsupported 400 "passkey is not supported";
    PasswordHistory 400 "password was used before";
    PasswordPolicy 400 "password does not meet the policy";
    PasswordResetRequired 403 "password reset is required";
    Precondition 409 "precondition is not met";
    Quota 429 "quota is used up";
    RefreshInvalid 401 "refresh token is not valid";
    RefreshReuse 401 "refresh token was used again after rotation";
    RefreshRevoked 401 "refresh token has been revoked";
    ReplyLost 502 "reply was lost";
    RetrySignIn 409 "account was linked, a new sign-in is needed";
    RiskBlocked 403 "threat protection blocked the sign-in";
    ShuttingDown 503 "service is shutting down";
    StoreUnavailable 503 "shared store is unavailable";
    TemporaryPasswordExpired 403 "temporary password has expired";
    Throttled 429 "throttled";
    Timeout 504 "timed out";
    TokenExpired 401 "token has expired";
    TokenInvalid 401 "token is not valid";
    TokenRevoked 401 "token has been revoked";
    TriggerFailed 502 "lambda trigger failed";
    TriggerRejected 400 "lambda trigger refused the request";
    Unknown 502 "unknown response from AWS";
    Upstream 502 "AWS failed";
    UserDisabled 403 "user is disabled";
    UserExists 409 "user exists";
    UserNotConfirmed 403 "user is not confirmed";
    UserNotFound 404 "user not found";
    UserState 409 "user is in the wrong state";
    WafBlocked 403 "blocked by AWS WAF";
}

impl ErrorKind {
    /// Returns `true` if the same call may succeed later without a change.
    pub const fn is_retryable(self) -> bool {
        matches!(
            self,
            Self::KeysUnavailable
                | Self::Network
                | Self::StoreUnavailable
                | Self::Throttled
                | Self::Upstream
        )
    }

    /// Returns `true` for a wrong password, a wrong code and an unknown user.
    pub const fn is_wrong_secret(self) -> bool {
        matches!(
            self,
            Self::CodeMismatch | Self::InvalidCredentials | Self::UserNotFound
        )
    }

    /// Returns `true` if the kind itself reveals whether an account exists, or its state.
    pub(crate) const fn describes_account(self) -> bool {
        matches!(
            self,
            Self::PasswordResetRequired
                | Self::RiskBlocked
                | Self::TemporaryPasswordExpired
                | Self::UserDisabled
                | Self::UserNotConfirmed
                | Self::UserNotFound
                | Self::UserState
        )
    }
}
