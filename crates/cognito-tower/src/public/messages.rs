//! The error messages that callers receive, one for each kind of error.

use cognito_core::ErrorKind;

/// Returns a message for this kind of error. The message is safe to show to any caller.
#[expect(clippy::too_many_lines, reason = "a table: one line for each kind")]
pub const fn message(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::AccessRevoked
        | ErrorKind::RefreshInvalid
        | ErrorKind::RefreshReuse
        | ErrorKind::RefreshRevoked
        | ErrorKind::RetrySignIn => "Please sign in again",
        ErrorKind::AliasExists => "This e-mail address or phone number belongs to another account",
        ErrorKind::AlreadyConfirmed => "User is already confirmed",
        ErrorKind::AlreadyExists => "It exists already",
        ErrorKind::AttemptLimit => "Too many attempts, please try again later",
        ErrorKind::ChallengeExpired => "This sign-in has expired, please start again",
        ErrorKind::ClientAuth
        | ErrorKind::Configuration
        | ErrorKind::Credentials
        | ErrorKind::FlowNotEnabled
        | ErrorKind::Misuse => "The service is not set up correctly",
        ErrorKind::CodeExpired => "Verification code has expired",
        ErrorKind::CodeMismatch => "Invalid verification code provided",
        ErrorKind::Conflict => "Another request changed this at the same time, please try again",
        ErrorKind::Delivery => "The message could not be sent, please ask for it again",
        ErrorKind::DeliveryQuota => "Messages cannot be sent at the moment, please try again later",
        ErrorKind::InsufficientAuthentication => "Please confirm your identity again",
        ErrorKind::InsufficientScope => "This access token does not allow that",
        ErrorKind::InvalidCredentials | ErrorKind::NotAuthorized => {
            "Invalid credentials or unauthorized access"
        }
        ErrorKind::InvalidParameter => "The request is not valid",
        ErrorKind::KeysUnavailable
        | ErrorKind::Network
        | ErrorKind::ShuttingDown
        | ErrorKind::StoreUnavailable => "The service is temporarily unavailable",
        ErrorKind::MfaNotSetUp => "This second factor is not set up",
        ErrorKind::NotEnabled | ErrorKind::NotSupported => "This is not available",
        ErrorKind::NotFound => "Not found",
        ErrorKind::PasskeyMismatch | ErrorKind::PasskeyOrigin | ErrorKind::PasskeyRelyingParty => {
            "This passkey cannot be used here"
        }
        ErrorKind::PasskeyUnsupported => "This kind of passkey is not supported",
        ErrorKind::PasswordHistory => "Password was used before",
        ErrorKind::PasswordPolicy => "Password does not meet security requirements",
        ErrorKind::PasswordResetRequired => "Please reset your password",
        ErrorKind::Precondition => "Something else must be done first",
        ErrorKind::Quota | ErrorKind::Throttled => "Too many requests, please try again later",
        ErrorKind::ReplyLost => {
            "We do not know whether that worked, please check before you try again"
        }
        ErrorKind::RiskBlocked => "This sign-in was blocked",
        ErrorKind::TemporaryPasswordExpired => {
            "The temporary password has expired, please ask for a new one"
        }
        ErrorKind::Timeout => "The service did not respond in time",
        ErrorKind::TokenExpired => "The token has expired",
        ErrorKind::TokenInvalid => "The token is not valid",
        ErrorKind::TokenRevoked => "The token has been revoked",
        ErrorKind::TriggerFailed | ErrorKind::Unknown | ErrorKind::Upstream => {
            "The service failed, please try again later"
        }
        ErrorKind::TriggerRejected | ErrorKind::WafBlocked => "The request was refused",
        ErrorKind::UserDisabled => "This account is disabled",
        ErrorKind::UserExists => "User already exists",
        ErrorKind::UserNotConfirmed => "Please verify your email before logging in",
        ErrorKind::UserNotFound => "User not found",
        ErrorKind::UserState => "This is not possible for this account now",
        // Security: `ErrorKind` may get new kinds, and their names are for operators.
        _ => "The request failed",
    }
}
