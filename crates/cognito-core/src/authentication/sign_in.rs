//! The request that starts a sign-in, and its result: tokens or a challenge.

use serde::{Serialize, Serializer};

use crate::authentication::challenge::{Challenge, ChallengeName};
use crate::context::RequestContext;
use crate::device::RememberedDevice;
use crate::id::{DeviceKey, Username};
use crate::metadata::ClientMetadata;
use crate::operations::Operation;
use crate::secret::{Password, Session};
use crate::token::Tokens;

/// The flow that verifies a password. The app client's settings must allow the flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignInFlow {
    /// `ADMIN_USER_PASSWORD_AUTH`: the password is sent to Cognito (over TLS) in a call that is
    /// signed with AWS credentials. Only callers with credentials can try passwords.
    AdminUserPassword,
    /// `USER_PASSWORD_AUTH`: the password is sent to Cognito (over TLS).
    UserPassword,
    /// `USER_SRP_AUTH`: the password is verified with SRP and never leaves this process.
    #[default]
    UserSrp,
}

impl SignInFlow {
    /// Returns the required setting of the app client, such as `ALLOW_USER_PASSWORD_AUTH`.
    pub const fn required_setting(self) -> &'static str {
        match self {
            Self::AdminUserPassword => "ALLOW_ADMIN_USER_PASSWORD_AUTH",
            Self::UserPassword => "ALLOW_USER_PASSWORD_AUTH",
            Self::UserSrp => "ALLOW_USER_SRP_AUTH",
        }
    }

    /// Returns the API for challenge responses of a sign-in with this flow.
    pub const fn api(self) -> ChallengeApi {
        match self {
            Self::AdminUserPassword => ChallengeApi::Admin,
            Self::UserPassword | Self::UserSrp => ChallengeApi::Public,
        }
    }
}

/// The API of a sign-in. The response to a challenge must use the same API as the challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChallengeApi {
    /// `AdminInitiateAuth` and `AdminRespondToAuthChallenge`, signed with AWS credentials.
    Admin,
    /// `InitiateAuth` and `RespondToAuthChallenge`, not signed.
    Public,
}

impl ChallengeApi {
    /// Returns the operation that starts a sign-in.
    pub const fn initiate_operation(self) -> Operation {
        match self {
            Self::Admin => Operation::AdminInitiateAuth,
            Self::Public => Operation::InitiateAuth,
        }
    }

    /// Returns the operation that responds to a challenge.
    pub const fn respond_operation(self) -> Operation {
        match self {
            Self::Admin => Operation::AdminRespondToAuthChallenge,
            Self::Public => Operation::RespondToAuthChallenge,
        }
    }
}

/// The first factor of a choice-based sign-in (`USER_AUTH`).
///
/// The pool must allow the factor (`AllowedFirstAuthFactors`; passwords are always allowed). The
/// user must have it, for example a verified address or a passkey.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum FirstFactor {
    /// `EMAIL_OTP`: a code by e-mail.
    EmailOtp,
    /// `PASSWORD`: the password is sent to Cognito (over TLS).
    Password(Password),
    /// `PASSWORD_SRP`: the password is verified with SRP and never leaves this process.
    PasswordSrp(Password),
    /// `SMS_OTP`: a code by SMS.
    SmsOtp,
    /// `WEB_AUTHN`: a passkey.
    WebAuthn,
}

impl FirstFactor {
    /// Returns the name of this factor's challenge.
    pub const fn challenge_name(&self) -> ChallengeName {
        match self {
            Self::EmailOtp => ChallengeName::EmailOtp,
            Self::Password(_) => ChallengeName::PasswordChallenge,
            Self::PasswordSrp(_) => ChallengeName::PasswordSrp,
            Self::SmsOtp => ChallengeName::SmsOtp,
            Self::WebAuthn => ChallengeName::WebAuthn,
        }
    }

    /// Returns the password, if the factor contains one. The attempt guard counts it as an attempt.
    pub const fn password(&self) -> Option<&Password> {
        match self {
            Self::Password(password) | Self::PasswordSrp(password) => Some(password),
            Self::EmailOtp | Self::SmsOtp | Self::WebAuthn => None,
        }
    }
}

/// The method with which a user signs in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum SignInMethod {
    /// `USER_AUTH`: Cognito offers the factors that the user has.
    #[non_exhaustive]
    Choice {
        /// The preferred factor. If it is `None`, or the user does not have it, the challenge
        /// [`SelectChallenge`](crate::Challenge::SelectChallenge) follows.
        preferred: Option<FirstFactor>,
        /// The session of a confirmed sign-up. With it, the user is signed in without a challenge.
        session: Option<Session>,
    },
    /// `CUSTOM_AUTH`: the pool's Lambda triggers define the challenges.
    #[non_exhaustive]
    Custom {
        /// The password, if it must be verified with SRP before the custom challenges.
        password: Option<Password>,
    },
    /// A password.
    #[non_exhaustive]
    Password {
        /// The password.
        password: Password,
        /// The flow that verifies the password.
        flow: SignInFlow,
    },
}

impl SignInMethod {
    /// Creates a sign-in with a password and this flow.
    pub const fn password(password: Password, flow: SignInFlow) -> Self {
        Self::Password { password, flow }
    }

    /// Creates a choice-based sign-in with an optional preferred factor.
    pub const fn choice(preferred: Option<FirstFactor>) -> Self {
        Self::Choice {
            preferred,
            session: None,
        }
    }

    /// Creates a sign-in directly after a confirmed sign-up. `session` is the session of the
    /// confirmation.
    pub const fn after_sign_up(session: Session) -> Self {
        Self::Choice {
            preferred: None,
            session: Some(session),
        }
    }

    /// Creates a sign-in with the pool's custom challenges. If there is a password, it is verified
    /// first.
    pub const fn custom(password: Option<Password>) -> Self {
        Self::Custom { password }
    }

    /// Returns the required setting of the app client, such as `ALLOW_USER_AUTH`.
    pub const fn required_setting(&self) -> &'static str {
        match self {
            Self::Choice { .. } => "ALLOW_USER_AUTH",
            Self::Custom { .. } => "ALLOW_CUSTOM_AUTH",
            Self::Password { flow, .. } => flow.required_setting(),
        }
    }

    /// Returns the default API for this method.
    const fn api(&self) -> ChallengeApi {
        match self {
            Self::Choice { .. } | Self::Custom { .. } => ChallengeApi::Public,
            Self::Password { flow, .. } => flow.api(),
        }
    }
}

/// A request to start a sign-in (`InitiateAuth` or `AdminInitiateAuth`).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SignInRequest {
    /// The user: a user name, an alias or a `sub`.
    pub username: Username,
    /// The method with which the user signs in.
    pub method: SignInMethod,
    /// The API. `AdminUserPassword` works only with the signed API, and `UserPassword` only with
    /// the unsigned API. The other methods work with both.
    pub api: ChallengeApi,
    /// The remembered device of the user, or `None`.
    pub device: Option<RememberedDevice>,
    /// Key-value pairs for the pool's Lambda triggers. Default: none.
    pub client_metadata: ClientMetadata,
    /// Client data for the pool's threat protection.
    pub context: RequestContext,
}

impl SignInRequest {
    /// Creates a request for a sign-in with this method.
    pub const fn new(username: Username, method: SignInMethod) -> Self {
        Self {
            username,
            api: method.api(),
            method,
            device: None,
            client_metadata: ClientMetadata::new(),
            context: RequestContext::new(),
        }
    }

    /// Creates a request for a sign-in with a password.
    pub const fn password(username: Username, password: Password, flow: SignInFlow) -> Self {
        Self::new(username, SignInMethod::password(password, flow))
    }
}

/// The result of a step of a sign-in: tokens or a challenge.
///
/// A result serializes to the JSON for a front end. Tokens serialize like [`Tokens`]. A challenge
/// serializes to `{"challenge", "session", "username"}`. `username` is the user name that Cognito
/// returned, which the response must contain.
///
/// The member `requiresMFA` is `true` for the challenges `SMS_MFA`, `EMAIL_OTP` and
/// `SOFTWARE_TOKEN_MFA`. The member `requiresNewPassword` is `true` for `NEW_PASSWORD_REQUIRED`.
/// Other challenges do not have these members.
#[derive(Debug)]
#[must_use = "a sign-in is not complete until it is `Complete`"]
#[allow(
    clippy::exhaustive_enums,
    reason = "a sign-in is complete or it is not: callers match without a wildcard arm"
)]
pub enum SignIn {
    /// The user is signed in.
    Complete(Tokens),
    /// Cognito requires a further step.
    Challenge(Challenge),
}

impl SignIn {
    /// Returns the tokens, if the sign-in is complete.
    pub fn into_tokens(self) -> Option<Tokens> {
        match self {
            Self::Complete(tokens) => Some(tokens),
            Self::Challenge(_) => None,
        }
    }

    /// Returns the key of a device that the sign-in named and that no longer exists in Cognito.
    /// Returns `None` if there is no such device. The sign-in continued without the device. Delete
    /// the stored device.
    pub const fn stale_device(&self) -> Option<&DeviceKey> {
        match self {
            Self::Complete(tokens) => tokens.stale_device.as_ref(),
            Self::Challenge(challenge) => challenge.step().stale_device(),
        }
    }

    /// Returns the challenge, or `None` if the sign-in is complete.
    pub fn into_challenge(self) -> Option<Challenge> {
        match self {
            Self::Complete(_) => None,
            Self::Challenge(challenge) => Some(challenge),
        }
    }
}

impl Serialize for SignIn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Complete(tokens) => tokens.serialize(serializer),
            Self::Challenge(challenge) => challenge.serialize(serializer),
        }
    }
}
