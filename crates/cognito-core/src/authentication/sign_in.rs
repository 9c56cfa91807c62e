//! The request to start a sign-in, and the result of each step: tokens or a challenge.

use serde::{Serialize, Serializer};

use crate::authentication::challenge::{Challenge, ChallengeName};
use crate::authentication::step_up::StepUp;
use crate::context::RequestContext;
use crate::device::RememberedDevice;
use crate::id::{DeviceKey, Username};
use crate::metadata::ClientMetadata;
use crate::operations::Operation;
use crate::secret::{AccessToken, Password, Session};
use crate::token::Tokens;

/// The flow with which Cognito verifies a password. The settings of the app client must allow the
/// flow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignInFlow {
    /// `ADMIN_USER_PASSWORD_AUTH`: the password is sent to Cognito (over TLS) in a call that is
    /// signed with AWS credentials. A caller without AWS credentials cannot use this flow.
    AdminUserPassword,
    /// `USER_PASSWORD_AUTH`: the password is sent to Cognito (over TLS).
    UserPassword,
    /// `USER_SRP_AUTH`: the password is verified with SRP and never leaves this process.
    #[default]
    UserSrp,
}

impl SignInFlow {
    /// Returns the setting that the app client needs for this flow, such as
    /// `ALLOW_USER_PASSWORD_AUTH`.
    pub const fn required_setting(self) -> &'static str {
        match self {
            Self::AdminUserPassword => "ALLOW_ADMIN_USER_PASSWORD_AUTH",
            Self::UserPassword => "ALLOW_USER_PASSWORD_AUTH",
            Self::UserSrp => "ALLOW_USER_SRP_AUTH",
        }
    }

    /// Returns the API that a sign-in with this flow uses by default.
    pub const fn api(self) -> ChallengeApi {
        match self {
            Self::AdminUserPassword => ChallengeApi::Admin,
            Self::UserPassword | Self::UserSrp => ChallengeApi::Public,
        }
    }
}

/// The API of a sign-in: signed with AWS credentials, or not signed. The response to a challenge
/// must use the same API as the request that returned the challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChallengeApi {
    /// `AdminInitiateAuth` and `AdminRespondToAuthChallenge`, signed with AWS credentials.
    Admin,
    /// `InitiateAuth` and `RespondToAuthChallenge`, not signed.
    Public,
}

impl ChallengeApi {
    /// Returns the operation of this API that starts a sign-in.
    pub const fn initiate_operation(self) -> Operation {
        match self {
            Self::Admin => Operation::AdminInitiateAuth,
            Self::Public => Operation::InitiateAuth,
        }
    }

    /// Returns the operation of this API that responds to a challenge.
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
/// user must have set up the factor: a password, a passkey, or a verified e-mail address or phone
/// number.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum FirstFactor {
    /// `EMAIL_OTP`: a code that Cognito sends by e-mail.
    EmailOtp,
    /// `PASSWORD`: the password is sent to Cognito (over TLS).
    Password(Password),
    /// `PASSWORD_SRP`: the password is verified with SRP and never leaves this process.
    PasswordSrp(Password),
    /// `SMS_OTP`: a code that Cognito sends by SMS.
    SmsOtp,
    /// `WEB_AUTHN`: a passkey.
    WebAuthn,
}

impl FirstFactor {
    /// Returns the name of the challenge for this factor.
    pub const fn challenge_name(&self) -> ChallengeName {
        match self {
            Self::EmailOtp => ChallengeName::EmailOtp,
            Self::Password(_) => ChallengeName::PasswordChallenge,
            Self::PasswordSrp(_) => ChallengeName::PasswordSrp,
            Self::SmsOtp => ChallengeName::SmsOtp,
            Self::WebAuthn => ChallengeName::WebAuthn,
        }
    }

    /// Returns the password, or `None` if the factor is not a password.
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
    /// `USER_AUTH`: the user chooses one of the first factors that the account has.
    #[non_exhaustive]
    Choice {
        /// The preferred factor. If it is `None`, or if the user does not have this factor, Cognito
        /// returns the challenge [`SelectChallenge`](crate::Challenge::SelectChallenge).
        preferred: Option<FirstFactor>,
        /// The session of a confirmed sign-up, or `None` for every other sign-in. With the session,
        /// the user is signed in without a challenge.
        session: Option<Session>,
        /// The authentication level and the maximum age of the sign-in. Default: no requirement.
        step_up: StepUp,
        /// An access token of the user. The factors that it proves count toward the authentication
        /// level, so that the user proves only the missing factors. Default: `None`.
        access_token: Option<AccessToken>,
    },
    /// `CUSTOM_AUTH`: the pool's Lambda triggers define the challenges.
    #[non_exhaustive]
    Custom {
        /// The user's password, which Cognito verifies with SRP before the custom challenges.
        /// `None` for custom challenges without a password.
        password: Option<Password>,
    },
    /// A sign-in with a password.
    #[non_exhaustive]
    Password {
        /// The user's password.
        password: Password,
        /// The flow with which Cognito verifies the password.
        flow: SignInFlow,
    },
}

impl SignInMethod {
    /// Creates a sign-in with a password and this flow.
    pub const fn password(password: Password, flow: SignInFlow) -> Self {
        Self::Password { password, flow }
    }

    /// Creates a choice-based sign-in. If `preferred` is `None`, the user chooses the factor.
    pub const fn choice(preferred: Option<FirstFactor>) -> Self {
        Self::Choice {
            preferred,
            session: None,
            step_up: StepUp::new(),
            access_token: None,
        }
    }

    /// Creates a sign-in directly after a sign-up was confirmed. `session` is the session that the
    /// confirmation returned.
    pub const fn after_sign_up(session: Session) -> Self {
        Self::Choice {
            preferred: None,
            session: Some(session),
            step_up: StepUp::new(),
            access_token: None,
        }
    }

    /// Creates a sign-in with the pool's custom challenges. If there is a password, Cognito
    /// verifies it first.
    pub const fn custom(password: Option<Password>) -> Self {
        Self::Custom { password }
    }

    /// Returns the setting that the app client needs for this sign-in method, such as
    /// `ALLOW_USER_AUTH`.
    pub const fn required_setting(&self) -> &'static str {
        match self {
            Self::Choice { .. } => "ALLOW_USER_AUTH",
            Self::Custom { .. } => "ALLOW_CUSTOM_AUTH",
            Self::Password { flow, .. } => flow.required_setting(),
        }
    }

    /// Returns the default API for a sign-in with this method.
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
    /// The API of the sign-in. Default: [`ChallengeApi::Admin`] for
    /// [`SignInFlow::AdminUserPassword`], otherwise [`ChallengeApi::Public`].
    ///
    /// `AdminUserPassword` works only with [`ChallengeApi::Admin`], and
    /// [`SignInFlow::UserPassword`] only with [`ChallengeApi::Public`]. All other sign-ins work
    /// with both APIs.
    pub api: ChallengeApi,
    /// The remembered device from which the user signs in. Default: `None`.
    pub device: Option<RememberedDevice>,
    /// Key-value pairs for the pool's Lambda triggers. Default: none.
    pub client_metadata: ClientMetadata,
    /// Client data for the pool's threat protection. Default: no data.
    pub context: RequestContext,
}

impl SignInRequest {
    /// Creates a request to sign in with this method.
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

    /// Creates a request to sign in with a password and this flow.
    pub const fn password(username: Username, password: Password, flow: SignInFlow) -> Self {
        Self::new(username, SignInMethod::password(password, flow))
    }
}

/// The result of a step of a sign-in: tokens or a challenge.
///
/// The result serializes to JSON for a front end. Tokens serialize like [`Tokens`]. A challenge
/// serializes to these members:
///
/// - `challenge`: the name of the challenge;
/// - `session`: the session, if Cognito sent one;
/// - `username`: the user name that Cognito returned. The request that responds to the challenge
///   must contain it;
/// - `requiresMFA`: `true` for `SMS_MFA`, `EMAIL_OTP` and `SOFTWARE_TOKEN_MFA`, otherwise missing.
///   Cognito uses `EMAIL_OTP` also for a code that is the first factor of a choice-based sign-in,
///   so `requiresMFA` is `true` there too;
/// - `requiresNewPassword`: `true` for `NEW_PASSWORD_REQUIRED`, otherwise missing;
/// - `availableChallenges`: the challenges from which the user can choose, if Cognito sent them;
/// - `credentialRequestOptions`: the options for the passkey, only for `WEB_AUTHN`.
#[derive(Debug)]
#[must_use = "a sign-in is not complete until it is `Complete`"]
#[allow(
    clippy::exhaustive_enums,
    reason = "a sign-in is complete or it is not: callers match without a wildcard arm"
)]
pub enum SignIn {
    /// The user is signed in: Cognito returned tokens.
    Complete(Tokens),
    /// Cognito requires a further step before it returns tokens.
    Challenge(Challenge),
}

impl SignIn {
    /// Returns the tokens of the signed-in user, or `None` if a challenge follows.
    pub fn into_tokens(self) -> Option<Tokens> {
        match self {
            Self::Complete(tokens) => Some(tokens),
            Self::Challenge(_) => None,
        }
    }

    /// Returns the key of the stale device, or `None` if there is none. A device is stale if the
    /// request of the sign-in contained it, but it no longer exists in Cognito. The sign-in
    /// continued without it. Delete the device where you have stored it.
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
