//! The kinds of [`Error`](crate::Error), which callers match on ([`ErrorKind`]).

/// Defines the kinds of errors. Each row has the name of a kind, its HTTP status, and its
/// description for operators.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $status:literal $description:literal;)*) => {
        /// The kind of an [`Error`](crate::Error). Match with a `_` arm, because later versions may
        /// add kinds.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $($(#[$doc])* $kind,)*
        }

        impl ErrorKind {
            /// Returns the name of the kind, such as `CodeMismatch`. The names are a closed set and
            /// can be metric labels.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => stringify!($kind),)* }
            }

            /// Returns the HTTP status for a response with this kind of error.
            pub const fn status(self) -> u16 {
                match self { $(Self::$kind => $status,)* }
            }

            /// Returns a description of this kind of error in lower case, for logs.
            pub(crate) const fn description(self) -> &'static str {
                match self { $(Self::$kind => $description,)* }
            }

            /// All kinds of errors in this version of the crate.
            pub const ALL: &'static [Self] = &[$(Self::$kind),*];
        }
    };
}

kinds! {
    /// Cognito revoked the access token, for example because the user signed out everywhere.
    AccessRevoked 401 "access token has been revoked";
    /// Another account already has this verified e-mail address or phone number.
    AliasExists 409 "alias exists";
    /// The user is already confirmed.
    AlreadyConfirmed 409 "user is already confirmed";
    /// A resource with this name already exists.
    AlreadyExists 409 "already exists";
    /// There were too many attempts for this user. Wait before the next attempt, because further
    /// attempts extend the time of the limit.
    AttemptLimit 429 "attempt limit exceeded";
    /// The session of the sign-in, the authorization code or the challenge of a passkey
    /// registration has expired or was used before. Start the sign-in or the registration again.
    ChallengeExpired 401 "challenge has expired";
    /// The app client is not allowed to call the operation, or its secret is wrong. Only an
    /// operator can correct this.
    ClientAuth 500 "app client is not authorized";
    /// The code has expired. Request a new one.
    CodeExpired 400 "code has expired";
    /// The code is wrong.
    CodeMismatch 400 "code does not match";
    /// A setting of this service, of the user pool or of the app client is wrong or missing, or an
    /// IAM permission is missing. Only an operator can correct this.
    Configuration 500 "configuration is wrong or missing";
    /// Another caller changed the same resource at the same time. Read the resource again, then
    /// retry.
    Conflict 409 "conflicting change";
    /// There are no usable AWS credentials for an operation that needs them.
    Credentials 500 "no usable AWS credentials";
    /// Cognito could not send the e-mail or SMS. The operation itself may have taken effect.
    Delivery 502 "message could not be delivered";
    /// The pool's quota for e-mails or SMS is used up. The operation itself may have taken effect.
    DeliveryQuota 503 "message quota of the pool is used up";
    /// The app client does not allow this sign-in flow.
    FlowNotEnabled 500 "app client does not allow this sign-in flow";
    /// The token is valid, but its sign-in is too weak or too old for the request. The user must
    /// sign in again (RFC 9470).
    InsufficientAuthentication 401 "sign-in is too weak or too old";
    /// The access token lacks a scope that the operation needs.
    InsufficientScope 403 "access token lacks a scope";
    /// The user name or the password is wrong.
    InvalidCredentials 401 "user name or password is wrong";
    /// A value in the request is invalid.
    InvalidParameter 400 "invalid input";
    /// The pool's signing keys are unavailable, so the token could not be checked. The token may be
    /// valid. Therefore respond with status 503, not 401.
    KeysUnavailable 503 "signing keys are unavailable";
    /// The user has not set up the requested second factor.
    MfaNotSetUp 409 "second factor is not set up";
    /// The calling program uses the library incorrectly. This is a bug of the program.
    Misuse 500 "library is used in a way that cannot work";
    /// AWS could not be reached. No request was sent.
    Network 503 "AWS could not be reached";
    /// AWS denied the request without a more specific reason.
    NotAuthorized 401 "not authorized";
    /// The user pool, its feature plan or the app client does not allow the operation.
    NotEnabled 501 "not enabled for this user pool or client";
    /// A resource does not exist, such as a group, a device or a passkey.
    NotFound 404 "not found";
    /// The called method is missing in a custom implementation of a [port](crate::ports), a trait
    /// through which the crate `cognito` calls Cognito.
    NotSupported 501 "method is not implemented";
    /// The registration of the passkey was started with another app client.
    PasskeyMismatch 400 "passkey registration was started with another app client";
    /// The passkey was used from a web origin that is not allowed.
    PasskeyOrigin 403 "passkey origin is not allowed";
    /// The passkey belongs to another relying party.
    PasskeyRelyingParty 403 "passkey belongs to another relying party";
    /// This kind of passkey is not supported.
    PasskeyUnsupported 400 "passkey is not supported";
    /// The pool's password history does not allow a password that was used before.
    PasswordHistory 400 "password was used before";
    /// The password does not meet the pool's policy.
    PasswordPolicy 400 "password does not meet the policy";
    /// The password must be reset before the user can sign in.
    PasswordResetRequired 403 "password reset is required";
    /// A step that Cognito requires before this operation is missing. The message of AWS names the
    /// step.
    Precondition 409 "precondition is not met";
    /// A quota of the AWS account, of the user pool or of a user is used up.
    Quota 429 "quota is used up";
    /// The refresh token is not valid, or the request did not contain the device key of the device
    /// for which the token was issued.
    RefreshInvalid 401 "refresh token is not valid";
    /// A refresh token was used again after its rotation. The token may have been stolen.
    RefreshReuse 401 "refresh token was used again after rotation";
    /// The refresh token was revoked.
    RefreshRevoked 401 "refresh token has been revoked";
    /// The request was sent, but no response arrived. The request may have taken effect.
    ReplyLost 502 "reply was lost";
    /// Managed login linked the external account to an existing user and ended the sign-in. A new
    /// sign-in succeeds.
    RetrySignIn 409 "account was linked, a new sign-in is needed";
    /// Threat protection blocked the sign-in.
    RiskBlocked 403 "threat protection blocked the sign-in";
    /// This instance of the service is shutting down.
    ShuttingDown 503 "service is shutting down";
    /// A shared store, such as Redis, is unavailable.
    StoreUnavailable 503 "shared store is unavailable";
    /// The temporary password has expired. An operator must set a new one.
    TemporaryPasswordExpired 403 "temporary password has expired";
    /// AWS throttled the request.
    Throttled 429 "throttled";
    /// The request timed out. The request may have taken effect.
    Timeout 504 "timed out";
    /// The token has expired: the time in its `exp` claim has passed.
    TokenExpired 401 "token has expired";
    /// The token is malformed, its signature is invalid, or it is for another pool, app client or
    /// use.
    TokenInvalid 401 "token is not valid";
    /// The token is on the revocation list of this service.
    TokenRevoked 401 "token has been revoked";
    /// A Lambda trigger of the pool failed.
    TriggerFailed 502 "lambda trigger failed";
    /// A Lambda trigger of the pool rejected the request.
    TriggerRejected 400 "lambda trigger refused the request";
    /// AWS returned an error or a response that this version does not support.
    Unknown 502 "unknown response from AWS";
    /// AWS failed internally.
    Upstream 502 "AWS failed";
    /// An operator has disabled the user.
    UserDisabled 403 "user is disabled";
    /// A user with this name already exists.
    UserExists 409 "user exists";
    /// The user has not confirmed the account yet.
    UserNotConfirmed 403 "user is not confirmed";
    /// The user does not exist.
    UserNotFound 404 "user not found";
    /// The user's status does not allow the operation.
    UserState 409 "user is in the wrong state";
    /// AWS WAF rejected the request.
    WafBlocked 403 "blocked by AWS WAF";
}

impl ErrorKind {
    /// Returns `true` if the same request may succeed later. Returns `false` for
    /// [`Timeout`](Self::Timeout) and [`ReplyLost`](Self::ReplyLost), because the request may have
    /// taken effect.
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

    /// Returns `true` for [`InvalidCredentials`](Self::InvalidCredentials),
    /// [`CodeMismatch`](Self::CodeMismatch) and [`UserNotFound`](Self::UserNotFound). An unknown
    /// user is treated like a wrong password.
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
